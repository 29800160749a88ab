"""Routes of teams."""

from __future__ import annotations

from django.urls import path

import apps.common.addresses  # noqa: F401 - <key:...> and <text:...>
from apps.teams.api import views

urlpatterns = [
    path("teams", views.TeamList.as_view()),
    path("teams/<slug:team>", views.TeamDetail.as_view()),
    path("teams/<slug:team>/members", views.MemberList.as_view()),
    path("teams/<slug:team>/members/<key:user_id>", views.MemberDetail.as_view()),
    path("teams/<slug:team>/service-accounts", views.ServiceAccountList.as_view()),
    path("teams/<slug:team>/service-accounts/<key:service_account_id>", views.ServiceAccountDetail.as_view()),
    path("teams/<slug:team>/audit", views.AuditTrail.as_view()),
]
