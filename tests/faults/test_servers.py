"""A test run that is killed takes its servers and files along."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from config.watchdog import is_running
from tests.servers.session import VARIABLE

pytestmark = pytest.mark.faults

ROOT = Path(__file__).resolve().parents[2]
RUN = """
import os, signal
from tests.servers.postgres import postgres
from tests.servers.session import current
from tests.servers.valkey import valkey

session = current()
print(session.directory, postgres(session).pid, valkey(session).pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_servers_of_a_killed_run_end_within_seconds() -> None:
    env = {name: value for name, value in os.environ.items() if name != VARIABLE}
    argv = [sys.executable, "-c", RUN]
    run = subprocess.run(argv, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=60)
    assert run.stdout, run.stderr
    directory, *pids = run.stdout.split()
    deadline = time.monotonic() + 15
    while Path(directory).exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not Path(directory).exists()
    assert not [pid for pid in pids if is_running(int(pid))]
