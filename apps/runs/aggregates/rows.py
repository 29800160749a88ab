"""Curves that a job has computed, kept as rows."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import numpy as np

from apps.projects.tenancy import bound
from apps.runs.aggregates.compute import Curves, GroupCurve
from apps.runs.aggregates.plan import Plan
from apps.runs.metrics.aggregate import Curve
from apps.runs.models import MetricAggregate
from apps.teams.access import Access
from apps.teams.permissions import Permission

MAX_ROWS = 100
"""Aggregates of one experiment that are kept; the oldest go."""

_LAYOUT = 1
_FLOATS = ("min", "max", "mean", "median")
_PLAIN = ("to_step", "group_count", "run_count", "has_more_runs", "point_count", "computed_at_ms")


def kept_curves(access: Access, plan: Plan) -> tuple[Curves, bool] | None:
    """The curves that were last computed for the plan's question, and whether they are of its very data."""
    access.require(Permission.PROJECT_READ)
    with bound(access, readonly=True):
        rows = MetricAggregate.objects.in_project(access).filter(experiment_id=plan.experiment_id, digest=plan.digest)
        row = rows.values_list("payload", "watermark").first()
    return (decode_curves(bytes(row[0])), row[1] == plan.watermark) if row else None


def keep_curves(access: Access, plan: Plan, found: Curves) -> None:
    """Keep the curves for whoever asks the same, in place of earlier ones."""
    access.require(Permission.PROJECT_READ)
    with bound(access):
        rows = MetricAggregate.objects.in_project(access).filter(experiment_id=plan.experiment_id)
        MetricAggregate.objects.in_project(access).bulk_create(
            [
                MetricAggregate(
                    project_id=access.project.id,
                    experiment_id=plan.experiment_id,
                    digest=plan.digest,
                    watermark=plan.watermark,
                    computed_at=datetime.fromtimestamp(found.computed_at_ms / 1000, UTC),
                    payload=encode_curves(found),
                )
            ],
            update_conflicts=True,
            update_fields=["watermark", "computed_at", "payload"],
            unique_fields=["project", "experiment", "digest"],
        )
        newest = list(rows.order_by("-computed_at", "-pk").values_list("pk", flat=True)[:MAX_ROWS])
        rows.exclude(pk__in=newest).delete()


def encode_curves(found: Curves) -> bytes:
    """A layout number, then msgpack with binary columns."""
    content = {
        "step": found.step.astype("<i8").tobytes(),
        "groups": [_encoded(one) for one in found.groups],
        **{name: getattr(found, name) for name in _PLAIN},
    }
    return bytes([_LAYOUT]) + msgspec.msgpack.encode(content)


def decode_curves(payload: bytes) -> Curves:
    """What `encode_curves` was given.

    Raises:
        ValueError: the layout is none of ours.
    """
    if payload[:1] != bytes([_LAYOUT]):
        raise ValueError("An aggregate of unknown layout.")
    content: dict[str, Any] = msgspec.msgpack.decode(payload[1:])
    groups = tuple(_decoded(one) for one in content.pop("groups"))
    return Curves(step=np.frombuffer(content.pop("step"), "<i8"), groups=groups, **content)


def _encoded(one: GroupCurve) -> dict[str, Any]:
    floats = {name: getattr(one.curve, name).astype("<f8").tobytes() for name in _FLOATS}
    counts = one.curve.count.astype("<i8").tobytes()
    return {"group": one.group, "run_count": one.run_count, "count": counts, **floats}


def _decoded(content: dict[str, Any]) -> GroupCurve:
    floats = {name: np.frombuffer(content[name], "<f8") for name in _FLOATS}
    curve = Curve(count=np.frombuffer(content["count"], "<i8"), **floats)
    return GroupCurve(content["group"], content["run_count"], curve)
