"""A bug answers in the form that the address has, and says nothing of itself."""

from __future__ import annotations

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path

from config import urls


def broken(_request: HttpRequest) -> HttpResponse:
    raise RuntimeError("secret of the implementation")


handler500 = urls.handler500
urlpatterns = [path("api/v1/broken", broken), path("broken", broken)]


@pytest.mark.urls("tests.api.native.test_server_error")
def test_the_native_api_answers_json() -> None:
    answer = Client(raise_request_exception=False).get("/api/v1/broken")
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "internal_error")
    assert b"secret" not in answer.content


@pytest.mark.urls("tests.api.native.test_server_error")
def test_a_page_answers_html() -> None:
    answer = Client(raise_request_exception=False).get("/broken")
    assert (answer.status_code, answer.headers["Content-Type"]) == (500, "text/html; charset=utf-8")
    assert b"secret" not in answer.content
