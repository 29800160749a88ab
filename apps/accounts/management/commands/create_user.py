"""manage.py create_user someone@example.org"""

from __future__ import annotations

import os
from argparse import ArgumentParser
from typing import Any

from apps.accounts.models import User
from apps.accounts.services import create_user
from apps.common.commands import JsonCommand


class Command(JsonCommand):
    """Create an account. Repeating it changes nothing."""

    help = "Create an account; RUNFOLD_NEW_PASSWORD in the environment sets its password. Repeating it changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The command line."""
        parser.add_argument("email")
        parser.add_argument("--name", default="")
        parser.add_argument("--operator", action="store_true", help="may use /admin/, for the whole installation")

    def run(self, *, email: str, name: str, operator: bool, **_: Any) -> dict[str, Any]:
        """Create it, or find it."""
        user = User.objects.filter(email=email.strip().lower()).first()
        is_new = user is None
        if user is None:
            password = os.environ.get("RUNFOLD_NEW_PASSWORD")
            user = create_user(email=email, password=password, name=name, is_operator=operator)
        return {"id": user.pk, "email": user.email, "is_new": is_new}
