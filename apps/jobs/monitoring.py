"""What /metrics says of jobs: how many wait and how many run, of all teams together."""

from __future__ import annotations

from django.db.models import Count, Q

from apps.jobs.models import JobTicket


def unfinished_jobs() -> dict[str, float]:
    """By state, as labels. A ticket that nobody has a lease on waits."""
    is_waiting = Q(lease_until__isnull=True)
    found = JobTicket.objects.aggregate(waiting=Count("pk", filter=is_waiting), running=Count("pk", filter=~is_waiting))
    return {f'{{state="{state}"}}': float(number) for state, number in found.items()}
