"""Metrics, params and tags in one request: all are stored, or nothing."""

from __future__ import annotations

import uuid

from apps.projects.tenancy import bound
from apps.runs.services import at_once, rules, statements
from apps.runs.services.metrics import store_metrics
from apps.runs.services.params import store_params
from apps.runs.services.rules import MetricColumns, Pairs
from apps.runs.services.tags import latest_tags, name_change
from apps.teams.access import Access
from apps.teams.permissions import Permission


def log_batch(access: Access, *, run_id: uuid.UUID, metrics: MetricColumns, params: Pairs, tags: Pairs) -> None:
    """Log to an active run. A batch of metrics alone is one statement.

    Args:
        access: needs RUN_LOG.
        run_id: the run.
        metrics: at most 1,000 points.
        params: at most 100, no key twice; values over 6,000 characters are cut.
        tags: at most 100, of a key that stands twice the last counts; values over 8,000 characters are cut.

    Raises:
        NotFound: the project has no such run.
        InvalidInput: an entry, a duplicate param, or too many entries.
        Conflict: the run is deleted, or `param_changed`: a param has another value already.
        StorageUnavailable: nothing was acknowledged; sending the batch again is safe.
    """
    access.require(Permission.RUN_LOG)
    rules.check_metrics(metrics, field="metrics")
    checked_params = rules.checked_params(params, field="params")
    checked_tags = latest_tags(rules.checked_tags(tags, field="tags"))
    rules.check_batch_size(len(metrics.keys), len(params), len(tags))
    rules.check_unique_params(checked_params)
    if metrics.keys and not params and not tags:
        store_metrics(access, run_id=run_id, metrics=metrics)
        return
    if params and not metrics.keys and not tags and at_once.log_params(access, run_id, checked_params):
        return
    with bound(access):
        run = statements.touch_active_run(access, run_id, name_change(checked_tags))
        store_params(access, run, checked_params, is_batch=True)
        statements.upsert_tags(run, list(checked_tags.items()))
        if metrics.keys:
            store_metrics(access, run_id=run_id, metrics=metrics)
