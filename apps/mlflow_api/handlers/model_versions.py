"""Routes below mlflow/model-versions."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from apps.artifacts.addresses import root_uri
from apps.artifacts.http.downloads import file_response
from apps.artifacts.models import OwnerKind
from apps.artifacts.owners import Owner, OwnerRef
from apps.artifacts.queries import find_artifact
from apps.common.errors import InvalidInput
from apps.mlflow_api import responses
from apps.mlflow_api.identifiers import version_number
from apps.mlflow_api.paging import check_page_size
from apps.mlflow_api.schemas import registry as schemas
from apps.registry import queries, services
from apps.registry.borrowing import reader_of_files
from apps.registry.search import search_versions
from apps.teams.access import Access

# MLflow's default, 200,000, is more than one answer should carry; clients follow the token.
MOST_A_PAGE = 10_000


def create_version(access: Access, message: schemas.CreateVersion) -> bytes:
    """POST model-versions/create."""
    version = services.create_version(
        access,
        name=message.name,
        source=message.source,
        run_id=message.run_id,
        model_id=message.model_id,
        run_link=message.run_link,
        description=message.description,
        tags=[(tag.key, tag.value) for tag in message.tags],
    )
    return _answer(access, message.name, version.number)


def get_version(access: Access, message: schemas.Version) -> bytes:
    """GET model-versions/get."""
    return _answer(access, message.name, version_number(message.version))


def update_version(access: Access, message: schemas.UpdateVersion) -> bytes:
    """PATCH model-versions/update."""
    number = version_number(message.version)
    services.update_version(access, name=message.name, number=number, description=message.description)
    return _answer(access, message.name, number)


def delete_version(access: Access, message: schemas.Version) -> bytes:
    """DELETE model-versions/delete."""
    services.delete_version(access, name=message.name, number=version_number(message.version))
    return responses.EMPTY


def search(access: Access, message: schemas.SearchVersions) -> bytes:
    """GET model-versions/search."""
    size = min(message.max_results, MOST_A_PAGE)
    check_page_size(size)
    page = search_versions(
        access,
        filter=message.filter or None,
        order_by=message.order_by,
        max_results=size,
        page_token=message.page_token or None,
    )
    answer: dict[str, Any] = {}
    if page.versions:
        answer["model_versions"] = [responses.model_version(details) for details in page.versions]
    if page.next_page_token:
        answer["next_page_token"] = page.next_page_token
    return responses.encode(answer)


def get_download_uri(access: Access, message: schemas.Version) -> bytes:
    """GET model-versions/get-download-uri: where the pinned files are."""
    version = queries.get_version(access, message.name, version_number(message.version)).version
    return responses.encode({"artifact_uri": root_uri(Owner(OwnerKind.VERSION, version.pk, None, None))})


def transition_stage(access: Access, message: schemas.TransitionStage) -> bytes:
    """POST model-versions/transition-stage."""
    number = version_number(message.version)
    services.move_version(
        access,
        name=message.name,
        number=number,
        stage=message.stage,
        archive_existing=message.archive_existing_versions,
    )
    return _answer(access, message.name, number)


def set_tag(access: Access, message: schemas.SetVersionTag) -> bytes:
    """POST model-versions/set-tag."""
    number = version_number(message.version)
    services.set_version_tag(access, name=message.name, number=number, key=message.key, value=message.value)
    return responses.EMPTY


def delete_tag(access: Access, message: schemas.DeleteVersionTag) -> bytes:
    """DELETE model-versions/delete-tag."""
    number = version_number(message.version)
    services.delete_version_tag(access, name=message.name, number=number, key=message.key)
    return responses.EMPTY


def get_artifact(access: Access, request: HttpRequest) -> HttpResponseBase:
    """GET /model-versions/get-artifact?name=&version=&path=."""
    for name in ("name", "version", "path"):
        if not request.GET.get(name):
            raise InvalidInput("missing_parameter", f"Request must specify {name}.", field=name)
    number = version_number(request.GET["version"])
    version = queries.get_version(access, request.GET["name"], number).version
    owner = OwnerRef(version.pk, kind=OwnerKind.VERSION)
    reader = reader_of_files(access, owner)
    return file_response(request, reader, find_artifact(reader, owner, request.GET["path"]))


def _answer(access: Access, name: str, number: int) -> bytes:
    details = queries.get_version(access, name, number)
    return responses.encode({"model_version": responses.model_version(details)})
