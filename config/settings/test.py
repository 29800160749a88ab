"""The test suite: the database is named by RUNFOLD_DATABASE_URL, SQLite in memory otherwise."""

from __future__ import annotations

from config import env
from config.settings.base import *  # noqa: F403
from config.settings.base import INSTALLED_APPS, STORAGES

# Not needed to test, but to check: `manage.py lintmigrations`.
INSTALLED_APPS = [*INSTALLED_APPS, "django_migration_linter"]
SECRET_KEY = "only for tests, never for a server"  # noqa: S105
ALLOWED_HOSTS = ["*"]
DATABASES = {"default": env.database("RUNFOLD_DATABASE_URL", default="sqlite:///:memory:")}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
BROKER_URL = env.text("RUNFOLD_BROKER_URL", "memory://localhost")
# Tests render pages without collecting static files first.
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
WEBHOOKS_ALLOW_LOOPBACK = True
