"""Points for the charts of a run's page: many metrics in one answer, each reduced, as typed arrays."""

from __future__ import annotations

import struct
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import orjson

from apps.projects.tenancy import bound
from apps.runs.metrics.downsample import downsample
from apps.runs.metrics.outline import Outlined, whole
from apps.runs.metrics.points import Float64s, Int64s
from apps.runs.metrics.reads import histories, outlines
from apps.runs.models import Run
from apps.runs.refusals import run_not_found
from apps.teams.access import Access
from apps.teams.permissions import Permission

ALIGNMENT_BYTES = 8
HEADER_LENGTH_BYTES = 4


class XAxis(StrEnum):
    """What points are laid out by."""

    STEP = "step"
    TIME = "time"


@dataclass(frozen=True, slots=True)
class ChartSeries:
    """One metric, reduced and ordered by the asked axis. `total` counts its points in the range before reduction."""

    key: str
    total: int
    step: Int64s
    timestamp_ms: Int64s
    value: Float64s


@dataclass(frozen=True, slots=True)
class ChartData:
    """The run's status, and the metrics that were asked for."""

    status: str
    series: list[ChartSeries]


@dataclass(frozen=True, slots=True)
class ChartRequest:
    """What to read: keys, the axis, its part (None: all of it), and into how many parts to cut it."""

    keys: Sequence[str]
    axis: XAxis
    buckets: int
    low: int | None = None
    high: int | None = None


def chart_data(access: Access, run_id: uuid.UUID, wanted: ChartRequest) -> ChartData:
    """Some metrics of a run, no extreme lost: of each bucket the first, least, greatest and last point stay.

    A point outside the range stays on either side, so that the line reaches the edges of a zoomed chart.

    Raises:
        NotFound: the project has no such run.
    """
    access.require(Permission.PROJECT_READ)
    with bound(access, readonly=True):
        status = Run.objects.in_project(access).filter(pk=run_id).values_list("status", flat=True).first()
        if status is None:
            raise run_not_found(run_id)
        found = _points(access, run_id, wanted)
    return ChartData(status, [_reduced(key, found[key], wanted) for key in wanted.keys])


def encode_chart_data(data: ChartData) -> bytes:
    """The bytes that static/js/chart/decode.js reads.

    A little-endian uint32 with the header's length; the header as JSON, padded with spaces so that what follows is
    aligned to 8 bytes; then of each series step, time in milliseconds and value, as little-endian float64.
    """
    series = [{"key": one.key, "count": len(one.value), "total": one.total} for one in data.series]
    header = orjson.dumps({"status": data.status, "series": series})
    header += b" " * (-(len(header) + HEADER_LENGTH_BYTES) % ALIGNMENT_BYTES)
    columns = [column for one in data.series for column in (one.step, one.timestamp_ms, one.value)]
    arrays = [column.astype("<f8").tobytes() for column in columns]
    return b"".join([struct.pack("<I", len(header)), header, *arrays])


def _points(access: Access, run_id: uuid.UUID, wanted: ChartRequest) -> dict[str, Outlined]:
    if wanted.low is None and wanted.high is None:
        by_time = wanted.axis is XAxis.TIME
        return outlines(access, [run_id], wanted.keys, parts=wanted.buckets, by_time=by_time)[run_id]
    return {key: whole(points) for key, points in histories(access, [run_id], wanted.keys)[run_id].items()}


def _reduced(key: str, found: Outlined, wanted: ChartRequest) -> ChartSeries:
    points, cuts = found.points, found.cuts
    by_step = wanted.axis is XAxis.STEP
    first, second = (points.step, points.timestamp_ms) if by_step else (points.timestamp_ms, points.step)
    order = np.lexsort((second, first))
    x, values = first[order], points.value[order]
    low = 0 if wanted.low is None else int(np.searchsorted(x, wanted.low, side="left"))
    high = len(x) if wanted.high is None else int(np.searchsorted(x, wanted.high, side="right"))
    part = slice(max(0, low - 1), high + 1)
    kept = order[part][downsample(x[part], values[part], wanted.buckets, None if cuts is None else cuts[order[part]])]
    total = max(0, high - low) if cuts is None else found.total_count
    return ChartSeries(key, total, points.step[kept], points.timestamp_ms[kept], points.value[kept])
