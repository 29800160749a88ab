"""Secrets at rest after a change of the server's SECRET_KEY."""

from __future__ import annotations

from dataclasses import dataclass

from apps.common.encryption import Undecryptable
from apps.projects.models import Project
from apps.projects.tenancy import bound_to_projects
from apps.webhooks.models import Webhook
from apps.webhooks.signing import opened, sealed


@dataclass(frozen=True, slots=True)
class EncryptedAgain:
    """How many secrets are under the current key now, and how many were under none that is known."""

    encrypted: int
    unreadable: int


def encrypt_secrets_again() -> EncryptedAgain:
    """Encrypt every webhook's secret under the current SECRET_KEY; those under an unknown key stay as they are."""
    encrypted = unreadable = 0
    for project_id in Project.objects.order_by("pk").values_list("pk", flat=True):
        with bound_to_projects([project_id]):
            webhooks = Webhook.unscoped.filter(project_id=project_id).exclude(secret="")
            # Locked: a secret that is rotated meanwhile must not be put back.
            for webhook in webhooks.select_for_update(no_key=True):
                try:
                    webhook.secret = sealed(opened(webhook.secret))
                except Undecryptable:
                    unreadable += 1
                    continue
                webhook.save(update_fields=["secret"])
                encrypted += 1
    return EncryptedAgain(encrypted, unreadable)
