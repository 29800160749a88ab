"""Looks at a project from a process of its own: `<team> <project>`, then a request a line, answered by a line of JSON.

`look` says what files the project keeps, `sweep` the same once a day seems to have passed, `totals` how many there are in
the middle of a purge, `rows <run id>` how many rows of which tables speak of a run. Ends with an error when rows, totals and store do not agree.
"""

from __future__ import annotations

import json
import sys
import uuid
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import django

django.setup()

from django.db import connection  # noqa: E402

from apps.artifacts.models import Artifact, Blob, BlobState, ProjectUsage  # noqa: E402
from apps.artifacts.services import sweep_project  # noqa: E402
from apps.common.clock import now  # noqa: E402
from apps.projects.models import Project  # noqa: E402
from apps.projects.queries import system_access  # noqa: E402
from apps.projects.tenancy import bound, bound_to_projects  # noqa: E402
from apps.runs.models import Run  # noqa: E402
from apps.teams.access import Access  # noqa: E402
from tests.unit.artifacts.consistency import check_consistency, check_nothing_is_left_over  # noqa: E402
from tests.unit.retention.work import check_totals, rows_of  # noqa: E402


def look(access: Access) -> dict[str, int]:
    """What there is, once it is known to be consistent."""
    check_consistency(access)
    with bound(access, readonly=True):
        states = Counter(Blob.objects.in_project(access).values_list("state", flat=True))
        files = Artifact.objects.in_project(access).count()
        usage = ProjectUsage.objects.in_project(access).first() or ProjectUsage()
    unkept = sum(states.values()) - states[BlobState.STORED]
    return {"files": files, "bytes": usage.stored_bytes, "writing": states[BlobState.WRITING], "unkept": unkept}


def sweep(access: Access) -> dict[str, int]:
    """Sweep as if a day had passed, and look."""
    with bound_to_projects([access.project.id]):
        unfinished = Blob.unscoped.filter(project_id=access.project.id).exclude(state=BlobState.STORED)
        unfinished.update(expires_at=now() - timedelta(seconds=1))
    sweep_project(access.project.id)
    check_nothing_is_left_over(access)
    return look(access)


def rows(access: Access, run_id: str) -> dict[str, int]:
    """By the name of their table."""
    return rows_of(access, Run(pk=uuid.UUID(hex=run_id)))


def totals(access: Access) -> dict[str, int]:
    """How many files there are. In the middle of a purge folders may outlive them, but totals are exact."""
    check_totals(access)
    with bound(access, readonly=True):
        return {"files": Artifact.objects.in_project(access).count()}


REQUESTS: dict[str, Callable[..., dict[str, int]]] = {"look": look, "sweep": sweep, "rows": rows, "totals": totals}


def main() -> None:
    """Answer until nobody asks any more."""
    team, project = sys.argv[1:]
    for line in sys.stdin:
        request, *arguments = line.split()
        key = Project.objects.values_list("pk", flat=True).get(team__slug=team, slug=project)
        sys.stdout.write(json.dumps(REQUESTS[request](system_access(key), *arguments)) + "\n")
        sys.stdout.flush()
        # The database may be away before the next one.
        connection.close()


if __name__ == "__main__":
    main()
