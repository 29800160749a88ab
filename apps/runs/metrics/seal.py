"""Seal folded blocks into sorted segments: 7 bytes a point instead of 10 to 40, and few rows to read.

A pass is one transaction, for one long run or hundreds of short ones: segments are written, and the blocks and short
segments that they replace deleted.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from django.db.models import Count, QuerySet

from apps.runs.metrics.by_run import RUN_TEXT, spellings
from apps.runs.metrics.codec import (
    MAX_POINTS,
    CorruptPayloadError,
    decode_block,
    decode_blocks,
    decode_segment,
    encode_segment,
)
from apps.runs.metrics.digest import exclusive, some_blocks
from apps.runs.metrics.merge import merge_groups
from apps.runs.metrics.outline import encode_outline
from apps.runs.metrics.points import Int64s, Points, concat
from apps.runs.models import MetricBlock, MetricSegment, Run, RunStatus

MAX_FOLDED_BLOCKS = 256
"""A run that goes on is sealed when it has more; a run that ended at once."""
PASS_RUNS = 500
PASS_BLOCKS = 4096
PASS_POINTS = 4 * MAX_POINTS
"""A pass takes at most so many, but at least one block: about 0.2 s of a writer's time."""
SHORT_SEGMENT = MAX_POINTS // 2
"""Segments with fewer points are merged with what is sealed next."""

_ENDED = (RunStatus.FINISHED, RunStatus.FAILED, RunStatus.KILLED)
# SQLite takes no more than 32,766 parameters.
_LOOKUP_RUNS = 10_000
_log = logging.getLogger(__name__)


class _Stored(NamedTuple):
    """A block or a short segment of the run with this number."""

    id: int
    run: int
    payload: bytes | memoryview


def runs_to_seal(project_id: int, run_ids: Collection[uuid.UUID] | None = None) -> list[uuid.UUID]:
    """Runs with folded blocks that have ended or have too many, in order; in a transaction bound to the project.

    Args:
        project_id: the project.
        run_ids: where to look; None for all runs of the project.
    """
    folded = MetricBlock.unscoped.filter(project_id=project_id, is_folded=True)
    if run_ids is None:
        return sorted(_to_seal(project_id, folded))
    some = sorted(run_ids)
    parts = (some[start : start + _LOOKUP_RUNS] for start in range(0, len(some), _LOOKUP_RUNS))
    return [run_id for part in parts for run_id in sorted(_to_seal(project_id, folded.filter(run_id__in=part)))]


def seal_pass(project_id: int, run_ids: Sequence[uuid.UUID]) -> list[uuid.UUID]:
    """Seal folded blocks of the first of these runs, each together with its short segments.

    A run with a damaged block or segment is passed over whole, and said so in the log.

    Args:
        project_id: the project.
        run_ids: runs of it, in order.

    Returns:
        The runs that may have folded blocks left, in order: to be given to the next pass.
    """
    some, rest = list(run_ids[:PASS_RUNS]), list(run_ids[PASS_RUNS:])
    with exclusive(project_id):
        blocks, short = _stored(project_id, some)
        if not blocks:
            return rest
        last = max(block.run for block in blocks)
        try:
            points, run = _points(blocks, short)
            damaged = set()
        except CorruptPayloadError:
            damaged = _damaged(some, blocks, short)
            blocks, short = ([row for row in rows if row.run not in damaged] for rows in (blocks, short))
            points, run = _points(blocks, short)
        MetricSegment.unscoped.bulk_create(_segments(project_id, some, *merge_groups(points, run)))
        for model, rows in ((MetricSegment, short), (MetricBlock, blocks)):
            model.unscoped.filter(project_id=project_id, pk__in=[row.id for row in rows]).delete()
    # The last one may have been cut off.
    return (some[last + 1 :] if last in damaged else some[last:]) + rest


def _to_seal(project_id: int, folded: QuerySet[MetricBlock]) -> set[uuid.UUID]:
    runs = Run.unscoped.filter(project_id=project_id, status__in=_ENDED, pk__in=folded.values("run_id"))
    counts = folded.values_list("run_id").annotate(blocks=Count("pk")).filter(blocks__gt=MAX_FOLDED_BLOCKS)
    return set(runs.values_list("pk", flat=True)).union(run_id for run_id, _ in counts.order_by())


def _stored(project_id: int, run_ids: Sequence[uuid.UUID]) -> tuple[list[_Stored], list[_Stored]]:
    """Folded blocks of the first of the runs, in order of run, and the short segments of these runs."""
    number = {text: run for run, run_id in enumerate(run_ids) for text in spellings(run_id)}
    all_blocks = MetricBlock.unscoped.filter(project_id=project_id)
    # A run's oldest first, which are its first steps as a rule: segments that overlap have to be sorted by every read.
    folded = all_blocks.filter(run_id__in=run_ids, is_folded=True).order_by("run_id", "pk")
    chosen = some_blocks(folded, limit=PASS_BLOCKS, points=PASS_POINTS)
    blocks = _rows(all_blocks.filter(pk__in=chosen.ids), number)
    touched = {run_ids[block.run] for block in blocks}
    segments = MetricSegment.unscoped.filter(project_id=project_id, point_count__lt=SHORT_SEGMENT)
    return blocks, _rows(segments.filter(run_id__in=touched), number)


def _rows(rows: QuerySet[MetricBlock] | QuerySet[MetricSegment], number: Mapping[str, int]) -> list[_Stored]:
    columns = rows.order_by("run_id", "pk").values_list("pk", RUN_TEXT, "payload")
    return [_Stored(pk, number[text], payload) for pk, text, payload in columns]


def _points(blocks: Sequence[_Stored], segments: Sequence[_Stored]) -> tuple[Points, Int64s]:
    """All their points, and for each the number of its run."""
    fresh, source = decode_blocks([block.payload for block in blocks])
    sealed = [decode_segment(segment.payload) for segment in segments]
    runs = [np.full(len(points), segment.run, np.int64) for segment, points in zip(segments, sealed, strict=True)]
    runs.append(np.array([block.run for block in blocks], dtype=np.int64)[source])
    return concat([*sealed, fresh]), np.concatenate(runs)


def _damaged(run_ids: Sequence[uuid.UUID], blocks: Sequence[_Stored], segments: Sequence[_Stored]) -> set[int]:
    """The runs of which something cannot be read."""
    found: set[int] = set()
    for decode, rows in ((decode_block, blocks), (decode_segment, segments)):
        for row in rows:
            try:
                decode(row.payload)
            except CorruptPayloadError:
                found.add(row.run)
                _log.exception("Run %s has damaged metric points and stays unsealed.", run_ids[row.run].hex)
    return found


def _segments(project_id: int, run_ids: Sequence[uuid.UUID], points: Points, run: Int64s) -> Iterator[MetricSegment]:
    """Segments of the runs, whose points are sorted by run."""
    starts = [0, *(np.flatnonzero(run[1:] != run[:-1]) + 1).tolist(), len(run)]
    for first, end in pairwise(starts):
        for start in range(first, end, MAX_POINTS):
            part = points.take(slice(start, min(start + MAX_POINTS, end)))
            yield MetricSegment(
                project_id=project_id,
                run_id=run_ids[int(run[start])],
                first_key=part.series[int(part.index[0])].key,
                last_key=part.series[int(part.index[-1])].key,
                point_count=len(part),
                payload=encode_segment(part),
                outline=encode_outline(part),
            )
