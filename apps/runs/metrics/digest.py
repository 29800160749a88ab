"""Fold new blocks into summaries: set-based, in bounded batches.

A batch is one transaction: blocks are read, their summaries merged into the stored ones, the blocks marked (or, where a
run has many small ones, replaced by one), the runs' revisions bumped. A process that dies leaves a batch done or not begun. Batches of one project follow one another: on
PostgreSQL by an advisory lock, on SQLite because a transaction that may write is alone.
"""

from __future__ import annotations

import logging
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from itertools import accumulate
from typing import NamedTuple

import numpy as np
from django.db import connection
from django.db.models import F, QuerySet

from apps.projects.tenancy import bound, bound_to_projects
from apps.runs.metrics.by_run import RUN_TEXT
from apps.runs.metrics.codec import CorruptPayloadError, decode_block, decode_blocks, encode_block
from apps.runs.metrics.fold import fold
from apps.runs.metrics.merge import merge
from apps.runs.metrics.model_metrics import merge_model_metrics
from apps.runs.metrics.points import Int32s, Points
from apps.runs.metrics.summaries import merge_summaries
from apps.runs.models import MetricBlock, Run
from apps.teams.access import Access
from apps.teams.permissions import Permission

BATCH_BLOCKS = 1_024
BATCH_POINTS = 50_000
"""A batch holds at most so many, but at least one block: some tens of milliseconds of a writer's time."""
CROWD_BLOCKS = 16
CROWD_POINTS = 32
"""So many blocks of one run in a batch, with so many points each at most, are replaced by one."""

_LOCK_SPACE = 0x52464D << 40
_log = logging.getLogger(__name__)


class Batch(NamedTuple):
    """What one transaction did: the runs it dealt with, and whether it was as much as a batch may be."""

    run_ids: set[uuid.UUID]
    is_full: bool


class _Block(NamedTuple):
    id: int
    run_id: uuid.UUID
    experiment_id: int
    payload: bytes | memoryview


def fold_dirty(access: Access, experiment_ids: Collection[int] | None = None) -> None:
    """Fold all points that were logged before this call, so that summaries can be searched exactly.

    One indexed statement when nothing is to be done. Not to be called inside a read-only transaction.

    Args:
        access: whose project.
        experiment_ids: primary keys of the experiments to fold, None for the whole project.
    """
    access.require(Permission.PROJECT_READ)
    with bound(access, readonly=True):
        # Not MAX(id) in SQL: PostgreSQL would walk the primary key backwards in search of the first that is unfolded.
        newest = max(_unfolded(access.project.id, experiment_ids).values_list("pk", flat=True), default=None)
    if newest is not None:
        while fold_batch(access.project.id, experiment_ids, newest=newest).run_ids:
            pass


def fold_batch(project_id: int, experiment_ids: Collection[int] | None = None, *, newest: int | None = None) -> Batch:
    """Fold one batch of a project's unfolded blocks.

    Args:
        project_id: the project.
        experiment_ids: primary keys of the experiments to fold, None for all.
        newest: leave blocks with a greater id alone.

    Returns:
        The runs whose blocks were folded; none when there was nothing to fold. A batch that was not full took all that
        there was when it began.
    """
    with exclusive(project_id):
        waiting = _unfolded(project_id, experiment_ids)
        if newest is not None:
            waiting = waiting.filter(pk__lte=newest)
        # In the order of the index of unfolded blocks: by primary key, PostgreSQL would pass over the folded ones.
        chosen = some_blocks(waiting.order_by("experiment_id"), limit=BATCH_BLOCKS, points=BATCH_POINTS)
        if not chosen.ids:
            return Batch(set(), is_full=False)
        blocks = _blocks(MetricBlock.unscoped.filter(project_id=project_id, pk__in=chosen.ids))
        runs = _existing_runs(project_id, {block.run_id for block in blocks})
        gone = {block.id for block in blocks if block.run_id not in runs}
        readable, points, source = _decoded([block for block in blocks if block.id not in gone])
        _merge(project_id, readable, points, source)
        gone |= _replace_crowds(project_id, readable, points, source)
        _settle(project_id, gone, set(chosen.ids) - gone)
        _bump(project_id, runs)
    return Batch({block.run_id for block in blocks}, chosen.is_full)


@contextmanager
def exclusive(project_id: int) -> Iterator[None]:
    """A transaction that rewrites a project's blocks, with no other of its kind beside it."""
    with bound_to_projects([project_id]):
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK_SPACE | project_id])
        yield


class Chosen(NamedTuple):
    """Blocks to deal with, and whether there may be more."""

    ids: list[int]
    is_full: bool


def some_blocks(blocks: QuerySet[MetricBlock], *, limit: int, points: int) -> Chosen:
    """The first blocks, `limit` at most, that together have at most `points` points; one block at least."""
    rows = list(blocks.values_list("pk", "point_count")[:limit])
    totals = accumulate(count for _, count in rows)
    ids = [pk for (pk, _), total in zip(rows, totals, strict=True) if total <= points] or [pk for pk, _ in rows[:1]]
    return Chosen(ids, len(rows) == limit or len(ids) < len(rows))


def _unfolded(project_id: int, experiment_ids: Collection[int] | None) -> QuerySet[MetricBlock]:
    blocks = MetricBlock.unscoped.filter(project_id=project_id, is_folded=False)
    return blocks if experiment_ids is None else blocks.filter(experiment_id__in=experiment_ids)


def _blocks(rows: QuerySet[MetricBlock]) -> list[_Block]:
    found = list(rows.values_list("id", RUN_TEXT, "experiment_id", "payload"))
    runs = {text: uuid.UUID(text) for text in {row[1] for row in found}}
    return [_Block(pk, runs[text], experiment_id, payload) for pk, text, experiment_id, payload in found]


def _existing_runs(project_id: int, run_ids: set[uuid.UUID]) -> set[uuid.UUID]:
    runs = Run.unscoped.filter(project_id=project_id, pk__in=run_ids)
    return set(runs.values_list("pk", flat=True))


def _bump(project_id: int, run_ids: Collection[uuid.UUID]) -> None:
    """Bump the revisions, last of all, so that nobody waits long for the rows; locked in order, against deadlock."""
    runs = Run.unscoped.filter(project_id=project_id, pk__in=run_ids)
    list(runs.order_by("pk").select_for_update(no_key=True).values_list("revision"))
    runs.update(revision=F("revision") + 1)


def _merge(project_id: int, blocks: Sequence[_Block], points: Points, source: Int32s) -> None:
    """Merge the summaries of all the blocks' points, by one fold, into the stored ones."""
    experiment_of = {block.run_id: block.experiment_id for block in blocks}
    number = {run_id: place for place, run_id in enumerate(experiment_of)}
    run_of_block = np.array([number[block.run_id] for block in blocks], dtype=np.int64)
    run = run_of_block[source]
    run_ids, experiment_ids = list(experiment_of), list(experiment_of.values())
    merge_summaries(project_id, fold(points, run), run_ids=run_ids, experiment_ids=experiment_ids)
    merge_model_metrics(project_id, points, run, run_ids=run_ids, experiment_ids=experiment_ids)


def _replace_crowds(project_id: int, blocks: Sequence[_Block], points: Points, source: Int32s) -> set[int]:
    """Where a run has many small blocks, store one folded block of all their points; returns the blocks it stands for.

    One point a request leaves as many rows as points: to delete them now costs half of marking each as folded, which
    writes the row again, and of deleting it when the run is sealed.
    """
    of_run: dict[uuid.UUID, list[int]] = defaultdict(list)
    for place, block in enumerate(blocks):
        of_run[block.run_id].append(place)
    counts = np.bincount(source, minlength=len(blocks))
    replaced: set[int] = set()
    merged: list[MetricBlock] = []
    for run_id, places in of_run.items():
        if len(places) < CROWD_BLOCKS or counts[places].sum() > CROWD_POINTS * len(places):
            continue
        together = merge(points.take(np.isin(source, places)))
        merged.append(
            MetricBlock(
                project_id=project_id,
                experiment_id=blocks[places[0]].experiment_id,
                run_id=run_id,
                point_count=len(together),
                payload=encode_block(together),
                is_folded=True,
            )
        )
        replaced |= {blocks[place].id for place in places}
    MetricBlock.unscoped.bulk_create(merged)
    return replaced


def _settle(project_id: int, gone: set[int], folded: set[int]) -> None:
    rows = MetricBlock.unscoped.filter(project_id=project_id)
    if folded:
        rows.filter(pk__in=folded).update(is_folded=True)
    if gone:
        rows.filter(pk__in=gone).delete()


def _decoded(blocks: Sequence[_Block]) -> tuple[Sequence[_Block], Points, Int32s]:
    """The points, without damaged blocks: these must not stop the others for ever; reads of their run do raise."""
    try:
        return blocks, *decode_blocks([block.payload for block in blocks])
    except CorruptPayloadError:
        readable = [block for block in blocks if not _is_damaged(block)]
        return readable, *decode_blocks([block.payload for block in readable])


def _is_damaged(block: _Block) -> bool:
    try:
        decode_block(block.payload)
    except CorruptPayloadError:
        _log.exception("Metric block %s of run %s is damaged.", block.id, block.run_id.hex)
        return True
    return False
