"""Experiments of a project. Deleting and restoring, which take the runs along, stand in apps.runs.api."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from apps.common.api.paging import Page
from apps.common.api.schema import operation
from apps.common.api.serializers import body, page_of, query
from apps.common.api.views import ApiView
from apps.experiments import queries, services
from apps.experiments.api.serializers import (
    VIEWS,
    ExperimentChange,
    ExperimentShape,
    ExperimentTags,
    NewExperiment,
    SearchQuery,
)
from apps.experiments.search import search_experiments
from apps.projects.api.doors import project_route
from apps.teams.access import Access
from apps.teams.permissions import Permission


class ExperimentList(ApiView):
    """The experiments of a project."""

    tag = "experiments"

    @project_route(Permission.PROJECT_READ, readonly=True)
    @operation("searchExperiments", response=page_of(ExperimentShape), query=SearchQuery)
    def get(self, request: Request, access: Access) -> Response:
        """Search experiments by name, times and tags; newest first unless ordered otherwise."""
        wanted = query(SearchQuery, request)
        found = search_experiments(
            access,
            filter=wanted.get("filter"),
            order_by=wanted.get("order_by", ()),
            max_results=wanted["page_size"],
            page_token=wanted.get("page_token"),
            view_type=VIEWS[wanted["lifecycle"]],
        )
        return Response(page_of(ExperimentShape)(Page(found.experiments, found.next_page_token)).data)

    @project_route(Permission.EXPERIMENT_WRITE)
    @operation("createExperiment", request=NewExperiment, response=ExperimentShape, status=201, refusals=(409,))
    def post(self, request: Request, access: Access) -> Response:
        """Create an experiment. Its name is unique in the project, among deleted ones too."""
        new = body(NewExperiment, request)
        tags = list(new.get("tags", {}).items())
        experiment = services.create_experiment(access, name=new["name"], tags=tags)
        return Response(experiment_json(access, experiment.number), status=201)


class ExperimentDetail(ApiView):
    """One experiment."""

    tag = "experiments"

    @project_route(Permission.PROJECT_READ, readonly=True)
    @operation("getExperiment", response=ExperimentShape)
    def get(self, _request: Request, access: Access, experiment_id: int) -> Response:
        """Get an experiment, active or deleted."""
        return Response(experiment_json(access, experiment_id))

    @project_route(Permission.EXPERIMENT_WRITE)
    @operation("updateExperiment", request=ExperimentChange, response=ExperimentShape, refusals=(409,))
    def patch(self, request: Request, access: Access, experiment_id: int) -> Response:
        """Rename an active experiment."""
        services.rename_experiment(access, number=experiment_id, name=body(ExperimentChange, request)["name"])
        return Response(experiment_json(access, experiment_id))


class ExperimentTagList(ApiView):
    """The tags of an experiment."""

    tag = "experiments"

    @project_route(Permission.EXPERIMENT_WRITE)
    @operation("setExperimentTags", request=ExperimentTags, response=ExperimentShape, refusals=(409,))
    def post(self, request: Request, access: Access, experiment_id: int) -> Response:
        """Set tags of an active experiment, all or none; tags that are not named stay."""
        for key, value in body(ExperimentTags, request)["tags"].items():
            services.set_experiment_tag(access, number=experiment_id, key=key, value=value)
        return Response(experiment_json(access, experiment_id))


class ExperimentTagDetail(ApiView):
    """One tag of an experiment."""

    tag = "experiments"

    @project_route(Permission.EXPERIMENT_WRITE)
    @operation("deleteExperimentTag", status=204, refusals=(409,))
    def delete(self, _request: Request, access: Access, experiment_id: int, key: str) -> Response:
        """Remove a tag of an active experiment. The key may contain slashes."""
        services.delete_experiment_tag(access, number=experiment_id, key=key)
        return Response(status=204)


def experiment_json(access: Access, number: int) -> dict[str, object]:
    """An experiment as the API shows it."""
    return ExperimentShape(queries.get_experiment(access, number)).data
