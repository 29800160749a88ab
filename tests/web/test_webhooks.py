"""The pages of webhooks: settings of a project."""

from __future__ import annotations

import re

import pytest

from apps.jobs import worker
from apps.projects.tenancy import bound
from apps.runs.models import RunStatus
from apps.runs.services import update_run
from apps.webhooks.models import Webhook
from tests.budgets import Budget
from tests.factories.cast import Cast
from tests.factories.runs import make_run
from tests.servers.receiver import Receiver

PAGE = "/acme/vision/settings/webhooks"
FORM = {"name": "deploy", "url": "https://93.184.215.14/hook", "events": ["run.finished"], "is_active": "on"}
SECRET = re.compile(r'id="new-secret">(whsec_[\w-]+)<')


def make(cast: Cast, **fields: object) -> str:
    """A new webhook's page."""
    browser = cast.owner.browser()
    assert browser.post(f"{PAGE}/create", FORM | fields).status_code == 200
    access = cast.owner.access()
    with bound(access):
        newest = Webhook.objects.in_project(access).latest("pk")
    return f"{PAGE}/{newest.pk.hex}"


def test_the_settings_lead_there_for_those_who_manage(cast: Cast) -> None:
    settings = "/acme/vision/settings"
    assert f'href="{PAGE}"' in cast.owner.browser().get(settings).content.decode()
    assert f'href="{PAGE}"' not in cast.viewer.browser().get(settings).content.decode()
    assert "No webhooks" in cast.owner.browser().get(PAGE).content.decode()
    assert cast.member.browser().get(PAGE).status_code == 403
    assert cast.stranger.browser().get(PAGE).status_code == 404


def test_a_new_webhook_shows_its_secret_once(cast: Cast) -> None:
    browser = cast.owner.browser()
    answer = browser.post(f"{PAGE}/create", FORM)
    page = answer.content.decode()
    found = SECRET.search(page)
    assert found
    assert "no-store" in answer["Cache-Control"]
    listed = browser.get(PAGE).content.decode()
    assert "https://93.184.215.14/hook" in listed
    assert found[1] not in listed
    address = re.search(rf'href="({PAGE}/[0-9a-f]+)"', listed)
    assert address
    assert not SECRET.search(browser.get(address[1]).content.decode())
    rotated = SECRET.search(browser.post(f"{address[1]}/secret").content.decode())
    assert rotated
    assert rotated[1] != found[1]


@pytest.mark.parametrize(
    ("field", "wrong", "said"),
    [
        ("name", "a b", "must start and end with a letter or digit"),
        ("url", "https://10.0.0.1/", "its host has no public address"),
        ("url", "http://93.184.215.14/", "Invalid webhook URL"),
        ("events", [], "Choose at least one."),
        ("events", ["prompt.created"], "is not one of the available choices"),
    ],
)
def test_what_is_refused_is_said_at_its_field(cast: Cast, field: str, wrong: object, said: str) -> None:
    answer = cast.owner.browser().post(f"{PAGE}/create", FORM | {field: wrong})
    assert answer.status_code == 400
    assert said in answer.content.decode()
    address = make(cast)
    answer = cast.owner.browser().post(f"{address}/update", FORM | {field: wrong})
    assert answer.status_code == 400
    assert said in answer.content.decode()


def test_change_and_delete(cast: Cast) -> None:
    address, browser = make(cast), cast.owner.browser()
    changed = {"name": "renamed", "url": FORM["url"], "events": ["run.failed"]}
    page = browser.post(f"{address}/update", changed, follow=True).content.decode()
    assert "Saved." in page
    assert "disabled" in page
    assert "renamed" in page
    page = browser.post(f"{address}/delete", follow=True).content.decode()
    assert "The webhook is deleted." in page
    assert browser.get(address).status_code == 404


def test_deliveries_are_followed_tried_and_sent_again(cast: Cast, receiver: Receiver, query_budget: Budget) -> None:
    address, browser = make(cast, url=receiver.url()), cast.owner.browser()
    assert "Nothing was sent yet" in browser.get(address).content.decode()
    receiver.statuses += [204, 503]
    assert "the receiver answered 204" in browser.post(f"{address}/test", follow=True).content.decode()
    said = browser.post(f"{address}/test", follow=True).content.decode()
    assert "The test did not arrive. The receiver answered 503." in said
    run, member = make_run(cast.member.access()), cast.member.access()
    update_run(member, run_id=run.pk, status=RunStatus.FINISHED)
    with query_budget("page/webhook"):
        page = browser.get(address).content.decode()
    assert 'hx-trigger="every 3s"' in page
    worker.run_next()
    fragment = browser.get(address, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in fragment
    assert "hx-trigger" not in fragment
    again = re.search(rf'action="({address}/deliveries/[0-9a-f]+/redeliver)"', fragment)
    assert again
    assert "It is on its way again." in browser.post(again[1], follow=True).content.decode()
    assert browser.post(again[1]).status_code == 409
    worker.run_next()
    ids = [arrived.headers["X-MLflow-Delivery-Id"] for arrived in receiver.received]
    assert ids[-1] == ids[-2]


def test_the_log_in_pages(cast: Cast, receiver: Receiver) -> None:
    address, browser = make(cast, url=receiver.url()), cast.owner.browser()
    for _ in range(26):
        browser.post(f"{address}/test")
    page = browser.get(address).content.decode()
    older = re.search(r'href="([^"]+\?page=[^"]+)">Older', page)
    assert older
    last = browser.get(older[1]).content.decode()
    assert last.count("/redeliver") == 1
    assert "Newest" in last


def test_what_the_receiver_says_and_odd_names_cannot_break_the_page(cast: Cast, receiver: Receiver) -> None:
    address = make(cast, url=receiver.url("/%3Cscript%3E?a=<b>"), description="<script>alert(1)</script>")
    receiver.body = b"<script>alert(2)</script>"
    page = cast.owner.browser().post(f"{address}/test", follow=True).content.decode()
    assert "alert(2)" not in page
    assert "<script>alert(1)" not in page
