"""What a delivery says of each event: the `data` of its body. Those of MLflow's events are MLflow's to the letter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict

from apps.webhooks.events import Event

Payload = Mapping[str, object]


class RegisteredModelCreated(TypedDict):
    """A model was registered."""

    name: str
    tags: dict[str, str]
    description: str | None


class RegisteredModelTagSet(TypedDict):
    """A registered model's tag was set."""

    name: str
    key: str
    value: str


class RegisteredModelTagDeleted(TypedDict):
    """A registered model's tag was deleted."""

    name: str
    key: str


class ModelVersionCreated(TypedDict):
    """A version was created. `run_id` is null where no run is named."""

    name: str
    version: str
    source: str
    run_id: str | None
    tags: dict[str, str]
    description: str | None


class ModelVersionStageChanged(TypedDict):
    """A version was moved; one delivery for each that was archived to make room, too."""

    name: str
    version: str
    from_stage: str
    to_stage: str
    changed_by: str


class ModelVersionTagSet(TypedDict):
    """A version's tag was set."""

    name: str
    version: str
    key: str
    value: str


class ModelVersionTagDeleted(TypedDict):
    """A version's tag was deleted."""

    name: str
    version: str
    key: str


class ModelVersionAliasCreated(TypedDict):
    """An alias was set, on its first version or on another one."""

    name: str
    alias: str
    version: str


class ModelVersionAliasDeleted(TypedDict):
    """An alias was deleted."""

    name: str
    alias: str


class ApprovalRequested(TypedDict):
    """Somebody wants a stage or an alias moved where a rule asks for approval. One of `stage` and `alias` is null."""

    request_id: str
    name: str
    version: str
    stage: str | None
    alias: str | None
    requested_by: str


class ApprovalDecided(TypedDict):
    """The request was `approved` or `rejected`."""

    request_id: str
    name: str
    version: str
    stage: str | None
    alias: str | None
    decision: str
    decided_by: str


class RunEnded(TypedDict):
    """A run came to FINISHED (`run.finished`), or to FAILED or KILLED (`run.failed`); times in milliseconds."""

    run_id: str
    run_name: str
    experiment_id: str
    status: str
    start_time: int
    end_time: int | None


_RUN: RunEnded = {
    "run_id": "019ab1c2d3e47f5a8b6c7d8e9f0a1b2c",
    "run_name": "example-run",
    "experiment_id": "1",
    "status": "FINISHED",
    "start_time": 1_764_000_000_000,
    "end_time": 1_764_000_060_000,
}
_MODEL = {"name": "example_model"}
_VERSION = {**_MODEL, "version": "1"}
_TAG = {"key": "example_key", "value": "example_value"}
_REQUEST = {"request_id": "019ab1c2d3e47f5a8b6c7d8e9f0a1b2c", **_VERSION, "stage": "Production", "alias": None}

# What a test sends. MLflow's own examples for MLflow's events.
EXAMPLES: dict[Event, Payload] = {
    Event.REGISTERED_MODEL_CREATED: {
        **_MODEL, "tags": {"example_key": "example_value"}, "description": "An example registered model",
    },
    Event.REGISTERED_MODEL_TAG_SET: {**_MODEL, **_TAG},
    Event.REGISTERED_MODEL_TAG_DELETED: {**_MODEL, "key": "example_key"},
    Event.MODEL_VERSION_CREATED: {
        **_VERSION,
        "source": "models:/123",
        "run_id": "abcd1234abcd5678",
        "tags": {"example_key": "example_value"},
        "description": "An example model version",
    },
    Event.MODEL_VERSION_STAGE_CHANGED: {
        **_VERSION, "from_stage": "Staging", "to_stage": "Production", "changed_by": "somebody@example.com",
    },
    Event.MODEL_VERSION_TAG_SET: {**_VERSION, **_TAG},
    Event.MODEL_VERSION_TAG_DELETED: {**_VERSION, "key": "example_key"},
    Event.MODEL_VERSION_ALIAS_CREATED: {**_MODEL, "alias": "example_alias", "version": "1"},
    Event.MODEL_VERSION_ALIAS_DELETED: {**_MODEL, "alias": "example_alias"},
    Event.APPROVAL_REQUESTED: {**_REQUEST, "requested_by": "somebody@example.com"},
    Event.APPROVAL_DECIDED: {**_REQUEST, "decision": "approved", "decided_by": "somebody@example.com"},
    Event.RUN_FINISHED: {**_RUN},
    Event.RUN_FAILED: {**_RUN, "status": "FAILED"},
}  # fmt: skip
