"""Ids as clients write them, into keys. What cannot be one names nothing, exactly like what does not exist."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable

from apps.common.errors import InvalidInput, NotFound
from apps.common.ids import parse_hex_id, parse_model_id
from apps.experiments.keys import invalid_value

_RUN_ID = re.compile(r"[a-zA-Z0-9][\w\-]{0,255}")


def run_key(text: str) -> uuid.UUID:
    """The key of a run.

    Raises:
        NotFound: no run can have this id.
    """
    key = parse_hex_id(text)
    if key is None:
        raise NotFound("run_not_found", f"Run with id={text} not found", field="run_id")
    return key


def model_key(text: str) -> uuid.UUID:
    """The key of a logged model.

    Raises:
        NotFound: no model can have this id.
    """
    key = parse_model_id(text)
    if key is None:
        raise NotFound("model_not_found", f"Logged model with ID '{text}' not found.", field="model_id")
    return key


def well_formed_run_key(text: str) -> uuid.UUID:
    """The same where MLflow also refuses an id that is none by its form.

    Raises:
        InvalidInput: the form.
        NotFound: no run can have this id.
    """
    if not _RUN_ID.fullmatch(text):
        raise invalid_value("run_id", text, "")
    return run_key(text)


def version_number(text: str) -> int:
    """The number of a version.

    Raises:
        InvalidInput: it is no whole number.
    """
    try:
        return int(text)
    except ValueError:
        message = f"Parameter 'version' must be an integer, got '{text[:100]}'."
        raise InvalidInput("invalid_version", message, field="version") from None


def experiment_number(text: str) -> int:
    """The number of an experiment.

    Raises:
        InvalidInput: it is no whole number.
    """
    try:
        return int(text)
    except ValueError:
        message = f"Invalid experiment ID '{text[:100]}'. Experiment ID must be a valid integer."
        raise InvalidInput("invalid_experiment_id", message, field="experiment_id") from None


def experiment_numbers(texts: Iterable[str]) -> list[int]:
    """The numbers of experiments, each once, in their order; raises as `experiment_number`."""
    return list(dict.fromkeys(map(experiment_number, texts)))
