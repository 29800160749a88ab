"""manage.py create_token acme --service-account ci --project vision --scopes read,write --life 90d"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from apps.accounts.models import User
from apps.common.commands import JsonCommand, life
from apps.common.errors import InvalidInput, NotFound
from apps.projects.models import Project
from apps.teams.access import TeamAccess
from apps.teams.management.team_command import operator_of
from apps.teams.models import Membership, ServiceAccount
from apps.teams.permissions import Scope
from apps.teams.services import create_token


class Command(JsonCommand):
    """Create a token for a member or a service account. Its text is printed, and kept nowhere."""

    help = "Create a token for a member or a service account of a team. Its text is printed once and kept nowhere."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The command line."""
        parser.add_argument("team")
        parser.add_argument("--name", default="command line")
        owner = parser.add_mutually_exclusive_group(required=True)
        owner.add_argument("--user", help="e-mail address of a member")
        owner.add_argument("--service-account")
        parser.add_argument("--project", help="bind it to this project")
        parser.add_argument("--scopes", default="read,write,registry", help="of read, write, registry, admin")
        parser.add_argument("--life", help="30d, 12h, 15m; without it the token does not expire")

    def run(self, *, team: str, **options: Any) -> dict[str, Any]:
        """Create one more."""
        access = operator_of(team)
        issued = create_token(
            access,
            name=options["name"],
            scopes=_scopes(options["scopes"]),
            life=life(options["life"]) if options["life"] else None,
            project_id=_project_id(access, options["project"]),
            service_account_id=_service_account_id(access, options["service_account"]),
            user=_member(access, options["user"]),
        )
        token = issued.token
        return {
            "token": issued.text,
            "prefix": f"rf_{token.prefix}",
            "team": team,
            "project": options["project"],
            "scopes": token.scopes.split(","),
            "expires_at": token.expires_at.isoformat() if token.expires_at else None,
        }


def _scopes(text: str) -> list[Scope]:
    try:
        return [Scope(word.strip()) for word in text.split(",")]
    except ValueError as exc:
        raise InvalidInput("unknown_scope", f"{exc}: use some of {', '.join(Scope)}.") from exc


def _project_id(access: TeamAccess, slug: str | None) -> int | None:
    if slug is None:
        return None
    project = Project.objects.filter(team_id=access.team.id, slug=slug, deleted_at=None).first()
    if project is None:
        raise NotFound("no_such_project", f"The team has no project {slug!r}: run create_project first.")
    return project.pk


def _service_account_id(access: TeamAccess, name: str | None) -> int | None:
    if name is None:
        return None
    account = ServiceAccount.objects.filter(team_id=access.team.id, name=name, is_active=True).first()
    if account is None:
        raise NotFound("no_such_service_account", f"The team has no service account {name!r}.")
    return account.pk


def _member(access: TeamAccess, email: str | None) -> User | None:
    if email is None:
        return None
    member = Membership.objects.filter(team_id=access.team.id, user__email=email.strip().lower()).first()
    if member is None:
        raise NotFound("no_such_member", f"{email} is no member of the team: run add_member first.")
    return member.user
