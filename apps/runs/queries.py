"""Reads of runs. Search stands in apps.runs.search, histories of metrics in apps.runs.metrics.reads."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from apps.projects.tenancy import bound
from apps.runs.models import DatasetInput, Run
from apps.runs.refusals import run_not_found
from apps.runs.search.documents import run_data
from apps.teams.access import Access
from apps.teams.permissions import Permission

MAX_DATASET_SUMMARIES = 1_000


@dataclass(frozen=True, slots=True)
class RunDetails:
    """A run and everything logged to it but the histories of its metrics.

    Attributes:
        run: the row, with its experiment.
        data: JSON text: metrics (latest values), params and tags; lists that are empty are left out.
        inputs: the data sets that it used, in the order in which they were logged.
    """

    run: Run
    data: str
    inputs: tuple[DatasetInput, ...]


@dataclass(frozen=True, slots=True)
class DatasetSummary:
    """A version of a data set as runs of an experiment used it; `context` is empty where none was said."""

    experiment_number: int
    name: str
    digest: str
    context: str


def get_run(access: Access, run_id: uuid.UUID) -> RunDetails:
    """A run, active or deleted.

    Raises:
        NotFound: the project has no such run.
    """
    access.require(Permission.PROJECT_READ)
    with bound(access, readonly=True):
        run = Run.objects.in_project(access).select_related("experiment").filter(pk=run_id).first()
        if run is None:
            raise run_not_found(run_id)
        data = run_data(access, [run_id])[run_id]
        inputs = dataset_inputs(access, [run_id]).get(run_id, [])
        return RunDetails(run, data, tuple(inputs))


def dataset_inputs(access: Access, run_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, list[DatasetInput]]:
    """The data sets that runs used, each with its dataset, oldest first; runs without any are left out. One statement."""
    access.require(Permission.PROJECT_READ)
    found: dict[uuid.UUID, list[DatasetInput]] = defaultdict(list)
    with bound(access, readonly=True):
        rows = DatasetInput.objects.in_project(access).filter(run_id__in=list(run_ids))
        for row in rows.select_related("dataset").order_by("pk"):
            found[row.run_id].append(row)
    return dict(found)


def dataset_summaries(access: Access, experiment_numbers: Sequence[int]) -> list[DatasetSummary]:
    """The data sets that runs of some experiments used, each version and context once; at most 1,000."""
    access.require(Permission.PROJECT_READ)
    columns = ("dataset__experiment__number", "dataset__name", "dataset__digest", "context")
    with bound(access, readonly=True):
        rows = DatasetInput.objects.in_project(access).filter(dataset__experiment__number__in=list(experiment_numbers))
        distinct = rows.values_list(*columns).distinct().order_by(*columns)
        return [DatasetSummary(*row) for row in distinct[:MAX_DATASET_SUMMARIES]]


def known_runs(access: Access, run_ids: Collection[uuid.UUID]) -> list[uuid.UUID]:
    """Those of `run_ids` that are runs of the project, in their order, each once. One statement."""
    access.require(Permission.PROJECT_READ)
    with bound(access, readonly=True):
        known = set(Run.objects.in_project(access).filter(pk__in=set(run_ids)).values_list("pk", flat=True))
    return [run_id for run_id in dict.fromkeys(run_ids) if run_id in known]
