"""Approvals: the rules of a model, requests, and decisions."""

from __future__ import annotations

import uuid
from dataclasses import asdict

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from apps.common.api.paging import Page, page_of_rows
from apps.projects.pages import project_page
from apps.projects.tenancy import bound
from apps.registry import services
from apps.registry.approval_forms import AskForm, DecisionForm, RuleForm, shown_rule
from apps.registry.approvals import reads
from apps.registry.approvals.shown import shown
from apps.registry.models import ApprovalRequest, RequestState
from apps.registry.views.pages import show_version
from apps.teams.access import Access
from apps.teams.permissions import Permission

PAGE_SIZE = 50


@project_page(Permission.PROJECT_READ, binds=False)
@require_GET
def approvals(request: HttpRequest, access: Access, name: str) -> HttpResponse:
    """The rules of a model, its open requests, and what became of the others; with `rule` the form to change that one."""
    return _approvals(request, access, name, rule_id=_number(request.GET.get("rule", "")))


@project_page(Permission.PROJECT_MANAGE, binds=False)
@require_POST
def create_rule(request: HttpRequest, access: Access, name: str) -> HttpResponse:
    """Makes a rule."""
    form = RuleForm(request.POST)
    if form.is_valid():
        with form.refusals():
            target = {"stage": form.cleaned_data["stage"], "alias": form.cleaned_data["alias"]}
            services.create_rule(access, name=name, terms=form.terms(), **target)
            return _to_model(access, name)
    return _approvals(request, access, name, form=form)


@project_page(Permission.PROJECT_MANAGE, binds=False)
@require_POST
def update_rule(request: HttpRequest, access: Access, name: str, rule_id: int) -> HttpResponse:
    """Changes a rule."""
    form = RuleForm(request.POST)
    if form.is_valid():
        with form.refusals():
            services.update_rule(access, name=name, rule_id=rule_id, **asdict(form.terms()))
            return _to_model(access, name)
    return _approvals(request, access, name, rule_id=rule_id, form=form)


@project_page(Permission.PROJECT_MANAGE)
@require_POST
def delete_rule(request: HttpRequest, access: Access, name: str, rule_id: int) -> HttpResponse:
    """Removes a rule."""
    services.delete_rule(access, name=name, rule_id=rule_id)
    messages.success(request, "The rule is removed.")
    return _to_model(access, name)


@project_page(Permission.MODEL_WRITE, binds=False)
@require_POST
def ask(request: HttpRequest, access: Access, name: str, number: int) -> HttpResponse:
    """Asks for a version to be moved."""
    form = AskForm(request.POST)
    if form.is_valid():
        with form.refusals():
            made = services.request_approval(access, name=name, number=number, **form.values())
            return _to_request(access, made)
    return show_version(request, access, name, number, ask_form=form)


@project_page(Permission.PROJECT_READ, readonly=True)
@require_GET
def open_approvals(request: HttpRequest, access: Access) -> HttpResponse:
    """The open requests of the project; with `waiting` those on which the reader may decide."""
    is_mine = request.GET.get("waiting") == "me"
    rows = reads.open_requests(access, waiting_for_me=is_mine)
    page = _page(request, access, rows, f"open approvals page {is_mine}")
    return render(request, "registry/open_approvals.html", {"access": access, "page": page, "is_mine": is_mine})


@project_page(Permission.PROJECT_READ, binds=False)
@require_GET
def approval(request: HttpRequest, access: Access, request_id: str) -> HttpResponse:
    """One request: what was known, who said what, and the form to decide."""
    return _approval(request, access, reads.request_key(request_id))


@project_page(Permission.MODEL_WRITE, binds=False)
@require_POST
def approve(request: HttpRequest, access: Access, request_id: str) -> HttpResponse:
    """Agrees to a request."""
    key, form = reads.request_key(request_id), DecisionForm(request.POST)
    if form.is_valid():
        with form.refusals():
            found = services.approve(access, request_id=key, comment=form.cleaned_data["comment"])
            messages.success(request, _WORDS.get(found.state, "Approved. It waits for more approvals."))
            return _to_request(access, found)
    return _approval(request, access, key, form=form)


@project_page(Permission.MODEL_WRITE, binds=False)
@require_POST
def reject(request: HttpRequest, access: Access, request_id: str) -> HttpResponse:
    """Refuses a request."""
    key, form = reads.request_key(request_id), DecisionForm(request.POST)
    if form.is_valid():
        with form.refusals():
            return _to_request(access, services.reject(access, request_id=key, comment=form.cleaned_data["comment"]))
    return _approval(request, access, key, form=form)


@project_page(Permission.MODEL_WRITE)
@require_POST
def withdraw(request: HttpRequest, access: Access, request_id: str) -> HttpResponse:
    """Takes one's own request back."""
    found = services.withdraw(access, request_id=reads.request_key(request_id))
    messages.success(request, "The request is withdrawn.")
    return _to_request(access, found)


_WORDS: dict[str, str] = {
    RequestState.APPROVED: "Approved: the version has moved.",
    RequestState.SUPERSEDED: "The request has no object any more, and was closed.",
}


def _approvals(
    request: HttpRequest, access: Access, name: str, *, rule_id: int | None = None, form: RuleForm | None = None
) -> HttpResponse:
    with bound(access, readonly=True):
        model, rules = reads.rules_of_model(access, name)
        edited = None if rule_id is None else reads.find_rule(access, name, rule_id)
        rows = reads.requests_of_model(access, model)
        waiting = reads.request_details(access, list(rows.filter(state=RequestState.OPEN).defer("evidence", "outcome")))
        page = _page(request, access, rows.exclude(state=RequestState.OPEN), f"approvals page {model.pk}")
    if form is None:
        form = RuleForm(initial=shown_rule(edited)) if edited else RuleForm()
    if edited:
        del form.fields["stage"], form.fields["alias"]
    context = {
        "access": access,
        "model": model,
        "rules": [(rule, reads.rule_words(rule)) for rule in rules],
        "edited": edited,
        "form": form,
        "waiting": waiting,
        "page": page,
        "is_first_page": "page" not in request.GET,
        "may_manage": access.allows(Permission.PROJECT_MANAGE),
    }
    return render(request, "registry/approvals.html", context, status=form.status if form.is_bound else 200)


def _approval(
    request: HttpRequest, access: Access, key: uuid.UUID, *, form: DecisionForm | None = None
) -> HttpResponse:
    with bound(access, readonly=True):
        details = reads.get_request(access, key)
    found = details.request
    context = {
        "access": access,
        "details": details,
        "found": found,
        "model": found.model,
        "evidence": shown(found.outcome or found.evidence),
        "form": form or DecisionForm(),
        "is_own": found.is_asked_by(access.actor),
    }
    return render(request, "registry/approval.html", context, status=form.status if form else 200)


def _page(
    request: HttpRequest, access: Access, rows: QuerySet[ApprovalRequest], scope: str
) -> Page[reads.RequestDetails]:
    wanted = {"page_size": PAGE_SIZE, "page_token": request.GET.get("page")}
    page = page_of_rows(rows.defer("evidence", "outcome"), wanted, scope=scope, field="pk", is_descending=True)
    return Page(reads.request_details(access, page.items), page.next_page_token)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


def _to_model(access: Access, name: str) -> HttpResponse:
    return redirect("model-approvals", access.team.slug, access.project.slug, name)


def _to_request(access: Access, found: ApprovalRequest) -> HttpResponse:
    return redirect("approval", access.team.slug, access.project.slug, found.pk.hex)
