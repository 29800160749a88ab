"""Routes below mlflow/registered-models."""

from __future__ import annotations

from typing import Any

from apps.mlflow_api import responses
from apps.mlflow_api.identifiers import version_number
from apps.mlflow_api.paging import check_page_size
from apps.mlflow_api.schemas import registry as schemas
from apps.registry import queries, services
from apps.registry.search import search_models
from apps.teams.access import Access


def create_model(access: Access, message: schemas.CreateModel) -> bytes:
    """POST registered-models/create."""
    tags = [(tag.key, tag.value) for tag in message.tags]
    services.create_model(access, name=message.name, description=message.description, tags=tags)
    return _answer(access, message.name)


def get_model(access: Access, message: schemas.ModelName) -> bytes:
    """GET registered-models/get."""
    return _answer(access, message.name)


def update_model(access: Access, message: schemas.UpdateModel) -> bytes:
    """PATCH registered-models/update."""
    services.update_model(access, name=message.name, description=message.description)
    return _answer(access, message.name)


def rename_model(access: Access, message: schemas.RenameModel) -> bytes:
    """POST registered-models/rename."""
    services.rename_model(access, name=message.name, new_name=message.new_name)
    return _answer(access, message.new_name)


def delete_model(access: Access, message: schemas.ModelName) -> bytes:
    """DELETE registered-models/delete."""
    services.delete_model(access, name=message.name)
    return responses.EMPTY


def search(access: Access, message: schemas.SearchModels) -> bytes:
    """GET registered-models/search."""
    check_page_size(message.max_results)
    page = search_models(
        access,
        filter=message.filter or None,
        order_by=message.order_by,
        max_results=message.max_results,
        page_token=message.page_token or None,
    )
    answer: dict[str, Any] = {}
    if page.models:
        answer["registered_models"] = [responses.registered_model(details) for details in page.models]
    if page.next_page_token:
        answer["next_page_token"] = page.next_page_token
    return responses.encode(answer)


def get_latest_versions(access: Access, message: schemas.LatestVersions) -> bytes:
    """GET and POST registered-models/get-latest-versions."""
    found = queries.get_latest_versions(access, message.name, message.stages)
    versions = [responses.model_version(details) for details in found]
    return responses.encode({"model_versions": versions} if versions else {})


def set_tag(access: Access, message: schemas.SetModelTag) -> bytes:
    """POST registered-models/set-tag."""
    services.set_model_tag(access, name=message.name, key=message.key, value=message.value)
    return responses.EMPTY


def delete_tag(access: Access, message: schemas.DeleteModelTag) -> bytes:
    """DELETE registered-models/delete-tag."""
    services.delete_model_tag(access, name=message.name, key=message.key)
    return responses.EMPTY


def set_alias(access: Access, message: schemas.SetAlias) -> bytes:
    """POST registered-models/alias."""
    services.set_alias(access, name=message.name, alias=message.alias, number=version_number(message.version))
    return responses.EMPTY


def get_version_by_alias(access: Access, message: schemas.Alias) -> bytes:
    """GET registered-models/alias."""
    details = queries.get_version_by_alias(access, message.name, message.alias)
    return responses.encode({"model_version": responses.model_version(details)})


def delete_alias(access: Access, message: schemas.Alias) -> bytes:
    """DELETE registered-models/alias."""
    services.delete_alias(access, name=message.name, alias=message.alias)
    return responses.EMPTY


def _answer(access: Access, name: str) -> bytes:
    return responses.encode({"registered_model": responses.registered_model(queries.get_model(access, name))})
