"""The pages of a run's files: folders, previews, the bytes themselves in a sandbox, downloads."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_GET

from apps.artifacts.browsing import listing, run_heading
from apps.artifacts.http.downloads import file_response
from apps.artifacts.http.inline import inline_response
from apps.artifacts.media_types import BINARY
from apps.artifacts.models import Artifact
from apps.artifacts.owners import OwnerRef
from apps.artifacts.paths import clean_folder
from apps.artifacts.previews.content import NoView, View, built_view, direct_view, needs_job
from apps.artifacts.queries import find_artifact
from apps.artifacts.services import has_failed, request_preview
from apps.common.errors import InvalidInput, NotFound
from apps.common.ids import parse_hex_id
from apps.common.middleware import CONTENT_SECURITY_POLICY
from apps.common.pages import is_fragment_request
from apps.projects.pages import project_page
from apps.teams.access import Access
from apps.teams.permissions import Permission

# The one page with frames: of our own sandboxed answers.
PAGE_POLICY = f"{CONTENT_SECURITY_POLICY}; frame-src 'self'"
FAILED = NoView("The preview could not be made. The project's jobs say why, and can try again.")


@project_page(Permission.PROJECT_READ, binds=False)
@require_GET
def artifacts(request: HttpRequest, access: Access, run_id: str) -> HttpResponse:
    """The folder that `path` names, from the row after `page` on; of a file, its folder and what is in it."""
    owner = _owner(run_id)
    heading = run_heading(access, owner)
    path = clean_folder(request.GET.get("path", ""))
    artifact = _file(access, owner, path)
    folder = listing(access, owner, artifact.folder if artifact else path, page_token=request.GET.get("page"))
    is_fragment = is_fragment_request(request)
    context = {
        "access": access,
        "run": heading,
        "run_id": owner.id.hex,
        "listing": folder,
        "artifact": artifact,
        "content": _content(access, owner, artifact) if artifact else None,
        "is_fragment": is_fragment,
        "is_first_page": "page" not in request.GET,
        "snippet": _snippet(owner) if not folder.totals.file_count else "",
    }
    response = render(request, "artifacts/_artifacts.html" if is_fragment else "artifacts/artifacts.html", context)
    response["Content-Security-Policy"] = PAGE_POLICY
    response["Vary"] = "HX-Request, Cookie"
    return response


@project_page(Permission.PROJECT_READ, binds=False)
@require_GET
def preview(request: HttpRequest, access: Access, run_id: str) -> HttpResponse:
    """What is in the file at `path`: asked for again and again while a job is at work on it."""
    owner = _owner(run_id)
    artifact = find_artifact(access, owner, request.GET.get("path", ""))
    context = {
        "access": access,
        "run_id": owner.id.hex,
        "artifact": artifact,
        "content": _content(access, owner, artifact),
    }
    return render(request, "artifacts/_preview.html", context)


@project_page(Permission.PROJECT_READ, binds=False)
@require_GET
def raw(request: HttpRequest, access: Access, run_id: str) -> HttpResponseBase:
    """The bytes of the file at `path`, for a browser to show in a sandbox."""
    return inline_response(request, access, find_artifact(access, _owner(run_id), request.GET.get("path", "")))


@project_page(Permission.PROJECT_READ, binds=False)
@require_GET
def download(request: HttpRequest, access: Access, run_id: str) -> HttpResponseBase:
    """The file at `path`, to be saved."""
    response = file_response(request, access, find_artifact(access, _owner(run_id), request.GET.get("path", "")))
    # Pages of ours may load scripts and styles from this origin: nothing that was uploaded can pass for either.
    response.headers["Content-Type"] = BINARY
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


def _owner(run_id: str) -> OwnerRef:
    key = parse_hex_id(run_id)
    if key is None:
        raise NotFound
    return OwnerRef(key)


def _file(access: Access, owner: OwnerRef, path: str) -> Artifact | None:
    """The file at a path; None for a folder's."""
    if not path:
        return None
    try:
        return find_artifact(access, owner, path)
    except InvalidInput as exc:
        if exc.code == "is_a_folder":
            return None
        raise


def _content(access: Access, owner: OwnerRef, artifact: Artifact) -> View:
    if not needs_job(artifact):
        return direct_view(access, artifact)
    found = request_preview(access, owner=owner, artifact=artifact)
    return FAILED if has_failed(access, found) else built_view(artifact, found)


def _snippet(owner: OwnerRef) -> str:
    return (
        "import mlflow\n\n"
        f'with mlflow.start_run(run_id="{owner.id.hex}"):\n'
        '    mlflow.log_artifact("model.pkl")\n'
        '    mlflow.log_figure(figure, "plots/loss.png")'
    )
