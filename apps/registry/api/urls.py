"""Routes of the registry."""

from __future__ import annotations

from django.urls import path

import apps.common.addresses  # noqa: F401 - <key:...>, <word:...> and <text:...>
from apps.registry.api import approvals, lineage, packages, sharing, versions
from apps.registry.api import registered_models as models

_PROJECT = "projects/<slug:team>/<slug:project>"
_MODELS = f"{_PROJECT}/registered-models"
_MODEL = f"{_MODELS}/<word:name>"
_VERSION = f"{_MODEL}/versions/<key:version>"
_APPROVAL = f"{_PROJECT}/approval-requests/<str:request_id>"

urlpatterns = [
    path(_MODELS, models.ModelList.as_view()),
    path(_MODEL, models.ModelDetail.as_view()),
    path(f"{_MODEL}/tags", models.ModelTagList.as_view()),
    path(f"{_MODEL}/tags/<text:key>", models.ModelTagDetail.as_view()),
    path(f"{_MODEL}/aliases/<word:alias>", models.AliasDetail.as_view()),
    path(f"{_MODEL}/shares", sharing.ShareList.as_view()),
    path(f"{_MODEL}/shares/<slug:to_project>", sharing.ShareDetail.as_view()),
    path(f"{_MODEL}/activity", models.ActivityList.as_view()),
    path(f"{_MODEL}/approval-rules", approvals.RuleList.as_view()),
    path(f"{_MODEL}/approval-rules/<key:rule_id>", approvals.RuleDetail.as_view()),
    path(f"{_MODEL}/approval-requests", approvals.ModelApprovalList.as_view()),
    path(f"{_MODEL}/versions", versions.VersionList.as_view()),
    path(_VERSION, versions.VersionDetail.as_view()),
    path(f"{_VERSION}/tags", versions.VersionTagList.as_view()),
    path(f"{_VERSION}/tags/<text:key>", versions.VersionTagDetail.as_view()),
    path(f"{_VERSION}/package", packages.VersionPackage.as_view()),
    path(f"{_VERSION}/stage", versions.VersionStage.as_view()),
    path(f"{_PROJECT}/model-versions", versions.ProjectVersionList.as_view()),
    path(f"{_PROJECT}/approval-requests", approvals.ApprovalList.as_view()),
    path(_APPROVAL, approvals.ApprovalDetail.as_view()),
    path(f"{_APPROVAL}/approve", approvals.Approve.as_view()),
    path(f"{_APPROVAL}/reject", approvals.Reject.as_view()),
    path(f"{_APPROVAL}/withdraw", approvals.Withdraw.as_view()),
    path(f"{_PROJECT}/lineage", lineage.Lineage.as_view()),
]
