"""How much a project and its team keep, and how much they may."""

from __future__ import annotations

from dataclasses import astuple, dataclass

from django.conf import settings
from django.db import connection
from django.db.models import Count, Sum

from apps.artifacts.models import KEPT_STATES, Artifact, Blob, BlobState, ProjectUsage, TeamUsage
from apps.artifacts.refusals import over_limit
from apps.artifacts.services.statements import lock_project
from apps.projects.models import Project
from apps.projects.tenancy import bound, bound_to_projects
from apps.teams.access import Access
from apps.teams.permissions import Permission

_CHANGE = """
INSERT INTO {table} ({owner}, file_count, file_bytes, stored_bytes) VALUES (%s, %s, %s, %s)
ON CONFLICT ({owner}) DO UPDATE SET file_count = {table}.file_count + excluded.file_count,
    file_bytes = {table}.file_bytes + excluded.file_bytes, stored_bytes = {table}.stored_bytes + excluded.stored_bytes
RETURNING stored_bytes
"""
_CHANGE_PROJECT = _CHANGE.format(table="artifacts_projectusage", owner="project_id")
_CHANGE_TEAM = _CHANGE.format(table="artifacts_teamusage", owner="team_id")


@dataclass(frozen=True, slots=True)
class Change:
    """What comes, or with negative numbers goes."""

    file_count: int = 0
    file_bytes: int = 0
    stored_bytes: int = 0


def is_limited() -> bool:
    """Whether there is a limit to what projects or teams may keep."""
    return bool(settings.PROJECT_STORAGE_LIMIT_BYTES or settings.TEAM_STORAGE_LIMIT_BYTES)


def check_room(access: Access, needed: int, *, unreserved: int = 0) -> None:
    """Refuse bytes that are about to be written and for which there is no room; what others are writing counts too.

    Called in the bound transaction that has just stored the row of the bytes. Two that begin at the same moment may both
    pass: the second to end is refused then, by `change`.

    Args:
        access: of the project.
        needed: so many bytes.
        unreserved: what to count on top of stored rows: bytes that are about to be stored, the needed ones included.

    Raises:
        PayloadTooLarge: with the figures.
    """
    if not is_limited():
        return
    limits = settings.PROJECT_STORAGE_LIMIT_BYTES, settings.TEAM_STORAGE_LIMIT_BYTES
    project = ProjectUsage.objects.in_project(access).values_list("stored_bytes", flat=True).first() or 0
    team = TeamUsage.objects.filter(pk=access.team.id).values_list("stored_bytes", flat=True).first() or 0
    blobs = Blob.objects.in_project(access).filter(state=BlobState.WRITING)
    writing: int = blobs.aggregate(total=Sum("size_bytes", default=0))["total"] + unreserved
    _check("project", limits[0], project + writing, needed)
    _check("team", limits[1], team + writing, needed)


def change(access: Access, by: Change) -> None:
    """Count a change of the project and of its team; inside a bound transaction, as its last statements.

    Raises:
        PayloadTooLarge: more bytes would be kept than the project or the team may.
    """
    project_limit, team_limit = settings.PROJECT_STORAGE_LIMIT_BYTES, settings.TEAM_STORAGE_LIMIT_BYTES
    _check("project", project_limit, _changed(_CHANGE_PROJECT, access.project.id, by), by.stored_bytes)
    _check("team", team_limit, _changed(_CHANGE_TEAM, access.team.id, by), by.stored_bytes)


def recount_project(access: Access) -> Change | None:
    """Count what the project keeps, row by row, and correct its totals.

    Returns:
        By how much they were off; None when they were right.
    """
    access.require(Permission.PROJECT_READ)
    with bound(access):
        lock_project(access)
        files = Artifact.objects.in_project(access).aggregate(count=Count("pk"), size=Sum("size_bytes", default=0))
        blobs = Blob.objects.in_project(access).filter(state__in=KEPT_STATES)
        stored: int = blobs.aggregate(size=Sum("size_bytes", default=0))["size"]
        said = ProjectUsage.objects.in_project(access).first() or ProjectUsage()
        return _correct(_CHANGE_PROJECT, access.project.id, said, Change(files["count"], files["size"], stored))


def recount_team(team_id: int) -> Change | None:
    """Add up what the team's projects keep, deleted ones too, and correct its totals; returns as `recount_project`.

    Whoever changes a project's totals changes the team's next, in the same transaction: while this holds the team's row,
    each change is in both the sum and the row, or will be added to the row.
    """
    projects = list(Project.objects.filter(team=team_id).values_list("pk", flat=True))
    with bound_to_projects(projects):
        said = TeamUsage.objects.select_for_update().filter(pk=team_id).first() or TeamUsage()
        sums = ProjectUsage.unscoped.filter(project_id__in=projects).aggregate(
            files=Sum("file_count", default=0), size=Sum("file_bytes", default=0), stored=Sum("stored_bytes", default=0)
        )
        return _correct(_CHANGE_TEAM, team_id, said, Change(sums["files"], sums["size"], sums["stored"]))


def _correct(sql: str, key: int, said: ProjectUsage | TeamUsage, counted: Change) -> Change | None:
    drift = Change(
        counted.file_count - said.file_count,
        counted.file_bytes - said.file_bytes,
        counted.stored_bytes - said.stored_bytes,
    )
    if drift == Change():
        return None
    # Not `change`: right figures may be over a limit that was lowered.
    _changed(sql, key, drift)
    return drift


def _changed(sql: str, key: int, by: Change) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, [key, *astuple(by)])
        return int(cursor.fetchone()[0])


def _check(whose: str, limit: int, used: int, needed: int) -> None:
    if limit and needed > 0 and used > limit:
        raise over_limit(whose, limit=limit, used=used - needed, needed=needed)
