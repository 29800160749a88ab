"""Addresses of a project's storage and trash."""

from __future__ import annotations

from django.urls import path

from apps.retention import views

urlpatterns = [
    path("<slug:team>/<slug:project>/storage", views.storage, name="project-storage"),
    path("<slug:team>/<slug:project>/trash", views.trash, name="project-trash"),
    path("<slug:team>/<slug:project>/trash/empty", views.empty, name="project-trash-empty"),
    path("<slug:team>/<slug:project>/trash/restore", views.restore_thing, name="project-trash-restore"),
    path("<slug:team>/<slug:project>/trash/rules", views.rules, name="project-trash-rules"),
]
