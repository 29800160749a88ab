"""Runs the reader on a package, and believes nothing that comes out of it."""

from __future__ import annotations

import logging
import subprocess
import sys
import tempfile
from pathlib import Path

import msgspec

from apps.artifacts.model_packages.contents import MIB, Role
from apps.artifacts.model_packages.facts import Manifest, Reading

logger = logging.getLogger(__name__)

READER = Path(__file__).with_name("reader.py")
SECONDS = 300
OUTPUT_BYTES = 8 * MIB
UNREADABLE = Reading(manifest=Manifest(error="It takes more memory or time to read than a model may take."))


class Wanted(msgspec.Struct, frozen=True):
    """A file to read: its name in the folder, its path in the package."""

    file: str
    path: str
    role: Role


def read(folder: Path, wanted: list[Wanted]) -> Reading:
    """What the reader says of files in a folder of ours."""
    argv = [sys.executable, "-I", str(READER), str(folder)]
    with tempfile.TemporaryFile() as output:
        try:
            done = subprocess.run(
                argv, input=msgspec.json.encode(wanted), stdout=output, stderr=subprocess.DEVNULL,
                env={"LC_ALL": "C.UTF-8"}, cwd="/", timeout=SECONDS, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return UNREADABLE
        if done.returncode:
            logger.info("The reader of a model package ended with %s", done.returncode)
            return UNREADABLE
        output.seek(0)
        said = output.read(OUTPUT_BYTES + 1)
    try:
        return msgspec.json.decode(said, type=Reading) if len(said) <= OUTPUT_BYTES else UNREADABLE
    except msgspec.DecodeError:
        return UNREADABLE
