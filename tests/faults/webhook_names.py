"""Every name is this machine; while there is a file `hold`, the answer waits, and `held` says that it does."""

from __future__ import annotations

import time

from django.conf import settings


def held(_host: str, _port: int) -> list[str]:
    """The answer."""
    hold = settings.DATA_DIR / "hold"
    while hold.exists():
        (settings.DATA_DIR / "held").touch()
        time.sleep(0.05)
    return ["127.0.0.1"]
