"""manage.py revoke_token acme rf_0123456789ab"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from apps.common.commands import JsonCommand
from apps.common.errors import NotFound
from apps.teams.management.team_command import operator_of
from apps.teams.models import ApiToken
from apps.teams.services import revoke_token


class Command(JsonCommand):
    """Revoke a token by the part of it that is not secret."""

    help = "Revoke a token; name it by its beginning, rf_<prefix>. The next request with it is refused."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The command line."""
        parser.add_argument("team")
        parser.add_argument("prefix", help="rf_<prefix>, without the secret")

    def run(self, *, team: str, prefix: str, **_: Any) -> dict[str, Any]:
        """Revoke it; revoking it again changes nothing."""
        access = operator_of(team)
        prefix = prefix.removeprefix("rf_").partition("_")[0]
        token = ApiToken.objects.filter(team_id=access.team.id, prefix=prefix).first()
        if token is None:
            raise NotFound("no_such_token", f"The team {team!r} has no token rf_{prefix}.")
        revoke_token(access, token_id=token.pk)
        return {"team": team, "name": token.name, "prefix": f"rf_{prefix}"}
