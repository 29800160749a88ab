"""manage.py create_project acme vision"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings

from apps.common.commands import JsonCommand
from apps.projects.models import Project
from apps.projects.services import create_project
from apps.teams.management.team_command import operator_of
from apps.teams.permissions import Visibility


class Command(JsonCommand):
    """Create a project. Repeating it changes nothing."""

    help = "Create a project in a team. Repeating it changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The command line."""
        parser.add_argument("team")
        parser.add_argument("slug")
        parser.add_argument("--name", default="")
        parser.add_argument("--visibility", choices=[v.value for v in Visibility], default=Visibility.OPEN.value)

    def run(self, *, team: str, slug: str, name: str, visibility: str, **_: Any) -> dict[str, Any]:
        """Create it, or find it."""
        access = operator_of(team)
        project = Project.objects.filter(team_id=access.team.id, slug=slug, deleted_at=None).first()
        is_new = project is None
        if project is None:
            project = create_project(access, slug=slug, name=name, visibility=Visibility(visibility))
        uri = f"{settings.PUBLIC_URL.rstrip('/')}/{team}/{project.slug}"
        return {"id": project.pk, "team": team, "slug": project.slug, "tracking_uri": uri, "is_new": is_new}
