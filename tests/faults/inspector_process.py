"""Looks at a project's files from a process of its own, and sweeps them: `look|sweep <team> <project>`.

Prints as JSON what the project keeps. Ends with an error when its rows, totals and store do not agree.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from datetime import timedelta

import django

django.setup()

from apps.artifacts.models import Artifact, Blob, BlobState, ProjectUsage  # noqa: E402
from apps.artifacts.services import sweep_project  # noqa: E402
from apps.common.clock import now  # noqa: E402
from apps.projects.models import Project  # noqa: E402
from apps.projects.queries import system_access  # noqa: E402
from apps.projects.tenancy import bound, bound_to_projects  # noqa: E402
from tests.unit.artifacts.consistency import check_consistency, check_nothing_is_left_over  # noqa: E402


def main() -> None:
    """Sweep as if a day had passed, if that is wanted, and say what there is."""
    action, team, project = sys.argv[1:]
    key = Project.objects.values_list("pk", flat=True).get(team__slug=team, slug=project)
    access = system_access(key)
    if action == "sweep":
        with bound_to_projects([key]):
            unfinished = Blob.unscoped.filter(project_id=key).exclude(state=BlobState.STORED)
            unfinished.update(expires_at=now() - timedelta(seconds=1))
        sweep_project(key)
        check_nothing_is_left_over(access)
    check_consistency(access)
    with bound(access, readonly=True):
        states = Counter(Blob.objects.in_project(access).values_list("state", flat=True))
        files = Artifact.objects.in_project(access).count()
        usage = ProjectUsage.objects.in_project(access).first() or ProjectUsage()
    unkept = sum(states.values()) - states[BlobState.STORED]
    found = {"files": files, "bytes": usage.stored_bytes, "writing": states[BlobState.WRITING], "unkept": unkept}
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
