"""`manage.py up` as a person runs it, with its output read line by line."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from urllib.request import urlopen

from tests.servers.process import free_port

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60


class UpProcess:
    """One run of the command on a data directory and a port."""

    def __init__(self, data_dir: Path, *, static_root: str, port: int | None = None) -> None:
        self.port = port or free_port()
        self.lines: list[str] = []
        names = {
            "DJANGO_SETTINGS_MODULE": "config.settings.dev",
            "RUNFOLD_DATA_DIR": str(data_dir),
            "RUNFOLD_STATIC_ROOT": static_root,
        }
        dropped = {"RUNFOLD_DATABASE_URL", "RUNFOLD_BROKER_URL", "RUNFOLD_PUBLIC_URL"}
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "up", "--port", str(self.port), "--web-processes", "1"],
            cwd=ROOT,
            env={**{name: value for name, value in os.environ.items() if name not in dropped}, **names},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def output(self) -> str:
        """All that it printed so far."""
        return "".join(self.lines)

    def wait_for(self, pattern: str, *, seconds: float = START_SECONDS) -> re.Match[str]:
        """The first match of `pattern` in the output."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if match := re.search(pattern, self.output):
                return match
            if self.process.poll() is not None and not self._reader.is_alive():
                break
            time.sleep(0.05)
        raise AssertionError(f"{pattern!r} was not printed:\n{self.output}")

    def wait_until_ready(self) -> UpProcess:
        """Returns when the greeting is complete."""
        self.wait_for("Ctrl-C stops it")
        return self

    def children(self) -> dict[str, int]:
        """Process ids of the supervised programs, by name."""
        listing = subprocess.run(
            ["ps", "-ww", "-eo", "pid=,ppid=,args="], capture_output=True, text=True, check=True
        ).stdout
        names = {"valkey-server": "valkey", "granian": "web", "--beat": "worker"}
        names |= {"--queues jobs": "jobs", "watchdog": "watchdog"}
        found = {}
        for line in listing.splitlines():
            pid, parent, command = line.split(None, 2)
            if int(parent) == self.process.pid:
                found.update({name: int(pid) for word, name in names.items() if word in command})
        return found

    def answers(self) -> bool:
        """Whether the web server answers."""
        try:
            with urlopen(f"http://127.0.0.1:{self.port}/version", timeout=5) as response:
                return bool(response.status == 200)
        except OSError:
            return False

    def stop(self, number: int = signal.SIGINT, *, seconds: float = 30) -> int:
        """Send a signal and return the exit status."""
        self.process.send_signal(number)
        return self.process.wait(timeout=seconds)

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line)
