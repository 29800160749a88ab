"""The lineage of runs, models, versions and datasets."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from apps.common.api.schema import operation
from apps.common.api.serializers import query
from apps.common.api.views import ApiView
from apps.projects.api.doors import project_route
from apps.registry.api.lineage_shapes import LineageQuery, LineageShape
from apps.registry.lineage.walk import Start, lineage
from apps.teams.access import Access
from apps.teams.permissions import Permission


class Lineage(ApiView):
    """What came of what."""

    tag = "registry"

    @project_route(Permission.PROJECT_READ, readonly=True)
    @operation("getLineage", response=LineageShape, query=LineageQuery)
    def get(self, request: Request, access: Access) -> Response:
        """Get what a version, a logged model, a run or a dataset came from, and what came of it, six steps far.

        Name one of them: `name` and `version`, `model_id`, `run_id`, or `dataset_name` and `dataset_digest`.
        """
        return Response(LineageShape(lineage(access, Start(**query(LineageQuery, request)))).data)
