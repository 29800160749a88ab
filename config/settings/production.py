"""Production: everything from the environment, refusing to start on missing or weak secrets (config/refusals.py)."""

from __future__ import annotations

from config import env, refusals
from config.settings.base import *  # noqa: F403
from config.settings.base import ARTIFACT_STORE, METRICS_TOKEN

refusals.switched_off(["RUNFOLD_DEBUG"])
SECRET_KEY = refusals.secret("RUNFOLD_SECRET_KEY", bits=refusals.SECRET_KEY_BITS)
ALLOWED_HOSTS = refusals.hosts()
PUBLIC_URL = refusals.public_url()
DATABASES = {"default": refusals.database()}
BROKER_URL = refusals.broker_url()
refusals.check_store(ARTIFACT_STORE)
if METRICS_TOKEN:
    refusals.strong("RUNFOLD_METRICS_TOKEN", METRICS_TOKEN, bits=refusals.TOKEN_BITS)

_https = PUBLIC_URL.startswith("https://")
SESSION_COOKIE_SECURE = _https
CSRF_COOKIE_SECURE = _https
SECURE_HSTS_SECONDS = 31_536_000 if _https else 0
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if env.boolean("RUNFOLD_BEHIND_PROXY", default=False) else None
)
