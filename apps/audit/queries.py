"""Reading the audit trail."""

from __future__ import annotations

from django.db.models import QuerySet

from apps.audit.models import AuditEvent


def events_of_team(team_id: int) -> QuerySet[AuditEvent]:
    """A team's events, newest first. The caller has required Permission.AUDIT_READ."""
    return AuditEvent.objects.filter(team_id=team_id).order_by("-id")
