"""Runs the reader on a package, and believes nothing that comes out of it."""

from __future__ import annotations

import tempfile
from pathlib import Path

import msgspec

from apps.artifacts.isolated import said_by
from apps.artifacts.model_packages.contents import MIB, Role
from apps.artifacts.model_packages.facts import Manifest, Reading

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
    with tempfile.TemporaryFile() as asked:
        asked.write(msgspec.json.encode(wanted))
        asked.seek(0)
        said = said_by(READER, [str(folder)], stdin=asked, seconds=SECONDS, output_bytes=OUTPUT_BYTES)
    try:
        return UNREADABLE if said is None else msgspec.json.decode(said, type=Reading)
    except msgspec.DecodeError:
        return UNREADABLE
