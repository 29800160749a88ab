"""What a webhook can be told of: MLflow's events by MLflow's names, and our own in the same manner."""

from __future__ import annotations

from enum import StrEnum


class Event(StrEnum):
    """`entity.action`, as in the body of a delivery."""

    REGISTERED_MODEL_CREATED = "registered_model.created"
    REGISTERED_MODEL_TAG_SET = "registered_model_tag.set"
    REGISTERED_MODEL_TAG_DELETED = "registered_model_tag.deleted"
    MODEL_VERSION_CREATED = "model_version.created"
    MODEL_VERSION_STAGE_CHANGED = "model_version.stage_changed"
    MODEL_VERSION_TAG_SET = "model_version_tag.set"
    MODEL_VERSION_TAG_DELETED = "model_version_tag.deleted"
    MODEL_VERSION_ALIAS_CREATED = "model_version_alias.created"
    MODEL_VERSION_ALIAS_DELETED = "model_version_alias.deleted"
    APPROVAL_REQUESTED = "approval.requested"
    APPROVAL_DECIDED = "approval.decided"
    RUN_FINISHED = "run.finished"
    RUN_FAILED = "run.failed"

    @property
    def entity(self) -> str:
        """What it happened to."""
        return self.partition(".")[0]

    @property
    def action(self) -> str:
        """What happened."""
        return self.partition(".")[2]


# Those that MLflow's clients can name. The others exist in the native API and on the pages alone.
MLFLOW_EVENTS = frozenset(
    {
        Event.REGISTERED_MODEL_CREATED,
        Event.MODEL_VERSION_CREATED,
        Event.MODEL_VERSION_TAG_SET,
        Event.MODEL_VERSION_TAG_DELETED,
        Event.MODEL_VERSION_ALIAS_CREATED,
        Event.MODEL_VERSION_ALIAS_DELETED,
    }
)

EVENT_WORDS: dict[Event, str] = {
    Event.REGISTERED_MODEL_CREATED: "A model was registered",
    Event.REGISTERED_MODEL_TAG_SET: "A registered model's tag was set",
    Event.REGISTERED_MODEL_TAG_DELETED: "A registered model's tag was deleted",
    Event.MODEL_VERSION_CREATED: "A version was created",
    Event.MODEL_VERSION_STAGE_CHANGED: "A version's stage changed",
    Event.MODEL_VERSION_TAG_SET: "A version's tag was set",
    Event.MODEL_VERSION_TAG_DELETED: "A version's tag was deleted",
    Event.MODEL_VERSION_ALIAS_CREATED: "An alias was set",
    Event.MODEL_VERSION_ALIAS_DELETED: "An alias was deleted",
    Event.APPROVAL_REQUESTED: "An approval was asked for",
    Event.APPROVAL_DECIDED: "An approval was given or refused",
    Event.RUN_FINISHED: "A run finished",
    Event.RUN_FAILED: "A run failed or was killed",
}
