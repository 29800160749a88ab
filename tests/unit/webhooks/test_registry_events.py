"""What webhooks are told of the registry, whichever way it is changed."""

from __future__ import annotations

from typing import Any

import pytest

from apps.projects.tenancy import bound
from apps.webhooks.events import Event
from apps.webhooks.models import WebhookDelivery
from apps.webhooks.payloads import EXAMPLES
from apps.webhooks.services import create_webhook
from tests.api.mlflow.caller import Caller
from tests.api.mlflow.registry import Registry, registry_of
from tests.factories.cast import Cast

URL = "https://93.184.215.14/hook"
OF_THE_REGISTRY = [
    event for event in Event if event.entity.startswith(("registered_model", "model_version"))
]  # fmt: skip


@pytest.fixture
def registry(cast: Cast) -> Registry:
    """The owner's, with a webhook that is told of everything."""
    create_webhook(cast.owner.access(), name="hook", url=URL, events=list(Event))
    return registry_of(Caller(cast.owner.headers))


def told(cast: Cast) -> list[tuple[str, dict[str, Any]]]:
    access = cast.owner.access()
    with bound(access, readonly=True):
        rows = WebhookDelivery.objects.in_project(access).filter(event__in=OF_THE_REGISTRY).order_by("pk")
        return [(row.event, row.payload) for row in rows]


def test_every_change_is_told_once_in_mlflows_form(cast: Cast, registry: Registry) -> None:
    registry.new_model("taxi", description="About taxis", tags=[{"key": "a", "value": "b"}])
    registry.new_version("taxi", tags=[{"key": "c", "value": "d"}])
    registry.new_version("taxi")
    registry.post("registered-models/set-tag", name="taxi", key="k", value="v")
    registry.delete("registered-models/delete-tag", name="taxi", key="k")
    registry.post("model-versions/set-tag", name="taxi", version="1", key="k", value="v")
    registry.delete("model-versions/delete-tag", name="taxi", version="1", key="k")
    registry.post("registered-models/alias", name="taxi", alias="best", version="1")
    registry.delete("registered-models/alias", name="taxi", alias="best")
    registry.post("model-versions/transition-stage", name="taxi", version="1", stage="production")
    registry.post(
        "model-versions/transition-stage", name="taxi", version="2", stage="Production", archive_existing_versions=True
    )
    version = {"name": "taxi", "version": "1"}
    source = f"runs:/{registry.run_id}/model"
    moved = {"changed_by": "owner@acme.test"}
    assert told(cast) == [
        ("registered_model.created", {"name": "taxi", "tags": {"a": "b"}, "description": "About taxis"}),
        (
            "model_version.created",
            {**version, "source": source, "run_id": registry.run_id, "tags": {"c": "d"}, "description": None},
        ),
        (
            "model_version.created",
            {
                "name": "taxi",
                "version": "2",
                "source": source,
                "run_id": registry.run_id,
                "tags": {},
                "description": None,
            },
        ),
        ("registered_model_tag.set", {"name": "taxi", "key": "k", "value": "v"}),
        ("registered_model_tag.deleted", {"name": "taxi", "key": "k"}),
        ("model_version_tag.set", {**version, "key": "k", "value": "v"}),
        ("model_version_tag.deleted", {**version, "key": "k"}),
        ("model_version_alias.created", {**version, "alias": "best"}),
        ("model_version_alias.deleted", {"name": "taxi", "alias": "best"}),
        ("model_version.stage_changed", {**version, "from_stage": "None", "to_stage": "Production", **moved}),
        ("model_version.stage_changed", {**version, "from_stage": "Production", "to_stage": "Archived", **moved}),
        (
            "model_version.stage_changed",
            {"name": "taxi", "version": "2", "from_stage": "None", "to_stage": "Production", **moved},
        ),
    ]


def test_what_is_told_has_the_fields_of_the_documented_examples(cast: Cast, registry: Registry) -> None:
    test_every_change_is_told_once_in_mlflows_form(cast, registry)
    seen = dict(told(cast))
    assert seen.keys() == set(OF_THE_REGISTRY)
    for event, payload in seen.items():
        assert payload.keys() == EXAMPLES[Event(event)].keys(), event


def test_what_was_refused_or_already_so_is_not_told(cast: Cast, registry: Registry) -> None:
    registry.new_model("taxi")
    before = told(cast)
    registry.create_version("taxi", source="runs:/nothing/model")
    registry.post("registered-models/create", name="taxi")
    registry.delete("registered-models/delete-tag", name="taxi", key="absent")
    registry.delete("registered-models/alias", name="taxi", alias="absent")
    assert told(cast) == before
