"""Production: everything from the environment, refusing to start on missing or weak secrets."""

from __future__ import annotations

from django.core.exceptions import ImproperlyConfigured

from config import env
from config.settings.base import *  # noqa: F403

SECRET_KEY = env.text("RUNFOLD_SECRET_KEY")
if len(SECRET_KEY) < 32:
    raise ImproperlyConfigured("RUNFOLD_SECRET_KEY is shorter than 32 characters: use `openssl rand -base64 48`.")
if not env.words("RUNFOLD_ALLOWED_HOSTS"):
    raise ImproperlyConfigured("Set RUNFOLD_ALLOWED_HOSTS to the host names that people use, separated by commas.")

DATABASES = {"default": env.database("RUNFOLD_DATABASE_URL", default="")}

_https = env.text("RUNFOLD_PUBLIC_URL").startswith("https://")
SESSION_COOKIE_SECURE = _https
CSRF_COOKIE_SECURE = _https
SECURE_HSTS_SECONDS = 31_536_000 if _https else 0
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if env.boolean("RUNFOLD_BEHIND_PROXY", default=False) else None
)
