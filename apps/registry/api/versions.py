"""Versions of registered models."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from apps.common.api.paging import Page
from apps.common.api.schema import operation
from apps.common.api.serializers import body, page_of, query
from apps.common.api.views import ApiView
from apps.projects.api.doors import project_route
from apps.registry import queries, services
from apps.registry.api.serializers import (
    NewVersion,
    RegistrySearch,
    StageChange,
    Tags,
    VersionChange,
    VersionShape,
)
from apps.registry.search import VersionPage, search_versions, versions_of_model
from apps.teams.access import Access
from apps.teams.permissions import Permission


class ProjectVersionList(ApiView):
    """The versions of all registered models of a project."""

    tag = "registry"

    @project_route(Permission.PROJECT_READ, binds=False)
    @operation("searchModelVersions", response=page_of(VersionShape), query=RegistrySearch)
    def get(self, request: Request, access: Access) -> Response:
        """Search versions by name, number, run, source, stage, times and tags; what changed last comes first."""
        wanted = query(RegistrySearch, request)
        found = search_versions(
            access,
            filter=wanted.get("filter"),
            order_by=wanted.get("order_by", ()),
            max_results=wanted["page_size"],
            page_token=wanted.get("page_token"),
        )
        return Response(_page(found))


class VersionList(ApiView):
    """The versions of a registered model."""

    tag = "registry"

    @project_route(Permission.PROJECT_READ, binds=False)
    @operation("listModelVersions", response=page_of(VersionShape), query=RegistrySearch)
    def get(self, request: Request, access: Access, name: str) -> Response:
        """List the versions of a registered model, the greatest number first unless ordered otherwise."""
        wanted = query(RegistrySearch, request)
        found = versions_of_model(
            access,
            name,
            filter=wanted.get("filter"),
            order_by=wanted.get("order_by", ()),
            max_results=wanted["page_size"],
            page_token=wanted.get("page_token"),
        )
        return Response(_page(found))

    # The source may be a model that another project shares: it is read in a transaction of its own.
    @project_route(Permission.MODEL_WRITE, binds=False)
    @operation("createModelVersion", request=NewVersion, response=VersionShape, status=201)
    def post(self, request: Request, access: Access, name: str) -> Response:
        """Register the files of a source as the next version. What changes at the source later changes nothing here."""
        new = body(NewVersion, request)
        tags = list(new.pop("tags", {}).items())
        version = services.create_version(access, name=name, tags=tags, **new)
        return Response(_version(access, name, version.number), status=201)


class VersionDetail(ApiView):
    """One version of a registered model."""

    tag = "registry"

    @project_route(Permission.PROJECT_READ, binds=False)
    @operation("getModelVersion", response=VersionShape, refusals=(400,))
    def get(self, _request: Request, access: Access, name: str, version: int) -> Response:
        """Get a version."""
        return Response(_version(access, name, version))

    @project_route(Permission.MODEL_WRITE)
    @operation("updateModelVersion", request=VersionChange, response=VersionShape)
    def patch(self, request: Request, access: Access, name: str, version: int) -> Response:
        """Describe a version."""
        description = body(VersionChange, request)["description"]
        services.update_version(access, name=name, number=version, description=description)
        return Response(_version(access, name, version))

    @project_route(Permission.MODEL_PROMOTE)
    @operation("deleteModelVersion", status=204)
    def delete(self, _request: Request, access: Access, name: str, version: int) -> Response:
        """Delete a version, its files and the aliases that point at it; its number is not used again."""
        services.delete_version(access, name=name, number=version)
        return Response(status=204)


class VersionTagList(ApiView):
    """The tags of a version."""

    tag = "registry"

    @project_route(Permission.MODEL_WRITE)
    @operation("setModelVersionTags", request=Tags, response=VersionShape)
    def post(self, request: Request, access: Access, name: str, version: int) -> Response:
        """Set tags of a version, all or none; tags that are not named stay."""
        for key, value in body(Tags, request)["tags"].items():
            services.set_version_tag(access, name=name, number=version, key=key, value=value)
        return Response(_version(access, name, version))


class VersionTagDetail(ApiView):
    """One tag of a version."""

    tag = "registry"

    @project_route(Permission.MODEL_WRITE)
    @operation("deleteModelVersionTag", status=204, refusals=(400,))
    def delete(self, _request: Request, access: Access, name: str, version: int, key: str) -> Response:
        """Remove a tag of a version. The key may contain slashes."""
        services.delete_version_tag(access, name=name, number=version, key=key)
        return Response(status=204)


class VersionStage(ApiView):
    """The stage of a version."""

    tag = "registry"

    @project_route(Permission.MODEL_WRITE)
    @operation("moveModelVersion", request=StageChange, response=VersionShape)
    def put(self, request: Request, access: Access, name: str, version: int) -> Response:
        """Move a version to a stage.

        Also needs `model:promote`, where no rule of approval speaks of it. A rule that wants approvals refuses with the code
        `approval_required`, one that finds something wrong with `checks_failed`.
        """
        services.move_version(access, name=name, number=version, **body(StageChange, request))
        return Response(_version(access, name, version))


def _version(access: Access, name: str, number: int) -> dict[str, object]:
    return VersionShape(queries.get_version(access, name, number)).data


def _page(found: VersionPage) -> dict[str, object]:
    return page_of(VersionShape)(Page(found.versions, found.next_page_token)).data
