"""Addresses of a project's registry, below /{team}/{project}. Names have no slash in them."""

from __future__ import annotations

from django.urls import path

import apps.common.addresses  # noqa: F401 - <key:...> and <word:...>
from apps.registry.views import approvals, comparison, lineage, notes, pages

_PROJECT = "<slug:team>/<slug:project>"
_MODEL = f"{_PROJECT}/models/<word:name>"
_VERSION = f"{_MODEL}/versions/<key:number>"
_APPROVAL = f"{_PROJECT}/approvals/<str:request_id>"
_RUN = f"{_PROJECT}/runs/<str:run_id>/models"

urlpatterns = [
    path(f"{_PROJECT}/models", pages.models, name="registered-models"),
    path(_MODEL, pages.model, name="registered-model"),
    path(f"{_MODEL}/describe", notes.describe_model, name="registered-model-describe"),
    path(f"{_MODEL}/share", pages.share_model, name="registered-model-share"),
    path(f"{_MODEL}/unshare", pages.unshare_model, name="registered-model-unshare"),
    path(f"{_MODEL}/delete", pages.delete_model, name="registered-model-delete"),
    path(f"{_MODEL}/tags", notes.tag_model, name="registered-model-tag"),
    path(f"{_MODEL}/tags/remove", notes.untag_model, name="registered-model-untag"),
    path(f"{_MODEL}/compare", comparison.compare, name="registered-model-compare"),
    path(f"{_MODEL}/approvals", approvals.approvals, name="model-approvals"),
    path(f"{_MODEL}/approvals/rules", approvals.create_rule, name="approval-rule-create"),
    path(f"{_MODEL}/approvals/rules/<key:rule_id>", approvals.update_rule, name="approval-rule-update"),
    path(f"{_MODEL}/approvals/rules/<key:rule_id>/remove", approvals.delete_rule, name="approval-rule-delete"),
    path(_VERSION, pages.version, name="model-version"),
    path(f"{_VERSION}/download", pages.download, name="model-version-download"),
    path(f"{_VERSION}/stage", pages.move_version, name="model-version-stage"),
    path(f"{_VERSION}/alias", pages.set_alias, name="model-version-alias"),
    path(f"{_VERSION}/alias/remove", pages.remove_alias, name="model-version-alias-remove"),
    path(f"{_VERSION}/ask", approvals.ask, name="model-version-ask"),
    path(f"{_VERSION}/describe", notes.describe_version, name="model-version-describe"),
    path(f"{_VERSION}/tags", notes.tag_version, name="model-version-tag"),
    path(f"{_VERSION}/tags/remove", notes.untag_version, name="model-version-untag"),
    path(f"{_VERSION}/delete", pages.delete_version, name="model-version-delete"),
    path(f"{_PROJECT}/approvals", approvals.open_approvals, name="approvals"),
    path(_APPROVAL, approvals.approval, name="approval"),
    path(f"{_APPROVAL}/approve", approvals.approve, name="approval-approve"),
    path(f"{_APPROVAL}/reject", approvals.reject, name="approval-reject"),
    path(f"{_APPROVAL}/withdraw", approvals.withdraw, name="approval-withdraw"),
    path(f"{_PROJECT}/lineage", lineage.lineage, name="lineage"),
    path(_RUN, pages.run_models, name="run-models"),
    path(f"{_RUN}/register", pages.register, name="run-models-register"),
]
