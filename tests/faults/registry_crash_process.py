"""Kills a process between every two statements of changes to the registry, and looks at what is there after each.

Run as a module with RUNFOLD_DATABASE_URL naming an empty database; prints how many deaths were survived.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from itertools import count

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")
django.setup()

import time_machine  # noqa: E402
from django.core.management import call_command  # noqa: E402

from apps.artifacts.models import Artifact, OwnerKind  # noqa: E402
from apps.artifacts.services import sweep_project  # noqa: E402
from apps.audit.models import AuditEvent  # noqa: E402
from apps.common.clock import now  # noqa: E402
from apps.jobs.models import Job, JobTicket  # noqa: E402
from apps.projects.queries import project_access  # noqa: E402
from apps.projects.tenancy import bound  # noqa: E402
from apps.registry.models import ModelActivity, ModelAlias, ModelVersion  # noqa: E402
from apps.registry.services import (  # noqa: E402
    create_model,
    create_version,
    delete_version,
    move_version,
    set_alias,
    share_model,
)
from apps.runs.services import create_run  # noqa: E402
from apps.teams.access import Access  # noqa: E402
from apps.webhooks.events import Event  # noqa: E402
from apps.webhooks.models import WebhookDelivery  # noqa: E402
from apps.webhooks.services import create_webhook  # noqa: E402
from tests.factories.artifacts import make_artifact  # noqa: E402
from tests.factories.cast import Cast, make_cast  # noqa: E402
from tests.faults.dying import dies  # noqa: E402
from tests.unit.artifacts.consistency import check_consistency, check_nothing_is_left_over  # noqa: E402

NAME = "taxi"
# How many there are of everything that a change writes: all or none of them grow.
Counts = Mapping[str, int]
Work = Callable[[Access], object]


def main() -> None:
    """Die before the first statement of a change, after it, before the second and so on, until it is done."""
    call_command("migrate", verbosity=0)
    cast = make_cast()
    access = _prepared(cast)
    lent = project_access(cast.owner.credential, "acme", "secret")
    create_model(lent, name="lent")
    run, _ = create_run(lent, experiment_number=0, start_time_ms=1)
    make_artifact(lent, run.pk, "model/MLmodel", b"lent" + bytes(20_000))
    create_version(lent, name="lent", source=f"runs:/{run.pk.hex}/model")
    share_model(lent, name="lent", to_project="vision")
    changes: list[tuple[Work, Counts]] = [
        (_register(access), {"versions": 1, "files": 2, "activity": 1, "audit": 1, "told": 1, "jobs": 1, "tickets": 1}),
        (
            lambda access: create_version(access, name=NAME, source="models:/secret.lent/1"),
            {"versions": 1, "files": 1, "activity": 1, "audit": 1, "told": 1, "jobs": 1, "tickets": 1},
        ),
        (
            lambda access: set_alias(access, name=NAME, alias="best", number=1),
            {"aliases": 1, "activity": 1, "audit": 1, "told": 1, "jobs": 1, "tickets": 1},
        ),
        (
            lambda access: move_version(access, name=NAME, number=2, stage="Production", archive_existing=True),
            {"activity": 2, "audit": 2, "told": 2, "jobs": 2, "tickets": 2},
        ),
        (
            lambda access: delete_version(access, name=NAME, number=1),
            {"versions": -1, "aliases": -1, "files": -2, "activity": 1, "audit": 1},
        ),
    ]
    deaths = 0
    for work, expected in changes:
        deaths += _deaths(access, work, expected)
        if work is changes[2][0]:
            move_version(access, name=NAME, number=1, stage="Production")
    with time_machine.travel(now() + timedelta(hours=25)):
        sweep_project(access.project.id)
    check_consistency(access, is_only_project=False)
    check_nothing_is_left_over(access)
    sys.stdout.write(f"{deaths}\n")


def _prepared(cast: Cast) -> Access:
    url = "https://93.184.215.14/hook"
    create_webhook(cast.owner.access(), name="hook", url=url, events=list(Event))
    access = cast.owner.access()
    create_model(access, name=NAME)
    return access


def _register(access: Access) -> Work:
    run, _ = create_run(access, experiment_number=0, start_time_ms=1)
    for path, content in {"model/MLmodel": b"flavors: {}", "model/data/weights": bytes(20_000)}.items():
        make_artifact(access, run.pk, path, content)
    return lambda access: create_version(access, name=NAME, source=f"runs:/{run.pk.hex}/model")


def _deaths(access: Access, work: Work, expected: Counts) -> int:
    for moment in count():
        before = _counts(access)
        is_dead = dies(partial(work, access), moment)
        grown = {what: number - before[what] for what, number in _counts(access).items() if number != before[what]}
        check_consistency(access, is_only_project=False)
        if grown == expected:
            return moment
        if grown or not is_dead:
            raise AssertionError(f"After a death at {moment} these are there: {grown}")
    raise AssertionError


def _counts(access: Access) -> Counts:
    with bound(access):
        tables = {
            "versions": ModelVersion,
            "aliases": ModelAlias,
            "activity": ModelActivity,
            "told": WebhookDelivery,
            "jobs": Job,
        }
        found = {what: table.objects.in_project(access).count() for what, table in tables.items()}
        found["files"] = Artifact.objects.in_project(access).filter(owner_kind=OwnerKind.VERSION).count()
    return found | {"audit": AuditEvent.objects.count(), "tickets": JobTicket.objects.count()}


if __name__ == "__main__":
    main()
