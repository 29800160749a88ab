"""A chart drawn from outlines has the extremes of all points, and points that were logged."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.projects.tenancy import bound
from apps.runs.chart_data import ChartRequest, XAxis, chart_data
from apps.runs.metrics import worker
from apps.runs.metrics.codec import CorruptPayloadError, encode_segment
from apps.runs.metrics.downsample import downsample
from apps.runs.metrics.ingest import log_points
from apps.runs.metrics.merge import merge
from apps.runs.metrics.outline import CHUNK_POINTS, decode_outline, encode_outline, is_fine_enough, join, whole
from apps.runs.metrics.points import Points, Series
from apps.runs.metrics.reads import histories, outlines
from apps.runs.models import MetricSegment, RunStatus
from tests.factories.cast import Cast
from tests.unit.metrics.model import same_columns
from tests.unit.metrics.runs import change_run, make_run

COUNT = 75_000
BUCKETS = 100
LOSS = Series("loss")


def wave(count: int, *, seed: int = 1, start: int = 0, series: Series = LOSS) -> Points:
    """Noise with spikes, NaN and infinities in places that the seed chooses; now and then two points at one step."""
    random = np.random.default_rng(seed)
    steps = start + np.cumsum(random.integers(0, 3, count))
    values = random.normal(size=count)
    values[random.integers(0, count, 20)] = 1e6
    values[random.integers(0, count, 20)] = -math.inf
    values[random.integers(0, count, count // 50)] = math.nan
    return merge(Points.of_series(series, steps, 1_700_000_000_000 + 9 * np.arange(count), values))


@given(st.integers(0, 10_000), st.integers(1, 60), st.sampled_from([16_384, 16_400, 20_000]))
@settings(max_examples=40, deadline=None)
def test_parts_have_the_extremes_of_all_their_points(seed: int, buckets: int, count: int) -> None:
    points = wave(count, seed=seed)
    encoded = encode_outline(points)
    assert encoded is not None
    drawn = join([decode_outline(encoded)], by_time=False)
    assert drawn is not None
    assert drawn.cuts is not None
    assert drawn.total_count == len(points)
    assert len(encoded) * 5 < len(encode_segment(points))
    kept = drawn.points.take(downsample(drawn.points.step, drawn.points.value, buckets, drawn.cuts))
    assert len(kept) <= 5 * buckets
    places = np.searchsorted(points.timestamp_ms, kept.timestamp_ms)
    assert same_columns(points.take(places), kept)
    # The parts begin at beginnings of chunks: within each, nothing of all its points sticks out.
    starts = np.flatnonzero(drawn.cuts)
    edges = _part_edges(drawn.points, starts, kept, buckets)
    for first, end in zip(edges, [*edges[1:], len(points)], strict=False):
        mine = kept.value[(places >= first) & (places < end)]
        everything = points.value[first:end]
        assert np.nanmin(mine) == np.nanmin(everything)
        assert np.nanmax(mine) == np.nanmax(everything)
        assert np.isnan(mine).any() == np.isnan(everything).any()


def _part_edges(points: Points, starts: np.ndarray, kept: Points, buckets: int) -> list[int]:
    """Positions among all points at which the parts of the axis begin, found the slow way."""
    low, high = int(points.step[0]), int(points.step[-1])
    edges = []
    for place in range(buckets):
        edge = low + (high - low) * place // buckets
        chunk = next((n for n, start in enumerate(starts.tolist()) if points.step[start] >= edge), None)
        if chunk is not None:
            edges.append(chunk * CHUNK_POINTS)
    return sorted({0, *edges})


@pytest.mark.parametrize("axis", list(XAxis))
def test_charts_of_a_sealed_run_read_outlines_and_lose_no_spike(cast: Cast, axis: XAxis) -> None:
    access = cast.member.access()
    run_id = make_run(access)
    points = wave(COUNT)
    for start in range(0, COUNT, 10_000):
        log_points(access, run_id=run_id, points=points.take(slice(start, start + 10_000)))
    change_run(access, run_id, status=RunStatus.FINISHED)
    while worker.digest_project(access.project.id, everything=True):
        pass
    with bound(access):
        segments = MetricSegment.objects.in_project(access).filter(run_id=run_id)
        assert [bool(segment.outline) for segment in segments.order_by("pk")] == [True, False]
    by_time = axis is XAxis.TIME
    found = outlines(access, [run_id], ["loss"], parts=BUCKETS, by_time=by_time)[run_id]["loss"]
    assert found.weight is not None
    assert found.total_count == COUNT
    # What is logged afterwards is there, too.
    last = int(points.step[-1])
    fresh = Points.of_series("loss", [last + 1, last + 2], [1_700_009_000_000, 1_700_009_000_001], [1e9, 0.0])
    change_run(access, run_id, status=RunStatus.RUNNING)
    log_points(access, run_id=run_id, points=fresh)
    (series,) = chart_data(access, run_id, ChartRequest(["loss"], axis, BUCKETS)).series
    assert series.total == COUNT + 2
    assert series.value[-2:].tolist() == [1e9, 0.0]
    for extreme in (-math.inf, 1e6):
        assert extreme in series.value


def test_points_that_overlap_what_is_sealed_are_read_whole(cast: Cast) -> None:
    access = cast.member.access()
    run_id = make_run(access)
    log_points(access, run_id=run_id, points=wave(20_000))
    change_run(access, run_id, status=RunStatus.FINISHED)
    worker.digest_project(access.project.id, everything=True)
    change_run(access, run_id, status=RunStatus.RUNNING)
    log_points(access, run_id=run_id, points=wave(30, seed=9, start=500))
    found = outlines(access, [run_id], ["loss"], parts=20)[run_id]["loss"]
    assert found.weight is None
    assert same_columns(found.points, histories(access, [run_id], ["loss"])[run_id]["loss"])


def test_a_segment_without_an_outline_is_read_whole(cast: Cast) -> None:
    access = cast.member.access()
    run_id = make_run(access)
    points = wave(20_000)
    log_points(access, run_id=run_id, points=points)
    change_run(access, run_id, status=RunStatus.FINISHED)
    worker.digest_project(access.project.id, everything=True)
    with bound(access):
        MetricSegment.objects.in_project(access).filter(run_id=run_id).update(outline=None)
    found = outlines(access, [run_id], ["loss"], parts=20)[run_id]["loss"]
    assert found.weight is None
    assert same_columns(found.points, points)


def test_a_chart_finer_than_chunks_is_read_whole() -> None:
    points = wave(20_000)
    encoded = encode_outline(points)
    assert encoded is not None
    assert is_fine_enough(decode_outline(encoded), by_time=False, parts=50)
    assert not is_fine_enough(decode_outline(encoded), by_time=False, parts=500)


def test_time_that_falls_asks_for_all_points_by_time_alone() -> None:
    points = wave(20_000)
    points.timestamp_ms[7_000] = 1
    encoded = encode_outline(merge(points))
    assert encoded is not None
    part = decode_outline(encoded)
    assert not part.is_rising
    assert join([part], by_time=True) is None
    assert join([part], by_time=False) is not None


def test_two_series_of_one_key_are_read_whole() -> None:
    encoded = encode_outline(wave(20_000))
    assert encoded is not None
    other = whole(wave(5, start=90_000, series=Series("loss", "m-1")))
    assert join([decode_outline(encoded), other], by_time=False) is None


def test_many_short_series_have_no_outline() -> None:
    keys = [f"k{number:03d}" for number in range(1_000)] * 20
    points = merge(Points.from_columns(keys, np.arange(20_000), np.arange(20_000), np.zeros(20_000)))
    assert encode_outline(points) is None


def test_damaged_outlines_are_refused() -> None:
    encoded = encode_outline(wave(20_000))
    assert encoded is not None
    for broken in (encoded[:3], encoded[:40], encoded[:8] + b"\0" + encoded[9:], b""):
        with pytest.raises(CorruptPayloadError):
            decode_outline(broken)
