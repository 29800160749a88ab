"""Every row belongs to a project, or there is a reason why not."""

from __future__ import annotations

import ast

from django.apps import apps
from django.db.models import Model

from apps.projects.models import ProjectOwned
from tests.architecture.source import modules

NOT_PROJECT_OWNED = {
    "accounts.SignInLink": "a person's, before any team is known",
    "accounts.User": "a person may be a member of several teams",
    "admin.LogEntry": "Django's: what the operator did in the admin",
    "artifacts.TeamStorage": "a team's, set by the operator: where its bytes go, with credentials that no tenant sees",
    "artifacts.TeamUsage": "a team's: what all of its projects keep",
    "audit.AuditEvent": "a team's, and outlives the project that it speaks of",
    "auth.Group": "Django's: rights in the operator's admin",
    "auth.Permission": "Django's: rights in the operator's admin",
    "contenttypes.ContentType": "Django's: the list of models",
    "jobs.JobLane": "a team's: when a job of it was last begun",
    "jobs.JobSchedule": "keys and a moment: the sweeper looks for what is due before it binds a project",
    "jobs.JobTicket": "keys and moments: workers look for the next job before they know whose it is",
    "projects.Project": "the boundary itself: rights are looked up before a project can be bound",
    "projects.ProjectGrant": "read to find out whether the project may be bound at all",
    "registry.ModelShare": "keys: a project finds by it which other project's models it may read, before that is bound",
    "sessions.Session": "Django's: a browser's, before any team is known",
    "teams.ApiToken": "read to find out who asks",
    "teams.Membership": "read to find out what somebody may do",
    "teams.ServiceAccount": "a team's; acts in several projects",
    "teams.Team": "the tenant itself",
}

# Files that may go round the scoped manager, and why.
UNSCOPED = {
    "apps/artifacts/services/finalising.py": "finds uploads that nobody looked at; the projects are bound and named",
    "apps/artifacts/services/removal.py": "bytes that nothing refers to go in nobody's name; the project is bound and named",
    "apps/artifacts/services/usage.py": "a team's totals are the sum of all its projects'; they are bound and named",
    "apps/jobs/claims.py": "whoever holds the claim of a job acts for the system; the project is bound and named",
    "apps/jobs/running.py": "reads the job that was claimed, to find out in whose name it runs",
    "apps/jobs/services.py": "of the system's own jobs there is no Access; the caller has bound the project",
    "apps/jobs/sweep.py": "old jobs go in nobody's name; the projects are bound and named",
    "apps/jobs/worker.py": "counts the attempts of the job that was claimed; the project is bound and named",
    "apps/registry/keepers.py": "is asked by retention, which acts for the system; the project is bound and named",
    "apps/runs/metrics/digest.py": "folding acts in nobody's name, inside exclusive(project), and names the project",
    "apps/runs/metrics/documents.py": "documents are rewritten in nobody's name; the project is bound and named",
    "apps/runs/metrics/seal.py": "sealing acts in nobody's name, inside exclusive(project), and names the project",
    "apps/runs/metrics/worker.py": "the sweeper looks for what is left to do in all projects, and reads ids alone",
    "apps/webhooks/services/delivering.py": "what becomes of a delivery is nobody's wish; the project is bound and named",
    "apps/webhooks/services/emit.py": "of the system's own work there is no Access; the caller has bound the project",
    "apps/webhooks/services/history.py": "old deliveries go in nobody's name; the projects are bound and named",
    "apps/webhooks/services/keys.py": "the operator changes the key of all projects' secrets, one bound project at a time",
}
# Files in which the system binds projects in nobody's name.
BOUND_AS_SYSTEM = {
    "apps/artifacts/services/finalising.py": "enqueues what arrived and nobody looked at; the job acts for the system",
    "apps/artifacts/services/removal.py": "gives back what an upload left, whatever became of the uploader's rights",
    "apps/artifacts/services/usage.py": "adds up a team's projects, whoever may see which of them; sums alone leave it",
    "apps/jobs/claims.py": "a claim was drawn by a worker, not asked for by a person",
    "apps/jobs/running.py": "the rights are known only when the job has been read",
    "apps/jobs/sweep.py": "periodic and lost jobs are nobody's wish",
    "apps/jobs/worker.py": "the outcome is written whatever became of the creator's rights",
    "apps/runs/metrics/digest.py": "the digest task is told a project's key, not a person's wish",
    "apps/runs/metrics/documents.py": "a part of the digest task",
    "apps/runs/metrics/worker.py": "the digest task and the sweeper themselves",
    "apps/webhooks/services/delivering.py": "an event is told whatever became of the rights of whoever caused it",
    "apps/webhooks/services/history.py": "old and abandoned deliveries are nobody's wish",
    "apps/webhooks/services/keys.py": "the operator's command reads all projects' secrets to encrypt them again",
}


def test_every_model_is_project_owned_or_says_why_not() -> None:
    models: dict[str, type[Model]] = {model._meta.label: model for model in apps.get_models()}
    free = {label for label, model in models.items() if not issubclass(model, ProjectOwned)}
    assert not free - NOT_PROJECT_OWNED.keys(), (
        f"Derive from ProjectOwned, or give a reason in NOT_PROJECT_OWNED: {sorted(free - NOT_PROJECT_OWNED.keys())}"
    )
    assert not NOT_PROJECT_OWNED.keys() - free, f"Stale, remove: {sorted(NOT_PROJECT_OWNED.keys() - free)}"


def test_unscoped_is_used_where_a_reason_is_given_alone() -> None:
    used = {
        module.path
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute) and node.attr == "unscoped"
    }
    _compare(used, UNSCOPED, "Use .objects.in_project(access), or give a reason in UNSCOPED")


def test_projects_are_bound_in_nobodys_name_where_a_reason_is_given_alone() -> None:
    used = {
        module.path
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "bound_to_projects"
    }
    _compare(used, BOUND_AS_SYSTEM, "Use bound(access), or give a reason in BOUND_AS_SYSTEM")


def test_every_project_owned_table_leads_its_unique_constraints_with_the_project() -> None:
    """So that rows can be partitioned by project without a redesign."""
    found = [
        f"{model._meta.label}.{constraint.name}"
        for model in apps.get_models()
        if issubclass(model, ProjectOwned)
        for constraint in model._meta.total_unique_constraints
        if constraint.fields[0] != "project"
    ]
    assert not found, f"Put project first: {found}"


def _compare(used: set[str], allowed: dict[str, str], how_to_fix: str) -> None:
    assert not used - allowed.keys(), f"{how_to_fix}: {sorted(used - allowed.keys())}"
    assert not allowed.keys() - used, f"Stale, remove: {sorted(allowed.keys() - used)}"
