"""Everything that the page of one run shows, but the points of its charts."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from apps.common.clock import now_ms
from apps.common.ids import parse_hex_id
from apps.projects.tenancy import bound
from apps.runs.metrics.fold import Metric
from apps.runs.metrics.reads import latest_metrics
from apps.runs.models import DatasetInput, Run, RunStatus
from apps.runs.queries import get_run
from apps.runs.search.query import RunRow, search_runs
from apps.teams.access import Access

SYSTEM_TAG = "mlflow."
PARENT_TAG = "mlflow.parentRunId"
NOTE_TAG = "mlflow.note.content"
SYSTEM_PREFIX = "system/"
LEAST_GROUP = 4
LIVE = frozenset({RunStatus.RUNNING, RunStatus.SCHEDULED})
MOST_CHILDREN = 50


@dataclass(frozen=True, slots=True)
class Source:
    """Where a run's code came from, as its client said; empty where it said nothing."""

    name: str
    kind: str
    git_commit: str
    git_branch: str
    git_repo: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A metric to draw, under the part of its key that its group's title does not say."""

    label: str
    metric: Metric


@dataclass(frozen=True, slots=True)
class ChartGroup:
    """Metrics whose keys begin alike, such as `per_class/cat` and `per_class/dog`."""

    title: str
    is_open: bool
    charts: list[Chart]


@dataclass(frozen=True, slots=True)
class RunPageDetails:
    """A run as its page shows it. `duration_ms` grows while the run is live."""

    run: Run
    id: str
    is_live: bool
    duration_ms: int
    note: str
    parent_id: str
    source: Source
    params: list[tuple[str, str]]
    tags: list[tuple[str, str]]
    system_tags: list[tuple[str, str]]
    metrics: list[Metric]
    chart_groups: list[ChartGroup]
    inputs: tuple[DatasetInput, ...]
    children: list[RunRow]
    has_more_children: bool


def run_details(access: Access, run_id: uuid.UUID) -> RunPageDetails:
    """What is known of a run, active or deleted.

    Raises:
        NotFound: the project has no such run.
    """
    with bound(access, readonly=True):
        details = get_run(access, run_id)
        metrics = latest_metrics(access, [run_id]).get(run_id, [])
        children = _children(access, run_id)
    run = details.run
    data = json.loads(details.data)
    tags = {tag["key"]: tag["value"] for tag in data.get("tags", ())}
    is_live = run.status in LIVE
    end_time_ms = run.end_time_ms if run.end_time_ms is not None else now_ms()
    return RunPageDetails(
        run=run,
        id=run_id.hex,
        is_live=is_live,
        duration_ms=max(0, end_time_ms - run.start_time_ms),
        note=tags.get(NOTE_TAG, ""),
        parent_id=_run_id(tags.get(PARENT_TAG, "")),
        source=_source(tags),
        params=[(param["key"], param["value"]) for param in data.get("params", ())],
        tags=[(key, value) for key, value in tags.items() if not key.startswith(SYSTEM_TAG)],
        system_tags=[(key, value) for key, value in tags.items() if key.startswith(SYSTEM_TAG)],
        metrics=metrics,
        chart_groups=chart_groups(metric for metric in metrics if metric.point_count > 1),
        inputs=details.inputs,
        children=children[:MOST_CHILDREN],
        has_more_children=len(children) > MOST_CHILDREN,
    )


def chart_groups(metrics: Iterable[Metric]) -> list[ChartGroup]:
    """Metrics by what stands before the first slash of their key; what has few neighbours is in one group, the first."""
    by_prefix: dict[str, list[Metric]] = {}
    for metric in metrics:
        prefix, slash, _ = metric.key.partition("/")
        by_prefix.setdefault(prefix + slash if slash else "", []).append(metric)
    own = {prefix: found for prefix, found in by_prefix.items() if prefix and _is_group(prefix, found)}
    others = sorted(metric for prefix, found in by_prefix.items() if prefix not in own for metric in found)
    first = [ChartGroup("Charts", is_open=True, charts=[Chart(metric.key, metric) for metric in others])]
    return (first if others else []) + [
        ChartGroup(
            prefix.removesuffix("/"),
            is_open=prefix != SYSTEM_PREFIX,
            charts=[Chart(metric.key.removeprefix(prefix), metric) for metric in found],
        )
        for prefix, found in sorted(own.items(), key=lambda item: (item[0] == SYSTEM_PREFIX, item[0]))
    ]


def _is_group(prefix: str, metrics: list[Metric]) -> bool:
    return prefix == SYSTEM_PREFIX or len(metrics) >= LEAST_GROUP


def _children(access: Access, run_id: uuid.UUID) -> list[RunRow]:
    nested = f"tags.`{PARENT_TAG}` = '{run_id.hex}'"
    return search_runs(access, experiment_numbers=None, filter=nested, max_results=MOST_CHILDREN + 1).rows


def _run_id(text: str) -> str:
    """`text` if it can be the id of a run, as anybody may write anything into a tag."""
    return text if parse_hex_id(text) else ""


def _source(tags: dict[str, str]) -> Source:
    return Source(
        name=tags.get("mlflow.source.name", ""),
        kind=tags.get("mlflow.source.type", ""),
        git_commit=tags.get("mlflow.source.git.commit", ""),
        git_branch=tags.get("mlflow.source.git.branch", ""),
        git_repo=tags.get("mlflow.source.git.repoURL", ""),
    )
