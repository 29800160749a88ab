"""A handful of runs with awkward values, in the database and in memory; and filters and orders that meet them."""

from __future__ import annotations

import math
import random
import uuid

from hypothesis import strategies as st

from apps.common.filters.tree import Column, Entity, Op, OrderTerm, Scalar, Stat
from apps.experiments.models import Experiment
from apps.runs.models import (
    VALUE_HEAD_LENGTH,
    Dataset,
    DatasetInput,
    MetricSummary,
    Param,
    Run,
    RunStatus,
    RunTag,
)
from apps.teams.access import Access
from tests.unit.search.naive import NaiveRun
from tests.unit.search.trees import NUMBER_OPS, TEXT_OPS, comparisons, nested

HEAD = "h" * VALUE_HEAD_LENGTH
KEYS = ("a", "loss.min", "c d")
TEXTS = ("", "x", "X", "xy", "x%", "x_", "*?[x]", "C:\\x", "é", "É", "\U0001f600", HEAD, HEAD + "1", HEAD + "2", "it's")
PATTERNS = (*TEXTS, "%", "_", "x%", "%Y", "%h_", "C:\\%", "C:\\\\%", "\\%", "x\\_", "[x]%", "h%1", "%é%", "\\")
FLOATS = (math.nan, math.inf, -math.inf, -0.0, 0.0, 1.5, -2.0, 3.0, 5e-324, 1.7e308)
NUMBERS: tuple[int | float, ...] = (*FLOATS, 3, -2, 2.5, 10**19)
TIMES = (0, 1, 2, 3, 2**53 + 1, -5)
TIME_BOUNDS: tuple[int | float, ...] = (*TIMES, 1.5, -4.5, math.inf, -math.inf, math.nan, 2**63, -(2**63) - 1, 10**19)
STATUSES = tuple(RunStatus.values)
RUN_IDS = tuple(uuid.UUID(int=0x018F << 112 | n) for n in range(40))


def make_runs(seed: int, experiment_number: int) -> list[NaiveRun]:
    """Runs with a random part of the keys above."""
    draw = random.Random(seed)

    def some(values: tuple[str, ...]) -> dict[str, str]:
        return {key: draw.choice(values) for key in KEYS if draw.random() < 0.7}

    ids = list(RUN_IDS)
    draw.shuffle(ids)
    return [
        NaiveRun(
            id=run_id,
            experiment_number=experiment_number,
            name=draw.choice(TEXTS),
            user_name=draw.choice(TEXTS),
            status=draw.choice(STATUSES),
            lifecycle="active" if draw.random() < 0.8 else "deleted",
            start_time_ms=draw.choice(TIMES),
            end_time_ms=draw.choice((None, *TIMES)),
            params=some(TEXTS),
            tags=some(TEXTS),
            metrics={key: {stat: draw.choice(FLOATS) for stat in Stat} for key in KEYS if draw.random() < 0.7},
            datasets=tuple(
                (name, draw.choice("de"), draw.choice(("", *TEXTS))) for name in TEXTS[1:4] if draw.random() < 0.3
            ),
        )
        for run_id in ids
    ]


def store_runs(access: Access, experiment: Experiment, runs: list[NaiveRun]) -> None:
    """Write the runs as ingest and fold would."""
    mine = {"project_id": access.project.id, "experiment_id": experiment.pk}
    rows = [
        Run(
            **mine,
            id=run.id,
            name=run.name,
            user_name=run.user_name,
            status=run.status,
            lifecycle=run.lifecycle,
            start_time_ms=run.start_time_ms,
            end_time_ms=run.end_time_ms,
        )
        for run in runs
    ]
    Run.objects.in_project(access).bulk_create(rows)
    Param.objects.in_project(access).bulk_create(
        Param(**mine, run_id=run.id, key=key, value=value, value_head=value[:VALUE_HEAD_LENGTH])
        for run in runs
        for key, value in run.params.items()
    )
    RunTag.objects.in_project(access).bulk_create(
        RunTag(**mine, run_id=run.id, key=key, value=value, value_head=value[:VALUE_HEAD_LENGTH])
        for run in runs
        for key, value in run.tags.items()
    )
    summaries = [
        MetricSummary(
            **mine,
            run_id=run.id,
            key=key,
            **{f"{stat}_value": None if math.isnan(value) else value for stat, value in stats.items()},
            is_last_nan=math.isnan(stats[Stat.LAST]),
            last_step=1,
            last_timestamp_ms=1,
            first_step=0,
            first_timestamp_ms=0,
            point_count=2,
        )
        for run in runs
        for key, stats in run.metrics.items()
    ]
    MetricSummary.objects.in_project(access).bulk_create(summaries)
    store_datasets(access, experiment, runs)


def store_datasets(access: Access, experiment: Experiment, runs: list[NaiveRun]) -> None:
    """Write the datasets of the runs and their uses."""
    mine = {"project_id": access.project.id, "experiment_id": experiment.pk}
    versions = sorted({(name, digest) for run in runs for name, digest, _ in run.datasets})
    stored = {
        (name, digest): Dataset.objects.in_project(access).create(
            **mine, name=name, digest=digest, source_type="local", source="s"
        )
        for name, digest in versions
    }
    DatasetInput.objects.in_project(access).bulk_create(
        DatasetInput(project_id=access.project.id, run_id=run.id, dataset=stored[name, digest], context=context)
        for run in runs
        for name, digest, context in run.datasets
    )


def columns(entity: Entity, keys: tuple[str, ...]) -> st.SearchStrategy[Column]:
    """Columns with those keys, or one that no run has."""
    stats = st.sampled_from(Stat) if entity is Entity.METRIC else st.just(Stat.LAST)
    return st.builds(Column, st.just(entity), st.sampled_from(keys), stats)


def texts(columns: st.SearchStrategy[Column], values: tuple[str, ...]) -> st.SearchStrategy[object]:
    """Comparisons of texts with values or patterns."""
    return comparisons(columns, st.sampled_from((*values, *PATTERNS)), TEXT_OPS)


def numbers(columns: st.SearchStrategy[Column], values: tuple[int | float, ...]) -> st.SearchStrategy[object]:
    """Comparisons of numbers, NaN only where it may stand."""
    any_value: st.SearchStrategy[Scalar] = st.sampled_from(values)
    return comparisons(columns, any_value, NUMBER_OPS).filter(
        lambda comparison: (
            comparison.op in (Op.EQ, Op.NE) or all(literal.value == literal.value for literal in comparison.values)
        )
    )


ANY_KEY = (*KEYS, "absent")
HEX_IDS = (*(run_id.hex for run_id in RUN_IDS[:4]), str(RUN_IDS[4]), RUN_IDS[5].hex.upper(), "x")
URIS = tuple(f"mlflow-artifacts:/{number}/{RUN_IDS[6].hex}/artifacts" for number in range(3))
TEXT_ATTRIBUTES = {"run_name": TEXTS, "user_id": TEXTS, "status": STATUSES, "run_id": HEX_IDS, "artifact_uri": URIS}
leaves = st.one_of(
    texts(columns(Entity.PARAM, ANY_KEY), TEXTS),
    texts(columns(Entity.TAG, ANY_KEY), TEXTS),
    texts(columns(Entity.DATASET, ("name", "digest", "context")), TEXTS),
    *(texts(columns(Entity.ATTRIBUTE, (name,)), values) for name, values in TEXT_ATTRIBUTES.items()),
    numbers(columns(Entity.METRIC, ANY_KEY), NUMBERS),
    numbers(columns(Entity.ATTRIBUTE, ("start_time", "end_time")), TIME_BOUNDS),
)
filters = nested(leaves, max_leaves=5)
sortable = st.one_of(
    *(columns(entity, ANY_KEY) for entity in (Entity.METRIC, Entity.PARAM, Entity.TAG)),
    columns(Entity.ATTRIBUTE, (*TEXT_ATTRIBUTES, "start_time", "end_time")),
)
orders = st.lists(st.builds(OrderTerm, sortable, st.booleans()), max_size=3, unique_by=lambda term: term.column)
