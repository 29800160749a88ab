"""The audit trail of all teams, for the operator."""

from __future__ import annotations

from django.contrib import admin

from apps.audit.models import AuditEvent
from apps.common.admin import ReadOnlyAdmin


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    """Newest first."""

    list_display = ("at", "team", "actor_label", "action", "object_kind", "object_label", "address")
    list_filter = ("action", "at")
    search_fields = ("actor_label", "object_label")
    list_select_related = ("team",)
    ordering = ("-id",)
