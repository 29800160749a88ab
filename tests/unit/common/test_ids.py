"""Run ids: version 7 UUIDs, in one spelling."""

from __future__ import annotations

import uuid

import pytest

from apps.common.ids import new_run_id, parse_hex_id


def test_ids_are_version_7_and_never_repeat() -> None:
    ids = [new_run_id() for _ in range(10_000)]
    assert len(set(ids)) == len(ids)
    assert {(one.version, one.variant) for one in ids} == {(7, uuid.RFC_4122)}


def test_the_first_48_bits_are_milliseconds() -> None:
    times = [new_run_id().int >> 80 for _ in range(100)]
    assert times == sorted(times)


@pytest.mark.parametrize(
    "text", ["", "0" * 31, "0" * 33, "A" * 32, "g" * 32, "0" * 31 + " ", "01a20916-a13a-729d-bf4a-be233d0ef42e"]
)
def test_no_other_spelling_names_a_run(text: str) -> None:
    assert parse_hex_id(text) is None
