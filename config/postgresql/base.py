"""Django asks a kept connection `SELECT 1` at the first statement of every request; a busy one need not be asked.

A database that went away and came back is noticed after a pause, as before. In the middle of traffic a dead connection
fails one request a thread, with an answer that clients repeat (503), and is replaced.
"""

from __future__ import annotations

import time

from django.db.backends.postgresql import base

IDLE_SECONDS = 2.0


class DatabaseWrapper(base.DatabaseWrapper):
    """Checks a connection that has been idle."""

    _used_at = 0.0

    def close_if_health_check_failed(self) -> None:
        """Called before the first statement of a request."""
        moment = time.monotonic()
        if moment - self._used_at < IDLE_SECONDS:
            self.health_check_done = True
        else:
            super().close_if_health_check_failed()
        self._used_at = moment
