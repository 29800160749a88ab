"""manage.py check_integrity --team acme --project vision --all"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings

from apps.common.commands import JsonCommand
from apps.common.errors import NotFound
from apps.projects.models import Project
from apps.projects.queries import system_access
from apps.retention.queries.integrity import integrity
from apps.retention.services.integrity import check_blobs


class Command(JsonCommand):
    """Read stored bytes of a project again, and say what is missing or altered."""

    help = "Read a project's stored bytes again, and say what is missing or altered."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The command line."""
        parser.add_argument("--team", required=True)
        parser.add_argument("--project", required=True)
        parser.add_argument("--all", action="store_true", help="every byte, not only a day's part")

    def run(self, *, team: str, project: str, all: bool, **_: Any) -> dict[str, Any]:  # noqa: A002 - the option's word
        """Check, and report what is wrong in the whole project."""
        row = Project.objects.filter(team__slug=team, slug=project, deleted_at=None).first()
        if row is None:
            raise NotFound("no_such_project", f"There is no project {team}/{project}.")
        access = system_access(row.pk)
        results = list(check_blobs(access, max_bytes=None if all else settings.INTEGRITY_CHECK_BYTES))
        state = integrity(access)
        return {
            "checked_count": len(results),
            "checked_bytes": sum(result.read_bytes for result in results),
            "blob_count": state.blob_count,
            "finding_count": state.finding_count,
            "findings": [
                {
                    "damage": finding.damage,
                    "sha256": finding.sha256,
                    "size_bytes": finding.size_bytes,
                    "files": [f"{file.run_id.hex}/{file.path}" for file in finding.files],
                }
                for finding in state.findings
            ],
        }
