"""manage.py sign_in_link someone@example.org"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.urls import reverse

from apps.accounts.models import User
from apps.accounts.services import issue_sign_in_link
from apps.common.commands import JsonCommand
from apps.common.errors import NotFound


class Command(JsonCommand):
    """Print a link that signs a user in once, within the hour."""

    help = "Print a link that signs a user in once, within the hour."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The command line."""
        parser.add_argument("email")

    def run(self, *, email: str, **_: Any) -> dict[str, Any]:
        """Issue it."""
        user = User.objects.filter(email=email.strip().lower(), is_active=True).first()
        if user is None:
            raise NotFound("no_such_user", f"There is no active account {email!r}.")
        path = reverse("sign-in-link", kwargs={"secret": issue_sign_in_link(user)})
        return {"email": user.email, "url": settings.PUBLIC_URL.rstrip("/") + path}
