"""The pages of the registry: models, a model, a version, and what a run made."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from apps.artifacts.browsing import run_heading
from apps.artifacts.http.downloads import file_response
from apps.artifacts.media_types import BINARY
from apps.artifacts.models import OwnerKind
from apps.artifacts.owners import OwnerRef
from apps.artifacts.previews.markdown import rendered
from apps.artifacts.queries import find_artifact
from apps.common.errors import Conflict, NotFound
from apps.common.ids import parse_hex_id
from apps.projects.pages import project_page
from apps.projects.tenancy import bound
from apps.registry import services
from apps.registry.approval_forms import AskForm
from apps.registry.approvals.reads import open_approval_count, prospects_of
from apps.registry.borrowing import reader_of_files, sharing_of
from apps.registry.details import model_names, model_page, models_of_run, version_page
from apps.registry.forms import AliasForm, DescriptionForm, RegisterForm, ShareForm, StageForm, TagForm
from apps.registry.lineage.walk import Start
from apps.registry.lineage_pictures import picture
from apps.registry.queries import get_version
from apps.registry.search import search_models
from apps.registry.snippets import load_snippet, register_snippet, snippets_of
from apps.teams.access import Access
from apps.teams.permissions import Permission

PAGE_SIZE = 50


@project_page(Permission.PROJECT_READ, binds=False)
@require_GET
def models(request: HttpRequest, access: Access) -> HttpResponse:
    """The registered models whose name holds `q`, from after `page` on."""
    query = request.GET.get("q", "").strip()[:256]
    page = search_models(access, name_contains=query, max_results=PAGE_SIZE, page_token=request.GET.get("page") or None)
    context = {
        "access": access,
        "query": query,
        "models": page.models,
        "next_page_token": page.next_page_token,
        "is_first_page": "page" not in request.GET,
        "snippet": register_snippet(),
    }
    return render(request, "registry/models.html", context)


@project_page(Permission.PROJECT_READ, binds=False)
@require_GET
def model(request: HttpRequest, access: Access, name: str) -> HttpResponse:
    """A registered model: its versions, and what was done to it."""
    return show_model(request, access, name)


@project_page(Permission.MODEL_PROMOTE)
@require_POST
def delete_model(request: HttpRequest, access: Access, name: str) -> HttpResponse:
    """Deletes the model with its versions."""
    services.delete_model(access, name=name)
    messages.success(request, f"{name} is deleted.")
    return redirect("registered-models", access.team.slug, access.project.slug)


@project_page(Permission.PROJECT_MANAGE, binds=False)
@require_POST
def share_model(request: HttpRequest, access: Access, name: str) -> HttpResponse:
    """Shares a model with a project, or with the whole team."""
    form = ShareForm(request.POST)
    if form.is_valid():
        with form.refusals():
            services.share_model(access, name=name, to_project=form.cleaned_data["to_project"] or None)
            return redirect("registered-model", access.team.slug, access.project.slug, name)
    return show_model(request, access, name, share_form=form)


@project_page(Permission.PROJECT_MANAGE)
@require_POST
def unshare_model(request: HttpRequest, access: Access, name: str) -> HttpResponse:
    """Takes a model back."""
    services.unshare_model(access, name=name, to_project=request.POST.get("to_project") or None)
    return redirect("registered-model", access.team.slug, access.project.slug, name)


@project_page(Permission.PROJECT_READ, binds=False)
@require_GET
def version(request: HttpRequest, access: Access, name: str, number: int) -> HttpResponse:
    """A version: where it came from, its files, and how to use it."""
    return show_version(request, access, name, number)


@project_page(Permission.PROJECT_READ, binds=False)
@require_GET
def download(request: HttpRequest, access: Access, name: str, number: int) -> HttpResponseBase:
    """The file at `path`, to be saved."""
    owner = OwnerRef(get_version(access, name, number).version.pk, kind=OwnerKind.VERSION)
    reader = reader_of_files(access, owner)
    response = file_response(request, reader, find_artifact(reader, owner, request.GET.get("path", "")))
    # As of a run's files: nothing that was uploaded can pass for a script or style of ours.
    response.headers["Content-Type"] = BINARY
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


@project_page(Permission.MODEL_WRITE, binds=False)
@require_POST
def move_version(request: HttpRequest, access: Access, name: str, number: int) -> HttpResponse:
    """Moves a version to a stage."""
    form = StageForm(request.POST)
    if form.is_valid():
        with form.refusals():
            services.move_version(access, name=name, number=number, **form.cleaned_data)
            return _back(access, name, number)
    return show_version(request, access, name, number, stage_form=form)


@project_page(Permission.MODEL_WRITE, binds=False)
@require_POST
def set_alias(request: HttpRequest, access: Access, name: str, number: int) -> HttpResponse:
    """Lets an alias point at a version."""
    form = AliasForm(request.POST)
    if form.is_valid():
        with form.refusals():
            services.set_alias(access, name=name, alias=form.cleaned_data["alias"], number=number)
            return _back(access, name, number)
    return show_version(request, access, name, number, alias_form=form)


@project_page(Permission.MODEL_WRITE)
@require_POST
def remove_alias(request: HttpRequest, access: Access, name: str, number: int) -> HttpResponse:
    """Takes an alias away."""
    services.delete_alias(access, name=name, alias=request.POST.get("alias", ""))
    return _back(access, name, number)


@project_page(Permission.MODEL_PROMOTE)
@require_POST
def delete_version(request: HttpRequest, access: Access, name: str, number: int) -> HttpResponse:
    """Deletes a version with its files."""
    services.delete_version(access, name=name, number=number)
    messages.success(request, f"Version {number} is deleted.")
    return redirect("registered-model", access.team.slug, access.project.slug, name)


@project_page(Permission.PROJECT_READ, binds=False)
@require_GET
def run_models(request: HttpRequest, access: Access, run_id: str) -> HttpResponse:
    """What a run made, and what was registered of it."""
    return _run_models(request, access, _key(run_id))


@project_page(Permission.MODEL_WRITE)
@require_POST
def register(request: HttpRequest, access: Access, run_id: str) -> HttpResponse:
    """Registers a model of the run, under a name that is there or new."""
    key, form = _key(run_id), RegisterForm(request.POST)
    if form.is_valid():
        name, model_id = form.cleaned_data["name"], form.cleaned_data["model_id"]
        with form.refusals():
            if name not in model_names(access):
                _create(access, name)
            created = services.create_version(access, name=name, source=f"models:/{model_id}", run_id=key.hex)
            return _back(access, name, created.number)
    return _run_models(request, access, key, form=form)


def _create(access: Access, name: str) -> None:
    try:
        services.create_model(access, name=name)
    except Conflict:
        # Somebody else did, just now; or there are more names than are offered.
        return


def show_model(
    request: HttpRequest,
    access: Access,
    name: str,
    *,
    form: DescriptionForm | None = None,
    tag_form: TagForm | None = None,
    share_form: ShareForm | None = None,
) -> HttpResponse:
    """The page of a model, with a form that was refused in place of a fresh one."""
    found = model_page(access, name)
    sharing = None
    share_form = share_form or ShareForm()
    if not found.lender and access.allows(Permission.PROJECT_MANAGE):
        sharing = sharing_of(access, name)
        share_form.offer(sharing.targets, team=access.team.name)
    context = {
        "access": access,
        "page": found,
        "model": found.details.model,
        "description": rendered(found.details.model.description),
        "form": form or DescriptionForm(initial={"description": found.details.model.description}),
        "tag_form": tag_form or _tag_form(request, found.details.tags),
        "may_write": not found.lender and access.allows(Permission.MODEL_WRITE),
        "may_promote": not found.lender and access.allows(Permission.MODEL_PROMOTE),
        "may_compare": not found.lender and len(found.versions) > 1,
        "open_approval_count": 0 if found.lender else open_approval_count(access, found.details.model),
        "sharing": sharing,
        "share_form": share_form,
        "snippet": load_snippet(found.versions[0][0]) if found.versions else "",
    }
    return render(request, "registry/model.html", context, status=400 if form or tag_form or share_form.errors else 200)


def show_version(
    request: HttpRequest,
    access: Access,
    name: str,
    number: int,
    *,
    form: DescriptionForm | None = None,
    tag_form: TagForm | None = None,
    stage_form: StageForm | None = None,
    alias_form: AliasForm | None = None,
    ask_form: AskForm | None = None,
) -> HttpResponse:
    """The page of a version, with a form that was refused in place of a fresh one."""
    refused = form or tag_form or stage_form or alias_form or ask_form
    found = version_page(access, name, number, request.GET.get("path", ""))
    tracking_uri = request.build_absolute_uri(f"/{access.team.slug}/{access.project.slug}")
    stage_form = stage_form or StageForm(initial={"stage": found.details.version.stage})
    ask_form = ask_form or AskForm()
    prospects = None
    if not found.lender:
        with bound(access, readonly=True):
            prospects = prospects_of(access, found.details.version, found.details.aliases)
        stage_form.offer(prospects.stages)
        ask_form.offer(prospects)
    context = {
        "access": access,
        "page": found,
        "version": found.details.version,
        "model": found.details.version.model,
        "description": rendered(found.details.version.description),
        "form": form or DescriptionForm(initial={"description": found.details.version.description}),
        "tag_form": tag_form or _tag_form(request, found.details.tags),
        # What it came from is not the borrower's to see.
        "picture": None if found.lender else picture(access, Start(name=name, version=number)),
        "may_write": not found.lender and access.allows(Permission.MODEL_WRITE),
        "prospects": prospects,
        "stage_form": stage_form,
        "alias_form": alias_form or AliasForm(),
        "ask_form": ask_form,
        "may_promote": not found.lender and access.allows(Permission.MODEL_PROMOTE),
        "facts": found.package.facts if found.package else None,
        "snippets": snippets_of(found.details, tracking_uri, found.package.facts if found.package else None),
    }
    return render(request, "registry/version.html", context, status=refused.status if refused else 200)


def _run_models(
    request: HttpRequest, access: Access, run_id: uuid.UUID, *, form: RegisterForm | None = None
) -> HttpResponse:
    context = {
        "access": access,
        "run": run_heading(access, OwnerRef(run_id)),
        "run_id": run_id.hex,
        "models": models_of_run(access, run_id),
        "names": model_names(access),
        "picture": picture(access, Start(run_id=run_id.hex)),
        "form": form,
        "may_write": access.allows(Permission.MODEL_WRITE),
        "snippet": register_snippet(),
    }
    return render(request, "registry/run_models.html", context, status=400 if form else 200)


def _tag_form(request: HttpRequest, tags: Sequence[tuple[str, str]]) -> TagForm:
    """An empty form; or that of the tag `tag`, to be changed."""
    key = request.GET.get("tag", "")
    return TagForm(initial={"key": key, "value": dict(tags).get(key, "")})


def _back(access: Access, name: str, number: int) -> HttpResponse:
    return redirect("model-version", access.team.slug, access.project.slug, name, number)


def _key(run_id: str) -> uuid.UUID:
    key = parse_hex_id(run_id)
    if key is None:
        raise NotFound
    return key
