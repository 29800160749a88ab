"""Routes of teams."""

from __future__ import annotations

from django.urls import path

from apps.teams.api import views

urlpatterns = [
    path("teams", views.TeamList.as_view()),
    path("teams/<slug:team>", views.TeamDetail.as_view()),
    path("teams/<slug:team>/members", views.MemberList.as_view()),
    path("teams/<slug:team>/members/<row_id:user_id>", views.MemberDetail.as_view()),
    path("teams/<slug:team>/service-accounts", views.ServiceAccountList.as_view()),
    path("teams/<slug:team>/service-accounts/<row_id:service_account_id>", views.ServiceAccountDetail.as_view()),
    path("teams/<slug:team>/audit", views.AuditTrail.as_view()),
]
