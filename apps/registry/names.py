"""What may be called what, with MLflow's limits and words (mlflow/utils/validation.py)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from apps.common.errors import InvalidInput
from apps.experiments.keys import check_key, check_length, resolves_elsewhere
from apps.registry.models import Stage

MAX_NAME_LENGTH = 256
MAX_ALIAS_LENGTH = 255
MAX_TAG_KEY_LENGTH = 250
MAX_TAG_VALUE_LENGTH = 100_000
MAX_DESCRIPTION_LENGTH = 100_000
LATEST = "latest"
# Of models and versions that are MLflow's prompts.
PROMPT_TAG = "mlflow.prompt.is_prompt"
_ALIAS = re.compile(r"[\w\-]+")
_VERSION_ALIAS = re.compile(r"[vV]\d+")
_STAGES = {stage.value.lower(): stage for stage in Stage}

Pairs = Sequence[tuple[str, str]]


def check_name(name: str, *, field: str = "name") -> None:
    """Refuse a name that no registered model can have; `field` is where it stands in the request.

    Raises:
        InvalidInput: it is blank, too long, or has characters that would not fit into models:/<name>/<version>.
    """
    if not name.strip():
        raise InvalidInput("missing_name", f"Missing value for required parameter '{field}'.", field=field)
    if "/" in name or ":" in name:
        message = f"Invalid model name '{name[:MAX_NAME_LENGTH]}'. Names cannot contain '/' or ':'."
        raise InvalidInput("invalid_name", message, field="name")
    if name == "." or name.startswith(".."):
        raise resolves_elsewhere("name", name)
    check_length("name", name, MAX_NAME_LENGTH)


def check_alias(alias: str, *, is_new: bool = False) -> None:
    """Refuse what no alias can be; a new one may not look like a version either.

    Raises:
        InvalidInput: the alias.
    """
    if not alias:
        raise InvalidInput("invalid_alias", "Registered model alias name cannot be empty.", field="alias")
    if not _ALIAS.fullmatch(alias):
        message = (
            f"Invalid alias name: '{alias[:MAX_ALIAS_LENGTH]}'. Names may only contain alphanumerics, underscores (_),"
            " and dashes (-)."
        )
        raise InvalidInput("invalid_alias", message, field="alias")
    check_length("Registered model alias name", alias, MAX_ALIAS_LENGTH)
    if not is_new:
        return
    if alias.lower() == LATEST:
        raise InvalidInput("reserved_alias", "'latest' alias name (case insensitive) is reserved.", field="alias")
    if _VERSION_ALIAS.fullmatch(alias):
        raise InvalidInput("reserved_alias", f"Version alias name '{alias}' is reserved.", field="alias")


def checked_tags(tags: Pairs) -> dict[str, str]:
    """The tags; of a key that stands twice the last counts.

    Raises:
        InvalidInput: a key or value.
    """
    for key, value in tags:
        check_key(key)
        check_length("key", key, MAX_TAG_KEY_LENGTH)
        check_length("value", value, MAX_TAG_VALUE_LENGTH)
    return dict(tags)


def stage_of(text: str) -> Stage:
    """The stage of this name, in any case.

    Raises:
        InvalidInput: there is none.
    """
    stage = _STAGES.get(text.lower())
    if stage is None:
        listed = ", ".join(stage.value for stage in Stage)
        message = f"Invalid Model Version stage: {text[:50]}. Value must be one of {listed}."
        raise InvalidInput("invalid_stage", message, field="stage")
    return stage
