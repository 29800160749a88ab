"""manage.py add_member acme someone@example.org --role member"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from apps.common.commands import JsonCommand
from apps.teams.management.team_command import operator_of
from apps.teams.models import Membership
from apps.teams.permissions import TeamRole
from apps.teams.services import add_member, set_member_role


class Command(JsonCommand):
    """Add a member, or change a member's role."""

    help = "Add a user to a team, or change a member's role. Repeating it changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The command line."""
        parser.add_argument("team")
        parser.add_argument("email")
        parser.add_argument("--role", choices=[role.value for role in TeamRole], default=TeamRole.MEMBER.value)

    def run(self, *, team: str, email: str, role: str, **_: Any) -> dict[str, Any]:
        """Add, change, or leave as it is."""
        access = operator_of(team)
        member = Membership.objects.filter(team_id=access.team.id, user__email=email.strip().lower()).first()
        if member is None:
            member = add_member(access, email=email, role=TeamRole(role))
        elif member.role != role:
            member = set_member_role(access, user_id=member.user_id, role=TeamRole(role))
        return {"team": team, "email": member.user.email, "role": member.role}
