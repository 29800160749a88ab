"""What is known of a model package: the forms in which the reader says it, and in which it is kept."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import msgspec


class FileKind(StrEnum):
    """What a file of a package is, as its bytes and its name have it."""

    PICKLE = "pickle"
    ARCHIVE = "archive"
    NUMPY = "numpy"
    CODE = "code"
    KERAS = "keras"
    SAFETENSORS = "safetensors"
    SKOPS = "skops"
    ONNX = "onnx"
    TEXT = "text"
    OTHER = "other"


class Column(msgspec.Struct, frozen=True):
    """A column of a signature. Of a tensor `shape` says its dimensions, -1 for any; it has no name if it is the only one."""

    name: str
    type: str
    is_required: bool = True
    shape: list[int] | None = None
    # Of a parameter.
    default: str | None = None


class Signature(msgspec.Struct, frozen=True):
    """What a model takes and gives."""

    inputs: list[Column] = []
    outputs: list[Column] = []
    params: list[Column] = []


class Flavor(msgspec.Struct, frozen=True):
    """A library that the model can be loaded with, or python_function; `settings` are those of its part of MLmodel."""

    name: str
    version: str = ""
    settings: dict[str, str] = {}


class Requirement(msgspec.Struct, frozen=True):
    """A package that the model needs, as a requirements file has it."""

    name: str
    specifier: str = ""


class Manifest(msgspec.Struct, frozen=True):
    """MLmodel and what stands beside it. `error` is why MLmodel could not be read; the rest is empty then."""

    error: str = ""
    flavors: list[Flavor] = []
    signature: Signature | None = None
    mlflow_version: str = ""
    python_version: str = ""
    model_size_bytes: int | None = None
    # The path of the input example, and the beginning of its text.
    example_path: str = ""
    example: str = ""
    requirements: list[Requirement] = []


class Import(msgspec.Struct, frozen=True):
    """Something that unpickling a file would import; `level` as picklescan has it: innocuous, suspicious, dangerous."""

    module: str
    name: str
    level: str


class Scan(msgspec.Struct, frozen=True):
    """What a file would do when it is loaded. `error` says that it was not read to its end."""

    path: str
    imports: list[Import] = []
    error: str = ""


class Reading(msgspec.Struct, frozen=True):
    """Everything that the reader says."""

    manifest: Manifest = Manifest()
    scans: list[Scan] = []


class Verdict(StrEnum):
    """What to think of loading a package."""

    CLEAN = "clean"
    REVIEW = "review"
    DANGEROUS = "dangerous"


class FileReport(msgspec.Struct, frozen=True):
    """A file, and what there is to say about loading it."""

    path: str
    kind: FileKind
    size_bytes: int
    sha256: str
    verdict: Verdict
    imports: list[Import] = []
    remarks: list[str] = []


class Facts(msgspec.Struct, frozen=True):
    """All that is kept of a package."""

    manifest: Manifest
    files: list[FileReport]
    # Files of the format that are not there.
    missing: list[str]
    verdict: Verdict
    # Files beyond those that are listed.
    more_files: int = 0


def encode(facts: Facts) -> bytes:
    """As JSON."""
    return msgspec.json.encode(facts)


def decode(content: Any) -> Facts:
    """From what `encode` gave."""
    return msgspec.json.decode(bytes(content), type=Facts)
