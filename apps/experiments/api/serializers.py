"""The forms of experiments and their tags."""

from __future__ import annotations

from rest_framework import serializers

from apps.common.api.serializers import Input, PageQuery, Shape, Text, TextMap
from apps.experiments.keys import MAX_EXPERIMENT_NAME_LENGTH, MAX_EXPERIMENT_TAG_VALUE_LENGTH
from apps.experiments.queries import ExperimentDetails
from apps.experiments.search import ViewType

WHEN_MS = 1_795_448_700_000
VIEWS = {"active": ViewType.ACTIVE_ONLY, "deleted": ViewType.DELETED_ONLY, "all": ViewType.ALL}


class SearchQuery(PageQuery):
    """What to search, and how to order it."""

    filter = Text(required=False, max_length=10_000, help_text="In the filter language.")
    order_by = serializers.ListField(
        child=Text(max_length=1_000),
        required=False,
        max_length=20,
        help_text="Columns, each with ASC or DESC; repeat it.",
    )
    lifecycle = serializers.ChoiceField(choices=list(VIEWS), default="active")


class ExperimentShape(Shape):
    """An experiment. Its id is a number that counts in its project."""

    experiment_id = serializers.IntegerField(source="experiment.number")
    name = serializers.CharField(source="experiment.name")
    lifecycle = serializers.ChoiceField(choices=["active", "deleted"], source="experiment.lifecycle")
    created_at_ms = serializers.IntegerField(source="experiment.created_at_ms")
    updated_at_ms = serializers.IntegerField(source="experiment.updated_at_ms")
    tags = serializers.SerializerMethodField()

    example = {
        "experiment_id": 1,
        "name": "castings",
        "lifecycle": "active",
        "created_at_ms": WHEN_MS,
        "updated_at_ms": WHEN_MS,
        "tags": {"line": "north"},
    }

    def get_tags(self, details: ExperimentDetails) -> dict[str, str]:
        """By key."""
        return dict(details.tags)


class NewExperiment(Input):
    """An experiment to be."""

    name = Text(max_length=MAX_EXPERIMENT_NAME_LENGTH)
    tags = TextMap(value_length=MAX_EXPERIMENT_TAG_VALUE_LENGTH, required=False)

    example = {"name": "castings", "tags": {"line": "north"}}


class ExperimentChange(Input):
    """An experiment's new name."""

    name = Text(max_length=MAX_EXPERIMENT_NAME_LENGTH)

    example = {"name": "castings, second line"}


class ExperimentTags(Input):
    """Tags to set; others stay."""

    tags = TextMap(value_length=MAX_EXPERIMENT_TAG_VALUE_LENGTH)

    example = {"tags": {"line": "north"}}
