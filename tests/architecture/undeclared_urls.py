"""A URLconf with a mistake in it: a view that says nothing of who may use it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path


def careless(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


urlpatterns = [path("careless", careless)]
