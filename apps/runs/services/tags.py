"""Tags of runs. The tag mlflow.runName and the run's name are one thing, kept in step."""

from __future__ import annotations

import uuid
from typing import Any

from apps.common.errors import NotFound
from apps.projects.tenancy import bound
from apps.runs.models import RunTag
from apps.runs.services import at_once, rules, statements
from apps.runs.services.rules import RUN_NAME_TAG, Pairs
from apps.teams.access import Access
from apps.teams.permissions import Permission


def set_tags(access: Access, *, run_id: uuid.UUID, tags: Pairs) -> None:
    """Set tags of an active run, replacing values; of a key that stands twice the last counts.

    Args:
        access: needs RUN_LOG.
        run_id: the run.
        tags: keys and values; values over 8,000 characters are cut.

    Raises:
        NotFound: the project has no such run.
        InvalidInput: a key.
        Conflict: the run is deleted.
    """
    access.require(Permission.RUN_LOG)
    wanted = latest_tags(rules.checked_tags(tags, field="tags" if len(tags) > 1 else ""))
    pairs = list(wanted.items())
    if pairs and at_once.set_tags(access, run_id, pairs, wanted.get(RUN_NAME_TAG)):
        return
    with bound(access):
        run = statements.touch_active_run(access, run_id, name_change(wanted))
        statements.upsert_tags(run, pairs)


def delete_tag(access: Access, *, run_id: uuid.UUID, key: str) -> None:
    """Remove a tag of an active run.

    Raises:
        NotFound: the project has no such run, or the run no such tag.
        Conflict: the run is deleted.
    """
    access.require(Permission.RUN_LOG)
    with bound(access):
        run = statements.touch_active_run(access, run_id)
        deleted, _ = RunTag.objects.in_project(access).filter(run=run.id, key=key).delete()
        if not deleted:
            raise NotFound("tag_not_found", f"No tag with name: {key} in run with id {run_id.hex}", field="key")


def latest_tags(tags: Pairs) -> dict[str, str]:
    """Each key once, with its last value; an empty name is no name, and left out."""
    wanted = dict(tags)
    if not wanted.get(RUN_NAME_TAG, "-"):
        del wanted[RUN_NAME_TAG]
    return wanted


def name_change(tags: dict[str, str]) -> dict[str, Any]:
    """The change of the run's row that setting `tags` implies."""
    return {"name": tags[RUN_NAME_TAG]} if RUN_NAME_TAG in tags else {}
