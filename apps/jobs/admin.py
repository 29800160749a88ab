"""What waits and runs in all projects, for the operator. Jobs themselves are tenants' rows, and not shown."""

from __future__ import annotations

from django.contrib import admin

from apps.common.admin import ReadOnlyAdmin
from apps.jobs.models import JobSchedule, JobTicket


@admin.register(JobTicket)
class JobTicketAdmin(ReadOnlyAdmin):
    """The queue."""

    list_display = ("job_id", "team", "project", "due_at", "lease_until")
    list_filter = (("lease_until", admin.EmptyFieldListFilter),)
    search_fields = ("team__slug", "project__slug")
    list_select_related = ("team", "project")
    ordering = ("due_at",)


@admin.register(JobSchedule)
class JobScheduleAdmin(ReadOnlyAdmin):
    """The moments of periodic jobs."""

    list_display = ("kind", "project", "next_at")
    list_filter = ("kind",)
    search_fields = ("project__slug",)
    list_select_related = ("project",)
    ordering = ("next_at",)
