"""Approvals: the rules of a registered model, and requests to move a version."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from apps.common.api.paging import Page, page_of_items, page_of_rows
from apps.common.api.schema import operation
from apps.common.api.serializers import PageQuery, body, page_of, query
from apps.common.api.views import ApiView
from apps.projects.api.doors import project_route
from apps.registry import services
from apps.registry.api.approval_shapes import (
    ApprovalDetailShape,
    ApprovalShape,
    DecisionInput,
    NewApproval,
    NewRule,
    OpenApprovals,
    RuleChange,
    RuleShape,
)
from apps.registry.approvals import reads
from apps.registry.models import ApprovalRequest
from apps.registry.queries import find_model
from apps.registry.services.approval_rules import Terms
from apps.teams.access import Access
from apps.teams.permissions import Permission


class RuleList(ApiView):
    """The rules of approval of a registered model."""

    tag = "approvals"

    @project_route(Permission.PROJECT_READ, readonly=True)
    @operation("listApprovalRules", response=page_of(RuleShape), query=PageQuery)
    def get(self, request: Request, access: Access, name: str) -> Response:
        """List the rules of a registered model, by alias and stage; without any it is moved freely."""
        model, rules = reads.rules_of_model(access, name)
        page = page_of_items(
            rules,
            query(PageQuery, request),
            scope=f"approval rules {model.pk}",
            key=lambda rule: [rule.alias, rule.stage],
        )
        return Response(page_of(RuleShape)(page).data)

    @project_route(Permission.PROJECT_MANAGE)
    @operation("createApprovalRule", request=NewRule, response=RuleShape, status=201, refusals=(409,))
    def post(self, request: Request, access: Access, name: str) -> Response:
        """Make a rule for a stage or an alias of a registered model. It speaks from now on, in every API and on the pages."""
        terms = body(NewRule, request)
        stage, alias = terms.pop("stage", ""), terms.pop("alias", "")
        rule = services.create_rule(access, name=name, stage=stage, alias=alias, terms=Terms(**terms))
        return Response(RuleShape(rule).data, status=201)


class RuleDetail(ApiView):
    """One rule of approval."""

    tag = "approvals"

    @project_route(Permission.PROJECT_READ, readonly=True)
    @operation("getApprovalRule", response=RuleShape)
    def get(self, _request: Request, access: Access, name: str, rule_id: int) -> Response:
        """Get a rule."""
        return Response(RuleShape(reads.find_rule(access, name, rule_id)).data)

    @project_route(Permission.PROJECT_MANAGE)
    @operation("updateApprovalRule", request=RuleChange, response=RuleShape)
    def patch(self, request: Request, access: Access, name: str, rule_id: int) -> Response:
        """Change terms of a rule. Open requests of which it speaks are superseded."""
        changes = body(RuleChange, request)
        return Response(RuleShape(services.update_rule(access, name=name, rule_id=rule_id, **changes)).data)

    @project_route(Permission.PROJECT_MANAGE)
    @operation("deleteApprovalRule", status=204)
    def delete(self, _request: Request, access: Access, name: str, rule_id: int) -> Response:
        """Remove a rule. Open requests of which it spoke are superseded."""
        services.delete_rule(access, name=name, rule_id=rule_id)
        return Response(status=204)


class ModelApprovalList(ApiView):
    """The requests for approval of a registered model."""

    tag = "approvals"

    @project_route(Permission.PROJECT_READ, readonly=True)
    @operation("listModelApprovalRequests", response=page_of(ApprovalShape), query=PageQuery)
    def get(self, request: Request, access: Access, name: str) -> Response:
        """List the requests for a registered model, the newest first, with the moves that a rule let through at once."""
        model = find_model(access, name)
        rows, scope = reads.requests_of_model(access, model), f"approval requests {model.pk}"
        return Response(_page(access, rows, query(PageQuery, request), scope))

    @project_route(Permission.MODEL_WRITE)
    @operation("createApprovalRequest", request=NewApproval, response=ApprovalDetailShape, status=201, refusals=(409,))
    def post(self, request: Request, access: Access, name: str) -> Response:
        """Ask for a version to be moved where a rule wants approvals. What speaks for it is written down as it is now."""
        new = body(NewApproval, request)
        made = services.request_approval(access, name=name, number=new.pop("version"), **new)
        return Response(_detail(access, made), status=201)


class ApprovalList(ApiView):
    """The open requests for approval of a project."""

    tag = "approvals"

    @project_route(Permission.PROJECT_READ, readonly=True)
    @operation("listOpenApprovalRequests", response=page_of(ApprovalShape), query=OpenApprovals)
    def get(self, request: Request, access: Access) -> Response:
        """List the open requests of a project, the newest first; all of them, or those that wait for you."""
        wanted = query(OpenApprovals, request)
        is_mine = wanted["waiting_for_me"]
        rows = reads.open_requests(access, waiting_for_me=is_mine)
        return Response(_page(access, rows, wanted, f"open approvals {access.project.id} {is_mine}"))


class ApprovalDetail(ApiView):
    """One request for approval."""

    tag = "approvals"

    @project_route(Permission.PROJECT_READ, readonly=True)
    @operation("getApprovalRequest", response=ApprovalDetailShape)
    def get(self, _request: Request, access: Access, request_id: str) -> Response:
        """Get a request with its evidence and what was said to it."""
        return Response(ApprovalDetailShape(reads.get_request(access, reads.request_key(request_id))).data)


class Approve(ApiView):
    """Agreement to a request."""

    tag = "approvals"

    @project_route(Permission.MODEL_WRITE)
    @operation("approveRequest", request=DecisionInput, response=ApprovalDetailShape, refusals=(409,))
    def post(self, request: Request, access: Access, request_id: str) -> Response:
        """Approve a request. The last approval that is needed makes the checks again, and moves the version.

        For people who have the role that the rule wants, other than who asked. A check that fails now refuses with the code
        `checks_failed`, and nothing is written.
        """
        key, comment = reads.request_key(request_id), body(DecisionInput, request)["comment"]
        return Response(_detail(access, services.approve(access, request_id=key, comment=comment)))


class Reject(ApiView):
    """Refusal of a request."""

    tag = "approvals"

    @project_route(Permission.MODEL_WRITE)
    @operation("rejectRequest", request=DecisionInput, response=ApprovalDetailShape, refusals=(409,))
    def post(self, request: Request, access: Access, request_id: str) -> Response:
        """Reject a request, which ends it. For those who may approve it."""
        key, comment = reads.request_key(request_id), body(DecisionInput, request)["comment"]
        return Response(_detail(access, services.reject(access, request_id=key, comment=comment)))


class Withdraw(ApiView):
    """The end of one's own request."""

    tag = "approvals"

    @project_route(Permission.MODEL_WRITE)
    @operation("withdrawRequest", response=ApprovalDetailShape, refusals=(409,))
    def post(self, _request: Request, access: Access, request_id: str) -> Response:
        """Take a request of your own back."""
        return Response(_detail(access, services.withdraw(access, request_id=reads.request_key(request_id))))


def _detail(access: Access, request: ApprovalRequest) -> dict[str, object]:
    return ApprovalDetailShape(reads.get_request(access, request.pk)).data


def _page(access: Access, rows: QuerySet[ApprovalRequest], wanted: dict[str, Any], scope: str) -> dict[str, object]:
    # Evidence is long, and not of lists.
    listed = rows.defer("evidence", "outcome")
    page = page_of_rows(listed, wanted, scope=scope, field="pk", is_descending=True)
    return page_of(ApprovalShape)(Page(reads.request_details(access, page.items), page.next_page_token)).data
