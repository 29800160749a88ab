"""Which files of a package are read, and how: decided by what their bytes plainly are, else by their names."""

from __future__ import annotations

import posixpath
from enum import StrEnum

from apps.artifacts.model_packages.facts import FileKind

MANIFEST = "MLmodel"
# MLflow writes these beside MLmodel (mlflow/utils/environment.py).
EXPECTED = (MANIFEST, "conda.yaml", "python_env.yaml", "requirements.txt")
HEAD_BYTES = 8
MIB = 1024 * 1024
TEXT_BYTES = MIB
# Larger ones are not looked into, and the report says so.
SCANNED_BYTES, SCANNED_TOGETHER = 1024 * MIB, 2048 * MIB
# More than that are counted and not listed.
MAX_FILES = 1_000

_BY_SUFFIX = {
    **dict.fromkeys(("pkl", "pickle", "p", "joblib", "dill", "cloudpickle", "pt", "pth", "ckpt"), FileKind.PICKLE),
    **dict.fromkeys(("npy", "npz"), FileKind.NUMPY),
    **dict.fromkeys(("keras", "h5", "hdf5"), FileKind.KERAS),
    **dict.fromkeys(("py", "pyc", "pyd", "so", "dll", "dylib", "sh", "whl", "egg", "jar"), FileKind.CODE),
    "safetensors": FileKind.SAFETENSORS,
    "skops": FileKind.SKOPS,
    "onnx": FileKind.ONNX,
    **dict.fromkeys(("txt", "yaml", "yml", "json", "md", "csv", "toml", "cfg", "ini"), FileKind.TEXT),
}


class Role(StrEnum):
    """What the reader does with a file."""

    TEXT = "text"
    SCAN = "scan"
    KERAS = "keras"
    # Scanned if MLmodel calls it a pickle.
    MAYBE = "maybe"


_ROLES = {
    FileKind.PICKLE: Role.SCAN,
    FileKind.ARCHIVE: Role.SCAN,
    FileKind.NUMPY: Role.SCAN,
    FileKind.KERAS: Role.KERAS,
    FileKind.OTHER: Role.MAYBE,
    FileKind.TEXT: Role.MAYBE,
}


def kind_of(path: str, head: bytes) -> FileKind:
    """What a file is; `head` are its first bytes."""
    name = posixpath.basename(path)
    by_name = _BY_SUFFIX.get(name.rpartition(".")[2].lower() if "." in name else "")
    if head[:1] == b"\x80" and head[1:2] <= b"\x05" and len(head) > 1:
        return FileKind.PICKLE
    if head.startswith(b"PK\x03\x04"):
        return (
            by_name if by_name in (FileKind.SKOPS, FileKind.KERAS, FileKind.NUMPY, FileKind.CODE) else FileKind.ARCHIVE
        )
    if head.startswith(b"\x93NUMPY"):
        return FileKind.NUMPY
    if head.startswith(b"\x89HDF"):
        return FileKind.KERAS
    if by_name is not None:
        return by_name
    return FileKind.TEXT if name == MANIFEST else FileKind.OTHER


def role_of(path: str, kind: FileKind) -> Role | None:
    """What to do with it; None for nothing."""
    if path in EXPECTED or (kind is FileKind.TEXT and path.endswith(".json") and "/" not in path):
        return Role.TEXT
    return _ROLES.get(kind)
