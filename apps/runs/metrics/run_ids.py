"""Run ids of many rows, read as text: to make a UUID of each row's costs more than the rest of the row."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from django.db.models import TextField
from django.db.models.functions import Cast

RUN_TEXT = Cast("run_id", TextField())


def by_text(run_ids: Iterable[uuid.UUID]) -> dict[str, uuid.UUID]:
    """The ids by what `RUN_TEXT` reads for them, whichever way the database writes a UUID."""
    return {text: run_id for run_id in run_ids for text in (str(run_id), run_id.hex)}
