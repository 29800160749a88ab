"""Folding, documents and sealing as the workers do them."""

from __future__ import annotations

import json
import logging
import math
import uuid

import pytest

from apps.projects.tenancy import bound
from apps.runs import tasks
from apps.runs.metrics import digest, seal, worker
from apps.runs.metrics.codec import MAX_POINTS, CorruptPayloadError
from apps.runs.metrics.ingest import log_metrics, log_points
from apps.runs.metrics.points import concat
from apps.runs.metrics.reads import history, run_points, series
from apps.runs.models import MetricBlock, MetricSegment, Run, RunDocument, RunStatus
from apps.runs.search.documents import built_data
from apps.runs.services import set_tags
from apps.teams.access import Access
from tests.factories.cast import Cast
from tests.unit.metrics.runs import change_run, counts, curve, make_run


def _run(access: Access, run_id: uuid.UUID) -> Run:
    with bound(access):
        return Run.objects.in_project(access).get(pk=run_id)


def _log_blocks(access: Access, run_id: uuid.UUID, count: int, *, points: int = 4) -> None:
    for place in range(count):
        log_points(access, run_id=run_id, points=curve("x", points * place, points))


def test_digest_folds_and_writes_a_valid_document(cast: Cast) -> None:
    access = cast.member.access()
    run_id = make_run(access)
    _log_blocks(access, run_id, 3)
    assert worker.digest_project(access.project.id) is False
    assert counts(access, run_id) == (0, 3, 0)
    run = _run(access, run_id)
    with bound(access):
        document = RunDocument.objects.in_project(access).get(run=run)
        assert document.data == built_data(access, [run_id])[run_id]
    assert run.revision == run.document_revision == document.revision
    assert json.loads(document.data)["metrics"] == [
        {"key": "x", "value": 1 / 12, "timestamp": 1_700_000_000_000 + 17 * 11, "step": 11}
    ]


def test_digest_again_changes_nothing(cast: Cast) -> None:
    access = cast.member.access()
    run_id = make_run(access)
    _log_blocks(access, run_id, 3)
    worker.digest_project(access.project.id)
    before = _run(access, run_id).revision, series(access, run_id)
    worker.digest_project(access.project.id, everything=True)
    assert (_run(access, run_id).revision, series(access, run_id)) == before


def test_ended_run_is_sealed_and_late_points_are_sealed_with_it(cast: Cast) -> None:
    access = cast.member.access()
    run_id = make_run(access)
    _log_blocks(access, run_id, 5)
    change_run(access, run_id, status=RunStatus.FINISHED)
    worker.digest_project(access.project.id)
    assert counts(access, run_id) == (0, 0, 1)
    log_points(access, run_id=run_id, points=curve("x", 18, 4))
    assert counts(access, run_id) == (1, 0, 1)
    assert history(access, run_id, "x").step.tolist() == list(range(22))
    worker.digest_project(access.project.id)
    assert counts(access, run_id) == (0, 0, 1)
    assert history(access, run_id, "x").step.tolist() == list(range(22))


def test_running_run_is_sealed_once_it_has_many_blocks(cast: Cast) -> None:
    access = cast.member.access()
    run_id = make_run(access)
    size = digest.CROWD_POINTS + 1
    _log_blocks(access, run_id, seal.MAX_FOLDED_BLOCKS, points=size)
    worker.digest_project(access.project.id)
    assert counts(access, run_id) == (0, seal.MAX_FOLDED_BLOCKS, 0)
    log_points(access, run_id=run_id, points=curve("x", size * seal.MAX_FOLDED_BLOCKS, 1))
    worker.digest_project(access.project.id)
    assert counts(access, run_id) == (0, 0, 1)
    assert len(history(access, run_id, "x")) == size * seal.MAX_FOLDED_BLOCKS + 1


def test_many_small_blocks_of_a_run_become_one(cast: Cast) -> None:
    access = cast.member.access()
    crowded, other = make_run(access), make_run(access)
    for step in range(digest.CROWD_BLOCKS):
        # Each a key of its own, and one that all share.
        points = concat([curve(f"own{step}", step, 1), curve("x", 2 * step, 2), curve("x", 0, 1)])
        log_points(access, run_id=crowded, points=points)
    _log_blocks(access, other, 3)
    before = {run_id: (_columns(access, run_id), series(access, run_id)) for run_id in (crowded, other)}
    worker.digest_project(access.project.id)
    assert (counts(access, crowded), counts(access, other)) == ((0, 1, 0), (0, 3, 0))
    assert {run_id: (_columns(access, run_id), series(access, run_id)) for run_id in (crowded, other)} == before
    log_points(access, run_id=crowded, points=curve("x", 500, 1))
    assert history(access, crowded, "x").step.tolist() == [*range(2 * digest.CROWD_BLOCKS), 500]


def _columns(access: Access, run_id: uuid.UUID) -> list[object]:
    points = run_points(access, run_id)
    keys = [points.series[place] for place in points.index.tolist()]
    return [keys, points.step.tolist(), points.timestamp_ms.tolist(), points.value.tolist()]


def test_long_and_short_series_share_bounded_segments(cast: Cast) -> None:
    access = cast.member.access()
    run_id = make_run(access)
    for key, count in (("long", 150_000), ("a", 10), ("z", 10)):
        log_points(access, run_id=run_id, points=curve(key, 0, count))
    change_run(access, run_id, status=RunStatus.FINISHED)
    worker.digest_project(access.project.id)
    with bound(access):
        segments = MetricSegment.objects.in_project(access).order_by("pk")
        found = list(segments.values_list("first_key", "last_key", "point_count"))
    assert found == [("a", "long", MAX_POINTS), ("long", "long", MAX_POINTS), ("long", "z", 150_020 - 2 * MAX_POINTS)]
    assert history(access, run_id, "long").step.tolist() == list(range(150_000))
    assert len(history(access, run_id, "z")) == 10


def test_many_short_runs_are_sealed_in_one_pass_each_to_its_own_segment(cast: Cast) -> None:
    access = cast.member.access()
    runs = [make_run(access) for _ in range(20)]
    for place, run_id in enumerate(runs):
        for key in ("b", "a", "own" + str(place)):
            log_points(access, run_id=run_id, points=curve(key, place, place + 1))
        log_points(access, run_id=run_id, points=curve("a", place, 1))
        change_run(access, run_id, status=RunStatus.FINISHED)
    late = runs[7]
    worker.digest_project(access.project.id)
    log_points(access, run_id=late, points=curve("a", 0, 9))
    assert worker.digest_project(access.project.id) is False
    for place, run_id in enumerate(runs):
        assert counts(access, run_id) == (0, 0, 1)
        for key in ("a", "b", f"own{place}"):
            first = 0 if (run_id, key) == (late, "a") else place
            assert history(access, run_id, key).step.tolist() == list(range(first, 2 * place + 1))


def test_pass_is_bounded_and_says_what_is_left(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    access = cast.member.access()
    runs = sorted(make_run(access) for _ in range(3))
    for run_id in runs:
        _log_blocks(access, run_id, 4)
    digest.fold_batch(access.project.id)
    monkeypatch.setattr(seal, "PASS_BLOCKS", 6)
    left = seal.seal_pass(access.project.id, runs)
    assert left == runs[1:]
    assert [counts(access, run_id) for run_id in runs] == [(0, 0, 1), (0, 2, 1), (0, 4, 0)]
    while left:
        left = seal.seal_pass(access.project.id, left)
    assert [counts(access, run_id) for run_id in runs] == [(0, 0, 1)] * 3
    for run_id in runs:
        assert history(access, run_id, "x").step.tolist() == list(range(16))


@pytest.mark.parametrize("damage", [MetricBlock, MetricSegment])
def test_run_with_damage_is_passed_over_whole(
    cast: Cast, caplog: pytest.LogCaptureFixture, damage: type[MetricBlock | MetricSegment]
) -> None:
    access = cast.member.access()
    bad, good = sorted([make_run(access), make_run(access)])
    for run_id in (bad, good):
        change_run(access, run_id, status=RunStatus.FINISHED)
        _log_blocks(access, run_id, 3)
    worker.digest_project(access.project.id)
    for run_id in (bad, good):
        _log_blocks(access, run_id, 2)
    digest.fold_batch(access.project.id)
    with bound(access):
        damage.objects.in_project(access).filter(run_id=bad).update(payload=b"\x03damaged")
    assert seal.seal_pass(access.project.id, [bad, good]) == [good]
    assert seal.seal_pass(access.project.id, [bad]) == []
    assert f"Run {bad.hex} has damaged metric points" in caplog.text
    assert counts(access, bad) == (0, 2, 1)
    assert counts(access, good) == (0, 0, 1)


def test_documents_of_many_runs_are_what_is_built(cast: Cast) -> None:
    access = cast.member.access()
    runs = [make_run(access) for _ in range(3)]
    keys, values = ["nan", "inf", 'odd"\\{,}', "NULL"], [math.nan, -math.inf, 0.5, 1e300]
    log_metrics(access, run_id=runs[0], keys=keys, steps=[1] * 4, timestamps_ms=[2] * 4, values=values)
    set_tags(access, run_id=runs[1], tags=[("odd", 'a "b" {c, NULL}')])
    built = _built(access, runs)
    worker.digest_project(access.project.id)
    assert _built(access, runs) == built
    with bound(access):
        assert dict(RunDocument.objects.in_project(access).values_list("run_id", "data")) == built
    for run_id in runs:
        assert _built(access, [run_id]) == {run_id: built[run_id]}
    assert [metric["key"] for metric in json.loads(built[runs[0]])["metrics"]] == sorted(keys)


def _built(access: Access, runs: list[uuid.UUID]) -> dict[uuid.UUID, str]:
    with bound(access):
        return built_data(access, runs)


def test_fold_goes_on_in_bounded_batches(cast: Cast) -> None:
    access = cast.member.access()
    run_id = make_run(access)
    log_points(access, run_id=run_id, points=curve("x", 0, digest.BATCH_POINTS + 1))
    log_points(access, run_id=run_id, points=curve("x", 0, 5))
    assert digest.fold_batch(access.project.id).run_ids == {run_id}
    assert counts(access, run_id) == (1, 1, 0)
    assert digest.fold_batch(access.project.id).run_ids == {run_id}
    assert digest.fold_batch(access.project.id) == (set(), False)


def test_blocks_of_a_removed_run_go_with_it(cast: Cast) -> None:
    access = cast.member.access()
    run_id, other = make_run(access), make_run(access)
    for run in (run_id, other):
        _log_blocks(access, run, 1)
    with bound(access):
        Run.objects.in_project(access).filter(pk=run_id).delete()
    worker.digest_project(access.project.id)
    assert counts(access, run_id) == (0, 0, 0)
    assert counts(access, other) == (0, 1, 0)


def test_damaged_block_stops_neither_its_neighbours_nor_is_it_passed_over_in_silence(
    cast: Cast, caplog: pytest.LogCaptureFixture
) -> None:
    access = cast.member.access()
    bad, good = make_run(access), make_run(access)
    for run_id in (bad, good):
        _log_blocks(access, run_id, 1, points=100)
        change_run(access, run_id, status=RunStatus.FINISHED)
    with bound(access):
        MetricBlock.objects.in_project(access).filter(run_id=bad).update(payload=b"\x03damaged")
    with caplog.at_level(logging.ERROR):
        worker.digest_project(access.project.id)
    assert "damaged" in caplog.text
    assert counts(access, bad) == (0, 1, 0)
    assert counts(access, good) == (0, 0, 1)
    with pytest.raises(CorruptPayloadError):
        history(access, bad, "x")


def test_sweep_finds_projects_with_work_and_no_others(cast: Cast) -> None:
    access, rival = cast.member.access(), cast.stranger.access()
    run_id = make_run(access)
    worker.digest_project(access.project.id)
    assert worker.projects_to_digest() == []
    _log_blocks(access, run_id, 1)
    assert worker.projects_to_digest() == [access.project.id]
    rival_run = make_run(rival)
    assert sorted(worker.projects_to_digest()) == sorted([access.project.id, rival.project.id])
    for project_id in worker.projects_to_digest():
        tasks.digest_project(project_id, everything=True)
    assert worker.projects_to_digest() == [access.project.id]
    change_run(access, run_id, status=RunStatus.FINISHED)
    tasks.digest_project(access.project.id, everything=True)
    assert worker.projects_to_digest() == []
    assert counts(rival, rival_run) == (0, 0, 0)


def test_digest_of_a_project_that_is_gone_does_nothing(db: None) -> None:
    assert worker.digest_project(2**31) is False
