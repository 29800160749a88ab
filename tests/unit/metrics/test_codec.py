from __future__ import annotations

import struct
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from apps.common.errors import InvalidInput
from apps.runs.metrics import codec
from apps.runs.metrics.merge import merge
from apps.runs.metrics.points import Points, Series
from tests.unit.metrics.model import ROWS, SERIES, VALUES, Row, exact, same_columns, to_points, to_rows


def _loss(count: int) -> Points:
    rng = np.random.default_rng(7)
    times = 1_700_000_000_000 + np.cumsum(rng.integers(5, 30, count))
    return Points.of_series("loss", np.arange(count), times, rng.random(count))


@given(ROWS)
def test_block_round_trips_in_order(rows: list[Row]) -> None:
    points, source = codec.decode_blocks([codec.encode_block(to_points(rows))])
    assert exact(to_rows(points)) == exact(rows)
    assert source.tolist() == [0] * len(rows)


@given(ROWS)
def test_block_from_columns_is_the_block_of_the_points(rows: list[Row]) -> None:
    keys = [row[0] if any(row[0][1:]) else row[0].key for row in rows]
    payload = codec.encode_columns(keys, [row[1] for row in rows], [row[2] for row in rows], [row[3] for row in rows])
    assert exact(to_rows(codec.decode_block(payload))) == exact(rows)


@given(st.lists(ROWS, max_size=8))
def test_many_blocks_decode_as_one_with_the_block_of_each_point(blocks: list[list[Row]]) -> None:
    points, source = codec.decode_blocks([codec.encode_block(to_points(rows)) for rows in blocks])
    for place, rows in enumerate(blocks):
        assert exact(to_rows(points.take(source == place))) == exact(rows)


@given(ROWS)
def test_segment_round_trips(rows: list[Row]) -> None:
    points = merge(to_points(rows))
    assert same_columns(codec.decode_segment(codec.encode_segment(points)), points)


@given(SERIES, VALUES)
def test_single_point_with_any_series(series: Series, value: float) -> None:
    payload = codec.encode_point(series, -(2**63), 2**63 - 1, value)
    assert exact(to_rows(codec.decode_block(payload))) == exact([(series, -(2**63), 2**63 - 1, value)])


def test_nan_keeps_its_bits() -> None:
    odd = np.array([0x7FF8_0000_0000_0001, -1], np.int64).view(np.float64)
    points = Points.of_series("x", [1, 2], [0, 0], odd)
    assert codec.decode_block(codec.encode_block(points)).value.tobytes() == odd.tobytes()


@pytest.mark.parametrize("count", [1, 2, 32, 33, 1000, codec.MAX_POINTS])
def test_block_of_every_layout(count: int) -> None:
    points = _loss(count)
    assert same_columns(codec.decode_block(codec.encode_block(points)), points)


@pytest.mark.parametrize("series_count", [1, 256, 257, 65_536])
def test_index_of_every_width(series_count: int) -> None:
    keys = [f"k{place}" for place in range(series_count)]
    numbers = list(range(series_count))
    points = Points.from_columns(keys, numbers, numbers, [0.5] * series_count)
    assert same_columns(codec.decode_block(codec.encode_block(points)), points)


def test_too_many_points_are_refused() -> None:
    with pytest.raises(ValueError, match="at most"):
        codec.encode_block(_loss(codec.MAX_POINTS + 1))
    with pytest.raises(ValueError, match="at most"):
        codec.encode_segment(_loss(codec.MAX_POINTS + 1))


def test_unsorted_segment_is_refused() -> None:
    with pytest.raises(ValueError, match="sorted"):
        codec.encode_segment(Points.from_columns(["a", "b", "a"], [1, 1, 2], [1, 1, 1], [1, 1, 1]))


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize(("step", "time", "value"), [(2**63, 0, 0.0), (0, -(2**63) - 1, 0.0), (0, 0, 10**400)])
def test_number_that_does_not_fit_is_refused(step: int, time: int, value: float, count: int) -> None:
    with pytest.raises(InvalidInput):
        codec.encode_columns(["a"] * count, [step] * count, [time] * count, [value] * count)


def test_columns_of_different_length_are_refused() -> None:
    with pytest.raises(InvalidInput):
        codec.encode_columns(["a", "b"], [1], [1, 2], [1.0, 2.0])


def test_sealed_loss_curve_takes_under_eight_bytes_a_point() -> None:
    assert len(codec.encode_segment(_loss(65_536))) < 8 * 65_536


def test_small_segment_is_smaller_than_the_blocks_it_replaces() -> None:
    points = _loss(10)
    blocks = sum(len(codec.encode_block(points.take(slice(place, place + 1)))) for place in range(10))
    assert len(codec.encode_segment(points)) < min(200, blocks)


def test_repeating_values_take_little() -> None:
    points = _loss(65_536)
    rounded = Points(points.series, points.index, points.step, points.timestamp_ms, np.round(points.value, 3))
    assert len(codec.encode_segment(rounded)) < 4 * 65_536


PAYLOADS = [
    codec.encode_point(Series("loss"), 1, 2, 3.0),
    codec.encode_point(Series("loss", "m-1"), 1, 2, 3.0),
    codec.encode_block(_loss(5)),
    codec.encode_block(_loss(100)),
]


@given(st.sampled_from(PAYLOADS), st.data())
def test_damaged_block_decodes_to_points_or_raises_corrupt(payload: bytes, data: st.DataObject) -> None:
    place = data.draw(st.integers(min_value=0, max_value=len(payload) - 1))
    damaged = payload[:place] + bytes([data.draw(st.integers(0, 255))]) + payload[place + 1 :]
    for candidate in (damaged, payload[:place], payload + b"x"):
        try:
            points = codec.decode_block(candidate)
        except codec.CorruptPayloadError:
            continue
        assert len(points) <= 100


@given(st.data())
def test_damaged_segment_raises_corrupt_or_decodes_alike(data: st.DataObject) -> None:
    payload = codec.encode_segment(_loss(data.draw(st.sampled_from([20, 200]))))
    place = data.draw(st.integers(min_value=0, max_value=len(payload) - 1))
    damaged = payload[:place] + bytes([data.draw(st.integers(0, 255))]) + payload[place + 1 :]
    for candidate in (damaged, payload[:place]):
        try:
            codec.decode_segment(candidate)
        except codec.CorruptPayloadError:
            continue


@given(st.binary(max_size=200))
def test_arbitrary_bytes_raise_corrupt_or_decode(payload: bytes) -> None:
    for decode in (codec.decode_block, codec.decode_segment):
        try:
            decode(payload)
        except codec.CorruptPayloadError:
            continue


def test_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = zstandard.ZstdCompressor().compress(bytes(200_000_000))
    for kind in (3, 4):
        with pytest.raises(codec.CorruptPayloadError):
            (codec.decode_block if kind == 3 else codec.decode_segment)(struct.pack("<BII", kind, 40, 10) + bomb)
    with pytest.raises(codec.CorruptPayloadError):
        codec.decode_block(struct.pack("<BII", 3, 2**32 - 1, 2**32 - 1) + bomb)


def test_threads_encode_side_by_side() -> None:
    points = _loss(5000)

    def round_trips(_: int) -> bool:
        return same_columns(codec.decode_block(codec.encode_block(points)), points)

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(round_trips, range(200)))
