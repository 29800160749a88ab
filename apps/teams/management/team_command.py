"""What commands about one team share."""

from __future__ import annotations

from apps.common.errors import NotFound
from apps.teams.access import TeamAccess
from apps.teams.models import Team
from apps.teams.services import operator_access


def operator_of(team_slug: str) -> TeamAccess:
    """The operator's rights in a team.

    Raises:
        NotFound: no such team.
    """
    team = Team.objects.filter(slug=team_slug).first()
    if team is None:
        raise NotFound("no_such_team", f"There is no team {team_slug!r}: run create_team first.")
    return operator_access(team)
