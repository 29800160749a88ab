"""A laptop: SQLite and local files under .runfold/, a secret key made at the first start."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from config import env
from config.local_secret import local_secret
from config.settings.base import *  # noqa: F403
from config.settings.base import DATA_DIR, PUBLIC_URL

DEBUG = env.boolean("RUNFOLD_DEBUG", default=False)
SECRET_KEY = local_secret(DATA_DIR)
ALLOWED_HOSTS = env.words("RUNFOLD_ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
STATIC_ROOT = Path(env.text("RUNFOLD_STATIC_ROOT", str(DATA_DIR / "static")))
# Only who sits at this machine may have it send requests to itself.
_is_own_machine = urlsplit(PUBLIC_URL).hostname in {"127.0.0.1", "localhost", "::1"}
WEBHOOKS_ALLOW_LOOPBACK = env.boolean("RUNFOLD_WEBHOOKS_ALLOW_LOOPBACK", default=_is_own_machine)
