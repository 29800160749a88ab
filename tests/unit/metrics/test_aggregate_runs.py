"""Curves of stored runs: exact whatever the workers have done, read in pieces, kept and known to be stale."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from apps.common.errors import InvalidInput
from apps.experiments.models import Experiment
from apps.projects.tenancy import bound
from apps.runs.aggregates.compute import RUNS_AT_A_TIME, Curves, compute
from apps.runs.aggregates.plan import AggregateRequest, group_column, make_plan
from apps.runs.aggregates.rows import MAX_ROWS, decode_curves, encode_curves, keep_curves, kept_curves
from apps.runs.metrics import worker
from apps.runs.metrics.ingest import log_points
from apps.runs.metrics.points import Points, Series, concat
from apps.runs.metrics.stream import load
from apps.runs.models import MetricAggregate, RunStatus
from apps.runs.services import set_tags
from apps.teams.access import Access
from tests.factories.cast import Cast
from tests.unit.metrics.runs import change_run, curve, make_run

LOSS = AggregateRequest(0, "loss")


def computed(access: Access, request: AggregateRequest = LOSS) -> Curves:
    return compute(access, make_plan(access, request))


def is_current(access: Access, request: AggregateRequest) -> bool:
    kept = kept_curves(access, make_plan(access, request))
    return kept is not None and kept[1]


def test_blocks_and_segments_give_the_same_curves(cast: Cast) -> None:
    access = cast.member.access()
    for number in range(3):
        run_id = make_run(access)
        log_points(access, run_id=run_id, points=concat([curve("loss", 10 * number, 300), curve("other", 0, 50)]))
        log_points(access, run_id=run_id, points=curve("loss", 500, 20))
        # Of two points at a step the later is the last.
        log_points(
            access, run_id=run_id, points=Points.of_series("loss", [519, 519], [5, 4_000_000_000_000], [8.0, 7.0])
        )
        change_run(access, run_id, status=RunStatus.FINISHED)
    before = computed(access)
    assert before.groups[0].curve.max[-1] == 7.0
    assert before.point_count == 3 * 322
    worker.digest_project(access.project.id, everything=True)
    after = computed(access)
    assert after.groups[0].curve.median.tolist() == pytest.approx(before.groups[0].curve.median.tolist(), nan_ok=True)
    assert after.groups[0].curve.count.tolist() == before.groups[0].curve.count.tolist()


def test_more_runs_than_one_batch_with_progress(cast: Cast) -> None:
    access = cast.member.access()
    for number in range(RUNS_AT_A_TIME + 5):
        log_points(access, run_id=make_run(access), points=Points.of_series("loss", [0], [1], [float(number)]))
    seen: list[int] = []
    found = compute(access, make_plan(access, LOSS), advance=seen.append)
    assert seen == [RUNS_AT_A_TIME, RUNS_AT_A_TIME + 5]
    (group,) = found.groups
    assert (group.curve.min[0], group.curve.max[0], group.curve.median[0]) == (0.0, 104.0, 52.0)
    assert group.curve.count.tolist() == [105]


def test_series_of_models_and_datasets_are_one_metric(cast: Cast) -> None:
    access = cast.member.access()
    run_id = make_run(access)
    log_points(access, run_id=run_id, points=Points.of_series(Series("loss", "m-1"), [0, 1], [5, 5], [1.0, 2.0]))
    log_points(access, run_id=run_id, points=Points.of_series("loss", [0, 1], [6, 4], [3.0, 4.0]))
    assert computed(access).groups[0].curve.median.tolist() == [3.0, 2.0]


def test_memory_does_not_grow_with_points(cast: Cast) -> None:
    access = cast.member.access()
    run_id = make_run(access)
    count, piece = 1_200_000, 60_000
    for start in range(0, count, piece):
        log_points(access, run_id=run_id, points=curve("loss", start, piece))
    plan = make_plan(access, LOSS)
    assert load(access, plan.run_ids, "loss") == count
    tracemalloc.start()
    found = compute(access, plan)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found.groups[0].curve.count.tolist() == [1] * 300
    # All points at once would be 34 MB, and several times that while they are merged.
    assert peak < 40_000_000


def test_kept_curves_are_those_that_were_kept_until_something_changes(cast: Cast) -> None:
    access = cast.member.access()
    run_id = make_run(access)
    log_points(access, run_id=run_id, points=curve("loss", 0, 20))
    request = AggregateRequest(0, "loss", group_by="tags.kind")
    plan = make_plan(access, request)
    assert kept_curves(access, plan) is None
    found = compute(access, plan)
    keep_curves(access, plan, found)
    kept = kept_curves(access, make_plan(access, request))
    assert kept is not None
    assert kept[1]
    assert encode_curves(kept[0]) == encode_curves(found)
    # Another metric changes nothing, a point or another group does.
    log_points(access, run_id=run_id, points=curve("other", 0, 3))
    assert is_current(access, request)
    set_tags(access, run_id=run_id, tags=[("kind", "tree")])
    assert not is_current(access, request)
    plan = make_plan(access, request)
    keep_curves(access, plan, compute(access, plan))
    assert is_current(access, request)
    log_points(access, run_id=run_id, points=curve("loss", 20, 1))
    assert not is_current(access, request)
    with bound(access):
        assert MetricAggregate.objects.in_project(access).count() == 1


def test_questions_that_differ_are_kept_apart_and_the_oldest_go(cast: Cast) -> None:
    access = cast.member.access()
    log_points(access, run_id=make_run(access), points=curve("loss", 0, 20))
    for buckets in range(1, MAX_ROWS + 3):
        plan = make_plan(access, AggregateRequest(0, "loss", buckets=buckets))
        keep_curves(access, plan, compute(access, plan))
    with bound(access):
        assert MetricAggregate.objects.in_project(access).count() == MAX_ROWS
    assert kept_curves(access, make_plan(access, AggregateRequest(0, "loss", buckets=1))) is None
    assert kept_curves(access, make_plan(access, AggregateRequest(0, "loss", buckets=MAX_ROWS + 2))) is not None


def test_spellings_of_one_filter_are_one_question(cast: Cast) -> None:
    access = cast.member.access()
    plans = [make_plan(access, AggregateRequest(0, "loss", filter=text)) for text in ("params.a='1'", "param.a = '1'")]
    assert plans[0].digest == plans[1].digest


def test_strangers_have_none_of_it(cast: Cast) -> None:
    access, stranger = cast.member.access(), cast.stranger.access()
    log_points(access, run_id=make_run(access), points=curve("loss", 0, 20))
    plan = make_plan(access, LOSS)
    keep_curves(access, plan, compute(access, plan))
    assert kept_curves(stranger, plan) is None
    assert make_plan(stranger, LOSS).run_ids == ()
    assert np.isnan(compute(stranger, plan).groups[0].curve.max).all()


def test_aggregates_go_with_their_experiment(cast: Cast) -> None:
    access = cast.member.access()
    plan = make_plan(access, LOSS)
    keep_curves(access, plan, compute(access, plan))
    with bound(access):
        Experiment.objects.in_project(access).filter(pk=plan.experiment_id).delete()
        assert not MetricAggregate.objects.in_project(access).exists()


def test_rows_of_another_layout_are_refused() -> None:
    with pytest.raises(ValueError, match="layout"):
        decode_curves(b"\x00")


@pytest.mark.parametrize("text", ["metrics.loss", "attributes.status", "params.", "params.a, params.b"])
def test_only_params_and_tags_group(text: str) -> None:
    with pytest.raises(InvalidInput):
        group_column(text)
