"""What a project keeps, and what takes the most room."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Sum

from apps.artifacts.models import Folder
from apps.artifacts.queries import Usage, project_usage, team_usage
from apps.experiments.models import Experiment
from apps.projects.tenancy import bound
from apps.retention.queries.trash import TrashTotals, trash_totals
from apps.runs.models import Run
from apps.teams.access import Access
from apps.teams.permissions import Permission

BIGGEST = 10


@dataclass(frozen=True, slots=True)
class Big:
    """A run or experiment with many bytes of files, each file counted."""

    id: str
    name: str
    file_count: int
    file_bytes: int
    is_deleted: bool


@dataclass(frozen=True, slots=True)
class Storage:
    """What the project and its team keep, how much they may (0 is no limit), and what takes the most."""

    project: Usage
    project_limit_bytes: int
    team: Usage
    team_limit_bytes: int
    experiments: list[Big]
    runs: list[Big]
    trash: TrashTotals


def storage_overview(access: Access) -> Storage:
    """The project's storage at a glance; as many statements, however much that is."""
    access.require(Permission.PROJECT_READ)
    with bound(access, readonly=True):
        return Storage(
            project_usage(access),
            settings.PROJECT_STORAGE_LIMIT_BYTES,
            team_usage(access),
            settings.TEAM_STORAGE_LIMIT_BYTES,
            _biggest_experiments(access),
            _biggest_runs(access),
            trash_totals(access),
        )


def _biggest_experiments(access: Access) -> list[Big]:
    roots = Folder.objects.in_project(access).filter(parent="", name="")
    rows = roots.values_list("experiment_id").annotate(files=Sum("file_count"), size=Sum("size_bytes"))
    found = {key: (files, size) for key, files, size in rows.order_by("-size", "experiment_id")[:BIGGEST]}
    experiments = Experiment.objects.in_project(access).in_bulk(list(found))
    return [
        Big(str(experiments[key].number), experiments[key].name, *sums, experiments[key].lifecycle == "deleted")
        for key, sums in found.items()
        if key in experiments
    ]


def _biggest_runs(access: Access) -> list[Big]:
    roots = Folder.objects.in_project(access).filter(parent="", name="").order_by("-size_bytes", "owner_id")
    rows = list(roots.values_list("owner_id", "file_count", "size_bytes")[:BIGGEST])
    runs: dict[uuid.UUID, Run] = Run.objects.in_project(access).in_bulk([row[0] for row in rows])
    return [
        Big(key.hex, runs[key].name, files, size, runs[key].lifecycle == "deleted")
        for key, files, size in rows
        if key in runs
    ]
