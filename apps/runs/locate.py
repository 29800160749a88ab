"""Where runs are that are known by their ids alone."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from apps.projects.queries import project_access_by_id, visible_projects
from apps.projects.tenancy import bound
from apps.runs.models import Run
from apps.runs.refusals import run_not_found
from apps.teams.access import Access, Credential


def locate_run(credential: Credential, run_id: uuid.UUID) -> Access:
    """The actor's Access to the project of a run. A token bound to a project is looked up no further: it reaches no other.

    Raises:
        NotFound: there is no such run, or not where the actor sees it: the two look the same.
    """
    if credential.project_id is not None:
        return project_access_by_id(credential, credential.project_id)
    return locate_runs(credential, [run_id])[run_id]


def locate_runs(credential: Credential, run_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Access]:
    """The same for several runs, of several projects maybe, in their order. Two statements, besides what binds the transaction.

    Raises:
        NotFound: naming the first that is not there.
    """
    accesses = {visible.access.project.id: visible.access for visible in visible_projects(credential)}
    found: dict[uuid.UUID, Access] = {}
    if accesses:
        with bound(*accesses.values(), readonly=True):
            rows = Run.objects.in_projects(*accesses.values()).filter(pk__in=list(run_ids))
            found = {run_id: accesses[project_id] for run_id, project_id in rows.values_list("pk", "project_id")}
    for run_id in run_ids:
        if run_id not in found:
            raise run_not_found(run_id)
    return {run_id: found[run_id] for run_id in run_ids}
