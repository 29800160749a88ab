"""The forms of the trash, of rules, and of what is stored."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from apps.common.api.serializers import Input, RowId, Shape, Text
from apps.common.ids import parse_hex_id
from apps.experiments.api.serializers import WHEN_MS
from apps.retention.models import BestIs, Damage
from apps.retention.services.rules import MAX_METRIC_LENGTH

MAX_NAMED = 1_000
RUN_ID = "0199a3f2c1d07c2e8f4b5a6d7e8f9012"
WHEN = "2025-10-02T08:00:00Z"


class SizeShape(Shape):
    """How much something takes."""

    file_count = serializers.IntegerField()
    file_bytes = serializers.IntegerField(help_text="Of all files, each counted.")
    freed_bytes = serializers.IntegerField(
        help_text="What its end would give back: the same content is stored once, and goes with the last that refers to it."
    )
    point_count = serializers.IntegerField(help_text="Points of metrics.")
    metric_bytes = serializers.IntegerField(help_text="That these are stored in; what the database adds is left out.")

    example = {
        "file_count": 12,
        "file_bytes": 48_000_000,
        "freed_bytes": 31_000_000,
        "point_count": 120_000,
        "metric_bytes": 900_000,
    }


class TrashEntryShape(Shape):
    """A deleted run, or a deleted experiment with its runs."""

    kind = serializers.ChoiceField(choices=["run", "experiment"])
    id = serializers.CharField(help_text="Of a run its 32 hex digits, of an experiment its number.")
    name = serializers.CharField()
    experiment_id = serializers.IntegerField(source="experiment_number")
    experiment_name = serializers.CharField()
    deleted_at_ms = serializers.IntegerField()
    days_left = serializers.IntegerField(allow_null=True, help_text="Until it is removed for good; null for never.")
    run_count = serializers.IntegerField(help_text="Runs of the experiment; 1 for a run.")
    active_count = serializers.IntegerField(
        help_text="Runs of the experiment that were restored by themselves: it stays while there are any."
    )
    size = SizeShape(help_text="`freed_bytes` if it alone went.")

    example = {
        "kind": "run",
        "id": RUN_ID,
        "name": "bold-heron-204",
        "experiment_id": 1,
        "experiment_name": "castings",
        "deleted_at_ms": WHEN_MS,
        "days_left": 30,
        "run_count": 1,
        "active_count": 0,
        "size": SizeShape.example,
    }


class RunIdField(serializers.CharField):
    """A run's id."""

    def to_internal_value(self, data: Any) -> Any:
        """The key."""
        key = parse_hex_id(super().to_internal_value(data))
        if key is None:
            raise serializers.ValidationError(["A run's id is 32 hex digits."])
        return key


class TrashSelection(Input):
    """Things in the trash."""

    run_ids = serializers.ListField(child=RunIdField(), required=False, max_length=MAX_NAMED)
    experiment_ids = serializers.ListField(child=RowId(), required=False, max_length=MAX_NAMED)

    example = {"run_ids": [RUN_ID], "experiment_ids": [1]}


class StartedJob(Shape):
    """Background work that was asked for."""

    job_id = serializers.CharField(source="pk.hex", help_text="32 hex digits: one of the project's jobs.")
    kind = serializers.CharField()
    state = serializers.CharField()

    example = {"job_id": "0199a3f2c1d07c2e8f4b5a6d7e8f9012", "kind": "empty_trash", "state": "queued"}


class RulesShape(Input):
    """A project's rules. A run stays as long as any rule keeps it; with none of the last three, every run stays."""

    trash_days = serializers.IntegerField(help_text="How long deleted things can be restored; 0 is for ever.")
    keep_days = serializers.IntegerField(
        allow_null=True, help_text="Runs that ended longer ago may go to the trash; null for no such rule."
    )
    keep_best_count = serializers.IntegerField(
        allow_null=True, help_text="The best so many runs of each experiment stay; null for no such rule."
    )
    keep_best_metric = Text(
        allow_blank=True, max_length=MAX_METRIC_LENGTH, help_text="By the best value that they ever had of it."
    )
    keep_best_direction = serializers.ChoiceField(choices=BestIs.values, default=BestIs.HIGHEST.value)

    example = {
        "trash_days": 30,
        "keep_days": 90,
        "keep_best_count": 20,
        "keep_best_metric": "val_accuracy",
        "keep_best_direction": "highest",
    }


class PreviewShape(Shape):
    """What rules would move to the trash now."""

    run_count = serializers.IntegerField()
    kept_count = serializers.IntegerField(help_text="Runs that would go too, were they not in use.")
    size = SizeShape(help_text="`freed_bytes` is 0: moving frees nothing yet.")

    example = {"run_count": 132, "kept_count": 2, "size": SizeShape.example | {"freed_bytes": 0}}


class KeptShape(Shape):
    """What is kept."""

    file_count = serializers.IntegerField()
    file_bytes = serializers.IntegerField(help_text="Of all files, each counted.")
    stored_bytes = serializers.IntegerField(help_text="The same content counts once: what the limit is about.")

    example = {"file_count": 4_200, "file_bytes": 9_400_000_000, "stored_bytes": 6_100_000_000}


class BigShape(Shape):
    """A run or experiment with many bytes of files."""

    id = serializers.CharField()
    name = serializers.CharField()
    file_count = serializers.IntegerField()
    file_bytes = serializers.IntegerField()
    is_deleted = serializers.BooleanField()

    example = {"id": "1", "name": "castings", "file_count": 900, "file_bytes": 4_000_000_000, "is_deleted": False}


class TrashTotalsShape(Shape):
    """All of the trash."""

    experiment_count = serializers.IntegerField()
    run_count = serializers.IntegerField(help_text="With those of the experiments.")
    size = SizeShape(help_text="`freed_bytes` by emptying it.")

    example = {"experiment_count": 1, "run_count": 14, "size": SizeShape.example}


class StorageShape(Shape):
    """What the project and its team keep, and what takes the most."""

    project = KeptShape()
    project_limit_bytes = serializers.IntegerField(help_text="0 is no limit.")
    team = KeptShape()
    team_limit_bytes = serializers.IntegerField(help_text="0 is no limit.")
    experiments = BigShape(many=True)
    runs = BigShape(many=True)
    trash = TrashTotalsShape()

    example = {
        "project": KeptShape.example,
        "project_limit_bytes": 0,
        "team": KeptShape.example,
        "team_limit_bytes": 0,
        "experiments": [BigShape.example],
        "runs": [],
        "trash": TrashTotalsShape.example,
    }


class DamagedFileShape(Shape):
    """A file that refers to damaged bytes."""

    run_id = serializers.CharField(source="run_id.hex")
    path = serializers.CharField()

    example = {"run_id": RUN_ID, "path": "model/weights.bin"}


class FindingShape(Shape):
    """Bytes that are missing or altered."""

    damage = serializers.ChoiceField(choices=Damage.values)
    sha256 = serializers.CharField(help_text="Of what was stored.")
    size_bytes = serializers.IntegerField()
    found_sha256 = serializers.CharField(help_text="Of what is there instead; empty where nothing is.")
    found_bytes = serializers.IntegerField(allow_null=True)
    found_at = serializers.DateTimeField()
    checked_at = serializers.DateTimeField()
    file_count = serializers.IntegerField()
    files = DamagedFileShape(many=True, help_text="The first ten.")

    example = {
        "damage": "altered",
        "sha256": "9f" * 32,
        "size_bytes": 4096,
        "found_sha256": "a0" * 32,
        "found_bytes": 4095,
        "found_at": WHEN,
        "checked_at": WHEN,
        "file_count": 1,
        "files": [DamagedFileShape.example],
    }


class IntegrityShape(Shape):
    """The state of the project's bytes as the last checks saw them."""

    blob_count = serializers.IntegerField(help_text="Contents that are stored; the same bytes count once.")
    checked_in_round = serializers.IntegerField(help_text="How many of them this round has passed.")
    round_ended_at = serializers.DateTimeField(allow_null=True, help_text="When all were last checked; null: not yet.")
    checked_at = serializers.DateTimeField(allow_null=True, help_text="When the last one was.")
    checked_count = serializers.IntegerField(help_text="Of all rounds together.")
    checked_bytes = serializers.IntegerField(help_text="Of all rounds together.")
    finding_count = serializers.IntegerField()
    findings = FindingShape(many=True, help_text="The newest 100.")

    example = {
        "blob_count": 3_900,
        "checked_in_round": 1_200,
        "round_ended_at": WHEN,
        "checked_at": WHEN,
        "checked_count": 8_000,
        "checked_bytes": 12_000_000_000,
        "finding_count": 1,
        "findings": [FindingShape.example],
    }
