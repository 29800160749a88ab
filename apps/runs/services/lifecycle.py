"""A run's life: created, updated, deleted, restored."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from django.db.models import F

from apps.common.clock import now_ms
from apps.common.errors import InvalidInput
from apps.experiments.keys import MAX_KEY_LENGTH, check_length
from apps.experiments.models import Experiment, Lifecycle
from apps.experiments.queries import MAX_NUMBER, find_experiment
from apps.experiments.services import require_active
from apps.projects.tenancy import bound
from apps.runs.models import Run, RunStatus
from apps.runs.names import new_run_name
from apps.runs.services import announcements, at_once, statements
from apps.runs.services.rules import (
    MAX_INITIAL_TAGS,
    MAX_TAG_VALUE_LENGTH,
    MAX_USER_NAME_LENGTH,
    RUN_NAME_TAG,
    Pairs,
    check_count,
)
from apps.teams.access import Access
from apps.teams.permissions import Permission
from apps.teams.services import audit


def create_run(
    access: Access,
    *,
    experiment_number: int,
    name: str = "",
    user_name: str = "",
    start_time_ms: int,
    tags: Pairs = (),
) -> tuple[Run, list[tuple[str, str]]]:
    """Start a run in an active experiment.

    Args:
        access: needs RUN_LOG.
        experiment_number: the experiment's number in the project.
        name: empty for the name in the tag mlflow.runName, or else for a generated one.
        user_name: whom the client names as the author: a text for people, no identity.
        start_time_ms: milliseconds since the epoch.
        tags: keys and values; values over 8,000 characters are cut. Keys are bounded in length alone, as in MLflow.

    Returns:
        The run, with its experiment, and all its tags.

    Raises:
        NotFound: there is no such experiment.
        InvalidInput: a tag, or a name that differs from the one in the tags.
        Conflict: the experiment is deleted.
    """
    access.require(Permission.RUN_LOG)
    stored_tags = _initial_tags(name, tags)
    run = Run(
        project_id=access.project.id,
        name=dict(stored_tags)[RUN_NAME_TAG],
        user_name=user_name[:MAX_USER_NAME_LENGTH],
        created_by_id=access.actor.user_id,
        start_time_ms=start_time_ms,
    )
    is_number = -MAX_NUMBER <= experiment_number <= MAX_NUMBER
    if is_number and at_once.create_run(access, run, experiment_number, stored_tags):
        run.experiment = Experiment(project_id=access.project.id, number=experiment_number)
        return run, stored_tags
    with bound(access):
        run.experiment = find_experiment(access, experiment_number)
        require_active(run.experiment)
        statements.insert_run(access, run)
        statements.upsert_tags(run, stored_tags)
    return run, stored_tags


def update_run(
    access: Access,
    *,
    run_id: uuid.UUID,
    status: RunStatus | None = None,
    end_time_ms: int | None = None,
    name: str = "",
) -> Run:
    """Change an active run's state, end or name; what is None or empty stays.

    Returns:
        The run as it is now, with its experiment's number.

    Raises:
        NotFound: the project has no such run.
        Conflict: the run is deleted.
    """
    access.require(Permission.RUN_LOG)
    name = name[:MAX_TAG_VALUE_LENGTH]
    given = {"status": status, "end_time_ms": end_time_ms, "name": name or None}
    changes = {column: value for column, value in given.items() if value is not None}
    is_told = access.project.has_webhooks and status in announcements.ENDS
    if not name and not is_told and (updated := at_once.update_run(access, run_id, changes)):
        return updated
    with bound(access):
        earlier = announcements.locked_status(access, run_id) if is_told else status
        run = statements.touch_active_run(access, run_id, changes)
        if name:
            statements.upsert_tags(run, [(RUN_NAME_TAG, name)])
        if status != earlier:
            announcements.run_ended(access, run)
    return run


def delete_run(access: Access, *, run_id: uuid.UUID) -> None:
    """Mark a run as deleted; deleting it again changes nothing that matters.

    Raises:
        NotFound: the project has no such run.
    """
    _change_lifecycle(access, run_id, Lifecycle.DELETED)


def delete_runs(access: Access, *, run_ids: Collection[uuid.UUID]) -> list[uuid.UUID]:
    """Mark many active runs as deleted, in one transaction; the caller writes down why.

    Returns:
        Those that were, in order; deleted and unknown ones are passed over.
    """
    access.require(Permission.RUN_DELETE)
    with bound(access):
        runs = Run.objects.in_project(access).filter(pk__in=list(run_ids), lifecycle=Lifecycle.ACTIVE)
        # Locked in order first, as folding locks them, against deadlock.
        found = list(runs.order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True))
        runs.update(revision=F("revision") + 1, lifecycle=Lifecycle.DELETED, deleted_at_ms=now_ms())
        statements.changed(access)
    return found


def restore_run(access: Access, *, run_id: uuid.UUID) -> None:
    """Make a deleted run active again; no change for an active one.

    Raises:
        NotFound: the project has no such run.
    """
    _change_lifecycle(access, run_id, Lifecycle.ACTIVE)


def _change_lifecycle(access: Access, run_id: uuid.UUID, to: Lifecycle) -> None:
    access.require(Permission.RUN_DELETE)
    is_deleted = to == Lifecycle.DELETED
    with bound(access):
        run = statements.touch_run(access, run_id, {"lifecycle": to, "deleted_at_ms": now_ms() if is_deleted else None})
        audit(
            access,
            "run.delete" if is_deleted else "run.restore",
            "run",
            run.id.hex,
            object_label=run.name,
            project_slug=access.project.slug,
        )


def _initial_tags(name: str, tags: Pairs) -> list[tuple[str, str]]:
    """The tags to store: long values cut, the run's name among them."""
    check_count("tags", len(tags), MAX_INITIAL_TAGS)
    cut = []
    for index, (key, value) in enumerate(tags):
        if not key:
            raise InvalidInput("missing_key", f"Missing value for required parameter 'tags[{index}].key'.")
        check_length(f"tags[{index}].key", key, MAX_KEY_LENGTH)
        cut.append((key, value[:MAX_TAG_VALUE_LENGTH]))
    by_key = dict(cut)
    if len(by_key) < len(cut):
        raise InvalidInput("duplicate_tag", "The same tag key is given twice.", field="tags")
    name = name[:MAX_TAG_VALUE_LENGTH]
    tagged_name = by_key.get(RUN_NAME_TAG, "")
    if name and tagged_name and name != tagged_name:
        raise InvalidInput(
            "run_name_differs",
            "Both 'run_name' argument and 'mlflow.runName' tag are specified, but with different values"
            f" (run_name='{name}', mlflow.runName='{tagged_name}').",
            field="run_name",
        )
    by_key[RUN_NAME_TAG] = name or tagged_name or new_run_name()
    return list(by_key.items())
