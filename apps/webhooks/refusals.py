"""What is said when a webhook is refused."""

from __future__ import annotations

from apps.common.errors import Conflict, InvalidInput, NotFound


def webhook_not_found(text: str) -> NotFound:
    """MLflow's words."""
    return NotFound("webhook_not_found", f"Webhook with ID {text[:100]} not found.", field="webhook_id")


def delivery_not_found() -> NotFound:
    """There is none, or not any more."""
    message = "No such delivery: what was sent long ago is forgotten."
    return NotFound("delivery_not_found", message, field="delivery_id")


def invalid_name(name: str) -> InvalidInput:
    """MLflow's rule."""
    message = (
        f"Webhook name '{name[:100]}' is invalid. It must start and end with a letter or digit, "
        "be at most 63 characters long, and contain only letters, digits, dots (.), underscores (_), and hyphens (-)."
    )
    return InvalidInput("invalid_webhook_name", message, field="name")


def invalid_url(why: str) -> InvalidInput:
    """The address is none that anything is sent to."""
    return InvalidInput("invalid_webhook_url", f"Invalid webhook URL: {why}", field="url")


def too_many_webhooks(most: int) -> Conflict:
    """A project has a bounded number."""
    return Conflict("too_many_webhooks", f"A project has at most {most} webhooks: delete one that is not needed.")
