"""Addresses of files as MLflow's clients write them, into owners and paths, and back. Nobody else has others."""

from __future__ import annotations

from dataclasses import dataclass

from apps.artifacts.models import OwnerKind
from apps.artifacts.owners import Owner, OwnerRef
from apps.artifacts.paths import clean_folder
from apps.artifacts.refusals import artifact_not_found
from apps.common.ids import model_id, parse_hex_id, parse_model_id

SCHEME = "mlflow-artifacts:/"
ROOT = "artifacts"
MODELS = "models"
VERSIONS = "versions"


@dataclass(frozen=True, slots=True)
class Address:
    """A file or folder of a run, model or version; `path` is empty for the root, and not checked yet."""

    owner: OwnerRef
    path: str


def parse_address(text: str) -> Address:
    """The owner and path in an address, of which nothing else becomes a place in storage.

    `<experiment id>/<run id>/artifacts/<path>`, `<experiment id>/models/<model id>/artifacts/<path>`, or
    `versions/<version id>/artifacts/<path>`.

    Raises:
        NotFound: it is none of these.
        InvalidInput: neither is it a path that anything could have.
    """
    address = _of_run(text) or _of_model(text) or _of_version(text)
    if address is None:
        clean_folder(text)
        raise artifact_not_found()
    return address


def root_uri(owner: Owner) -> str:
    """Where clients find the files of an owner."""
    if owner.kind is OwnerKind.VERSION:
        return f"{SCHEME}{VERSIONS}/{owner.id.hex}/{ROOT}"
    if owner.kind is OwnerKind.MODEL:
        return f"{SCHEME}{owner.experiment_number}/{MODELS}/{model_id(owner.id)}/{ROOT}"
    return f"{SCHEME}{owner.experiment_number}/{owner.id.hex}/{ROOT}"


def _of_run(text: str) -> Address | None:
    experiment, run, root, path = _split(text, 4)
    key, number = parse_hex_id(run), _number(experiment)
    if key is None or number is None or root != ROOT:
        return None
    return Address(OwnerRef(key, number), path)


def _of_model(text: str) -> Address | None:
    experiment, models, model, root, path = _split(text, 5)
    key, number = parse_model_id(model), _number(experiment)
    if key is None or number is None or models != MODELS or root != ROOT:
        return None
    return Address(OwnerRef(key, number, OwnerKind.MODEL), path)


def _of_version(text: str) -> Address | None:
    versions, version, root, path = _split(text, 4)
    key = parse_hex_id(version)
    if key is None or versions != VERSIONS or root != ROOT:
        return None
    return Address(OwnerRef(key, kind=OwnerKind.VERSION), path)


def _split(text: str, count: int) -> list[str]:
    return [*text.split("/", count - 1), *[""] * count][:count]


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
