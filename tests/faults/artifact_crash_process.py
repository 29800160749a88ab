"""Kills a process between every two statements of uploads and deletions, and looks at what is there after each.

Run as a module with RUNFOLD_DATABASE_URL naming an empty database; prints how many deaths were survived.
"""

from __future__ import annotations

import os
import sys
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from itertools import count

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")
django.setup()

import time_machine  # noqa: E402
from django.core.management import call_command  # noqa: E402

from apps.artifacts.models import Artifact  # noqa: E402
from apps.artifacts.owners import OwnerRef  # noqa: E402
from apps.artifacts.queries import artifact_chunks, find_artifact  # noqa: E402
from apps.artifacts.services import delete_artifacts, sweep_project  # noqa: E402
from apps.common.clock import now  # noqa: E402
from apps.common.errors import NotFound  # noqa: E402
from apps.projects.tenancy import bound  # noqa: E402
from apps.runs.services import create_run  # noqa: E402
from apps.teams.access import Access  # noqa: E402
from tests.factories.artifacts import make_artifact  # noqa: E402
from tests.factories.cast import make_cast  # noqa: E402
from tests.faults.dying import dies  # noqa: E402
from tests.unit.artifacts.consistency import check_consistency, check_nothing_is_left_over  # noqa: E402

Files = Mapping[str, bytes]
LARGE = bytes(20_000)
BEFORE: Files = {"a/small": b"small", "a/large": b"large" + LARGE, "b": b"small"}


@dataclass(frozen=True, slots=True)
class _Change:
    """One request: what it does, and what is there when it is done."""

    work: Callable[[Access, uuid.UUID], object]
    after: Files


def _upload(path: str, content: bytes) -> _Change:
    return _Change(lambda access, run_id: make_artifact(access, run_id, path, content), {**BEFORE, path: content})


CHANGES = (
    _upload("a/new", b"new"),
    _upload("c/d/new", b"new in a folder of its own"),
    _upload("a/small", b"in place of another"),
    _upload("a/large", b"in place of a large one"),
    _upload("a/small", b"large in place of a small one" + LARGE),
    _upload("a/same", b"large" + LARGE),
    _Change(lambda access, run_id: delete_artifacts(access, owner=OwnerRef(run_id), path="a"), {"b": b"small"}),
)


def main() -> None:
    """Die before the first statement of a change, after it, before the second and so on, until it is done."""
    call_command("migrate", verbosity=0)
    access = make_cast().member.access()
    deaths = sum(_deaths(access, change) for change in CHANGES)
    with time_machine.travel(now() + timedelta(hours=25)):
        sweep_project(access.project.id)
    check_consistency(access)
    check_nothing_is_left_over(access)
    sys.stdout.write(f"{deaths}\n")


def _deaths(access: Access, change: _Change) -> int:
    for moment in count():
        run, _ = create_run(access, experiment_number=0, start_time_ms=1)
        for path, content in BEFORE.items():
            make_artifact(access, run.pk, path, content)
        is_dead = dies(partial(change.work, access, run.pk), moment)
        found = _files(access, run.pk)
        if found not in ([BEFORE, change.after] if is_dead else [change.after]):
            raise AssertionError(f"After a death at {moment} there is {found}.")
        check_consistency(access)
        with suppress(NotFound):
            change.work(access, run.pk)
        if _files(access, run.pk) != change.after:
            raise AssertionError(f"Sent again after a death at {moment} it is not there.")
        check_consistency(access)
        delete_artifacts(access, owner=OwnerRef(run.pk), path="")
        if not is_dead:
            return moment
    raise AssertionError


def _files(access: Access, run_id: uuid.UUID) -> Files:
    with bound(access):
        paths = [file.path for file in Artifact.objects.in_project(access).filter(owner_id=run_id)]
    return {path: _content(access, run_id, path) for path in paths}


def _content(access: Access, run_id: uuid.UUID, path: str) -> bytes:
    chunks = artifact_chunks(access, find_artifact(access, OwnerRef(run_id), path))
    try:
        return b"".join(chunks)
    finally:
        chunks.close()


if __name__ == "__main__":
    main()
