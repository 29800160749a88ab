"""Where bytes lie: computed from rows alone."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Self

from apps.projects.models import Project
from apps.teams.access import Access


@dataclass(frozen=True, slots=True)
class Home:
    """The team and project whose bytes they are."""

    team_id: int
    team_uuid: uuid.UUID
    project_id: int
    project_uuid: uuid.UUID

    @classmethod
    def of(cls, access: Access) -> Self:
        """The home of what `access` speaks of."""
        return cls(access.team.id, access.team.uuid, access.project.id, access.project.uuid)

    @classmethod
    def of_project(cls, project: Project) -> Self:
        """The home of a project's bytes, for work in nobody's name."""
        return cls(project.team_id, project.team.uuid, project.pk, project.uuid)

    @property
    def prefix(self) -> str:
        """What all keys of the project begin with."""
        return f"teams/{self.team_uuid}/projects/{self.project_uuid}/"

    def blob_key(self, blob_id: uuid.UUID) -> str:
        """The key of a blob's bytes. By the last digits, which are random, since the first are the time."""
        return f"{self.prefix}blobs/{blob_id.hex[-2:]}/{blob_id}"
