"""Home: one's teams and projects, and how to begin."""

from __future__ import annotations

from tests.budgets import Budget
from tests.factories.cast import Cast


def test_home_shows_what_one_may_see(cast: Cast) -> None:
    page = cast.member.browser().get("/").content.decode()
    assert "Acme" in page
    assert 'href="/acme/vision"' in page
    assert "/acme/secret" not in page
    assert "rival" not in page


def test_home_has_the_very_commands(cast: Cast) -> None:
    page = cast.member.browser().get("/").content.decode()
    assert "export MLFLOW_TRACKING_URI=http://127.0.0.1:8000/acme/vision" in page
    assert "export MLFLOW_TRACKING_TOKEN=" in page
    assert "mlflow.start_run()" in page


def test_home_of_a_viewer_offers_nothing_to_write(cast: Cast) -> None:
    page = cast.viewer.browser().get("/").content.decode()
    assert "New project" not in page
    assert "MLFLOW_TRACKING_URI" not in page


def test_anonymous_is_led_to_sign_in(cast: Cast) -> None:
    assert cast.anonymous.get("/")["Location"].startswith("/accounts/sign-in")


def test_create_team_makes_its_maker_the_owner(cast: Cast) -> None:
    browser = cast.member.browser()
    assert browser.post("/new", {"slug": "robots", "name": "Robots"})["Location"] == "/robots"
    assert "owner" in browser.get("/robots").content.decode()


def test_create_team_says_at_the_field_what_is_wrong(cast: Cast) -> None:
    for slug, message in (("acme", "is taken"), ("api", "own addresses need"), ("No Slug", "lower-case letters")):
        answer = cast.member.browser().post("/new", {"slug": slug})
        assert answer.status_code == 400
        assert message in answer.content.decode()


def test_home_statements(cast: Cast, query_budget: Budget) -> None:
    browser = cast.owner.browser()
    with query_budget("page/home"):
        browser.get("/")
