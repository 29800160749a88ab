"""Background work of a project."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from apps.common.api.paging import page_of_rows
from apps.common.api.schema import operation
from apps.common.api.serializers import page_of, query
from apps.common.api.views import ApiView
from apps.jobs.api.serializers import JobSearch, JobShape
from apps.jobs.queries import find_job, job_key, jobs_of_project
from apps.jobs.services import cancel_job, retry_job
from apps.projects.api.doors import project_route
from apps.teams.access import Access
from apps.teams.permissions import Permission


class JobList(ApiView):
    """The jobs of a project."""

    tag = "jobs"

    @project_route(Permission.PROJECT_READ, readonly=True)
    @operation("listJobs", response=page_of(JobShape), query=JobSearch)
    def get(self, request: Request, access: Access) -> Response:
        """List background work, the newest first. What ended more than 30 days ago is forgotten."""
        wanted = query(JobSearch, request)
        kind, states = wanted.get("kind", ""), wanted.get("state", [])
        rows = jobs_of_project(access, kind=kind, states=states)
        scope = f"jobs {access.project.id} {kind} {sorted(states)}"
        page = page_of_rows(rows, wanted, scope=scope, field="pk", is_descending=True)
        return Response(page_of(JobShape)(page).data)


class JobDetail(ApiView):
    """One job."""

    tag = "jobs"

    @project_route(Permission.PROJECT_READ, readonly=True)
    @operation("getJob", response=JobShape)
    def get(self, _request: Request, access: Access, job_id: str) -> Response:
        """Get a job, to follow its progress."""
        return Response(JobShape(find_job(access, job_key(job_id))).data)


class JobCancellation(ApiView):
    """The end of a job."""

    tag = "jobs"

    @project_route(Permission.RUN_LOG)
    @operation("cancelJob", response=JobShape, refusals=(409,))
    def post(self, _request: Request, access: Access, job_id: str) -> Response:
        """Cancel a job that waits at once, one that runs within moments.

        One's own; those of others and of the system with project:manage.
        """
        return Response(JobShape(cancel_job(access, job_id=job_key(job_id))).data)


class JobRetry(ApiView):
    """Another try."""

    tag = "jobs"

    @project_route(Permission.RUN_LOG)
    @operation("retryJob", response=JobShape, refusals=(409,))
    def post(self, _request: Request, access: Access, job_id: str) -> Response:
        """Queue a job again that failed or was cancelled; it goes on from where it was.

        One's own; those of others and of the system with project:manage.
        """
        return Response(JobShape(retry_job(access, job_id=job_key(job_id))).data)
