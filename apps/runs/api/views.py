"""Runs: search and creation in a project, and everything else by id."""

from __future__ import annotations

import uuid

from rest_framework.request import Request
from rest_framework.response import Response

from apps.common.api.schema import operation
from apps.common.api.serializers import body, page_of, query
from apps.common.api.views import ApiView
from apps.common.clock import now_ms
from apps.experiments.api.serializers import VIEWS
from apps.projects.api.doors import project_route
from apps.runs import queries, services
from apps.runs.api.doors import run_route
from apps.runs.api.serializers import (
    NewRun,
    RunBatch,
    RunChange,
    RunDetailShape,
    RunSearch,
    RunShape,
    row_json,
    run_json,
)
from apps.runs.models import RunStatus
from apps.runs.search.query import search_runs
from apps.teams.access import Access
from apps.teams.permissions import Permission

ENDED = frozenset({RunStatus.FINISHED, RunStatus.FAILED, RunStatus.KILLED})


class RunList(ApiView):
    """The runs of a project."""

    tag = "runs"

    # The search opens its own transactions: it may have to fold points before it can read.
    @project_route(Permission.PROJECT_READ, binds=False)
    @operation("searchRuns", response=page_of(RunShape), query=RunSearch)
    def get(self, request: Request, access: Access) -> Response:
        """Search runs by what was logged to them; the newest first unless ordered otherwise.

        A filter compares metrics, params, tags, attributes and datasets, as in
        `metrics.loss.min < 0.1 AND params.lr IN ('0.1', '0.01') OR NOT tags.stage LIKE 'pilot%'`.
        """
        wanted = query(RunSearch, request)
        found = search_runs(
            access,
            experiment_numbers=wanted.get("experiment_id"),
            filter=wanted.get("filter"),
            order_by=wanted.get("order_by", ()),
            max_results=wanted["page_size"],
            page_token=wanted.get("page_token"),
            view_type=VIEWS[wanted["lifecycle"]],
        )
        items = [row_json(access, row) for row in found.rows]
        return Response({"items": items, "next_page_token": found.next_page_token})

    @project_route(Permission.RUN_LOG)
    @operation("createRun", request=NewRun, response=RunDetailShape, status=201, refusals=(409,))
    def post(self, request: Request, access: Access) -> Response:
        """Start a run in an active experiment, with its first params and tags."""
        new = body(NewRun, request)
        run, _ = services.create_run(
            access,
            experiment_number=new["experiment_id"],
            name=new.get("name", ""),
            user_name=new.get("user_name", access.actor.label),
            start_time_ms=new.get("start_time_ms", now_ms()),
            tags=list(new.get("tags", {}).items()),
        )
        if params := new.get("params"):
            services.log_params(access, run_id=run.id, params=list(params.items()))
        return Response(_run(access, run.id), status=201)


class RunDetail(ApiView):
    """One run."""

    tag = "runs"

    @run_route(Permission.PROJECT_READ, readonly=True)
    @operation("getRun", response=RunDetailShape)
    def get(self, _request: Request, access: Access, run_id: uuid.UUID) -> Response:
        """Get a run, active or deleted."""
        return Response(_run(access, run_id))

    @run_route(Permission.RUN_LOG)
    @operation("updateRun", request=RunChange, response=RunDetailShape, refusals=(409,))
    def patch(self, request: Request, access: Access, run_id: uuid.UUID) -> Response:
        """Change an active run's name, status or end; what is not sent stays."""
        change = body(RunChange, request)
        status = RunStatus(change["status"]) if "status" in change else None
        end_time_ms = change.get("end_time_ms", now_ms() if status in ENDED else None)
        services.update_run(access, run_id=run_id, status=status, end_time_ms=end_time_ms, name=change.get("name", ""))
        return Response(_run(access, run_id))

    @run_route(Permission.RUN_DELETE)
    @operation("deleteRun", status=204)
    def delete(self, _request: Request, access: Access, run_id: uuid.UUID) -> Response:
        """Delete a run; it can be restored."""
        services.delete_run(access, run_id=run_id)
        return Response(status=204)


class RunRestoration(ApiView):
    """The way back of a deleted run."""

    tag = "runs"

    @run_route(Permission.RUN_DELETE)
    @operation("restoreRun", response=RunDetailShape)
    def post(self, _request: Request, access: Access, run_id: uuid.UUID) -> Response:
        """Make a deleted run active again."""
        services.restore_run(access, run_id=run_id)
        return Response(_run(access, run_id))


class RunLog(ApiView):
    """Params and tags of a run."""

    tag = "runs"

    @run_route(Permission.RUN_LOG)
    @operation("logBatch", request=RunBatch, response=RunDetailShape, refusals=(409,))
    def post(self, request: Request, access: Access, run_id: uuid.UUID) -> Response:
        """Log params and set tags of an active run, all or nothing.

        A param is written once: the same value again is fine, another is refused. A tag's value is replaced.
        """
        batch = body(RunBatch, request)
        if batch["params"]:
            services.log_params(access, run_id=run_id, params=list(batch["params"].items()))
        if batch["tags"]:
            services.set_tags(access, run_id=run_id, tags=list(batch["tags"].items()))
        return Response(_run(access, run_id))


class RunTagDetail(ApiView):
    """One tag of a run."""

    tag = "runs"

    @run_route(Permission.RUN_LOG)
    @operation("deleteRunTag", status=204, refusals=(409,))
    def delete(self, _request: Request, access: Access, run_id: uuid.UUID, key: str) -> Response:
        """Remove a tag of an active run. The key may contain slashes."""
        services.delete_tag(access, run_id=run_id, key=key)
        return Response(status=204)


def _run(access: Access, run_id: uuid.UUID) -> dict[str, object]:
    return run_json(access, queries.get_run(access, run_id))
