"""Projects and grants, for the operator."""

from __future__ import annotations

from django.contrib import admin

from apps.common.admin import ReadOnlyAdmin
from apps.projects.models import Project, ProjectGrant


@admin.register(Project)
class ProjectAdmin(ReadOnlyAdmin):
    """Every project, deleted ones too."""

    list_display = ("team", "slug", "name", "visibility", "created_at", "deleted_at")
    list_filter = ("visibility", "deleted_at")
    search_fields = ("team__slug", "slug", "name")
    list_select_related = ("team",)


@admin.register(ProjectGrant)
class ProjectGrantAdmin(ReadOnlyAdmin):
    """Who was let in."""

    list_display = ("project", "user", "service_account", "role", "created_at")
    list_filter = ("role",)
    list_select_related = ("project", "user", "service_account")
