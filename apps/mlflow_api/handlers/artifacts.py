"""Routes about files of runs whose answers are small: lists and deletions."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from apps.artifacts import services
from apps.artifacts.addresses import parse_address, root_uri
from apps.artifacts.owners import OwnerRef
from apps.artifacts.queries import Entry, folder_page
from apps.mlflow_api import responses
from apps.mlflow_api.artifact_addresses import meant_address
from apps.mlflow_api.identifiers import run_key
from apps.mlflow_api.schemas import artifacts as schemas
from apps.registry.borrowing import reader_of_files
from apps.teams.access import Access

PAGE_SIZE = 5_000


def list_artifacts(access: Access, message: schemas.ListArtifacts) -> bytes:
    """GET artifacts/list: paths are relative to the root of the run."""
    return responses.encode(listed(access, OwnerRef(run_key(message.run_id)), message.path, message.page_token))


def listed(access: Access, owner: OwnerRef, path: str, page_token: str) -> dict[str, Any]:
    """A page of a folder of a run or model, as clients that list it by its id get it."""
    services.settle_uploads(access, owner)
    page = folder_page(access, owner, path, page_size=PAGE_SIZE, page_token=page_token or None)
    answer: dict[str, Any] = {"root_uri": root_uri(page.owner)}
    if page.entries:
        answer["files"] = [_file(entry, entry.path) for entry in page.entries]
    if page.next_page_token:
        answer["next_page_token"] = page.next_page_token
    return answer


def list_proxied(access: Access, message: schemas.ListProxied) -> bytes:
    """GET mlflow-artifacts/artifacts: names alone, and all of them, since clients ask for no second page."""
    address = parse_address(message.path)
    services.settle_uploads(access, address.owner)
    entries = folder_page(reader_of_files(access, address.owner), address.owner, address.path).entries
    files = [_file(entry, entry.path.rpartition("/")[2]) for entry in entries]
    return responses.encode({"files": files} if files else {})


def delete_artifacts(access: Access, request: HttpRequest, artifact_path: str) -> bytes:
    """DELETE mlflow-artifacts/artifacts/<path>: a file, or a folder with everything in it."""
    address = meant_address(artifact_path, request)
    services.delete_artifacts(access, owner=address.owner, path=address.path)
    return responses.EMPTY


def _file(entry: Entry, path: str) -> dict[str, Any]:
    if entry.is_folder:
        return {"path": path, "is_dir": True}
    return {"path": path, "is_dir": False, "file_size": entry.size_bytes}
