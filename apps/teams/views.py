"""Pages of a team: its members and its service accounts."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from apps.common.errors import Conflict, PermissionDenied
from apps.teams import queries, services
from apps.teams.access import TeamAccess
from apps.teams.forms import MemberForm, RoleForm, ServiceAccountForm
from apps.teams.pages import team_page
from apps.teams.permissions import Permission, TeamRole


@team_page(Permission.TEAM_READ)
@require_GET
def members(request: HttpRequest, access: TeamAccess) -> HttpResponse:
    """Who belongs to the team, and in which role."""
    return _members(request, access, MemberForm())


@team_page(Permission.MEMBER_MANAGE)
@require_POST
def add_member(request: HttpRequest, access: TeamAccess) -> HttpResponse:
    """Makes somebody with an account a member."""
    form = MemberForm(request.POST)
    if form.is_valid():
        with form.refusals():
            member = services.add_member(
                access, email=form.cleaned_data["email"], role=TeamRole(form.cleaned_data["role"])
            )
            messages.success(request, f"{member.user.email} is a member now.")
            return redirect("team-members", access.team.slug)
    return _members(request, access, form)


@team_page(Permission.MEMBER_MANAGE)
@require_POST
def set_member_role(request: HttpRequest, access: TeamAccess, user_id: int) -> HttpResponse:
    """Changes a member's role."""
    form = RoleForm(request.POST)
    if not form.is_valid():
        return _members(request, access, MemberForm(), status=400)
    try:
        services.set_member_role(access, user_id=user_id, role=TeamRole(form.cleaned_data["role"]))
    except (Conflict, PermissionDenied) as exc:
        messages.error(request, exc.message)
    return redirect("team-members", access.team.slug)


@team_page(Permission.TEAM_READ)
@require_POST
def remove_member(request: HttpRequest, access: TeamAccess, user_id: int) -> HttpResponse:
    """Ends a membership: an admin anybody's, everybody their own."""
    try:
        services.remove_member(access, user_id=user_id)
    except Conflict as exc:
        messages.error(request, exc.message)
        return redirect("team-members", access.team.slug)
    if user_id == access.actor.id:
        messages.success(request, f"You have left {access.team.slug}.")
        return redirect("home")
    return redirect("team-members", access.team.slug)


@team_page(Permission.TEAM_READ)
@require_GET
def service_accounts(request: HttpRequest, access: TeamAccess) -> HttpResponse:
    """The members that are no people."""
    return _service_accounts(request, access, ServiceAccountForm())


@team_page(Permission.SERVICE_ACCOUNT_MANAGE)
@require_POST
def create_service_account(request: HttpRequest, access: TeamAccess) -> HttpResponse:
    """Makes a service account."""
    form = ServiceAccountForm(request.POST)
    if form.is_valid():
        with form.refusals():
            account = services.create_service_account(
                access, name=form.cleaned_data["name"], role=TeamRole(form.cleaned_data["role"])
            )
            messages.success(request, f"{account.name} is ready: create a token for it.")
            return redirect("team-service-accounts", access.team.slug)
    return _service_accounts(request, access, form)


@team_page(Permission.SERVICE_ACCOUNT_MANAGE)
@require_POST
def deactivate_service_account(_request: HttpRequest, access: TeamAccess, account_id: int) -> HttpResponse:
    """Ends a service account and all of its tokens."""
    services.deactivate_service_account(access, service_account_id=account_id)
    return redirect("team-service-accounts", access.team.slug)


def _members(request: HttpRequest, access: TeamAccess, form: MemberForm, *, status: int | None = None) -> HttpResponse:
    context = {
        "access": access,
        "form": form,
        "members": list(queries.members_of(access)),
        "roles": list(TeamRole),
        "may_manage": access.allows(Permission.MEMBER_MANAGE),
    }
    return render(request, "teams/members.html", context, status=status or _status(form))


def _service_accounts(request: HttpRequest, access: TeamAccess, form: ServiceAccountForm) -> HttpResponse:
    context = {
        "access": access,
        "form": form,
        "accounts": list(queries.service_accounts_of(access)),
        "may_manage": access.allows(Permission.SERVICE_ACCOUNT_MANAGE),
    }
    return render(request, "teams/service_accounts.html", context, status=_status(form))


def _status(form: MemberForm | ServiceAccountForm) -> int:
    return 400 if form.is_bound and form.errors else 200
