"""What the start-up checks say of webhooks."""

from __future__ import annotations

import pytest
from pytest_django import Settings

from apps.webhooks.checks import loopback_receivers_are_for_one_machine


@pytest.mark.parametrize(
    ("allowed", "url", "ids"),
    [
        (True, "https://runfold.example.com", ["runfold.E012"]),
        (True, "http://127.0.0.1:8000", []),
        (True, "http://[::1]:8000", []),
        (False, "https://runfold.example.com", []),
    ],
)
def test_loopback_receivers_are_for_one_machine(settings: Settings, allowed: bool, url: str, ids: list[str]) -> None:
    settings.WEBHOOKS_ALLOW_LOOPBACK, settings.PUBLIC_URL = allowed, url
    assert [error.id for error in loopback_receivers_are_for_one_machine()] == ids
