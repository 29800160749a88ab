"""Addresses of the people and machines of a team, below /{team}/."""

from __future__ import annotations

from django.urls import path

import apps.common.addresses  # noqa: F401 - <key:...>
from apps.teams import views

urlpatterns = [
    path("members", views.members, name="team-members"),
    path("members/add", views.add_member, name="team-member-add"),
    path("members/<key:user_id>/role", views.set_member_role, name="team-member-role"),
    path("members/<key:user_id>/remove", views.remove_member, name="team-member-remove"),
    path("service-accounts", views.service_accounts, name="team-service-accounts"),
    path("service-accounts/create", views.create_service_account, name="team-service-account-create"),
    path(
        "service-accounts/<key:account_id>/deactivate",
        views.deactivate_service_account,
        name="team-service-account-deactivate",
    ),
]
