"""Addresses of files as MLflow's clients write them, into runs and paths."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote

from django.http import HttpRequest

from apps.artifacts.owners import RunRef
from apps.artifacts.paths import clean_folder
from apps.artifacts.refusals import artifact_not_found
from apps.common.ids import parse_hex_id

ROOT = "artifacts"


@dataclass(frozen=True, slots=True)
class Address:
    """A file or folder of a run; `path` is empty for the root, and not checked yet."""

    run: RunRef
    path: str


def parse_address(text: str) -> Address:
    """The run and path in `<experiment id>/<run id>/artifacts/<path>`, of which nothing else becomes a place in storage.

    Raises:
        NotFound: it is none of a run.
        InvalidInput: neither is it a path that anything could have.
    """
    experiment, run, root, path = [*text.split("/", 3), "", "", ""][:4]
    run_id = parse_hex_id(run)
    if run_id is None or root != ROOT or not (experiment.isascii() and experiment.isdigit() and len(experiment) < 19):
        clean_folder(text)
        raise artifact_not_found()
    return Address(RunRef(run_id, int(experiment)), path)


def meant_address(artifact_path: str, request: HttpRequest) -> Address:
    """The same for what stands in the path of a request.

    Clients do not quote `?` in names of files, so that the rest of such a name arrives as the query. These routes have
    no parameters that it could be.
    """
    query = request.META.get("QUERY_STRING", "")
    return parse_address(f"{artifact_path}?{unquote(query)}" if query else artifact_path)
