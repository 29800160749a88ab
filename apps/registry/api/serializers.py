"""The forms of registered models, their versions, and what was done to them."""

from __future__ import annotations

from rest_framework import serializers

from apps.artifacts.addresses import root_uri
from apps.artifacts.models import OwnerKind
from apps.artifacts.owners import Owner
from apps.common.api.serializers import Input, PageQuery, Shape, Text, TextMap
from apps.common.ids import model_id
from apps.registry.models import ModelVersion, Stage, VersionStatus
from apps.registry.names import MAX_DESCRIPTION_LENGTH, MAX_NAME_LENGTH, MAX_TAG_VALUE_LENGTH
from apps.registry.queries import MAX_NUMBER, ModelDetails, VersionDetails

WHEN_MS = 1_795_448_700_000
MAX_SOURCE_LENGTH = 500
_MS = "Milliseconds since the epoch."
_RUN_ID = "019ab1c2d3e47f5a8b6c7d8e9f0a1b2c"
_VERSION_ID = "019ab1c2d3e47f5a8b6c7d8e9f0a1b2e"
_SOURCE_HELP = (
    "runs:/<run id>/<path>, models:/<model id>, models:/<name>/<version> or models:/<name>@<alias>, of this project."
)


class RegistrySearch(PageQuery):
    """What to search, and how to order it."""

    filter = Text(required=False, max_length=10_000, help_text="In the filter language.")
    order_by = serializers.ListField(
        child=Text(max_length=1_000),
        required=False,
        max_length=20,
        help_text="Columns, each with ASC or DESC; repeat it.",
    )


class ModelSearch(RegistrySearch):
    """The same for models, which can be found by a part of their name."""

    name_contains = Text(required=False, max_length=MAX_NAME_LENGTH, help_text="A part of the name, in any case.")


class ModelShape(Shape):
    """A registered model: a name with numbered versions."""

    name = serializers.CharField(source="model.name")
    description = serializers.CharField(source="model.description", allow_blank=True, help_text="Markdown.")
    tags = serializers.SerializerMethodField()
    aliases = serializers.SerializerMethodField(help_text="The number of the version that each points at.")
    latest_versions = serializers.SerializerMethodField(help_text="The greatest number in each stage that has any.")
    newest_version = serializers.IntegerField(source="newest", allow_null=True)
    created_at_ms = serializers.IntegerField(source="model.created_at_ms", help_text=_MS)
    updated_at_ms = serializers.IntegerField(source="model.updated_at_ms", help_text=_MS)

    example = {
        "name": "taxi-duration",
        "description": "Minutes from the pick-up to the drop-off.",
        "tags": {"task": "regression"},
        "aliases": {"champion": 2},
        "latest_versions": {"Production": 2, "None": 3},
        "newest_version": 3,
        "created_at_ms": WHEN_MS,
        "updated_at_ms": WHEN_MS,
    }

    def get_tags(self, details: ModelDetails) -> dict[str, str]:
        """By key."""
        return dict(details.tags)

    def get_aliases(self, details: ModelDetails) -> dict[str, int]:
        """By name."""
        return dict(details.aliases)

    def get_latest_versions(self, details: ModelDetails) -> dict[str, int]:
        """By stage."""
        return {each.version.stage: each.version.number for each in details.latest}


class VersionShape(Shape):
    """A version of a registered model. Its files are what they were when it was registered."""

    name = serializers.CharField(source="version.model.name")
    version = serializers.IntegerField(source="version.number")
    stage = serializers.ChoiceField(choices=Stage.values, source="version.stage")
    status = serializers.ChoiceField(choices=VersionStatus.values, source="version.status")
    status_message = serializers.CharField(source="version.status_message", allow_blank=True)
    description = serializers.CharField(source="version.description", allow_blank=True, help_text="Markdown.")
    source = serializers.CharField(  # type: ignore[assignment]  # fields leave the class when it is made
        source="version.source", allow_blank=True, help_text="What it was registered from, as the client said."
    )
    run_id = serializers.SerializerMethodField(help_text="The run that it came from, which may be gone.")
    model_id = serializers.SerializerMethodField(help_text="The logged model that it came from, which may be gone.")
    run_link = serializers.CharField(source="version.run_link", allow_blank=True)
    user_name = serializers.CharField(source="version.user_name", allow_blank=True, help_text="Who registered it.")
    artifact_uri = serializers.SerializerMethodField(help_text="Where MLflow's clients download its files from.")
    tags = serializers.SerializerMethodField()
    aliases = serializers.ListField(child=serializers.CharField())
    created_at_ms = serializers.IntegerField(source="version.created_at_ms", help_text=_MS)
    updated_at_ms = serializers.IntegerField(source="version.updated_at_ms", help_text=_MS)

    example = {
        "name": "taxi-duration",
        "version": 3,
        "stage": "None",
        "status": "READY",
        "status_message": "",
        "description": "With the holidays of 2026.",
        "source": f"models:/m-{_RUN_ID}",
        "run_id": _RUN_ID,
        "model_id": f"m-{_RUN_ID}",
        "run_link": "",
        "user_name": "ada@example.com",
        "artifact_uri": f"mlflow-artifacts:/versions/{_VERSION_ID}/artifacts",
        "tags": {"trained-on": "2026-10"},
        "aliases": ["challenger"],
        "created_at_ms": WHEN_MS,
        "updated_at_ms": WHEN_MS,
    }

    def get_run_id(self, details: VersionDetails) -> str | None:
        """As clients see it."""
        return None if details.version.run_id is None else details.version.run_id.hex

    def get_model_id(self, details: VersionDetails) -> str | None:
        """As clients see it."""
        return None if details.version.logged_model_id is None else model_id(details.version.logged_model_id)

    def get_artifact_uri(self, details: VersionDetails) -> str:
        """As clients see it."""
        return root_uri(_owner(details.version))

    def get_tags(self, details: VersionDetails) -> dict[str, str]:
        """By key."""
        return dict(details.tags)


class NewModel(Input):
    """A registered model to be."""

    name = Text(max_length=MAX_NAME_LENGTH, help_text="Unique in the project; without slashes and colons.")
    description = Text(default="", allow_blank=True, max_length=MAX_DESCRIPTION_LENGTH, help_text="Markdown.")
    tags = TextMap(value_length=MAX_TAG_VALUE_LENGTH, required=False)

    example = {"name": "taxi-duration", "tags": {"task": "regression"}}


class ModelChange(Input):
    """What is to change of a registered model."""

    name = Text(required=False, max_length=MAX_NAME_LENGTH, help_text="A new name.")
    description = Text(required=False, allow_blank=True, max_length=MAX_DESCRIPTION_LENGTH, help_text="Markdown.")

    example = {"description": "Minutes from the pick-up to the drop-off."}


class Tags(Input):
    """Tags to set; others stay."""

    tags = TextMap(value_length=MAX_TAG_VALUE_LENGTH)

    example = {"tags": {"task": "regression"}}


class NewVersion(Input):
    """A version to be: the files of a source, as they are now."""

    source = Text(  # type: ignore[assignment]  # as above
        max_length=MAX_SOURCE_LENGTH, help_text=_SOURCE_HELP
    )
    run_id = Text(default="", allow_blank=True, max_length=32, help_text="The source's, to be compared with it.")
    model_id = Text(default="", allow_blank=True, max_length=34, help_text="Likewise.")
    run_link = Text(default="", allow_blank=True, max_length=500, help_text="A text that is kept.")
    description = Text(default="", allow_blank=True, max_length=MAX_DESCRIPTION_LENGTH, help_text="Markdown.")
    tags = TextMap(value_length=MAX_TAG_VALUE_LENGTH, required=False)

    example = {"source": f"models:/m-{_RUN_ID}", "description": "With the holidays of 2026."}


class VersionChange(Input):
    """A version's new description."""

    description = Text(allow_blank=True, max_length=MAX_DESCRIPTION_LENGTH, help_text="Markdown.")

    example = {"description": "With the holidays of 2026."}


class StageChange(Input):
    """Where a version moves."""

    stage = serializers.ChoiceField(choices=Stage.values)
    archive_existing = serializers.BooleanField(
        default=False, help_text="Archive what is there now; of Staging and Production."
    )

    example = {"stage": "Production", "archive_existing": True}


class AliasTarget(Input):
    """The version that an alias is to point at."""

    version = serializers.IntegerField(min_value=1, max_value=MAX_NUMBER)

    example = {"version": 3}


class ActivityShape(Shape):
    """Something that was done to a registered model or a version of it."""

    action = serializers.CharField()
    version = serializers.IntegerField(
        source="version_number", allow_null=True, help_text="Null for what was done to the model as a whole."
    )
    actor = serializers.CharField(source="actor_label")
    before = serializers.JSONField(allow_null=True, help_text="What was, by field.")
    after = serializers.JSONField(allow_null=True, help_text="What is since then, by field.")
    at_ms = serializers.IntegerField(help_text=_MS)

    example = {
        "action": "model_version.stage",
        "version": 3,
        "actor": "ada@example.com",
        "before": {"stage": "Staging"},
        "after": {"stage": "Production"},
        "at_ms": WHEN_MS,
    }


def _owner(version: ModelVersion) -> Owner:
    return Owner(OwnerKind.VERSION, version.pk, None, None)
