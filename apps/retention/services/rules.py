"""A project's rules: set by its maintainers, applied by the system."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import asdict

from apps.common.errors import InvalidInput
from apps.projects.tenancy import bound
from apps.retention.keepers import kept_runs
from apps.retention.models import BestIs, ProjectRetention
from apps.retention.queries.rules import Rules, outdated_runs, project_rules
from apps.runs.services import delete_runs
from apps.teams.access import Access
from apps.teams.permissions import Permission
from apps.teams.services import audit

MAX_DAYS = 36_500
MAX_BEST = 100_000
MAX_METRIC_LENGTH = 250


def save_rules(access: Access, rules: Rules) -> Rules:
    """Replace the project's rules. They are applied once a day.

    Raises:
        InvalidInput: a number is out of range, or one of metric and count is missing.
    """
    access.require(Permission.PROJECT_MANAGE)
    check_rules(rules)
    with bound(access):
        before = project_rules(access)
        ProjectRetention.objects.in_project(access).bulk_create(
            [ProjectRetention(project_id=access.project.id, **asdict(rules))],
            update_conflicts=True,
            update_fields=list(asdict(rules)),
            unique_fields=["project"],
        )
        audit(
            access,
            "retention.update",
            "project",
            access.project.id,
            object_label=access.project.name,
            project_slug=access.project.slug,
            before=asdict(before),
            after=asdict(rules),
        )
    return rules


def check_rules(rules: Rules) -> None:
    """Refuse rules that cannot be.

    Raises:
        InvalidInput: naming the field.
    """
    _check_range("trash_days", rules.trash_days, 0, MAX_DAYS)
    _check_range("keep_days", rules.keep_days, 1, MAX_DAYS)
    _check_range("keep_best_count", rules.keep_best_count, 1, MAX_BEST)
    metric = rules.keep_best_metric
    if (rules.keep_best_count is None) != (not metric):
        message = "To keep the best runs, say both how many and by which metric."
        raise InvalidInput("incomplete_rule", message, field="keep_best_metric" if not metric else "keep_best_count")
    if len(metric) > MAX_METRIC_LENGTH or "\0" in metric:
        message = f"A metric's key has at most {MAX_METRIC_LENGTH} characters and no NUL."
        raise InvalidInput("metric_key", message, field="keep_best_metric")
    if rules.keep_best_direction not in BestIs.values:
        raise InvalidInput("direction", "Either highest or lowest.", field="keep_best_direction")


def move_outdated(access: Access, batch: Collection[uuid.UUID], rules: Rules) -> int:
    """Move runs that no rule keeps to the trash, in one transaction.

    Args:
        access: the system's.
        batch: runs that no rule kept a moment ago; looked at again.
        rules: the project's.

    Returns:
        How many were moved.
    """
    with bound(access):
        outdated = set(outdated_runs(access, rules).filter(pk__in=batch).values_list("pk", flat=True))
        moved = delete_runs(access, run_ids=outdated - kept_runs(access.project.id, outdated))
        if moved:
            audit(
                access,
                "retention.apply",
                "project",
                access.project.id,
                object_label=access.project.name,
                project_slug=access.project.slug,
                after={"rules": asdict(rules), "runs": [run_id.hex for run_id in moved]},
            )
    return len(moved)


def _check_range(field: str, value: int | None, low: int, high: int) -> None:
    if value is not None and not low <= value <= high:
        raise InvalidInput("out_of_range", f"From {low:,} to {high:,}.", field=field)
