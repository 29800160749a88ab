"""The pages of what a project keeps, and of what it is about to lose."""

from __future__ import annotations

from dataclasses import asdict

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from apps.jobs.models import UNFINISHED
from apps.jobs.queries import jobs_of_project
from apps.projects.pages import project_page
from apps.projects.tenancy import bound
from apps.retention.forms import RulesForm, ThingForm
from apps.retention.queries.integrity import integrity
from apps.retention.queries.rules import Preview, preview_rules, project_rules
from apps.retention.queries.storage import storage_overview
from apps.retention.queries.trash import trash_page, trash_totals
from apps.retention.services.rules import check_rules, save_rules
from apps.retention.services.trash import EMPTY_TRASH, request_emptying, restore
from apps.teams.access import Access
from apps.teams.permissions import Permission

ENTRIES = 50
SHOWN_JOBS = 3


@project_page(Permission.PROJECT_READ, readonly=True)
@require_GET
def storage(request: HttpRequest, access: Access) -> HttpResponse:
    """Totals, limits, what takes the most, and whether the bytes are whole."""
    context = {"access": access, "storage": storage_overview(access), "integrity": integrity(access)}
    return render(request, "retention/storage.html", context)


@project_page(Permission.PROJECT_READ, readonly=True)
@require_GET
def trash(request: HttpRequest, access: Access) -> HttpResponse:
    """Deleted runs and experiments, and the rules of the project."""
    return _trash(request, access)


@project_page(Permission.RUN_DELETE)
@require_POST
def restore_thing(request: HttpRequest, access: Access) -> HttpResponse:
    """Takes a run or experiment out of the trash."""
    restore(access, **ThingForm(request.POST).named())  # type: ignore[arg-type]
    messages.success(request, "Restored.")
    return _back(access)


@project_page(Permission.PROJECT_MANAGE)
@require_POST
def empty(request: HttpRequest, access: Access) -> HttpResponse:
    """Has a run, an experiment or the whole trash removed for good."""
    request_emptying(access, **ThingForm(request.POST).named())  # type: ignore[arg-type]
    return _back(access)


# The preview opens its own transactions: it may have to fold points before it can read.
@project_page(Permission.PROJECT_MANAGE, binds=False)
@require_POST
def rules(request: HttpRequest, access: Access) -> HttpResponse:
    """Shows what rules would move, and sets them once that was seen."""
    form = RulesForm(request.POST)
    if form.is_valid():
        with form.refusals():
            if "save" in request.POST:
                save_rules(access, form.rules())
                messages.success(request, "Saved. The rules are applied once a day.")
                return _back(access)
            check_rules(form.rules())
            return _trash(request, access, form=form, preview=preview_rules(access, form.rules()))
    return _trash(request, access, form=form)


def _trash(
    request: HttpRequest, access: Access, *, form: RulesForm | None = None, preview: Preview | None = None
) -> HttpResponse:
    token = request.GET.get("page")
    with bound(access, readonly=True):
        current = project_rules(access)
        context = {
            "access": access,
            "page": trash_page(access, page_size=ENTRIES, page_token=token),
            "totals": trash_totals(access),
            "is_first_page": not token,
            "rules": current,
            "form": form or RulesForm(initial=asdict(current)),
            "preview": preview,
            "jobs": list(jobs_of_project(access, kind=EMPTY_TRASH, states=UNFINISHED)[:SHOWN_JOBS]),
            "may_restore": access.allows(Permission.RUN_DELETE),
            "may_manage": access.allows(Permission.PROJECT_MANAGE),
        }
    return render(request, "retention/trash.html", context, status=400 if form and not preview else 200)


def _back(access: Access) -> HttpResponse:
    return redirect("project-trash", access.team.slug, access.project.slug)
