"""Routes below mlflow/logged-models, and those of runs that speak of models."""

from __future__ import annotations

import json
import uuid
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from apps.artifacts import services as artifacts
from apps.artifacts.http.downloads import file_response
from apps.artifacts.models import OwnerKind
from apps.artifacts.owners import OwnerRef
from apps.artifacts.queries import find_artifact
from apps.common.errors import InvalidInput
from apps.logged_models import services
from apps.logged_models.models import LoggedModelStatus, ModelUse
from apps.logged_models.queries import get_logged_model as model_details
from apps.logged_models.search import DatasetFilter, ModelOrder
from apps.logged_models.search import search_logged_models as model_page
from apps.mlflow_api import responses
from apps.mlflow_api.handlers.artifacts import listed
from apps.mlflow_api.identifiers import experiment_number, experiment_numbers, model_key, run_key
from apps.mlflow_api.paging import check_page_size
from apps.mlflow_api.schemas import logged_models as schemas
from apps.mlflow_api.schemas.fields import KeyValue
from apps.runs.services import record_model
from apps.teams.access import Access

DEFAULT_PAGE_SIZE = 50
_MODEL_FIELDS = frozenset({"artifact_path", "flavors", "utc_time_created", "run_id"})


def create(access: Access, message: schemas.CreateLoggedModel) -> bytes:
    """POST logged-models."""
    model = services.create_logged_model(
        access,
        experiment_number=experiment_number(message.experiment_id),
        name=message.name or None,
        model_type=message.model_type,
        source_run_id=run_key(message.source_run_id) if message.source_run_id else None,
        params=_pairs(message.params),
        tags=_pairs(message.tags),
    )
    return _answer(access, model.pk)


def get(access: Access, message: schemas.GetLoggedModel, model_id: str) -> bytes:
    """GET logged-models/<id>."""
    return _answer(access, model_key(model_id), allow_deleted=message.allow_deleted.lower() == "true")


def finalize(access: Access, message: schemas.FinalizeLoggedModel, model_id: str) -> bytes:
    """PATCH logged-models/<id>."""
    key = model_key(model_id)
    if message.status is None:
        raise InvalidInput("invalid_status", "Unknown model status.", field="status")
    services.finalize_logged_model(access, model_id=key, status=LoggedModelStatus(message.status))
    return _answer(access, key)


def delete(access: Access, _message: None, model_id: str) -> bytes:
    """DELETE logged-models/<id>."""
    services.delete_logged_model(access, model_id=model_key(model_id))
    return responses.EMPTY


def log_params(access: Access, message: schemas.LogParams, model_id: str) -> bytes:
    """POST logged-models/<id>/params."""
    services.log_model_params(access, model_id=model_key(model_id), params=_pairs(message.params))
    return responses.EMPTY


def set_tags(access: Access, message: schemas.SetTags, model_id: str) -> bytes:
    """PATCH logged-models/<id>/tags."""
    services.set_model_tags(access, model_id=model_key(model_id), tags=_pairs(message.tags))
    return responses.EMPTY


def delete_tag(access: Access, _message: None, model_id: str, tag_key: str) -> bytes:
    """DELETE logged-models/<id>/tags/<key>."""
    services.delete_model_tag(access, model_id=model_key(model_id), key=tag_key)
    return responses.EMPTY


def search(access: Access, message: schemas.SearchLoggedModels) -> bytes:
    """POST logged-models/search."""
    size = message.max_results or DEFAULT_PAGE_SIZE
    check_page_size(size)
    page = model_page(
        access,
        experiment_numbers=experiment_numbers(message.experiment_ids or []),
        filter=message.filter or None,
        datasets=[DatasetFilter(each.dataset_name, each.dataset_digest) for each in message.datasets],
        order_by=[_order(term) for term in message.order_by],
        max_results=size,
        page_token=message.page_token or None,
    )
    answer: dict[str, Any] = {}
    if page.models:
        answer["models"] = [responses.logged_model(details) for details in page.models]
    if page.next_page_token:
        answer["next_page_token"] = page.next_page_token
    return responses.encode(answer)


def list_files(access: Access, message: schemas.ListFiles, model_id: str) -> bytes:
    """GET logged-models/<id>/artifacts/directories."""
    owner = OwnerRef(model_key(model_id), kind=OwnerKind.MODEL)
    return responses.encode(listed(access, owner, message.artifact_directory_path, message.page_token))


def get_file(access: Access, request: HttpRequest, model_id: str) -> HttpResponseBase:
    """GET logged-models/<id>/artifacts/files."""
    path = request.GET.get("artifact_file_path")
    if not path:
        message = 'Request must include the "artifact_file_path" query parameter.'
        raise InvalidInput("missing_parameter", message, field="artifact_file_path")
    owner = OwnerRef(model_key(model_id), kind=OwnerKind.MODEL)
    artifacts.settle_uploads(access, owner)
    return file_response(request, access, find_artifact(access, owner, path))


def log_outputs(access: Access, message: schemas.LogOutputs) -> bytes:
    """POST runs/outputs."""
    models = [(model_key(model.model_id), model.step) for model in message.models or []]
    services.log_run_models(access, run_id=run_key(message.run_id), use=ModelUse.OUTPUT, models=models)
    return responses.EMPTY


def log_model(access: Access, message: schemas.LogModel) -> bytes:
    """POST runs/log-model: what clients before 3.0 say of a model whose files are among the run's."""
    try:
        model = json.loads(message.model_json)
    except (ValueError, RecursionError):
        text = f"Malformed model info. \n {message.model_json[:1_000]} \n is not a valid JSON."
        raise InvalidInput("malformed_model", text, field="model_json") from None
    missing = set(_MODEL_FIELDS) - (model.keys() if isinstance(model, dict) else set())
    if missing:
        text = f"Model json is missing mandatory fields: {missing}"
        raise InvalidInput("malformed_model", text, field="model_json")
    record_model(access, run_id=run_key(message.run_id), model=model)
    return responses.EMPTY


def _answer(access: Access, key: uuid.UUID, *, allow_deleted: bool = False) -> bytes:
    details = model_details(access, key, allow_deleted=allow_deleted)
    return responses.encode({"model": responses.logged_model(details)})


def _pairs(pairs: list[KeyValue]) -> list[tuple[str, str]]:
    return [(pair.key, pair.value) for pair in pairs]


def _order(term: schemas.OrderBy) -> ModelOrder:
    dataset = DatasetFilter(term.dataset_name, term.dataset_digest) if term.dataset_name else None
    return ModelOrder(term.field_name, term.ascending, dataset)
