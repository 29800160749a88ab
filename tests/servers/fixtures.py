"""Fixtures of the outside world: a live Runfold, the stock client's environment, a browser."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.servers import live
from tests.servers.buckets import new_bucket
from tests.servers.chromium import ARGUMENTS, HOW_TO_GET_ONE, find_chromium
from tests.servers.clients import ClientUnavailableError, client_python
from tests.servers.live import LiveRunfold
from tests.servers.plugin import database_kind
from tests.servers.seaweedfs import S3Server
from tests.servers.session import Session

StartRunfold = Callable[[], LiveRunfold]


@pytest.fixture(scope="session")
def live_runfold(server_session: Session) -> LiveRunfold:
    """A running Runfold, shared by the whole test run: make a project of your own in it. No worker."""
    return live.live_runfold(server_session, database_kind())


@pytest.fixture(scope="session")
def live_worker(server_session: Session, live_runfold: LiveRunfold) -> LiveRunfold:
    """The same, with the Celery workers and beat."""

    def start(_home: Path) -> int:
        live.start_jobs_worker(server_session, live_runfold)
        return live.start_worker(server_session, live_runfold).pid

    server_session.shared(f"worker-{database_kind()}", int, start)
    return live_runfold


@pytest.fixture(scope="session")
def live_runfold_on_s3(server_session: Session, s3_server: S3Server) -> LiveRunfold:
    """A running Runfold that keeps artifacts in S3, through itself alone."""
    return _live_on_s3(server_session, s3_server, "s3", {})


@pytest.fixture(scope="session")
def live_runfold_on_direct_s3(server_session: Session, s3_server: S3Server) -> LiveRunfold:
    """The same, where clients may reach S3 by presigned addresses."""
    address = {"RUNFOLD_S3_PUBLIC_ENDPOINT_URL": s3_server.endpoint_url}
    return _live_on_s3(server_session, s3_server, "direct", address)


def _live_on_s3(session: Session, server: S3Server, name: str, more: dict[str, str]) -> LiveRunfold:
    def start(home: Path) -> LiveRunfold:
        bucket = new_bucket(server)
        settings = {
            "RUNFOLD_ARTIFACT_STORE": f"s3://{bucket['bucket']}/runfold",
            "RUNFOLD_S3_ENDPOINT_URL": server.endpoint_url,
            "RUNFOLD_S3_ACCESS_KEY": server.access_key,
            "RUNFOLD_S3_SECRET_KEY": server.secret_key,
            **more,
        }
        return live.start(session, home, database_kind(), settings=settings)

    return session.shared(f"live-{name}-{database_kind()}", LiveRunfold, start)


@pytest.fixture
def live_runfold_factory(server_session: Session, request: pytest.FixtureRequest) -> StartRunfold:
    """Starts Runfolds of a test's own, to be broken on purpose."""
    name = "".join(letter if letter.isalnum() else "-" for letter in request.node.name.lower())[:40]

    def make() -> LiveRunfold:
        home = next(
            path
            for n in range(1000)
            if not (path := server_session.directory / f"own-{name}-{os.getpid()}-{n}").exists()
        )
        home.mkdir(mode=0o755)
        return live.start(server_session, home, database_kind())

    return make


@pytest.fixture(scope="session")
def mlflow_python() -> Path:
    """The interpreter of an environment with the newest stock mlflow client, and nothing of ours."""
    return environment("mlflow-skinny")


def environment(*requirements: str) -> Path:
    """The interpreter of an environment that holds `requirements`; the test is skipped, in CI failed, without."""
    try:
        return client_python(*requirements)
    except ClientUnavailableError as exc:
        unavailable(str(exc))


def unavailable(reason: str) -> NoReturn:
    """A part of the world is missing: a failure in CI, a skip that says why elsewhere."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A headless Chromium. A module's, since Playwright's event loop must not meet tests that use the ORM."""
    path = find_chromium()
    if path is None:
        unavailable(HOW_TO_GET_ONE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def browser_page(chromium: Browser) -> Iterator[Page]:
    """A page of a fresh profile. The test fails when the page logged an error or threw one."""
    context = chromium.new_context()
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    yield page
    context.close()
    assert not problems, "The page reported errors:\n" + "\n".join(problems)
