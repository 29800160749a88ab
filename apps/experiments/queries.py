"""Reads of experiments."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from apps.common.errors import NotFound
from apps.experiments.models import Experiment, ExperimentTag
from apps.projects.tenancy import bound
from apps.teams.access import Access
from apps.teams.permissions import Permission

MAX_NUMBER = 2**63 - 1


@dataclass(frozen=True, slots=True)
class ExperimentDetails:
    """An experiment and its tags, sorted by key."""

    experiment: Experiment
    tags: tuple[tuple[str, str], ...]


def get_experiment(access: Access, number: int) -> ExperimentDetails:
    """An experiment, active or deleted, by its number.

    Raises:
        NotFound: the project has no such experiment.
    """
    access.require(Permission.PROJECT_READ)
    with bound(access, readonly=True):
        return with_tags(access, [find_experiment(access, number)])[0]


def get_experiment_by_name(access: Access, name: str) -> ExperimentDetails:
    """An experiment, active or deleted, by its name.

    Raises:
        NotFound: the project has no such experiment.
    """
    access.require(Permission.PROJECT_READ)
    with bound(access, readonly=True):
        found = Experiment.objects.in_project(access).filter(name=name).first()
        if found is None:
            raise NotFound("experiment_not_found", f"Could not find experiment with name '{name}'")
        return with_tags(access, [found])[0]


def find_experiment(access: Access, number: int) -> Experiment:
    """The row of an experiment, active or deleted. To be called inside a bound transaction.

    Raises:
        NotFound: the project has no such experiment.
    """
    found = None
    if -MAX_NUMBER <= number <= MAX_NUMBER:
        found = Experiment.objects.in_project(access).filter(number=number).first()
    if found is None:
        raise experiment_not_found(number)
    return found


def with_tags(access: Access, experiments: Iterable[Experiment]) -> list[ExperimentDetails]:
    """The experiments, in their order, each with its tags. One statement, inside a bound transaction."""
    wanted = list(experiments)
    tags: dict[int, list[tuple[str, str]]] = {experiment.pk: [] for experiment in wanted}
    rows = ExperimentTag.objects.in_project(access).filter(experiment__in=wanted).order_by("key")
    for experiment_id, key, value in rows.values_list("experiment_id", "key", "value"):
        tags[experiment_id].append((key, value))
    return [ExperimentDetails(experiment, tuple(tags[experiment.pk])) for experiment in wanted]


def experiment_not_found(number: int) -> NotFound:
    """What to raise for a number that names nothing in the project."""
    return NotFound("experiment_not_found", f"No Experiment with id={number} exists", field="experiment_id")
