"""Writes of runs: life cycle, params, tags, dataset inputs, and batches of them with metrics."""

from __future__ import annotations

from apps.runs.services.batch import log_batch
from apps.runs.services.experiments import delete_experiment, restore_experiment
from apps.runs.services.inputs import DatasetUse, log_inputs
from apps.runs.services.lifecycle import create_run, delete_run, delete_runs, restore_run, update_run
from apps.runs.services.metrics import log_metric
from apps.runs.services.params import log_params
from apps.runs.services.record import record_model
from apps.runs.services.rules import MetricColumns
from apps.runs.services.tags import delete_tag, set_tags

__all__ = [
    "DatasetUse",
    "MetricColumns",
    "create_run",
    "delete_experiment",
    "delete_run",
    "delete_runs",
    "delete_tag",
    "log_batch",
    "log_inputs",
    "log_metric",
    "log_params",
    "record_model",
    "restore_experiment",
    "restore_run",
    "set_tags",
    "update_run",
]
