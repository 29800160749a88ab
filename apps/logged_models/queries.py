"""Reads of logged models."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from apps.experiments.models import Lifecycle
from apps.logged_models.models import LoggedModel, LoggedModelParam, LoggedModelTag, RunModel
from apps.logged_models.refusals import model_not_found
from apps.projects.tenancy import bound
from apps.runs.metrics.digest import fold_dirty
from apps.runs.models import ModelMetric
from apps.teams.access import Access
from apps.teams.permissions import Permission


@dataclass(frozen=True, slots=True)
class LoggedModelDetails:
    """A model, with its experiment, and what was logged to it.

    Attributes:
        model: the row.
        params: keys and values, by key.
        tags: likewise.
        metrics: the last point of each metric, by run and dataset.
    """

    model: LoggedModel
    params: tuple[tuple[str, str], ...]
    tags: tuple[tuple[str, str], ...]
    metrics: tuple[ModelMetric, ...]


def get_logged_model(access: Access, model_id: uuid.UUID, *, allow_deleted: bool = False) -> LoggedModelDetails:
    """A model, with every point that was logged before this call counted in. Not to be called in a read-only transaction.

    Raises:
        NotFound: the project has no such model, or it is deleted.
    """
    access.require(Permission.PROJECT_READ)
    fold_dirty(access)
    with bound(access, readonly=True):
        rows = LoggedModel.objects.in_project(access).select_related("experiment").filter(pk=model_id)
        model = (rows if allow_deleted else rows.filter(lifecycle=Lifecycle.ACTIVE)).first()
        if model is None:
            raise model_not_found(model_id)
        return with_details(access, [model])[0]


def with_details(access: Access, models: Iterable[LoggedModel]) -> list[LoggedModelDetails]:
    """What was logged to models, in their order; in a bound transaction. Three statements."""
    listed = list(models)
    keys = [model.pk for model in listed]
    params, tags = _pairs(access, LoggedModelParam, keys), _pairs(access, LoggedModelTag, keys)
    metrics: dict[uuid.UUID, list[ModelMetric]] = defaultdict(list)
    rows = ModelMetric.objects.in_project(access).filter(model_id__in=keys)
    for metric in rows.order_by("key", "run_id", "dataset_name", "dataset_digest"):
        metrics[metric.model_id].append(metric)
    return [
        LoggedModelDetails(model, tuple(params[model.pk]), tuple(tags[model.pk]), tuple(metrics[model.pk]))
        for model in listed
    ]


def run_models(access: Access, run_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, list[RunModel]]:
    """The models that runs made and used, in the order in which that was said; runs without any are left out."""
    access.require(Permission.PROJECT_READ)
    found: dict[uuid.UUID, list[RunModel]] = defaultdict(list)
    with bound(access, readonly=True):
        for row in RunModel.objects.in_project(access).filter(run_id__in=list(run_ids)).order_by("pk"):
            found[row.run_id].append(row)
    return dict(found)


def _pairs(
    access: Access, table: type[LoggedModelParam | LoggedModelTag], keys: Collection[uuid.UUID]
) -> dict[uuid.UUID, list[tuple[str, str]]]:
    found: dict[uuid.UUID, list[tuple[str, str]]] = defaultdict(list)
    rows = table.objects.in_project(access).filter(model__in=keys).order_by("key")
    for model_id, key, value in rows.values_list("model_id", "key", "value"):
        found[model_id].append((key, value))
    return found
