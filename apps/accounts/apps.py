"""App configuration."""

from __future__ import annotations

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Runfold's accounts."""

    name = "apps.accounts"
