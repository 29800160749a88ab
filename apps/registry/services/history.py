"""What was done to a registered model: for the project's members, and in the team's audit trail. One way to write both."""

from __future__ import annotations

from typing import Any

from apps.projects.tenancy import bound
from apps.registry.models import ModelActivity, ModelVersion, RegisteredModel
from apps.teams.access import Access
from apps.teams.services import audit


def record(
    access: Access,
    action: str,
    model: RegisteredModel,
    version: ModelVersion | None = None,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    unseen: dict[str, Any] | None = None,
) -> None:
    """Write down a change, in the bound transaction that makes it.

    Args:
        access: who did it.
        action: as "model_version.stage".
        model: of which model.
        version: of which version; None for the model as a whole.
        before: what was, without secrets.
        after: what is now.
        unseen: what the team's audit trail says besides, and not everybody in the project may know.
    """
    with bound(access):
        ModelActivity.objects.in_project(access).bulk_create(
            [
                ModelActivity(
                    project_id=access.project.id,
                    model_id=model.pk,
                    version_number=version.number if version else None,
                    action=action,
                    actor_label=access.actor.label,
                    before=before,
                    after=after,
                )
            ]
        )
        audit(
            access,
            action,
            "registered_model" if version is None else "model_version",
            model.pk if version is None else version.pk.hex,
            object_label=model.name if version is None else f"{model.name}/{version.number}",
            project_slug=access.project.slug,
            before=before,
            after={**(after or {}), **unseen} if unseen else after,
        )
