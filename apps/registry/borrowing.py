"""Models that other projects of the team let this one read: `<project>.<name>`, as `models:/vision.taxi/3`.

What is shared is looked up with every request, so that nobody reads a model a moment longer than its project shares it.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from dataclasses import dataclass, replace

from django.db.models import Q

from apps.artifacts.models import OwnerKind
from apps.artifacts.owners import OwnerRef
from apps.projects.models import Project
from apps.projects.queries import project_ref, visible_projects
from apps.projects.tenancy import bound
from apps.registry.models import ModelShare, ModelVersion, RegisteredModel
from apps.registry.refusals import model_not_found
from apps.teams.access import Access
from apps.teams.permissions import Permission

SEPARATOR = "."


@dataclass(frozen=True, slots=True)
class Loan:
    """What one project shares with another: an Access to read those of its models, and their keys.

    Whoever holds `access` reads no other rows by it than those of `model_ids`, and of what belongs to them.
    """

    access: Access
    model_ids: frozenset[int]

    def address(self, name: str) -> str:
        """What a model is called where it is borrowed."""
        return f"{self.access.project.slug}{SEPARATOR}{name}"


@dataclass(frozen=True, slots=True)
class Share:
    """With whom a model is shared: the whole team, or a project; without a slug one that the caller does not see."""

    to_project: str
    is_whole_team: bool
    shared_by: str


@dataclass(frozen=True, slots=True)
class Sharing:
    """Who may read a model besides its project, the whole team first; and the other projects that the caller sees, by slug."""

    shares: list[Share]
    targets: list[str]


def loans(access: Access) -> list[Loan]:
    """Everything that is shared with the project of `access`, by project. One statement."""
    return _loans(access, Q())


def reader_of(access: Access, name: str) -> tuple[Access, str]:
    """Where to read the model that the project knows by a name, and its name there: its own, unless it has none so called.

    No statement for a name that no shared model can have.
    """
    slug, separator, lent_name = name.partition(SEPARATOR)
    if not separator:
        return access, name
    with bound(access, readonly=True):
        if RegisteredModel.objects.in_project(access).filter(name=name).exists():
            return access, name
    for loan in _loans(access, Q(from_project__slug=slug)):
        with bound(loan.access, readonly=True):
            if RegisteredModel.objects.in_project(loan.access).filter(name=lent_name, pk__in=loan.model_ids).exists():
                return loan.access, lent_name
    return access, name


def reader_of_version(access: Access, version_id: uuid.UUID) -> Access:
    """Where to read a version of which only the id is known: the project that shares it, or the caller's own.

    One statement where nothing is shared.
    """
    for loan in loans(access):
        with bound(loan.access, readonly=True):
            versions = ModelVersion.objects.in_project(loan.access)
            if versions.filter(pk=version_id, model__in=loan.model_ids).exists():
                return loan.access
    return access


def reader_of_files(access: Access, owner: OwnerRef) -> Access:
    """Where to read an owner's files: those of a version may be another project's. As `reader_of_version`."""
    return reader_of_version(access, owner.id) if owner.kind is OwnerKind.VERSION else access


def is_borrowed(access: Access, name: str) -> bool:
    """Whether the project knows a model of another one by this name. Not inside a transaction."""
    return reader_of(access, name)[0].project.id != access.project.id


def may_be_borrowed(access: Access, name: str) -> bool:
    """Whether the project borrows anything from the one that such a name would name. At most one statement, anywhere."""
    slug, separator, _ = name.partition(SEPARATOR)
    return bool(separator) and bool(_loans(access, Q(from_project__slug=slug)))


def sharing_of(access: Access, name: str) -> Sharing:
    """With whom the project shares a model of its own, and with whom it could.

    Raises:
        NotFound: the project has no such model.
        PermissionDenied: the caller does not manage the project.
    """
    access.require(Permission.PROJECT_MANAGE)
    seen = {each.project.pk: each.project.slug for each in visible_projects(access.credential, team=access)}
    with bound(access, readonly=True):
        model = RegisteredModel.objects.in_project(access).filter(name=name).first()
    if model is None:
        raise model_not_found(name)
    rows = ModelShare.objects.filter(team_id=access.team.id, model_id=model.pk)
    shares = [
        Share(seen.get(share.to_project_id or 0, ""), share.to_project_id is None, share.shared_by_label)
        for share in rows
    ]
    del seen[access.project.id]
    return Sharing(sorted(shares, key=lambda share: (not share.is_whole_team, share.to_project)), list(seen.values()))


def _loans(access: Access, condition: Q) -> list[Loan]:
    access.require(Permission.PROJECT_READ)
    rows = ModelShare.objects.filter(condition, team_id=access.team.id, from_project__deleted_at=None)
    rows = rows.filter(Q(to_project=access.project.id) | Q(to_project=None)).exclude(from_project=access.project.id)
    projects: dict[int, Project] = {}
    models: dict[int, set[int]] = defaultdict(set)
    for share in rows.select_related("from_project").order_by("from_project__slug"):
        projects[share.from_project_id] = share.from_project
        models[share.from_project_id].add(share.model_id)
    return [Loan(_reading(access, project), frozenset(models[key])) for key, project in projects.items()]


def _reading(access: Access, project: Project) -> Access:
    return replace(access, project=project_ref(project), permissions=frozenset({Permission.PROJECT_READ}))
