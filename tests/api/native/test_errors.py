"""Every refusal has one form, whatever refuses."""

from __future__ import annotations

import pytest

from tests.api.native.http import at, call, get, post, refusal
from tests.factories.cast import Cast


@pytest.mark.parametrize("path", ["/nothing", "/teams/acme/nothing", "/teams/", "/teams/Not A Slug", "/runs/"])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_unknown_address(cast: Cast, method: str, path: str) -> None:
    assert refusal(call(cast.owner, method, path)) == (404, "not_found", None)
    assert refusal(call(None, method, path)) == (404, "not_found", None)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "TRACE"])
def test_method_that_a_route_has_not_got(cast: Cast, method: str) -> None:
    answer = call(cast.owner, method, "/teams")
    assert refusal(answer) == (405, "method_not_allowed", None)
    assert answer.headers["Allow"] == "GET, POST, HEAD"


@pytest.mark.parametrize("body", [b"{", b"", b"nonsense", b"\xff\xfe", b'{"name": NaN}', b"[" * 100_000])
def test_malformed_json(cast: Cast, body: bytes) -> None:
    assert post(cast.owner, "/teams/acme/service-accounts", body).status_code == 400


@pytest.mark.parametrize("body", [[], "text", 3, None, [{"name": "x"}]])
def test_json_that_is_no_object(cast: Cast, body: object) -> None:
    assert refusal(post(cast.owner, "/teams/acme/service-accounts", body))[:2] == (400, "invalid_input")


def test_validation_names_the_field(cast: Cast) -> None:
    path = "/teams/acme/service-accounts"
    assert refusal(post(cast.owner, path, {})) == (400, "invalid_input", "name")
    assert refusal(post(cast.owner, path, {"name": "x" * 65})) == (400, "invalid_input", "name")
    assert refusal(post(cast.owner, path, {"name": "x", "role": "king"})) == (400, "invalid_input", "role")
    assert refusal(post(cast.owner, path, {"name": "x", "rôle": "member"})) == (400, "invalid_input", "rôle")
    assert refusal(post(cast.owner, path, {"name": "a\0b"})) == (400, "invalid_input", "name")


def test_validation_names_a_nested_field(cast: Cast) -> None:
    path = f"{at(cast.project)}/runs"
    assert refusal(post(cast.owner, path, {"tags": {"stage": None}})) == (400, "invalid_input", "tags.stage")
    assert refusal(post(cast.owner, path, {"tags": {"a\0": "x"}})) == (400, "invalid_input", "tags")
    assert refusal(post(cast.owner, "/teams/acme/tokens", {"name": "x", "scopes": ["read", "all"]})) == (
        400,
        "invalid_input",
        "scopes.1",
    )


@pytest.mark.parametrize("query", ["page_size=0", "page_size=1001", "page_size=x", "page_token=x", "page_tokne=x"])
def test_query_string_is_checked(cast: Cast, query: str) -> None:
    status, _, field = refusal(get(cast.owner, f"/teams?{query}"))
    assert (status, field) == (400, query.partition("=")[0])


def test_other_media_types(cast: Cast) -> None:
    answer = post(
        cast.owner, "/teams/acme/service-accounts", b"name=x", content_type="application/x-www-form-urlencoded"
    )
    assert refusal(answer) == (415, "unsupported_media_type", None)
    assert refusal(get(cast.owner, "/teams", Accept="text/html")) == (406, "not_acceptable", None)


def test_large_body(cast: Cast) -> None:
    body = {"name": "x" * 1_000_001}
    assert refusal(post(cast.owner, "/teams/acme/service-accounts", body)) == (413, "payload_too_large", None)


def test_stranger_learns_nothing_from_a_bad_request(cast: Cast) -> None:
    """Rights come before the body."""
    assert post(cast.stranger, "/teams/acme/members", b"{").status_code == 404
    assert post(cast.viewer, "/teams/acme/members", b"{").status_code == 403
    assert post(None, "/teams/acme/members", b"{").status_code == 401
