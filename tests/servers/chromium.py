"""Where a Chromium is, and how to start it so that it keeps to itself."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
HOW_TO_GET_ONE = (
    "No Chromium was found. Set CHROMIUM to one, or: apt-get install chromium, or without root: "
    "npm install --no-save @sparticuz/chromium"
)


def find_chromium() -> Path | None:
    """$CHROMIUM, one on PATH, or npm's @sparticuz/chromium in node_modules; None when there is none."""
    if given := os.environ.get("CHROMIUM"):
        return Path(given)
    for name in NAMES:
        if found := shutil.which(name):
            return Path(found)
    return _sparticuz()


def _sparticuz() -> Path | None:
    """npm's package unpacks its browser when asked where it is."""
    if not (ROOT / "node_modules" / "@sparticuz" / "chromium").exists() or shutil.which("node") is None:
        return None
    script = "import c from '@sparticuz/chromium'; process.stdout.write(await c.executablePath())"
    argv = ["node", "--input-type=module", "--eval", script]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False)
    return Path(done.stdout) if done.returncode == 0 and done.stdout else None
