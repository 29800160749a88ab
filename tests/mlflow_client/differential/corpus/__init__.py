"""Every case, by topic."""

from tests.mlflow_client.differential.case import Case
from tests.mlflow_client.differential.corpus import (
    datasets,
    experiments,
    filters,
    history,
    log_batch,
    logged_models,
    metrics,
    params_and_tags,
    registry,
    runs,
    search,
    wire_rules,
)

CASES: tuple[Case, ...] = (
    *wire_rules.CASES,
    *experiments.CASES,
    *runs.CASES,
    *metrics.CASES,
    *params_and_tags.CASES,
    *log_batch.CASES,
    *history.CASES,
    *search.CASES,
    *filters.CASES,
    *datasets.CASES,
    *logged_models.CASES,
    *registry.CASES,
)
