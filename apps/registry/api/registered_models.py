"""Registered models of a project, their tags, aliases and history."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from apps.common.api.paging import Page, page_of_rows
from apps.common.api.schema import operation
from apps.common.api.serializers import PageQuery, body, page_of, query
from apps.common.api.views import ApiView
from apps.projects.api.doors import project_route
from apps.registry import queries, services
from apps.registry.api.serializers import (
    ActivityShape,
    AliasTarget,
    ModelChange,
    ModelSearch,
    ModelShape,
    NewModel,
    Tags,
    VersionShape,
)
from apps.registry.search import search_models
from apps.teams.access import Access
from apps.teams.permissions import Permission


class ModelList(ApiView):
    """The registered models of a project."""

    tag = "registry"

    @project_route(Permission.PROJECT_READ, binds=False)
    @operation("searchRegisteredModels", response=page_of(ModelShape), query=ModelSearch)
    def get(self, request: Request, access: Access) -> Response:
        """Search registered models by name, times and tags; by name unless ordered otherwise."""
        wanted = query(ModelSearch, request)
        found = search_models(
            access,
            filter=wanted.get("filter"),
            name_contains=wanted.get("name_contains", ""),
            order_by=wanted.get("order_by", ()),
            max_results=wanted["page_size"],
            page_token=wanted.get("page_token"),
        )
        return Response(page_of(ModelShape)(Page(found.models, found.next_page_token)).data)

    # Whether the name is another project's, which shares it, is asked in a transaction of its own.
    @project_route(Permission.MODEL_WRITE, binds=False)
    @operation("createRegisteredModel", request=NewModel, response=ModelShape, status=201, refusals=(409,))
    def post(self, request: Request, access: Access) -> Response:
        """Register a name for versions to come."""
        new = body(NewModel, request)
        tags = list(new.get("tags", {}).items())
        services.create_model(access, name=new["name"], description=new["description"], tags=tags)
        return Response(_model(access, new["name"]), status=201)


class ModelDetail(ApiView):
    """One registered model."""

    tag = "registry"

    @project_route(Permission.PROJECT_READ, binds=False)
    @operation("getRegisteredModel", response=ModelShape, refusals=(400,))
    def get(self, _request: Request, access: Access, name: str) -> Response:
        """Get a registered model."""
        return Response(_model(access, name))

    @project_route(Permission.MODEL_WRITE, binds=False)
    @operation("updateRegisteredModel", request=ModelChange, response=ModelShape, refusals=(409,))
    def patch(self, request: Request, access: Access, name: str) -> Response:
        """Describe or rename a registered model; what is not sent stays."""
        change = body(ModelChange, request)
        # What may be refused comes first, so that it is all or nothing.
        if "name" in change:
            services.rename_model(access, name=name, new_name=change["name"])
        current_name = change.get("name", name)
        if "description" in change:
            services.update_model(access, name=current_name, description=change["description"])
        return Response(_model(access, current_name))

    @project_route(Permission.MODEL_PROMOTE)
    @operation("deleteRegisteredModel", status=204)
    def delete(self, _request: Request, access: Access, name: str) -> Response:
        """Delete a registered model with all its versions and their files."""
        services.delete_model(access, name=name)
        return Response(status=204)


class ModelTagList(ApiView):
    """The tags of a registered model."""

    tag = "registry"

    @project_route(Permission.MODEL_WRITE)
    @operation("setRegisteredModelTags", request=Tags, response=ModelShape)
    def post(self, request: Request, access: Access, name: str) -> Response:
        """Set tags of a registered model, all or none; tags that are not named stay."""
        for key, value in body(Tags, request)["tags"].items():
            services.set_model_tag(access, name=name, key=key, value=value)
        return Response(_model(access, name))


class ModelTagDetail(ApiView):
    """One tag of a registered model."""

    tag = "registry"

    @project_route(Permission.MODEL_WRITE)
    @operation("deleteRegisteredModelTag", status=204, refusals=(400,))
    def delete(self, _request: Request, access: Access, name: str, key: str) -> Response:
        """Remove a tag of a registered model. The key may contain slashes."""
        services.delete_model_tag(access, name=name, key=key)
        return Response(status=204)


class AliasDetail(ApiView):
    """An alias of a registered model."""

    tag = "registry"

    @project_route(Permission.PROJECT_READ, binds=False)
    @operation("getModelVersionByAlias", response=VersionShape, refusals=(400,))
    def get(self, _request: Request, access: Access, name: str, alias: str) -> Response:
        """Get the version that an alias points at; `latest` is the one with the greatest number.

        As in MLflow's protocol, an alias that the model has not got is a 400.
        """
        return Response(VersionShape(queries.get_version_by_alias(access, name, alias)).data)

    @project_route(Permission.MODEL_WRITE)
    @operation("setRegisteredModelAlias", request=AliasTarget, response=VersionShape)
    def put(self, request: Request, access: Access, name: str, alias: str) -> Response:
        """Let an alias point at a version, wherever it pointed before.

        Also needs `model:promote`, where no rule of approval speaks of the alias. A rule that wants approvals refuses with
        the code `approval_required`, one that finds something wrong with `checks_failed`.
        """
        number = body(AliasTarget, request)["version"]
        services.set_alias(access, name=name, alias=alias, number=number)
        return Response(VersionShape(queries.get_version(access, name, number)).data)

    @project_route(Permission.MODEL_WRITE)
    @operation("deleteRegisteredModelAlias", status=204, refusals=(400,))
    def delete(self, _request: Request, access: Access, name: str, alias: str) -> Response:
        """Remove an alias; one that is not there is gone already.

        Also needs `model:promote`, or what a rule of approval wants, as to set it.
        """
        services.delete_alias(access, name=name, alias=alias)
        return Response(status=204)


class ActivityList(ApiView):
    """What was done to a registered model."""

    tag = "registry"

    @project_route(Permission.PROJECT_READ, readonly=True)
    @operation("listRegisteredModelActivity", response=page_of(ActivityShape), query=PageQuery)
    def get(self, request: Request, access: Access, name: str) -> Response:
        """List what was done to a registered model and its versions, the newest first."""
        model = queries.find_model(access, name)
        rows, scope = queries.activity_of(access, model), f"model activity {model.pk}"
        page = page_of_rows(rows, query(PageQuery, request), scope=scope, field="pk", is_descending=True)
        return Response(page_of(ActivityShape)(page).data)


def _model(access: Access, name: str) -> dict[str, object]:
    return ModelShape(queries.get_model(access, name)).data
