"""Whether this worker process has been asked to stop."""

from __future__ import annotations

import threading

# Of the process, as the signal is: set once, never cleared.
worker_is_stopping = threading.Event()
