"""Models of clients before MLflow 3.0: files of the run, and a tag that says what they are."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import Any

from apps.common.errors import InvalidInput
from apps.projects.tenancy import bound
from apps.runs.models import RunTag
from apps.runs.services import statements
from apps.runs.services.rules import MAX_TAG_VALUE_LENGTH
from apps.teams.access import Access
from apps.teams.permissions import Permission

HISTORY_TAG = "mlflow.log-model.history"
# mlflow/models/model.py, Model.get_tags_dict.
_RECORDED = ("run_id", "utc_time_created", "artifact_path", "model_uuid")


def record_model(access: Access, *, run_id: uuid.UUID, model: Mapping[str, Any]) -> None:
    """Add a model to those that an active run says it logged.

    Args:
        access: needs RUN_LOG.
        run_id: the run.
        model: what the client says of it, of which the origin and the flavours are kept.

    Raises:
        NotFound: the project has no such run.
        InvalidInput: with it the tag would be too long.
        Conflict: the run is deleted.
    """
    access.require(Permission.RUN_LOG)
    with bound(access):
        run = statements.touch_active_run(access, run_id)
        tags = RunTag.objects.in_project(access).filter(run_id=run_id, key=HISTORY_TAG)
        history = json.dumps([*_known(tags.values_list("value", flat=True).first()), _recorded(model)])
        if len(history) > MAX_TAG_VALUE_LENGTH:
            message = f"The run has logged too many models: the tag {HISTORY_TAG} would be too long."
            raise InvalidInput("too_many_models", message, field="model_json")
        statements.upsert_tags(run, [(HISTORY_TAG, history)])


def _known(text: str | None) -> list[Any]:
    """The tag is the user's to set: what is no list of models is written anew."""
    try:
        known = json.loads(text or "[]")
    except (ValueError, RecursionError):
        return []
    return known if isinstance(known, list) else []


def _recorded(model: Mapping[str, Any]) -> dict[str, Any]:
    flavors = model["flavors"] if isinstance(model["flavors"], dict) else {}
    recorded = {name: model[name] for name in _RECORDED if name in model}
    return recorded | {"flavors": {name: _without_config(flavor) for name, flavor in flavors.items()}}


def _without_config(flavor: Any) -> Any:
    return {key: value for key, value in flavor.items() if key != "config"} if isinstance(flavor, dict) else flavor
