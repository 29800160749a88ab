"""Two versions side by side."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from apps.projects.pages import project_page
from apps.registry.comparison import compare_versions, latest_two
from apps.registry.refusals import version_not_found
from apps.teams.access import Access
from apps.teams.permissions import Permission

_MAX_DIGITS = 10


@project_page(Permission.PROJECT_READ, binds=False)
@require_GET
def compare(request: HttpRequest, access: Access, name: str) -> HttpResponse:
    """Versions `a` and `b`, the two newest where they are not said; with `only=different` no row that is the same."""
    older, newer = latest_two(access, name)
    numbers = (_number(request, name, "a", older), _number(request, name, "b", newer))
    found = compare_versions(access, name, *numbers)
    context = {
        "access": access,
        "name": name,
        "comparison": found,
        "sides": [("A", "a", found.a), ("B", "b", found.b)],
        "has_only_different": request.GET.get("only") == "different",
    }
    return render(request, "registry/compare.html", context)


def _number(request: HttpRequest, name: str, field: str, default: int) -> int:
    text = request.GET.get(field, "") or str(default)
    if not (text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS):
        raise version_not_found(name, text[:_MAX_DIGITS])
    return int(text)
