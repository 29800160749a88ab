"""What `manage.py check --deploy --database default` says of a doubtful installation."""

from __future__ import annotations

import pytest
from django.core import checks
from django.db import connection
from pytest_django import Settings


def found() -> set[str]:
    said = checks.run_checks(include_deployment_checks=True)
    return {str(message.id) for message in said if str(message.id).startswith("runfold.")}


@pytest.fixture(autouse=True)
def _good(settings: Settings) -> None:
    settings.BROKER_URL = "redis://:secret@broker.acme.org:6379/0"
    settings.PUBLIC_URL = "https://runs.acme.org"
    settings.ALLOWED_HOSTS = ["runs.acme.org"]
    settings.WEBHOOKS_ALLOW_LOOPBACK = False
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.ARTIFACT_STORE = {"BACKEND": "", "OPTIONS": {"bucket": "runfold"}}


def test_nothing_is_said_of_a_good_one() -> None:
    assert found() == set()


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("redis://broker.acme.org:6379/0", {"runfold.W001"}),
        ("redis://8.8.8.8:6379/0", {"runfold.W001"}),
        ("redis://valkey:6379/0", set()),
        ("redis://10.0.0.7:6379/0", set()),
        ("redis://127.0.0.1:6379/0", set()),
    ],
)
def test_a_broker_without_password(settings: Settings, url: str, said: set[str]) -> None:
    settings.BROKER_URL = url
    assert found() == said


def test_a_public_host_that_is_refused(settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["other.acme.org"]
    assert found() == {"runfold.W002"}


def test_a_folder_of_artifacts_beside_a_database_of_many_machines(settings: Settings) -> None:
    settings.ARTIFACT_STORE = {"BACKEND": "", "OPTIONS": {"root": "/srv"}}
    assert found() == (set() if connection.vendor == "sqlite" else {"runfold.W003"})


def test_tls_that_the_server_does_not_hear_of(settings: Settings) -> None:
    settings.SECURE_PROXY_SSL_HEADER = None
    assert found() == {"runfold.W004"}
    settings.PUBLIC_URL = "http://runs.acme.org"
    assert found() == set()
