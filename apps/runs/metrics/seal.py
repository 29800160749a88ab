"""Seal folded blocks into sorted segments: 7 bytes a point instead of 10 to 40, and few rows to read.

A pass is one transaction: segments are written, and the blocks and short segments that they replace deleted.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator

from django.db.models import Count

from apps.runs.metrics.codec import MAX_POINTS, decode_blocks, decode_segment, encode_segment
from apps.runs.metrics.digest import exclusive, some_blocks
from apps.runs.metrics.merge import merge
from apps.runs.metrics.points import Points, concat
from apps.runs.models import MetricBlock, MetricSegment, Run, RunStatus

MAX_FOLDED_BLOCKS = 256
"""A run that goes on is sealed when it has more; a run that ended at once."""
PASS_BLOCKS = 4096
PASS_POINTS = 4 * MAX_POINTS
"""A pass takes at most so many, but at least one block: about 0.2 s of a writer's time."""
SHORT_SEGMENT = MAX_POINTS // 2
"""Segments with fewer points are merged with what is sealed next."""

_ENDED = (RunStatus.FINISHED, RunStatus.FAILED, RunStatus.KILLED)


def runs_to_seal(project_id: int, run_ids: set[uuid.UUID] | None = None) -> list[uuid.UUID]:
    """Runs with folded blocks that have ended or have too many; to be called in a transaction bound to the project.

    Args:
        project_id: the project.
        run_ids: where to look; None for all runs of the project.
    """
    folded = MetricBlock.unscoped.filter(project_id=project_id, is_folded=True)
    if run_ids is not None:
        folded = folded.filter(run_id__in=run_ids)
    counts = dict(folded.values_list("run_id").annotate(blocks=Count("pk")).order_by())
    ended = Run.unscoped.filter(project_id=project_id, pk__in=list(counts), status__in=_ENDED)
    ended_ids = set(ended.values_list("pk", flat=True))
    return [run_id for run_id, count in counts.items() if count > MAX_FOLDED_BLOCKS or run_id in ended_ids]


def seal_pass(project_id: int, run_id: uuid.UUID) -> bool:
    """Seal folded blocks of a run together with its short segments; whether there were any."""
    with exclusive(project_id):
        all_blocks = MetricBlock.unscoped.filter(project_id=project_id, run_id=run_id)
        ids = some_blocks(all_blocks.filter(is_folded=True), limit=PASS_BLOCKS, points=PASS_POINTS)
        if not ids:
            return False
        blocks = all_blocks.filter(pk__in=ids)
        short = MetricSegment.unscoped.filter(project_id=project_id, run_id=run_id, point_count__lt=SHORT_SEGMENT)
        replaced = dict(short.values_list("pk", "payload"))
        fresh, _ = decode_blocks(list(blocks.values_list("payload", flat=True)))
        points = merge(concat([*map(decode_segment, replaced.values()), fresh]))
        MetricSegment.unscoped.bulk_create(_segments(project_id, run_id, points))
        MetricSegment.unscoped.filter(project_id=project_id, pk__in=list(replaced)).delete()
        blocks.delete()
    return True


def _segments(project_id: int, run_id: uuid.UUID, points: Points) -> Iterator[MetricSegment]:
    for start in range(0, len(points), MAX_POINTS):
        part = points.take(slice(start, start + MAX_POINTS))
        yield MetricSegment(
            project_id=project_id,
            run_id=run_id,
            first_key=part.series[int(part.index[0])].key,
            last_key=part.series[int(part.index[-1])].key,
            point_count=len(part),
            payload=encode_segment(part),
        )
