"""Models lent to other projects of the team, to be read there; and taken back, at once."""

from __future__ import annotations

from apps.common.errors import NotFound
from apps.projects.queries import project_access
from apps.projects.tenancy import bound
from apps.registry.models import ModelShare
from apps.registry.refusals import unknown_project
from apps.registry.services.history import record
from apps.registry.services.rows import lock_model
from apps.teams.access import Access
from apps.teams.permissions import Permission

# How the audit trail names the whole team.
WHOLE_TEAM = "*"


def share_model(access: Access, *, name: str, to_project: str | None) -> None:
    """Let another project, or each of the team's, read a model: its versions, files and whatever comes. Done twice is once.

    Args:
        access: needs PROJECT_MANAGE.
        name: of a model of the project.
        to_project: the slug of a project that the caller sees; None for every project of the team, those to come too.

    Raises:
        NotFound: the project has no such model.
        InvalidInput: the team has no such project, or it is this one.
    """
    access.require(Permission.PROJECT_MANAGE)
    target_id = None if to_project is None else _project_id(access, to_project)
    with bound(access):
        model = lock_model(access, name)
        _, is_new = ModelShare.objects.get_or_create(
            team_id=access.team.id,
            from_project_id=access.project.id,
            model_id=model.pk,
            to_project_id=target_id,
            defaults={"shared_by_label": access.actor.label},
        )
        if is_new:
            record(access, "registered_model.share", model, unseen={"with": to_project or WHOLE_TEAM})


def unshare_model(access: Access, *, name: str, to_project: str | None) -> None:
    """Take a model back from a project, or from the team as a whole; what was not shared is not shared.

    Projects that have a share of their own keep it when the team's goes.

    Raises:
        NotFound: the project has no such model.
    """
    access.require(Permission.PROJECT_MANAGE)
    with bound(access):
        model = lock_model(access, name)
        # By slug alone: it may be taken back from a project that the caller does not see any more, or that is deleted.
        shares = ModelShare.objects.filter(team_id=access.team.id, from_project_id=access.project.id, model_id=model.pk)
        target = {"to_project": None} if to_project is None else {"to_project__slug": to_project}
        if shares.filter(**target).delete()[0]:
            record(access, "registered_model.unshare", model, unseen={"with": to_project or WHOLE_TEAM})


def _project_id(access: Access, slug: str) -> int:
    try:
        target = project_access(access.credential, access.team.slug, slug)
    except NotFound:
        raise unknown_project(slug) from None
    if target.project.id == access.project.id:
        raise unknown_project(slug)
    return target.project.id
