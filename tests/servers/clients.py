"""Environments for programs that are not ours: the stock mlflow client and what training scripts import beside it.

Made once with uv, kept between runs in .runfold/test-clients (remove that to get newer versions), never our own environment.
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".runfold" / "test-clients"


class ClientUnavailableError(Exception):
    """The packages could not be installed; the message says why."""


def client_python(*requirements: str) -> Path:
    """The interpreter of an environment that holds `requirements`, made now if there is none.

    Raises:
        ClientUnavailableError: they do not install, as without a network.
    """
    name = requirements[0].split("=")[0].split("<")[0] + "-" + _digest(requirements)
    CACHE.mkdir(parents=True, exist_ok=True)
    home = CACHE / name
    with (CACHE / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (home / "complete").exists():
            shutil.rmtree(home, ignore_errors=True)
            _make(home, requirements)
            (home / "complete").write_text("\n".join(requirements))
    return home / "bin" / "python"


def _make(home: Path, requirements: tuple[str, ...]) -> None:
    uv = _uv()
    steps: list[list[str | Path]] = [
        [uv, "venv", "--quiet", "--python", sys.executable, home],
        [uv, "pip", "install", "--quiet", "--python", home / "bin" / "python", *requirements],
    ]
    for step in steps:
        done = subprocess.run(step, capture_output=True, text=True, check=False, timeout=900)
        if done.returncode:
            raise ClientUnavailableError(f"{requirements} did not install:\n{done.stderr}")


def _uv() -> str:
    own = ROOT / ".boot" / "bin" / "uv"
    found = str(own) if own.exists() else shutil.which("uv")
    if found is None:
        raise ClientUnavailableError("uv was not found: run `make dev`, which installs it into .boot/.")
    return found


def _digest(requirements: tuple[str, ...]) -> str:
    return hashlib.sha256("\n".join((sys.version, *requirements)).encode()).hexdigest()[:10]
