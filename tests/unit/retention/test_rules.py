"""Which runs the rules move, and which stay whatever they say."""

from __future__ import annotations

import pytest

from apps.audit.models import AuditEvent
from apps.common.clock import now_ms
from apps.common.errors import InvalidInput, PermissionDenied
from apps.projects.tenancy import bound
from apps.retention.queries.rules import Rules, preview_rules, project_rules
from apps.retention.services.rules import save_rules
from apps.runs.metrics.worker import digest_project
from apps.runs.models import Run, RunStatus
from apps.runs.services import MetricColumns, log_batch, update_run
from apps.teams.access import Access
from tests.factories.cast import Cast
from tests.factories.runs import make_experiment, make_run
from tests.unit.retention.work import KEPT_BY, full_run, keep_listed, put_system_job, run_job, set_rules

pytestmark = pytest.mark.django_db(transaction=True)


def ended(access: Access, name: str, *, days_ago: int = 0, score: float | None = None, experiment: int = 0) -> Run:
    """A run that ended some days ago, with a best score that a later point does not reach."""
    run = make_run(access, name=name, experiment_number=experiment)
    if score is not None:
        points = MetricColumns(
            keys=["score"] * 3, steps=[1, 2, 3], timestamps_ms=[1, 2, 3], values=[0, score, float("nan")]
        )
        log_batch(access, run_id=run.pk, metrics=points, params=[], tags=[])
    end_time_ms = now_ms() - days_ago * 86_400_000 - 1_000
    update_run(access, run_id=run.pk, status=RunStatus.FINISHED, end_time_ms=end_time_ms)
    return run


def names(access: Access, lifecycle: str = "deleted") -> list[str]:
    with bound(access, readonly=True):
        rows = Run.objects.in_project(access).filter(lifecycle=lifecycle)
        return sorted(rows.values_list("name", flat=True))


def apply(access: Access) -> None:
    run_job(access, put_system_job(access, "apply_retention"))


def test_without_rules_nothing_moves(access: Access) -> None:
    ended(access, "old", days_ago=3_000)
    assert project_rules(access) == Rules()
    apply(access)
    assert names(access) == []


def test_old_runs_move_to_the_trash_as_the_system(access: Access) -> None:
    ended(access, "old", days_ago=31)
    ended(access, "young", days_ago=29)
    make_run(access, name="endless")
    set_rules(access, keep_days=30)
    apply(access)
    assert names(access) == ["old"]
    event = AuditEvent.objects.get(action="retention.apply")
    assert event.actor_kind == "system"
    assert event.after is not None
    assert len(event.after["runs"]) == 1


def test_the_best_of_each_experiment_stay_by_their_best_value(access: Access) -> None:
    other = make_experiment(access).number
    for number in range(5):
        ended(access, f"a{number}", score=number + 1)
        ended(access, f"b{number}", score=number + 10, experiment=other)
    ended(access, "unjudged")
    set_rules(access, keep_best_count=2, keep_best_metric="score")
    apply(access)
    assert names(access) == ["a0", "a1", "a2", "b0", "b1", "b2"]


def test_the_lowest_may_be_the_best(access: Access) -> None:
    for number in range(3):
        ended(access, f"r{number}", score=-number - 1)
    set_rules(access, keep_best_count=1, keep_best_metric="score", keep_best_direction="lowest")
    apply(access)
    assert names(access) == ["r0", "r1"]


def test_any_rule_that_keeps_a_run_keeps_it(access: Access) -> None:
    ended(access, "old and best", days_ago=90, score=9)
    ended(access, "old", days_ago=90, score=1)
    ended(access, "old unjudged", days_ago=90)
    ended(access, "young", days_ago=1, score=2)
    set_rules(access, keep_days=30, keep_best_count=1, keep_best_metric="score")
    apply(access)
    assert names(access) == ["old", "old unjudged"]


def test_what_something_needs_stays(access: Access, settings: object) -> None:
    settings.RETENTION_KEEPERS = [f"{keep_listed.__module__}.keep_listed"]  # type: ignore[attr-defined]
    KEPT_BY.add(ended(access, "needed", days_ago=90).pk)
    ended(access, "other", days_ago=90)
    rules = Rules(keep_days=30)
    try:
        preview = preview_rules(access, rules)
        set_rules(access, keep_days=30)
        apply(access)
    finally:
        KEPT_BY.clear()
    assert (preview.run_count, preview.kept_count) == (1, 1)
    assert names(access) == ["other"]


def test_a_preview_says_what_would_move_and_moves_nothing(access: Access) -> None:
    run = full_run(access, "old")
    update_run(access, run_id=run.pk, status=RunStatus.FINISHED, end_time_ms=1)
    digest_project(access.project.id, everything=True)
    preview = preview_rules(access, Rules(keep_days=1))
    assert (preview.run_count, preview.size.file_count, preview.size.file_bytes) == (1, 3, 15)
    assert preview.size.point_count == 3
    assert preview.size.metric_bytes > 0
    assert names(access) == []


@pytest.mark.parametrize(
    ("rules", "field"),
    [
        (Rules(trash_days=-1), "trash_days"),
        (Rules(trash_days=36_501), "trash_days"),
        (Rules(keep_days=0), "keep_days"),
        (Rules(keep_best_count=3), "keep_best_metric"),
        (Rules(keep_best_metric="loss"), "keep_best_count"),
        (Rules(keep_best_count=0, keep_best_metric="loss"), "keep_best_count"),
        (Rules(keep_best_count=1, keep_best_metric="a\0"), "keep_best_metric"),
        (Rules(keep_best_direction="sideways"), "keep_best_direction"),
    ],
)
def test_rules_that_cannot_be_are_refused(access: Access, rules: Rules, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        save_rules(access, rules)
    assert refused.value.field == field


def test_rules_are_saved_by_who_manages_the_project_and_written_down(cast: Cast, access: Access) -> None:
    with pytest.raises(PermissionDenied):
        save_rules(cast.member.access(), Rules(trash_days=1))
    rules = Rules(trash_days=7, keep_days=90, keep_best_count=5, keep_best_metric="loss", keep_best_direction="lowest")
    save_rules(access, Rules(trash_days=1))
    save_rules(access, rules)
    assert project_rules(access) == rules
    event = AuditEvent.objects.filter(action="retention.update").latest("pk")
    assert event.before is not None
    assert event.after is not None
    assert (event.before["trash_days"], event.after["trash_days"]) == (1, 7)
