"""What the page of curves offers to choose from: metrics to draw, params and tags to group by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from apps.runs.metrics.reads import latest_metrics
from apps.runs.search.query import RunRow
from apps.runs.tables import runs_table
from apps.teams.access import Access

SYSTEM_TAG = "tags.mlflow."
# Runs whose metrics are looked at for one that a curve can be drawn of.
LOOKED_AT_RUNS = 10


@dataclass(frozen=True, slots=True)
class Option:
    """An entry of a list to choose from."""

    value: str
    label: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class CurveChoices:
    """Metrics and the one to draw (empty if there is none), and by `Params` and `Tags` what runs can be grouped by."""

    metric: str
    metrics: list[Option]
    groups: list[tuple[str, list[Option]]]


def curve_choices(access: Access, rows: Sequence[RunRow], *, metric: str, group_by: str) -> CurveChoices:
    """What some runs have, the commonest first; and what is chosen already, whether they have it or not.

    With no metric chosen it is the commonest that has points at several steps, else the commonest.
    """
    found = {group.title: group.choices for group in runs_table(rows, chosen=(), order=None).groups}
    keys = [choice.label for choice in found.get("metrics", ())]
    metric = metric or _first_metric(access, rows, keys)
    if metric and metric not in keys:
        keys.insert(0, metric)
    groups = [
        (title, [Option(each.id, each.label, each.id == group_by) for each in found.get(name, ()) if _is_ours(each.id)])
        for title, name in (("Params", "params"), ("Tags", "tags"))
    ]
    offered = {option.value for _, options in groups for option in options}
    if group_by and group_by not in offered:
        groups.append(("Chosen", [Option(group_by, group_by, is_chosen=True)]))
    metrics = [Option(key, key, key == metric) for key in keys]
    return CurveChoices(metric, metrics, [group for group in groups if group[1]])


def _first_metric(access: Access, rows: Sequence[RunRow], keys: Sequence[str]) -> str:
    if len(keys) < 2:
        return keys[0] if keys else ""
    latest = latest_metrics(access, [row.id for row in rows[:LOOKED_AT_RUNS]])
    curved = {metric.key for metrics in latest.values() for metric in metrics if metric.step != metric.first_step}
    return next((key for key in keys if key in curved), keys[0])


def _is_ours(column: str) -> bool:
    """Whether people set it: the system's tags differ for every run."""
    return not column.replace("`", "").startswith(SYSTEM_TAG)
