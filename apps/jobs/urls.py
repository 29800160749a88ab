"""Addresses of a project's jobs, below /{team}/{project}."""

from __future__ import annotations

from django.urls import path

from apps.jobs import views

JOBS = "<slug:team>/<slug:project>/jobs"

urlpatterns = [
    path(JOBS, views.jobs, name="project-jobs"),
    path(f"{JOBS}/<str:job_id>/progress", views.progress, name="job-progress"),
    path(f"{JOBS}/<str:job_id>/cancel", views.cancel, name="job-cancel"),
    path(f"{JOBS}/<str:job_id>/retry", views.retry, name="job-retry"),
]
