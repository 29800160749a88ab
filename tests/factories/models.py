"""Logged models with everything that one has: params, tags, files, a metric, the run that made it."""

from __future__ import annotations

import uuid

from apps.artifacts.models import OwnerKind
from apps.artifacts.owners import OwnerRef
from apps.artifacts.services import store_artifact
from apps.common.ids import model_id
from apps.logged_models.models import LoggedModel, LoggedModelStatus, ModelUse
from apps.logged_models.services import create_logged_model, finalize_logged_model, log_run_models
from apps.registry.models import ModelVersion
from apps.registry.services import create_model, create_version, set_alias
from apps.runs.metrics.points import Series
from apps.runs.services import MetricColumns, log_batch
from apps.teams.access import Access
from tests.factories.runs import START_MS

MLMODEL = b"flavors:\n  python_function:\n    loader_module: mlflow.sklearn\n"


def make_version(access: Access, model: LoggedModel, *, name: str = "registered") -> ModelVersion:
    """A version of a new registered model, of a logged model's files."""
    create_model(access, name=name, description="A model.", tags=[("task", "test")])
    source = f"models:/{model_id(model.pk)}"
    version = create_version(access, name=name, source=source, tags=[("stage", "test")])
    set_alias(access, name=name, alias="champion", number=version.number)
    return version


def make_model(
    access: Access,
    *,
    experiment_number: int,
    run_id: uuid.UUID,
    name: str = "model",
    files: dict[str, bytes] | None = None,
    metrics: dict[str, float] | None = None,
) -> LoggedModel:
    """A finished model of a run."""
    model = create_logged_model(
        access,
        experiment_number=experiment_number,
        name=name,
        source_run_id=run_id,
        params=[("alpha", "0.1")],
        tags=[("stage", "test")],
    )
    for path, content in (files or {"MLmodel": MLMODEL}).items():
        store_artifact(
            access,
            owner=OwnerRef(model.pk, kind=OwnerKind.MODEL),
            path=path,
            chunks=[content],
            length=len(content),
            renew=lambda: access,
        )
    for key, value in (metrics or {"rmse": 0.5}).items():
        columns = MetricColumns([Series(key, model_id(model.pk), "data", "1")], [0], [START_MS], [value])
        log_batch(access, run_id=run_id, metrics=columns, params=[], tags=[])
    log_run_models(access, run_id=run_id, use=ModelUse.OUTPUT, models=[(model.pk, 0)])
    finalize_logged_model(access, model_id=model.pk, status=LoggedModelStatus.READY)
    return model
