"""What the page of curves offers to choose from: metrics to draw, params and tags to group by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from apps.runs.search.query import RunRow
from apps.runs.tables import runs_table

SYSTEM_TAG = "tags.mlflow."


@dataclass(frozen=True, slots=True)
class Option:
    """An entry of a list to choose from."""

    value: str
    label: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class CurveChoices:
    """Metrics, and by `Params` and `Tags` what runs can be grouped by."""

    metrics: list[Option]
    groups: list[tuple[str, list[Option]]]


def curve_choices(rows: Sequence[RunRow], *, metric: str, group_by: str) -> CurveChoices:
    """What some runs have, the commonest first; and what is chosen already, whether they have it or not."""
    found = {group.title: group.choices for group in runs_table(rows, chosen=(), order=None).groups}
    keys = [choice.label for choice in found.get("metrics", ())]
    if metric and metric not in keys:
        keys.insert(0, metric)
    groups = [
        (title, [Option(each.id, each.label, each.id == group_by) for each in found.get(name, ()) if _is_ours(each.id)])
        for title, name in (("Params", "params"), ("Tags", "tags"))
    ]
    offered = {option.value for _, options in groups for option in options}
    if group_by and group_by not in offered:
        groups.append(("Chosen", [Option(group_by, group_by, is_chosen=True)]))
    return CurveChoices([Option(key, key, key == metric) for key in keys], [group for group in groups if group[1]])


def _is_ours(column: str) -> bool:
    """Whether people set it: the system's tags differ for every run."""
    return not column.replace("`", "").startswith(SYSTEM_TAG)
