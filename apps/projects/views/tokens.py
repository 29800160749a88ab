"""Tokens: made and shown once, listed with their last use, revoked."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from apps.common.clock import now
from apps.projects.forms import TokenForm
from apps.projects.getting_started import getting_started
from apps.projects.queries import VisibleProject, visible_projects
from apps.teams import queries, services
from apps.teams.access import TeamAccess
from apps.teams.pages import team_page
from apps.teams.permissions import Permission, Scope


@team_page(Permission.TOKEN_OWN)
@require_GET
def tokens(request: HttpRequest, access: TeamAccess) -> HttpResponse:
    """One's tokens in the team; an admin sees all."""
    projects = visible_projects(access.credential, team=access)
    form = TokenForm(initial={"project": request.GET.get("project", ""), "owner": request.GET.get("owner", "")})
    return _tokens(request, access, form, projects)


@team_page(Permission.TOKEN_OWN)
@never_cache
@require_POST
def create_token(request: HttpRequest, access: TeamAccess) -> HttpResponse:
    """Makes a token and shows its text, in this one answer only."""
    projects = visible_projects(access.credential, team=access)
    form = _offered(access, TokenForm(request.POST), projects)
    if form.is_valid():
        chosen = next((v for v in projects if v.project.slug == form.cleaned_data["project"]), None)
        with form.refusals():
            issued = services.create_token(
                access,
                name=form.cleaned_data["name"],
                scopes=[Scope(word) for word in form.cleaned_data["scopes"]],
                life=form.chosen_life(),
                project_id=chosen.project.pk if chosen else None,
                service_account_id=form.service_account_id(),
            )
            shown = chosen or next(iter(projects), None)
            start = getting_started(shown.access, issued.text) if shown else None
            return _tokens(request, access, TokenForm(), projects, new={"text": issued.text, "start": start})
    return _tokens(request, access, form, projects, status=400)


@team_page(Permission.TOKEN_OWN)
@require_POST
def revoke_token(_request: HttpRequest, access: TeamAccess, token_id: int) -> HttpResponse:
    """Ends a token at once."""
    services.revoke_token(access, token_id=token_id)
    return redirect("team-tokens", access.team.slug)


def _offered(access: TeamAccess, form: TokenForm, projects: list[VisibleProject]) -> TokenForm:
    for_others = access.allows(Permission.SERVICE_ACCOUNT_MANAGE)
    accounts = queries.service_accounts_of(access) if for_others else []
    return form.offer([visible.project for visible in projects], accounts)


def _tokens(
    request: HttpRequest,
    access: TeamAccess,
    form: TokenForm,
    projects: list[VisibleProject],
    *,
    new: object = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "access": access,
        "form": _offered(access, form, projects),
        "tokens": [{"token": token, "scopes": token.scopes.split(",")} for token in queries.tokens_of(access)],
        "shows_owner": access.allows(Permission.SERVICE_ACCOUNT_MANAGE),
        "new": new,
        "now": now(),
    }
    return render(request, "projects/tokens.html", context, status=status)
