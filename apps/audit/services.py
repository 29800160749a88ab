"""Writing the audit trail. Called inside the transaction of the change, so that neither stands without the other."""

from __future__ import annotations

from typing import Any

from apps.audit.actors import Actor
from apps.audit.models import AuditEvent


def record(
    *,
    team_id: int | None,
    actor: Actor,
    action: str,
    object_kind: str,
    object_id: object,
    object_label: str = "",
    project_slug: str = "",
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    token_id: int | None = None,
    address: str | None = None,
) -> None:
    """Write down one change.

    Args:
        team_id: whose trail; None for what concerns the whole installation.
        actor: who did it: a person, a service account, the operator, or the system.
        action: object and verb, as "member.add".
        object_kind: what it was done to, as "user".
        object_id: the key of that.
        object_label: how people know it.
        project_slug: the project concerned, if one is.
        before: the values that were changed; never a secret.
        after: the values that they were changed to; never a secret.
        token_id: the token in use.
        address: where the request came from.
    """
    AuditEvent.objects.create(
        team_id=team_id,
        project_slug=project_slug,
        actor_kind=str(actor.kind),
        actor_id=actor.id,
        actor_label=actor.label,
        token_id=token_id,
        address=address,
        action=action,
        object_kind=object_kind,
        object_id=str(object_id),
        object_label=object_label[:512],
        before=before,
        after=after,
    )
