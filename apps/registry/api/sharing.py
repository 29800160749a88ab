"""Which projects of the team may read a registered model."""

from __future__ import annotations

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.common.api.schema import operation
from apps.common.api.serializers import Input, Shape, Text, body
from apps.common.api.views import ApiView
from apps.projects.api.doors import project_route
from apps.registry import services
from apps.registry.borrowing import Share, sharing_of
from apps.teams.access import Access
from apps.teams.models import SLUG_MAX_LENGTH
from apps.teams.permissions import Permission


class ShareShape(Shape):
    """A project, or the whole team, that a model is shared with."""

    to_project = serializers.SerializerMethodField(
        help_text="Null for the whole team; empty for a project that you do not see."
    )
    is_whole_team = serializers.BooleanField()
    shared_by = serializers.CharField()

    example = {"to_project": "fraud", "is_whole_team": False, "shared_by": "ada@example.com"}

    def get_to_project(self, share: Share) -> str | None:
        """Its slug."""
        return None if share.is_whole_team else share.to_project


class SharesShape(Shape):
    """Everybody that a model is shared with."""

    shares = ShareShape(many=True)

    example = {"shares": [ShareShape.example]}


class NewShare(Input):
    """With whom to share."""

    to_project = Text(
        allow_null=True,
        max_length=SLUG_MAX_LENGTH,
        help_text="A project of the team; null for all of them, and those to come.",
    )

    example = {"to_project": "fraud"}


class ShareList(ApiView):
    """The shares of a registered model."""

    tag = "registry"

    @project_route(Permission.PROJECT_MANAGE, binds=False)
    @operation("listModelShares", response=SharesShape)
    def get(self, _request: Request, access: Access, name: str) -> Response:
        """List who may read a registered model besides its project."""
        return Response(_shares(access, name))

    @project_route(Permission.PROJECT_MANAGE, binds=False)
    @operation("shareModel", request=NewShare, response=SharesShape)
    def post(self, request: Request, access: Access, name: str) -> Response:
        """Let another project, or the whole team, read a registered model under `<project>.<name>`."""
        services.share_model(access, name=name, to_project=body(NewShare, request)["to_project"])
        return Response(_shares(access, name))

    @project_route(Permission.PROJECT_MANAGE, binds=False)
    @operation("unshareModelWithTeam", status=204)
    def delete(self, _request: Request, access: Access, name: str) -> Response:
        """Take a registered model back from the whole team; projects with a share of their own keep it."""
        services.unshare_model(access, name=name, to_project=None)
        return Response(status=204)


class ShareDetail(ApiView):
    """The share of one project."""

    tag = "registry"

    @project_route(Permission.PROJECT_MANAGE, binds=False)
    @operation("unshareModel", status=204)
    def delete(self, _request: Request, access: Access, name: str, to_project: str) -> Response:
        """Take a registered model back from a project: its next request does not find it."""
        services.unshare_model(access, name=name, to_project=to_project)
        return Response(status=204)


def _shares(access: Access, name: str) -> dict[str, object]:
    return SharesShape({"shares": sharing_of(access, name).shares}).data
