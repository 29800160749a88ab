"""Static files, copied to where the server reads them; skipped when nothing changed, since it takes seconds."""

from __future__ import annotations

import hashlib
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command

# Beside the static root, since whatever is inside is served.
FINGERPRINT = "static.fingerprint"


def collect_if_changed() -> None:
    """Run collectstatic unless the sources are what they were the last time."""
    root = Path(settings.STATIC_ROOT)
    stamp = root.with_name(FINGERPRINT)
    current = _fingerprint()
    if root.is_dir() and stamp.exists() and stamp.read_text() == current:
        return
    call_command("collectstatic", interactive=False, clear=root.is_dir(), verbosity=0)
    stamp.write_text(current)


def _fingerprint() -> str:
    """A digest of name, size and time of every static file of every app and of `static/`."""
    digest = hashlib.sha256()
    for finder in get_finders():
        for name, storage in sorted(finder.list([]), key=lambda found: found[0]):
            status = Path(storage.path(name)).stat()
            digest.update(f"{name} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()
