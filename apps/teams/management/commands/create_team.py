"""manage.py create_team acme --owner someone@example.org"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from apps.accounts.models import User
from apps.common.commands import JsonCommand
from apps.common.errors import NotFound
from apps.teams.models import Team
from apps.teams.services import OPERATOR, create_team


class Command(JsonCommand):
    """Create a team. Repeating it changes nothing."""

    help = "Create a team with an owner, who has an account already. Repeating it changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The command line."""
        parser.add_argument("slug")
        parser.add_argument("--name", default="")
        parser.add_argument("--owner", required=True, help="e-mail address")

    def run(self, *, slug: str, name: str, owner: str, **_: Any) -> dict[str, Any]:
        """Create it, or find it."""
        team = Team.objects.filter(slug=slug).first()
        is_new = team is None
        if team is None:
            user = User.objects.filter(email=owner.strip().lower()).first()
            if user is None:
                raise NotFound("no_such_user", f"There is no account {owner!r}: run create_user first.")
            team = create_team(OPERATOR, slug=slug, name=name, owner=user)
        return {"id": team.pk, "slug": team.slug, "name": team.name, "is_new": is_new}
