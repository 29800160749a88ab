"""manage.py set_team_storage acme s3://acme-artifacts/runfold --endpoint-url https://s3.example.org --access-key AK"""

from __future__ import annotations

import os
from argparse import ArgumentParser
from typing import Any

from apps.artifacts.services.team_storage import Place, set_team_storage, unset_team_storage
from apps.common.commands import JsonCommand
from apps.common.errors import InvalidInput
from apps.teams.management.team_command import operator_of

SECRET = "RUNFOLD_TEAM_S3_SECRET_KEY"  # noqa: S105 - the name of a variable


class Command(JsonCommand):
    """Give a team a place of its own for artifacts. Repeating it replaces the credentials."""

    help = (
        "Have a team's new artifacts go to a bucket or folder of its own, with credentials of its own; what is stored"
        f" stays where it is. The secret key is read from {SECRET}. The place is tried out first."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The command line."""
        parser.add_argument("team")
        where = parser.add_mutually_exclusive_group(required=True)
        where.add_argument("url", nargs="?", help="s3://bucket/prefix or file:///folder")
        where.add_argument("--default", action="store_true", help="the installation's own place again")
        parser.add_argument("--endpoint-url", default="", help="of a server that speaks S3; without it, AWS")
        parser.add_argument("--public-endpoint-url", default="", help="where clients reach it, if they may")
        parser.add_argument("--region", default="us-east-1")
        parser.add_argument("--access-key", default="")

    def run(self, *, team: str, url: str | None, **options: Any) -> dict[str, Any]:
        """Set it, or set it back."""
        access = operator_of(team)
        if url is None:
            unset_team_storage(access)
            return {"team": team, "url": None}
        secret_key = os.environ.get(SECRET, "")
        if bool(options["access_key"]) != bool(secret_key):
            raise InvalidInput("half_a_key", f"Give --access-key and the variable {SECRET}, or neither.")
        place = Place(
            url=url,
            endpoint_url=options["endpoint_url"],
            public_endpoint_url=options["public_endpoint_url"],
            region=options["region"],
            access_key=options["access_key"],
            secret_key=secret_key,
        )
        storage = set_team_storage(access, place=place)
        return {
            "team": team,
            "url": storage.url,
            "endpoint_url": storage.endpoint_url,
            "region": storage.region,
            "access_key": storage.access_key,
        }
