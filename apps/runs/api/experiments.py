"""Deleting and restoring experiments: their runs go along, which apps.experiments knows nothing of."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from apps.common.api.schema import operation
from apps.common.api.views import ApiView
from apps.experiments.api import views
from apps.experiments.api.serializers import ExperimentShape
from apps.projects.api.doors import project_route
from apps.runs import services
from apps.teams.access import Access
from apps.teams.permissions import Permission


class ExperimentDetail(views.ExperimentDetail):
    """One experiment."""

    @project_route(Permission.EXPERIMENT_DELETE)
    @operation("deleteExperiment", status=204)
    def delete(self, _request: Request, access: Access, experiment_id: int) -> Response:
        """Delete an active experiment with all its runs; they can be restored together."""
        services.delete_experiment(access, number=experiment_id)
        return Response(status=204)


class ExperimentRestoration(ApiView):
    """The way back of a deleted experiment."""

    tag = "experiments"

    @project_route(Permission.EXPERIMENT_DELETE)
    @operation("restoreExperiment", response=ExperimentShape)
    def post(self, _request: Request, access: Access, experiment_id: int) -> Response:
        """Make a deleted experiment and all its runs active again."""
        services.restore_experiment(access, number=experiment_id)
        return Response(views.experiment_json(access, experiment_id))
