"""Run ids of many rows, read as text: to make a UUID of each row's costs more than the rest of the row."""

from __future__ import annotations

import uuid

from django.db.models import TextField
from django.db.models.functions import Cast

RUN_TEXT = Cast("run_id", TextField())


def spellings(run_id: uuid.UUID) -> tuple[str, str]:
    """What `RUN_TEXT` may read for a run, whichever way the database writes a UUID."""
    return str(run_id), run_id.hex
