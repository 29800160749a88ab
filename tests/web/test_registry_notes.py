"""Descriptions and tags on the pages of models and versions."""

from __future__ import annotations

import pytest

from apps.common.ids import model_id
from apps.registry.names import MAX_DESCRIPTION_LENGTH
from apps.registry.queries import get_model, get_version
from tests.factories.cast import Cast
from tests.factories.models import make_model, make_version
from tests.factories.runs import make_run

MODEL = "/acme/vision/models/taxi"
VERSION = f"{MODEL}/versions/1"
PAGES = (MODEL, VERSION)


@pytest.fixture(autouse=True)
def registered(cast: Cast) -> str:
    """A version, by the id of its logged model."""
    owner = cast.owner.access()
    model = make_model(owner, experiment_number=0, run_id=make_run(owner).pk)
    make_version(owner, model, name="taxi")
    return model_id(model.pk)


def described(cast: Cast, page: str) -> str:
    """The description as it is stored."""
    owner = cast.owner.access()
    if page == MODEL:
        return get_model(owner, "taxi").model.description
    return get_version(owner, "taxi", 1).version.description


def tags(cast: Cast, page: str) -> dict[str, str]:
    """The tags as they are stored."""
    owner = cast.owner.access()
    return dict(get_model(owner, "taxi").tags if page == MODEL else get_version(owner, "taxi", 1).tags)


@pytest.mark.parametrize("page", PAGES)
def test_a_description_is_shown_as_markdown_and_edited_as_it_was_written(cast: Cast, page: str) -> None:
    text = "# Card\n\n**bold** <script>alert(1)</script> [x](javascript:alert(1)) ![i](https://evil.test/i.png)"
    answer = cast.member.browser().post(f"{page}/describe", {"description": text})
    assert (answer.status_code, answer.headers["Location"]) == (302, page)
    assert described(cast, page) == text
    shown = cast.member.browser().get(page).content.decode()
    for part in ("<h3>Card</h3>", "<strong>bold</strong>", "&lt;script&gt;", "**bold**"):
        assert part in shown, part
    for part in ("<script>alert", 'evil.test/i.png"', 'href="javascript'):
        assert part not in shown, part
    seen = cast.viewer.browser().get(page).content.decode()
    assert "<strong>bold</strong>" in seen
    assert "Edit description" not in seen


@pytest.mark.parametrize("page", PAGES)
def test_an_empty_description_invites_those_who_may_write(cast: Cast, page: str) -> None:
    cast.member.browser().post(f"{page}/describe", {"description": ""})
    assert "Nothing was written yet." in cast.member.browser().get(page).content.decode()
    assert "Description</h2>" not in cast.viewer.browser().get(page).content.decode()


@pytest.mark.parametrize("page", PAGES)
def test_a_description_that_is_too_long_is_refused_at_its_field(cast: Cast, page: str) -> None:
    before = described(cast, page)
    answer = cast.member.browser().post(f"{page}/describe", {"description": "d" * (MAX_DESCRIPTION_LENGTH + 1)})
    assert (answer.status_code, "at most 100000 characters" in answer.content.decode()) == (400, True)
    assert described(cast, page) == before


@pytest.mark.parametrize("page", PAGES)
def test_tags_are_added_changed_and_removed(cast: Cast, page: str) -> None:
    browser = cast.member.browser()
    before = tags(cast, page)
    for value in ("mobility", "<b>taxis</b>"):
        answer = browser.post(f"{page}/tags", {"key": "owner team", "value": value})
        assert (answer.status_code, answer.headers["Location"]) == (302, page)
    assert tags(cast, page) == before | {"owner team": "<b>taxis</b>"}
    shown = browser.get(f"{page}?tag=owner+team").content.decode()
    assert shown.count("&lt;b&gt;taxis&lt;/b&gt;") >= 2
    assert "<b>taxis" not in shown
    assert "Remove<span" not in cast.viewer.browser().get(page).content.decode()
    assert browser.post(f"{page}/tags/remove", {"key": "owner team"}).status_code == 302
    assert browser.post(f"{page}/tags/remove", {"key": "owner team"}).status_code == 302
    assert tags(cast, page) == before


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"key": "", "value": "v"}, "This field is required."),
        ({"key": "a;b", "value": "v"}, "Names may only contain"),
        ({"key": "../a", "value": "v"}, "must not resolve"),
        ({"key": "k" * 251, "value": "v"}, "at most 250 characters"),
        ({"key": "k", "value": "v" * 100_001}, "at most 100000 characters"),
    ],
)
def test_what_cannot_be_a_tag_is_refused_at_its_field(
    cast: Cast, page: str, fields: dict[str, str], words: str
) -> None:
    before = tags(cast, page)
    answer = cast.member.browser().post(f"{page}/tags", fields)
    assert (answer.status_code, words in answer.content.decode()) == (400, True)
    assert tags(cast, page) == before


@pytest.mark.parametrize("page", PAGES)
def test_who_may_not_write_notes(cast: Cast, page: str) -> None:
    before = described(cast, page), tags(cast, page)
    for path, fields in (
        ("describe", {"description": "x"}),
        ("tags", {"key": "k", "value": "v"}),
        ("tags/remove", {"key": "task"}),
    ):
        assert cast.viewer.browser().post(f"{page}/{path}", fields).status_code == 403
        assert cast.stranger.browser().post(f"{page}/{path}", fields).status_code == 404
        assert cast.owner.browser().get(f"{page}/{path}").status_code == 405
    assert (described(cast, page), tags(cast, page)) == before


def test_what_is_not_there_cannot_be_written_on(cast: Cast) -> None:
    for path in (
        "models/bus/describe",
        "models/bus/tags",
        "models/taxi/versions/7/describe",
        "models/taxi/versions/7/tags",
    ):
        fields = {"description": "x", "key": "k", "value": "v"}
        assert cast.member.browser().post(f"/acme/vision/{path}", fields).status_code == 404, path
    bad = cast.member.browser().post(f"{MODEL}/tags/remove", {"key": "a;b"})
    assert bad.status_code == 400
