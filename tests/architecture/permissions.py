"""Who may use which route: docs/permissions.md, made from what routes declare and from the roles' tables.

Run as a module it prints the document: `python -m tests.architecture.permissions > docs/permissions.md`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")
    django.setup()

from apps.teams.permissions import (
    Permission,
    ProjectRole,
    Scope,
    TeamRole,
    Visibility,
    effective_permissions,
)
from tests.architecture.routes import Kind, Route, all_routes

HEAD = """\
# Who may do what

Every route of the product and who gets through, made from what the code declares (`python -m tests.architecture.permissions`) and held by
tests/architecture/test_permissions.py, which sends each request in the name of each of these.

- **Team roles** stand for a project that is open to its team. In a restricted one only owners and admins have rights without a grant.
- **Grants** are of a team's *viewer* in the project; a grant never takes away what the team role gives.
- **Scopes** are of a token of an admin: a token never does more than whom it acts for. Tokens open no pages (-).
- Whoever is not of the team gets 404, whoever is nobody 401 (pages: the sign-in page), everywhere.
- Who may see a project and not do something gets 403; who may not see it 404.

"""
# Routes that ask for more than the permission: whom a thing belongs to. Others than owners and admins may be refused.
ONES_OWN = {
    "/{team}/members/{user_id}/remove": "others need member:manage",
    "DELETE /api/v1/teams/{team}/members/{user_id}": "others need member:manage",
    "/{team}/tokens/{token_id}/revoke": "one's own; admins any",
    "DELETE /api/v1/teams/{team}/tokens/{token_id}": "one's own; admins any",
    "/{team}/{project}/jobs/{job_id}/cancel": "one's own; maintainers any",
    "/{team}/{project}/jobs/{job_id}/retry": "one's own; maintainers any",
    "POST /api/v1/projects/{team}/{project}/jobs/{job_id}/cancel": "one's own; maintainers any",
    "POST /api/v1/projects/{team}/{project}/jobs/{job_id}/retry": "one's own; maintainers any",
    "GET 3.0/mlflow/workspaces/{workspace_name}": "and to see the project",
    "PATCH 3.0/mlflow/workspaces/{workspace_name}": "and to manage the project",
    "DELETE 3.0/mlflow/workspaces/{workspace_name}": "and to delete the project",
}
_MODEL = "/{team}/{project}/models/{name}"
_API = "/api/v1/projects/{team}/{project}"
_API_MODEL = f"{_API}/registered-models/{{name}}"
_DECIDED = "of others', and the role that a rule of approval wants; people alone"
ONES_OWN |= {
    **{
        f"{prefix}/{{request_id}}/{word}": _DECIDED
        for prefix in ("/{team}/{project}/approvals", f"POST {_API}/approval-requests")
        for word in ("approve", "reject")
    },
    "/{team}/{project}/approvals/{request_id}/withdraw": "one's own",
    f"POST {_API}/approval-requests/{{request_id}}/withdraw": "one's own",
    f"{_MODEL}/versions/{{number}}/ask": "and the role that a rule of approval wants",
    f"POST {_API_MODEL}/approval-requests": "and the role that a rule of approval wants",
}
# What these ask for where no rule of approval speaks. They declare the least that a rule may ask for.
WITHOUT_RULE = dict.fromkeys(
    (
        f"{_MODEL}/versions/{{number}}/stage",
        f"{_MODEL}/versions/{{number}}/alias",
        f"{_MODEL}/versions/{{number}}/alias/remove",
        f"PUT {_API_MODEL}/versions/{{version}}/stage",
        f"PUT {_API_MODEL}/aliases/{{alias}}",
        f"DELETE {_API_MODEL}/aliases/{{alias}}",
        "POST 2.0/mlflow/model-versions/transition-stage",
        "POST 2.0/mlflow/registered-models/alias",
        "DELETE 2.0/mlflow/registered-models/alias",
    ),
    Permission.MODEL_PROMOTE.value,
)
TITLES = {
    Kind.PAGE: "Pages",
    Kind.NATIVE: "API, /api/v1",
    Kind.MLFLOW: "MLflow's protocol, below /{team}/{project}/api/",
}
YES, NO, NEVER = "yes", "", "-"
SIGNED_IN = "signed-in"


@dataclass(frozen=True, slots=True)
class Holder:
    """A kind of person or token; `title` is the head of its column."""

    title: str
    role: TeamRole
    granted: ProjectRole | None = None
    scope: Scope | None = None

    def may(self, declared: str) -> bool:
        """Whether it gets through a route that declares this."""
        if declared == SIGNED_IN:
            return True
        scopes = None if self.scope is None else frozenset([self.scope])
        allowed = effective_permissions(self.role, visibility=Visibility.OPEN, granted=self.granted, scopes=scopes)
        return Permission(declared) in allowed


HOLDERS = (
    *(Holder(role.value, role) for role in TeamRole),
    Holder("grant: editor", TeamRole.VIEWER, granted=ProjectRole.EDITOR),
    Holder("grant: maintainer", TeamRole.VIEWER, granted=ProjectRole.MAINTAINER),
    *(Holder(f"scope: {scope}", TeamRole.ADMIN, scope=scope) for scope in Scope),
)


def is_tried(route: Route, holder: Holder) -> bool:
    """Whether a holder can come to a route at all: tokens open no pages."""
    return not (route.kind is Kind.PAGE and holder.scope)


def document() -> str:
    """The whole of docs/permissions.md."""
    return HEAD + "\n".join(line for kind in Kind for line in _section(kind))


def _section(kind: Kind) -> Iterator[str]:
    yield f"## {TITLES[kind]}\n"
    yield f"| route | needs | {' | '.join(holder.title for holder in HOLDERS)} |"
    yield "|---|---|" + "---|" * len(HOLDERS)
    routes = [route for route in all_routes() if route.kind is kind and route.declared != "public"]
    for name, needed in sorted({(name_of(route), needed_for(route)) for route in routes}):
        cells = [
            NEVER if kind is Kind.PAGE and holder.scope else YES if holder.may(needed) else NO for holder in HOLDERS
        ]
        needs = f"{needed}; {ONES_OWN[name]}" if name in ONES_OWN else needed
        needs += "; or what a rule of approval says" if name in WITHOUT_RULE else ""
        yield f"| `{name}` | {needs} | {' | '.join(cells)} |"
    yield ""


def needed_for(route: Route) -> str:
    """The permission that gets one through, as long as nobody made a rule."""
    return WITHOUT_RULE.get(name_of(route), route.declared)


def name_of(route: Route) -> str:
    """A page is one route, whether it is read or sent a form."""
    return route.template if route.kind is Kind.PAGE else route.key


if __name__ == "__main__":
    sys.stdout.write(document())
