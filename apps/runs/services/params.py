"""Params: written once, never changed."""

from __future__ import annotations

import uuid

from apps.common.errors import Conflict
from apps.projects.tenancy import bound
from apps.runs.models import Param, Run
from apps.runs.services import at_once, rules, statements
from apps.runs.services.rules import Pairs
from apps.teams.access import Access
from apps.teams.permissions import Permission


def log_params(access: Access, *, run_id: uuid.UUID, params: Pairs) -> None:
    """Log params of an active run. Logging the same value again is fine.

    Args:
        access: needs RUN_LOG.
        run_id: the run.
        params: keys and values; values over 6,000 characters are cut.

    Raises:
        NotFound: the project has no such run.
        InvalidInput: a key.
        Conflict: the run is deleted, or `param_changed`: one of the params has another value already.
    """
    access.require(Permission.RUN_LOG)
    checked = rules.checked_params(params, field="params" if len(params) > 1 else "")
    rules.check_unique_params(checked)
    if params and at_once.log_params(access, run_id, checked):
        return
    with bound(access):
        run = statements.touch_active_run(access, run_id)
        store_params(access, run, checked, is_batch=len(params) > 1)


def store_params(access: Access, run: Run, params: Pairs, *, is_batch: bool) -> None:
    """Store checked params of a run that the transaction has locked.

    Raises:
        Conflict: `param_changed`; nothing of the transaction may be kept then.
    """
    if statements.insert_params(run, params) == len(params):
        return
    given = dict(params)
    stored = Param.objects.in_project(access).filter(run=run.id, key__in=given).values_list("key", "value")
    before = {key: value for key, value in stored if given[key] != value}
    changed = [{"key": key, "old_value": before[key], "new_value": value} for key, value in params if key in before]
    if changed:
        raise _param_changed(run, changed, is_batch=is_batch)


def _param_changed(run: Run, changed: list[dict[str, str]], *, is_batch: bool) -> Conflict:
    if is_batch:
        what = f"Params were already logged='{changed}' for run ID='{run.id.hex}'."
    else:
        first = changed[0]
        what = (
            f"Param with key='{first['key']}' was already logged with value='{first['old_value']}' for run"
            f" ID='{run.id.hex}'. Attempted logging new value '{first['new_value']}'."
        )
    message = f"Changing param values is not allowed. {what}"
    return Conflict("param_changed", message, field=changed[0]["key"])
