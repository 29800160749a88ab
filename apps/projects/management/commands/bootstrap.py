"""manage.py bootstrap: the first owner, team, project and token of a new installation."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.urls import reverse

from apps.accounts.models import User
from apps.accounts.services import create_user, issue_sign_in_link
from apps.common.commands import JsonCommand
from apps.common.errors import Unauthenticated
from apps.projects.models import Project
from apps.projects.services import create_project
from apps.teams.models import Team
from apps.teams.queries import token_credential
from apps.teams.services import OPERATOR, create_team, create_token, operator_access


class Command(JsonCommand):
    """Make an empty installation usable, and say how; on one in use, make a sign-in link and repeat the rest."""

    help = "Create the first owner, team, project and token where there are none; print how to sign in and log."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The command line."""
        parser.add_argument("--email", default="owner@localhost.localdomain")
        parser.add_argument("--team", default="my-team")
        parser.add_argument("--project", default="my-project")

    def run(self, *, email: str, team: str, project: str, **_: Any) -> dict[str, Any]:
        """Create what is missing."""
        owner = User.objects.order_by("pk").first() or create_user(email=email, is_operator=True)
        first_team = Team.objects.order_by("pk").first() or create_team(OPERATOR, slug=team, owner=owner)
        access = operator_access(first_team)
        projects = Project.objects.filter(team=first_team, deleted_at=None).order_by("pk")
        first_project = projects.first() or create_project(access, slug=project)
        public_url = settings.PUBLIC_URL.rstrip("/")
        link = reverse("sign-in-link", kwargs={"secret": issue_sign_in_link(owner)})
        return {
            "email": owner.email,
            "sign_in_url": public_url + link,
            "tracking_uri": f"{public_url}/{first_team.slug}/{first_project.slug}",
            "token": _kept_token(first_team, owner),
        }


def _kept_token(team: Team, owner: User) -> str:
    """The token of this laptop, kept readable by its owner alone in the data folder; a new one once it is refused."""
    path = Path(settings.DATA_DIR) / "token"
    if path.exists():
        text = path.read_text().strip()
        try:
            token_credential(text)
        except Unauthenticated:
            path.unlink()
        else:
            return text
    text = create_token(operator_access(team), name="This computer", user=owner).text
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    return text
