"""What people write on models and versions: descriptions and tags."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from apps.projects.pages import project_page
from apps.registry import services
from apps.registry.forms import DescriptionForm, TagForm
from apps.registry.views.pages import show_model, show_version
from apps.teams.access import Access
from apps.teams.permissions import Permission


@project_page(Permission.MODEL_WRITE, binds=False)
@require_POST
def describe_model(request: HttpRequest, access: Access, name: str) -> HttpResponse:
    """Changes a model's description."""
    form = DescriptionForm(request.POST)
    if form.is_valid():
        with form.refusals():
            services.update_model(access, name=name, description=form.cleaned_data["description"])
            return _to_model(access, name)
    return show_model(request, access, name, form=form)


@project_page(Permission.MODEL_WRITE, binds=False)
@require_POST
def tag_model(request: HttpRequest, access: Access, name: str) -> HttpResponse:
    """Sets a tag of a model."""
    form = TagForm(request.POST)
    if form.is_valid():
        with form.refusals():
            services.set_model_tag(access, name=name, **form.cleaned_data)
            return _to_model(access, name)
    return show_model(request, access, name, tag_form=form)


@project_page(Permission.MODEL_WRITE)
@require_POST
def untag_model(request: HttpRequest, access: Access, name: str) -> HttpResponse:
    """Takes a tag of a model away."""
    services.delete_model_tag(access, name=name, key=request.POST.get("key", ""))
    return _to_model(access, name)


@project_page(Permission.MODEL_WRITE, binds=False)
@require_POST
def describe_version(request: HttpRequest, access: Access, name: str, number: int) -> HttpResponse:
    """Changes a version's description."""
    form = DescriptionForm(request.POST)
    if form.is_valid():
        with form.refusals():
            services.update_version(access, name=name, number=number, description=form.cleaned_data["description"])
            return _to_version(access, name, number)
    return show_version(request, access, name, number, form=form)


@project_page(Permission.MODEL_WRITE, binds=False)
@require_POST
def tag_version(request: HttpRequest, access: Access, name: str, number: int) -> HttpResponse:
    """Sets a tag of a version."""
    form = TagForm(request.POST)
    if form.is_valid():
        with form.refusals():
            services.set_version_tag(access, name=name, number=number, **form.cleaned_data)
            return _to_version(access, name, number)
    return show_version(request, access, name, number, tag_form=form)


@project_page(Permission.MODEL_WRITE)
@require_POST
def untag_version(request: HttpRequest, access: Access, name: str, number: int) -> HttpResponse:
    """Takes a tag of a version away."""
    services.delete_version_tag(access, name=name, number=number, key=request.POST.get("key", ""))
    return _to_version(access, name, number)


def _to_model(access: Access, name: str) -> HttpResponse:
    return redirect("registered-model", access.team.slug, access.project.slug, name)


def _to_version(access: Access, name: str, number: int) -> HttpResponse:
    return redirect("model-version", access.team.slug, access.project.slug, name, number)
