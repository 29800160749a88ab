"""The processes of a one-machine Runfold: Valkey, web server, worker with beat."""

from __future__ import annotations

import os
import secrets
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

from config import valkey
from config.supervisor import ChildSpec

VALKEY_CONFIG = """\
bind 127.0.0.1
port {port}
requirepass {password}
dir "{directory}"
save ""
appendonly no
loglevel warning
logfile "{directory}/valkey.log"
"""


@dataclass(frozen=True, slots=True)
class Embedded:
    """Where it listens, how wide it is, where its files are."""

    data_dir: Path
    host: str
    port: int
    web_processes: int
    web_threads: int
    log_level: str

    @property
    def url(self) -> str:
        """What a browser on this machine opens."""
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(self.host, self.host)  # noqa: S104
        return f"http://{host}:{self.port}"

    def children(self) -> list[ChildSpec]:
        """In the order in which they need each other."""
        port, password = _free_port(), secrets.token_urlsafe(24)
        env = {
            **os.environ,
            "RUNFOLD_BROKER_URL": f"redis://:{password}@127.0.0.1:{port}/0",
            "RUNFOLD_LOG_LEVEL": self.log_level.upper(),
        }
        return [self._valkey(port, password), self._web(env), self._worker(env), self._jobs(env)]

    def _valkey(self, port: int, password: str) -> ChildSpec:
        """Valkey on a port of its own with a password of its own: a laptop may have other users."""
        directory = self.data_dir / "valkey"
        directory.mkdir(exist_ok=True, mode=0o700)
        config = directory / "valkey.conf"
        config.touch(mode=0o600)
        config.write_text(VALKEY_CONFIG.format(port=port, password=password, directory=_escaped(directory)))
        return ChildSpec(
            name="valkey",
            argv=[str(valkey.executable()), str(config)],
            env=dict(os.environ),
            is_ready=lambda: _listens("127.0.0.1", port),
        )

    def _web(self, env: dict[str, str]) -> ChildSpec:
        words = f"--interface wsgi --host {self.host} --port {self.port} --no-ws --respawn-failed-workers"
        size = f"--workers {self.web_processes} --blocking-threads {self.web_threads} --workers-kill-timeout 8"
        return ChildSpec(
            name="web",
            argv=[
                *(sys.executable, "-m", "granian", "config.wsgi:application"),
                *words.split(),
                *size.split(),
                # What it warns of is its own tuning; what Runfold warns of comes through Django's logging.
                *("--log-level", "error" if self.log_level == "warning" else self.log_level),
            ],
            env=env,
            is_ready=lambda: _listens(self.host, self.port),
        )

    def _worker(self, env: dict[str, str]) -> ChildSpec:
        schedule = str(self.data_dir / "celerybeat-schedule")
        return ChildSpec(name="worker", argv=self._celery("--beat --concurrency 1", "--schedule", schedule), env=env)

    def _jobs(self, env: dict[str, str]) -> ChildSpec:
        """Threads: they hear that the worker stops, and may be in the middle of hours of work; a fork would not hear it."""
        return ChildSpec(name="jobs", argv=self._celery("--queues jobs --pool threads --concurrency 2"), env=env)

    def _celery(self, words: str, *more: str) -> list[str]:
        return [
            *(sys.executable, "-W", "ignore:You're running the worker with superuser"),
            *("-m", "celery", "--app", "config.celery", "--quiet", "worker"),
            *f"{words} --without-gossip --without-mingle --without-heartbeat".split(),
            *more,
            *("--loglevel", self.log_level.upper()),
        ]


def _escaped(path: Path) -> str:
    return str(path).replace("\\", "\\\\").replace('"', '\\"')


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _listens(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return False
    return True
