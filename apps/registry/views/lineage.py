"""The lineage of anything, on a page of its own."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from apps.common.errors import InvalidInput
from apps.projects.pages import project_page
from apps.registry.forms import LineageForm
from apps.registry.lineage.walk import Start
from apps.registry.lineage_pictures import picture
from apps.teams.access import Access
from apps.teams.permissions import Permission


@project_page(Permission.PROJECT_READ, readonly=True)
@require_GET
def lineage(request: HttpRequest, access: Access) -> HttpResponse:
    """What the version, model, run or dataset in the query came from, and what came of it."""
    form = LineageForm(request.GET)
    if not form.is_valid():
        raise InvalidInput("invalid_start", "This address names nothing.")
    given = {name: value for name, value in form.cleaned_data.items() if name in request.GET and value is not None}
    found = picture(access, Start(**given))
    started = next(place.thing for place in found.places if place.box.is_start)
    return render(request, "registry/lineage.html", {"access": access, "picture": found, "thing": started})
