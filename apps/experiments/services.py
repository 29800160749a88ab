"""Writes of experiments. Deleting and restoring, which take the runs along, stand in apps.runs.services."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import IntegrityError, transaction
from django.db.models import F

from apps.common.clock import now_ms
from apps.common.errors import Conflict, InvalidInput, NotFound
from apps.experiments.keys import check_experiment_name, check_experiment_tag
from apps.experiments.models import Experiment, ExperimentTag, Lifecycle
from apps.experiments.queries import experiment_not_found, find_experiment
from apps.projects.models import Project
from apps.projects.tenancy import bound
from apps.teams.access import Access
from apps.teams.permissions import Permission
from apps.teams.services import audit

DEFAULT_EXPERIMENT_NAME = "Default"


def create_default_experiment(access: Access) -> Experiment:
    """The experiment "0" that clients expect in every project."""
    with bound(access):
        return _insert_experiment(access, DEFAULT_EXPERIMENT_NAME, ())


def create_experiment(access: Access, *, name: str, tags: Sequence[tuple[str, str]] = ()) -> Experiment:
    """A new experiment with the next number of its project.

    Args:
        access: needs EXPERIMENT_WRITE.
        name: unique in the project, among deleted experiments too.
        tags: keys and values.

    Raises:
        InvalidInput: the name or a tag.
        Conflict: `experiment_exists`: the name is taken. Of several who create it at once, one succeeds.
    """
    access.require(Permission.EXPERIMENT_WRITE)
    check_experiment_name(name)
    for key, value in tags:
        check_experiment_tag(key, value)
    if len(dict(tags)) < len(tags):
        raise InvalidInput("duplicate_tag", "The same tag key is given twice.", field="tags")
    with bound(access):
        try:
            with transaction.atomic():
                return _insert_experiment(access, name, tags)
        except IntegrityError as exc:
            raise _name_taken(name) from exc


def rename_experiment(access: Access, *, number: int, name: str) -> Experiment:
    """Give an active experiment another name.

    Raises:
        NotFound: there is no such experiment.
        InvalidInput: the name.
        Conflict: the experiment is deleted, or the name is taken.
    """
    access.require(Permission.EXPERIMENT_WRITE)
    check_experiment_name(name)
    with bound(access):
        experiment = find_experiment(access, number)
        if experiment.lifecycle != Lifecycle.ACTIVE:
            raise Conflict("experiment_not_active", "Cannot rename a non-active experiment.")
        before, experiment.name, experiment.updated_at_ms = experiment.name, name, now_ms()
        try:
            with transaction.atomic():
                experiment.save(update_fields=["name", "updated_at_ms"])
        except IntegrityError as exc:
            raise _name_taken(name) from exc
        _audit(access, "experiment.rename", experiment, before={"name": before}, after={"name": name})
        return experiment


def set_experiment_tag(access: Access, *, number: int, key: str, value: str) -> None:
    """Set a tag of an active experiment, replacing its value.

    Raises:
        NotFound: there is no such experiment.
        InvalidInput: the key or the value.
        Conflict: the experiment is deleted.
    """
    access.require(Permission.EXPERIMENT_WRITE)
    check_experiment_tag(key, value)
    with bound(access):
        experiment = _active_experiment(access, number)
        tag = ExperimentTag(project_id=access.project.id, experiment=experiment, key=key, value=value)
        ExperimentTag.objects.in_project(access).bulk_create(
            [tag], update_conflicts=True, update_fields=["value"], unique_fields=["project", "experiment", "key"]
        )


def delete_experiment_tag(access: Access, *, number: int, key: str) -> None:
    """Remove a tag of an active experiment.

    Raises:
        NotFound: there is no such experiment, or it has no such tag.
        Conflict: the experiment is deleted.
    """
    access.require(Permission.EXPERIMENT_WRITE)
    with bound(access):
        experiment = _active_experiment(access, number)
        deleted, _ = ExperimentTag.objects.in_project(access).filter(experiment=experiment, key=key).delete()
        if not deleted:
            raise NotFound("tag_not_found", f"No tag with name: {key} in experiment with id {number}", field="key")


def change_lifecycle(access: Access, *, number: int, to: Lifecycle) -> Experiment:
    """Delete or restore the experiment alone, in a bound transaction; apps.runs.services does the same to its runs.

    Raises:
        NotFound: there is no such experiment, or it is in that state already.
    """
    access.require(Permission.EXPERIMENT_DELETE)
    experiment = find_experiment(access, number)
    if experiment.lifecycle == to:
        raise experiment_not_found(number)
    # Of a deleted experiment `updated_at_ms` is when it was deleted: every other write to it is refused.
    at_ms = now_ms()
    rows = Experiment.objects.in_project(access).filter(pk=experiment.pk).exclude(lifecycle=to)
    if not rows.update(lifecycle=to, updated_at_ms=at_ms):
        raise experiment_not_found(number)  # it changed, or was removed for good, at this very moment
    experiment.lifecycle, experiment.updated_at_ms = to, at_ms
    _audit(access, "experiment.delete" if to == Lifecycle.DELETED else "experiment.restore", experiment)
    return experiment


def require_active(experiment: Experiment) -> None:
    """Refuse writes to a deleted experiment.

    Raises:
        Conflict: it is deleted.
    """
    if experiment.lifecycle != Lifecycle.ACTIVE:
        message = f"The experiment {experiment.number} must be in the 'active' state."
        raise Conflict("experiment_not_active", f"{message} Current state is {experiment.lifecycle}.")


def _active_experiment(access: Access, number: int) -> Experiment:
    experiment = find_experiment(access, number)
    require_active(experiment)
    return experiment


def _insert_experiment(access: Access, name: str, tags: Sequence[tuple[str, str]]) -> Experiment:
    """Counting up locks the project's row: creators of one project take turns, and no number is used twice."""
    project = Project.objects.filter(pk=access.project.id)
    project.update(next_experiment_number=F("next_experiment_number") + 1)
    number = project.values_list("next_experiment_number", flat=True).get() - 1
    experiment = Experiment(project_id=access.project.id, number=number, name=name)
    experiment.updated_at_ms = experiment.created_at_ms
    experiment.save(force_insert=True)
    if tags:
        ExperimentTag.objects.in_project(access).bulk_create(
            ExperimentTag(project_id=access.project.id, experiment=experiment, key=key, value=value)
            for key, value in tags
        )
    return experiment


def _name_taken(name: str) -> Conflict:
    return Conflict("experiment_exists", f"Experiment(name={name}) already exists.", field="name")


def _audit(access: Access, action: str, experiment: Experiment, **more: object) -> None:
    audit(
        access,
        action,
        "experiment",
        experiment.number,
        object_label=experiment.name,
        project_slug=access.project.slug,
        **more,
    )
