"""The page of a project's background work, and the progress of one job for any page."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from apps.common.api.paging import page_of_rows
from apps.common.pages import is_fragment_request
from apps.jobs.models import Job, JobState
from apps.jobs.queries import find_job, job_key, jobs_of_project, may_manage
from apps.jobs.services import cancel_job, retry_job
from apps.projects.pages import project_page
from apps.teams.access import Access
from apps.teams.permissions import Permission

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class JobRow:
    """A job, and what the visitor may do with it."""

    job: Job
    may_cancel: bool
    may_retry: bool


@project_page(Permission.PROJECT_READ, readonly=True)
@require_GET
def jobs(request: HttpRequest, access: Access) -> HttpResponse:
    """The newest jobs; asked for every few seconds while one of them is unfinished."""
    wanted = {"page_size": PAGE_SIZE, "page_token": request.GET.get("page")}
    page = page_of_rows(
        jobs_of_project(access), wanted, scope=f"jobs page {access.project.id}", field="pk", is_descending=True
    )
    context = {
        "access": access,
        "rows": [_row(access, job) for job in page.items],
        "is_live": any(job.is_unfinished for job in page.items),
        "is_first_page": "page" not in request.GET,
        "next_page_token": page.next_page_token,
    }
    response = render(request, "jobs/_jobs.html" if is_fragment_request(request) else "jobs/jobs.html", context)
    response["Vary"] = "HX-Request, Cookie"
    return response


@project_page(Permission.PROJECT_READ, readonly=True)
@require_GET
def progress(request: HttpRequest, access: Access, job_id: str) -> HttpResponse:
    """How far one job is. When it has succeeded the page around it, which shows what it changed, is asked for again."""
    job = find_job(access, job_key(job_id))
    response = render(request, "jobs/_progress.html", {"access": access, "job": job})
    if job.state == JobState.SUCCEEDED:
        response["HX-Refresh"] = "true"
    return response


@project_page(Permission.RUN_LOG)
@require_POST
def cancel(request: HttpRequest, access: Access, job_id: str) -> HttpResponse:
    """Ends a job."""
    job = cancel_job(access, job_id=job_key(job_id))
    said = "Cancelled." if job.state == JobState.CANCELLED else "It stops at its next step."
    messages.success(request, said)
    return redirect("project-jobs", access.team.slug, access.project.slug)


@project_page(Permission.RUN_LOG)
@require_POST
def retry(request: HttpRequest, access: Access, job_id: str) -> HttpResponse:
    """Queues a job again."""
    retry_job(access, job_id=job_key(job_id))
    messages.success(request, "Queued again.")
    return redirect("project-jobs", access.team.slug, access.project.slug)


def _row(access: Access, job: Job) -> JobRow:
    is_allowed = may_manage(access, job)
    is_over = job.state in {JobState.FAILED, JobState.CANCELLED}
    return JobRow(
        job,
        may_cancel=is_allowed and job.is_unfinished and job.cancel_requested_at is None,
        may_retry=is_allowed and is_over,
    )
