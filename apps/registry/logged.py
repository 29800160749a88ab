"""What was logged to versions: to their logged models, and to their runs where the model has nothing of that name."""

from __future__ import annotations

import math
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from apps.logged_models.models import LoggedModel
from apps.logged_models.queries import LoggedModelDetails, with_details
from apps.registry.models import ModelVersion
from apps.runs.metrics.fold import Metric
from apps.runs.metrics.reads import latest_metrics
from apps.runs.models import Param
from apps.teams.access import Access


@dataclass(frozen=True, slots=True)
class Logged:
    """Params and last values of metrics, by key; "rmse on <dataset>" where the point of a model names one."""

    params: Mapping[str, str]
    metrics: Mapping[str, float]


def logged_to(access: Access, versions: Sequence[ModelVersion]) -> list[Logged]:
    """What was logged to each of some versions, in a bound transaction. Points of models count once they are folded."""
    models = LoggedModel.objects.in_project(access).select_related("experiment")
    rows = models.filter(pk__in=ids(version.logged_model_id for version in versions))
    of_models = {each.model.pk: each for each in with_details(access, rows)}
    run_ids = ids(version.run_id for version in versions)
    params: dict[uuid.UUID | None, dict[str, str]] = defaultdict(dict)
    of_runs = Param.objects.in_project(access).filter(run__in=run_ids)
    for run_id, key, value in of_runs.values_list("run_id", "key", "value"):
        params[run_id][key] = value
    metrics = latest_metrics(access, run_ids)
    return [
        _together(
            None if version.logged_model_id is None else of_models.get(version.logged_model_id),
            params[version.run_id],
            [] if version.run_id is None else metrics.get(version.run_id, []),
        )
        for version in versions
    ]


def ids(found: Iterable[uuid.UUID | None]) -> set[uuid.UUID]:
    """Those that are there."""
    return {each for each in found if each is not None}


def _together(model: LoggedModelDetails | None, params: Mapping[str, str], metrics: list[Metric]) -> Logged:
    own = {metric.key for metric in model.metrics} if model else set()
    of_run = {metric.key: metric.value for metric in metrics if metric.key not in own}
    return Logged({**params, **dict(model.params if model else ())}, of_run | _metrics_of_model(model))


def _metrics_of_model(model: LoggedModelDetails | None) -> dict[str, float]:
    if model is None:
        return {}
    return {
        f"{metric.key} on {metric.dataset_name}" if metric.dataset_name else metric.key: (
            math.nan if metric.last_value is None else metric.last_value
        )
        for metric in model.metrics
    }
