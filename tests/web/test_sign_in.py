"""Sign in by password or by a link, and sign out."""

from __future__ import annotations

import pytest
from django.test import Client

from apps.accounts.services import create_user, issue_sign_in_link
from tests.factories.cast import Cast

PASSWORD = "a password of some length"


@pytest.fixture
def client(db: None) -> Client:
    create_user(email="ada@acme.test", password=PASSWORD)
    return Client()


def sign_in(client: Client, **fields: str) -> int:
    return client.post("/accounts/sign-in", {"username": "ada@acme.test", "password": PASSWORD} | fields).status_code


def test_anonymous_is_led_to_sign_in_and_back(client: Client) -> None:
    answer = client.get("/")
    assert answer.status_code == 302
    assert answer["Location"] == "/accounts/sign-in?next=/"
    answer = client.post("/accounts/sign-in?next=/new", {"username": "ada@acme.test", "password": PASSWORD})
    assert answer["Location"] == "/new"


def test_sign_in_keeps_what_stands_after_the_hash(client: Client) -> None:
    fields = {"username": "ada@acme.test", "password": PASSWORD, "next": "/acme/vision/#/experiments/1/runs/ab"}
    assert client.post("/accounts/sign-in", fields)["Location"] == "/acme/vision/#/experiments/1/runs/ab"


def test_sign_in_leads_to_no_other_site(client: Client) -> None:
    fields = {"username": "ada@acme.test", "password": PASSWORD, "next": "https://evil.test/"}
    assert client.post("/accounts/sign-in", fields)["Location"] == "/"


def test_sign_in_takes_the_address_in_any_case(client: Client) -> None:
    assert sign_in(client, username="Ada@Acme.Test") == 302


@pytest.mark.parametrize("fields", [{"password": "wrong"}, {"username": "nobody@acme.test"}])
def test_a_wrong_password_and_an_unknown_address_look_the_same(client: Client, fields: dict[str, str]) -> None:
    answer = client.post("/accounts/sign-in", {"username": "ada@acme.test", "password": PASSWORD} | fields)
    assert answer.status_code == 200
    assert "The e-mail address or the password is not right." in answer.content.decode()


def test_sign_out_is_a_post_that_ends_the_session(client: Client) -> None:
    sign_in(client)
    assert client.get("/accounts/sign-out").status_code == 405
    assert client.post("/accounts/sign-out")["Location"] == "/accounts/sign-in"
    assert client.get("/").status_code == 302


def test_a_link_signs_in_once_and_only_when_asked_to(cast: Cast) -> None:
    path = f"/accounts/link/{issue_sign_in_link(cast.owner.user)}"
    browser = cast.anonymous
    assert browser.get(path).status_code == 200
    assert browser.get("/").status_code == 302, "whatever previews the link must not use it up"
    assert browser.post(path)["Location"] == "/"
    assert browser.get("/").status_code == 200
    assert cast.anonymous.post(path).status_code == 404


def test_an_unknown_link_is_not_found(client: Client) -> None:
    assert client.post("/accounts/link/nothing").status_code == 404
