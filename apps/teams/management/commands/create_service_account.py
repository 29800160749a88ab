"""manage.py create_service_account acme ci --role member"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from apps.common.commands import JsonCommand
from apps.teams.management.team_command import operator_of
from apps.teams.models import ServiceAccount
from apps.teams.permissions import TeamRole
from apps.teams.services import create_service_account

ROLES = [role.value for role in TeamRole if role is not TeamRole.OWNER]


class Command(JsonCommand):
    """Create a service account. Repeating it changes nothing."""

    help = "Create a service account in a team. Repeating it changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The command line."""
        parser.add_argument("team")
        parser.add_argument("name")
        parser.add_argument("--role", choices=ROLES, default=TeamRole.MEMBER.value)

    def run(self, *, team: str, name: str, role: str, **_: Any) -> dict[str, Any]:
        """Create it, or find it."""
        access = operator_of(team)
        account = ServiceAccount.objects.filter(team_id=access.team.id, name=name).first()
        is_new = account is None
        if account is None:
            account = create_service_account(access, name=name, role=TeamRole(role))
        return {"id": account.pk, "team": team, "name": account.name, "role": account.role, "is_new": is_new}
