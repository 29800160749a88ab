"""`make up`: starts, keeps running, says what is wrong, and leaves nothing behind."""

from __future__ import annotations

import os
import re
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from config.supervisor import ChildSpec, Supervisor
from config.watchdog import is_running
from tests.faults.up_process import UpProcess
from tests.servers.live import static_root
from tests.servers.session import Session

pytestmark = pytest.mark.faults

StartUp = Callable[..., UpProcess]
LINK = r"Sign in .*\n\s+(http\S+)"


@pytest.fixture
def start(tmp_path: Path, server_session: Session) -> Iterator[StartUp]:
    """Starts the command on the test's own data directory."""
    started: list[UpProcess] = []

    def run(**options: int) -> UpProcess:
        started.append(UpProcess(tmp_path / "data", static_root=static_root(server_session), **options))
        return started[-1]

    yield run
    for up in started:
        if up.process.poll() is None:
            up.stop()


def until(condition: Callable[[], bool], *, seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def test_first_start_prints_what_to_paste_and_ctrl_c_stops_everything(start: StartUp) -> None:
    up = start().wait_until_ready()
    address = f"http://127.0.0.1:{up.port}"
    assert re.search(rf"export MLFLOW_TRACKING_URI={address}/\S+/\S+", up.output)
    assert re.search(r"export MLFLOW_TRACKING_TOKEN=rf_\w+", up.output)
    assert re.search(LINK, up.output)
    assert up.answers()
    children = up.children()
    assert set(children) == {"valkey", "web", "worker", "jobs", "watchdog"}
    assert "|" not in up.output, "children are quiet when all is well"
    assert up.stop(signal.SIGINT) == 0
    assert not [name for name, pid in children.items() if is_running(pid)]


def test_second_start_takes_seconds_and_keeps_data(start: StartUp, tmp_path: Path) -> None:
    first = start().wait_until_ready()
    token = first.wait_for(r"TOKEN=(rf_\S+)")[1]
    link = first.wait_for(LINK)[1]
    assert first.stop(signal.SIGTERM) == 0
    began = time.monotonic()
    second = start(port=first.port).wait_until_ready()
    assert time.monotonic() - began < 20
    assert second.wait_for(r"TOKEN=(rf_\S+)")[1] == token
    assert second.wait_for(LINK)[1] != link
    assert {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "data").glob("secret*")} == {
        "secret-key": 0o600
    }


@pytest.mark.parametrize("name", ["web", "worker", "jobs", "valkey"])
def test_killed_child_is_started_again(start: StartUp, name: str) -> None:
    up = start().wait_until_ready()
    before = up.children()[name]
    os.kill(before, signal.SIGKILL)
    up.wait_for(f"{name} was killed by SIGKILL; starting it again", seconds=10)
    assert until(lambda: up.children().get(name, before) != before)
    assert until(up.answers)


def test_taken_port_is_one_sentence_and_exit_1(start: StartUp, tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        up = start(port=port)
        assert up.process.wait(timeout=30) == 1
        up.wait_for(f"Port {port} on 127.0.0.1 is taken by another program.")
    assert len(up.lines) == 1
    assert not list((tmp_path / "data").glob("*.sqlite3"))


def test_child_that_cannot_start_is_tried_again_with_growing_pauses_and_few_words() -> None:
    lines: list[str] = []
    supervisor = Supervisor(lines.append)
    script = "import sys; print('line of a long story'); print('the reason'); sys.exit(3)"
    supervisor.start(ChildSpec(name="broken", argv=[sys.executable, "-c", script], env=dict(os.environ)))
    thread = threading.Timer(6.0, lambda: os.kill(os.getpid(), signal.SIGUSR1))
    earlier = signal.signal(signal.SIGUSR1, supervisor.request_stop)
    try:
        thread.start()
        supervisor.run()
    finally:
        supervisor.stop()
        signal.signal(signal.SIGUSR1, earlier)
    notices = [line for line in lines if "starting it again" in line]
    assert [notice.rsplit(" in ", 1)[1] for notice in notices[:3]] == ["0.2 s", "1 s", "2 s"]
    assert "(the reason)" in notices[-1]
    assert lines.count("broken | line of a long story") <= 2


def test_second_instance_on_the_same_data_says_where_the_first_is(start: StartUp) -> None:
    first = start().wait_until_ready()
    second = start()
    assert second.process.wait(timeout=30) == 1
    second.wait_for(f"already running from .* \\(process {first.process.pid}, http://127.0.0.1:{first.port}\\)")
    assert first.answers()


def test_killed_supervisor_takes_its_children_along_and_the_next_start_works(start: StartUp) -> None:
    first = start().wait_until_ready()
    children = first.children()
    first.process.kill()
    first.process.wait(timeout=10)
    second = start(port=first.port).wait_until_ready()
    assert second.answers()
    assert not [name for name, pid in children.items() if is_running(pid)]
