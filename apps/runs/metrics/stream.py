"""Points of one metric of many runs, piece by piece: whatever the runs hold, some hundred thousand points at a time."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator, Sequence

import numpy as np
from django.db.models import QuerySet, Sum

from apps.projects.tenancy import bound
from apps.runs.metrics.codec import decode_blocks, decode_segment
from apps.runs.metrics.points import Int64s, Points
from apps.runs.metrics.reads import payloads_by_run, segments_of
from apps.runs.models import MetricBlock, MetricSegment
from apps.teams.access import Access
from apps.teams.permissions import Permission

POINTS_AT_A_TIME = 4 * 65_536


def key_points(access: Access, run_ids: Sequence[uuid.UUID], key: str) -> Iterator[tuple[Points, Int64s]]:
    """Every point of a metric of some runs, in pieces, and of each point the position of its run in `run_ids`.

    In no order, and a point that was logged twice may come twice. Exhaust it inside a bound read-only transaction, so
    that all pieces are of one moment.
    """
    access.require(Permission.PROJECT_READ)
    number = {run_id: place for place, run_id in enumerate(run_ids)}
    with bound(access, readonly=True):
        for payloads in _pieces(MetricBlock.objects.in_project(access), run_ids):
            runs = np.repeat([number[run_id] for run_id in payloads], [len(each) for each in payloads.values()])
            points, source = decode_blocks([payload for each in payloads.values() for payload in each])
            yield _of_key(points, runs[source], key)
        for payloads in _pieces(segments_of(access, [key]), run_ids):
            for run_id, each in payloads.items():
                for payload in each:
                    points = decode_segment(payload)
                    yield _of_key(points, np.full(len(points), number[run_id]), key)


def load(access: Access, run_ids: Collection[uuid.UUID], key: str) -> int:
    """How many points have to be decoded to read a metric of some runs: those of other metrics beside it, too."""
    access.require(Permission.PROJECT_READ)
    with bound(access, readonly=True):
        blocks = MetricBlock.objects.in_project(access).filter(run_id__in=list(run_ids))
        segments = segments_of(access, [key]).filter(run_id__in=list(run_ids))
        return sum(rows.aggregate(points=Sum("point_count"))["points"] or 0 for rows in (blocks, segments))


def _pieces(
    rows: QuerySet[MetricBlock] | QuerySet[MetricSegment], run_ids: Sequence[uuid.UUID]
) -> Iterator[dict[uuid.UUID, list[bytes | memoryview]]]:
    """The payloads by run, of so many rows at a time that they hold `POINTS_AT_A_TIME` points; at least of one."""
    chosen: list[int] = []
    total = 0
    for pk, count in list(
        rows.filter(run_id__in=list(run_ids)).order_by("run_id", "pk").values_list("pk", "point_count")
    ):
        if chosen and total + count > POINTS_AT_A_TIME:
            yield payloads_by_run(rows.filter(pk__in=chosen), run_ids)
            chosen, total = [], 0
        chosen.append(pk)
        total += count
    if chosen:
        yield payloads_by_run(rows.filter(pk__in=chosen), run_ids)


def _of_key(points: Points, run: Int64s, key: str) -> tuple[Points, Int64s]:
    wanted = np.array([series.key == key for series in points.series], dtype=np.bool_)
    if wanted.all():
        return points, run
    chosen = wanted[points.index]
    return points.take(chosen), run[chosen]
