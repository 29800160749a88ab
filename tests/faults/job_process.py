"""Enqueues a job as code of the product does, from a process of its own: `<team> <project> <kind> <args as JSON>`.

Prints the job's id.
"""

from __future__ import annotations

import json
import sys

import django

django.setup()

from apps.jobs.services import enqueue  # noqa: E402
from apps.projects.models import Project  # noqa: E402
from apps.projects.tenancy import bound_to_projects  # noqa: E402


def main() -> None:
    """Enqueue it in the system's name."""
    team, project, kind, args = sys.argv[1:]
    key = Project.objects.values_list("pk", flat=True).get(team__slug=team, slug=project)
    with bound_to_projects([key]):
        job = enqueue(key, kind, args=json.loads(args), max_attempts=3)
    sys.stdout.write(job.pk.hex)


if __name__ == "__main__":
    main()
