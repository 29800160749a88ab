from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from apps.runs.metrics.downsample import PER_BUCKET, downsample
from tests.unit.metrics.model import INT64, VALUES

SERIES = st.lists(st.tuples(st.integers(-20, 200) | INT64, VALUES), min_size=1, max_size=300)


@given(SERIES, st.integers(1, 20))
def test_every_bucket_keeps_first_last_least_greatest_and_missing(
    points: list[tuple[int, float]], buckets: int
) -> None:
    points.sort(key=lambda point: point[0])
    x, values = np.array([p[0] for p in points]), np.array([p[1] for p in points])
    kept = downsample(x, values, buckets)
    assert kept.tolist() == sorted(set(kept.tolist()))
    assert len(kept) <= PER_BUCKET * buckets
    low, high = points[0][0], points[-1][0]
    edges = [low + (high - low) * place // buckets for place in range(buckets)]
    by_bucket: dict[int, list[int]] = {}
    for place, (step, _) in enumerate(points):
        by_bucket.setdefault(max(edge for edge in edges if edge <= step), []).append(place)
    for places in by_bucket.values():
        chosen = [place for place in places if place in kept]
        assert {places[0], places[-1]} <= set(chosen)
        numbers = [points[place][1] for place in places if not math.isnan(points[place][1])]
        drawn = [points[place][1] for place in chosen if not math.isnan(points[place][1])]
        assert (min(numbers, default=None), max(numbers, default=None)) == (
            min(drawn, default=None),
            max(drawn, default=None),
        )
        assert len(numbers) == len(places) or any(math.isnan(points[place][1]) for place in chosen)


def test_short_series_is_kept_whole() -> None:
    assert downsample(np.arange(10), np.zeros(10), 2).tolist() == list(range(10))


def test_spike_among_a_million_points_is_kept() -> None:
    values = np.zeros(1_000_000)
    values[123_457] = 9.0
    assert 123_457 in downsample(np.arange(1_000_000), values, 800)


def test_no_points() -> None:
    assert downsample(np.empty(0, np.int64), np.empty(0), 5).tolist() == []
