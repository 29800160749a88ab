"""Routes of the trash, rules, storage and integrity."""

from __future__ import annotations

from django.urls import path

from apps.retention.api import views

_PROJECT = "projects/<slug:team>/<slug:project>"

urlpatterns = [
    path(f"{_PROJECT}/trash", views.TrashList.as_view()),
    path(f"{_PROJECT}/trash/restore", views.TrashRestore.as_view()),
    path(f"{_PROJECT}/trash/empty", views.TrashEmpty.as_view()),
    path(f"{_PROJECT}/retention", views.RulesDetail.as_view()),
    path(f"{_PROJECT}/retention/preview", views.RulesPreview.as_view()),
    path(f"{_PROJECT}/storage", views.StorageDetail.as_view()),
    path(f"{_PROJECT}/integrity", views.IntegrityDetail.as_view()),
]
