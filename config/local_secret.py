"""The secret key of a laptop installation, made once and kept readable by its owner alone."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def local_secret(data_dir: Path) -> str:
    """The key in `data_dir/secret-key`, made now if there is none; RUNFOLD_SECRET_KEY wins over both."""
    if given := os.environ.get("RUNFOLD_SECRET_KEY"):
        return given
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = data_dir / "secret-key"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(descriptor, "w") as file:
        key = secrets.token_urlsafe(48)
        file.write(key)
    return key
