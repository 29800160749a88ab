"""Routes of jobs."""

from __future__ import annotations

from django.urls import path

from apps.jobs.api import views

JOBS = "projects/<slug:team>/<slug:project>/jobs"

urlpatterns = [
    path(JOBS, views.JobList.as_view()),
    path(f"{JOBS}/<str:job_id>", views.JobDetail.as_view()),
    path(f"{JOBS}/<str:job_id>/cancel", views.JobCancellation.as_view()),
    path(f"{JOBS}/<str:job_id>/retry", views.JobRetry.as_view()),
]
