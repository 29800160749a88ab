"""The trash, rules, storage and integrity of a project."""

from __future__ import annotations

from dataclasses import asdict

from rest_framework.request import Request
from rest_framework.response import Response

from apps.common.api.schema import operation
from apps.common.api.serializers import PageQuery, body, page_of, query
from apps.common.api.views import ApiView
from apps.projects.api.doors import project_route
from apps.retention.api.serializers import (
    IntegrityShape,
    PreviewShape,
    RulesShape,
    StartedJob,
    StorageShape,
    TrashEntryShape,
    TrashSelection,
)
from apps.retention.queries.integrity import integrity
from apps.retention.queries.rules import Rules, preview_rules, project_rules
from apps.retention.queries.storage import storage_overview
from apps.retention.queries.trash import trash_page
from apps.retention.services.rules import check_rules, save_rules
from apps.retention.services.trash import request_emptying, restore
from apps.teams.access import Access
from apps.teams.permissions import Permission


class TrashList(ApiView):
    """What lies in the trash."""

    tag = "retention"

    @project_route(Permission.PROJECT_READ, readonly=True)
    @operation("listTrash", response=page_of(TrashEntryShape), query=PageQuery)
    def get(self, request: Request, access: Access) -> Response:
        """List deleted runs and experiments, the last deleted first.

        Runs of a deleted experiment lie in the trash with it, and are not listed by themselves.
        """
        wanted = query(PageQuery, request)
        page = trash_page(access, page_size=wanted["page_size"], page_token=wanted.get("page_token"))
        items = [TrashEntryShape(entry).data for entry in page.entries]
        return Response({"items": items, "next_page_token": page.next_page_token})


class TrashRestore(ApiView):
    """Out of the trash."""

    tag = "retention"

    @project_route(Permission.RUN_DELETE)
    @operation("restoreTrash", request=TrashSelection, status=204)
    def post(self, request: Request, access: Access) -> Response:
        """Restore runs, and experiments with all their runs: all that are named, or nothing."""
        chosen = body(TrashSelection, request)
        restore(access, run_ids=chosen.get("run_ids", ()), experiment_numbers=chosen.get("experiment_ids", ()))
        return Response(status=204)


class TrashEmpty(ApiView):
    """The end of what lies in the trash."""

    tag = "retention"

    @project_route(Permission.PROJECT_MANAGE)
    @operation("emptyTrash", request=TrashSelection, response=StartedJob, status=202)
    def post(self, request: Request, access: Access) -> Response:
        """Remove for good what is named, or everything that lies in the trash now.

        It is done in the background: the answer is the job that does it.
        """
        chosen = body(TrashSelection, request)
        job = request_emptying(
            access, run_ids=chosen.get("run_ids", ()), experiment_numbers=chosen.get("experiment_ids", ())
        )
        return Response(StartedJob(job).data, status=202)


class RulesDetail(ApiView):
    """The rules of a project."""

    tag = "retention"

    @project_route(Permission.PROJECT_READ, readonly=True)
    @operation("getRetention", response=RulesShape)
    def get(self, _request: Request, access: Access) -> Response:
        """Get a project's rules."""
        return Response(asdict(project_rules(access)))

    @project_route(Permission.PROJECT_MANAGE)
    @operation("setRetention", request=RulesShape, response=RulesShape)
    def put(self, request: Request, access: Access) -> Response:
        """Replace a project's rules. They are applied once a day, and move runs to the trash, never further."""
        return Response(asdict(save_rules(access, Rules(**body(RulesShape, request)))))


class RulesPreview(ApiView):
    """What rules would do."""

    tag = "retention"

    # The preview opens its own transactions: it may have to fold points before it can read.
    @project_route(Permission.PROJECT_MANAGE, binds=False)
    @operation("previewRetention", request=RulesShape, response=PreviewShape)
    def post(self, request: Request, access: Access) -> Response:
        """Say what rules would move to the trash now, without setting them."""
        rules = Rules(**body(RulesShape, request))
        check_rules(rules)
        return Response(PreviewShape(preview_rules(access, rules)).data)


class StorageDetail(ApiView):
    """What a project keeps."""

    tag = "retention"

    @project_route(Permission.PROJECT_READ, readonly=True)
    @operation("getStorage", response=StorageShape)
    def get(self, _request: Request, access: Access) -> Response:
        """Get what a project and its team keep, how much they may, and what takes the most."""
        return Response(StorageShape(storage_overview(access)).data)


class IntegrityDetail(ApiView):
    """Whether stored bytes are whole."""

    tag = "retention"

    @project_route(Permission.PROJECT_READ, readonly=True)
    @operation("getIntegrity", response=IntegrityShape)
    def get(self, _request: Request, access: Access) -> Response:
        """Get what the checks of stored bytes have found; a part of them is read again every day."""
        return Response(IntegrityShape(integrity(access)).data)
