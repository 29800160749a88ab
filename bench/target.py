"""HTTP/1.1 requests as bytes, and responses read back: standard library only, so that the client costs little."""

from __future__ import annotations

import json
import socket
import urllib.parse
from dataclasses import dataclass, field
from typing import Any

API = "/api/2.0/mlflow/"
AJAX = "/ajax-api/2.0/mlflow/"
_JSON = "application/json"


class HttpError(Exception):
    """The server refused, or closed the connection."""


@dataclass(slots=True)
class Target:
    """Where to send requests, and with which token."""

    uri: str
    token: str | None = None
    host: str = field(init=False)
    port: int = field(init=False)
    base: str = field(init=False)
    head: bytes = field(init=False)

    def __post_init__(self) -> None:
        parts = urllib.parse.urlsplit(self.uri)
        if parts.scheme != "http" or parts.hostname is None:
            raise SystemExit(f"{self.uri}: only http:// targets are supported")
        self.host, self.port = parts.hostname, parts.port or 80
        self.base = parts.path.rstrip("/")
        lines = [f"Host: {self.host}:{self.port}", "Accept: application/json"]
        if self.token:
            lines.append(f"Authorization: Bearer {self.token}")
        self.head = ("\r\n".join(lines) + "\r\n").encode()

    def connect(self) -> socket.socket:
        """Open a connection that sends at once."""
        sock = socket.create_connection((self.host, self.port), timeout=600)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return sock

    def request(self, method: str, path: str, body: bytes = b"") -> bytes:
        """Return the complete bytes of a request."""
        start = f"{method} {self.base}{path} HTTP/1.1\r\n".encode() + self.head
        if method != "GET" or body:
            start += f"Content-Type: {_JSON}\r\nContent-Length: {len(body)}\r\n".encode()
        return start + b"\r\n" + body

    def post(self, name: str, body: Any) -> bytes:
        """Return a POST of JSON to an MLflow endpoint."""
        return self.request("POST", API + name, dumps(body))

    def get(self, name: str, **query: Any) -> bytes:
        """Return a GET of an MLflow endpoint."""
        return self.request("GET", API + name + "?" + urllib.parse.urlencode(query, doseq=True))


def dumps(value: Any) -> bytes:
    """Return compact JSON."""
    return json.dumps(value, separators=(",", ":")).encode()


class Response:
    """Incremental parser of one HTTP/1.1 response."""

    __slots__ = ("_chunked", "_chunks", "_head", "_need", "_size", "_tail", "close", "status")

    def __init__(self) -> None:
        self.status = 0
        self.close = False
        self._chunks: list[bytes] = []
        self._size = 0
        self._head = b""
        self._need = -1
        self._chunked = False
        self._tail = b""

    @property
    def ends_with_connection(self) -> bool:
        """Whether only the end of the connection marks the end of the body."""
        return self.status != 0 and self._need < 0 and not self._chunked

    def feed(self, data: bytes) -> bool:
        """Take bytes off the wire; return whether the response is complete."""
        if not self.status:
            data = self._head + data
            cut = data.find(b"\r\n\r\n")
            if cut < 0:
                self._head = data
                return False
            self._read_head(data[:cut].lower())
            data = data[cut + 4 :]
        if data:
            self._chunks.append(data)
            self._size += len(data)
            self._tail = (self._tail + data)[-8:]
        if self._chunked:
            return self._tail == b"0\r\n\r\n" or self._tail.endswith(b"\r\n0\r\n\r\n")
        return self._need >= 0 and self._size >= self._need

    def _read_head(self, head: bytes) -> None:
        self.status = int(head[9:12])
        self.close = b"connection: close" in head or head.startswith(b"http/1.0")
        at = head.find(b"content-length:")
        if at >= 0:
            end = head.find(b"\r\n", at)
            self._need = int(head[at + 15 : end if end >= 0 else len(head)])
        elif b"transfer-encoding: chunked" in head:
            self._chunked = True
        elif self.status in {204, 304}:
            self._need = 0

    def body(self) -> bytes:
        """Return the body."""
        raw = b"".join(self._chunks)
        if not self._chunked:
            return raw
        parts: list[bytes] = []
        at = 0
        while True:
            end = raw.index(b"\r\n", at)
            size = int(raw[at:end].split(b";")[0], 16)
            if not size:
                return b"".join(parts)
            parts.append(raw[end + 2 : end + 2 + size])
            at = end + 2 + size + 2


class Connection:
    """A blocking keep-alive connection, for set-up and for one request after another."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self._sock: socket.socket | None = None

    def send(self, raw: bytes) -> tuple[int, bytes]:
        """Send a request and return status and body; a kept connection that went away is opened anew."""
        if self._sock is not None:
            try:
                return self._exchange(self._sock, raw)
            except (ConnectionResetError, BrokenPipeError):
                self.close()
        self._sock = self.target.connect()
        return self._exchange(self._sock, raw)

    def call(self, raw: bytes) -> Any:
        """Send a request and return the JSON of a 200; HttpError otherwise."""
        status, body = self.send(raw)
        if status != 200:
            raise HttpError(f"{status}: {body[:400]!r}")
        return json.loads(body) if body else {}

    def close(self) -> None:
        """Close the connection, if there is one."""
        if self._sock is not None:
            self._sock.close()
            self._sock = None

    def _exchange(self, sock: socket.socket, raw: bytes) -> tuple[int, bytes]:
        sock.sendall(raw)
        response = Response()
        while True:
            data = sock.recv(1 << 18)
            if not data:
                if not response.ends_with_connection:
                    raise ConnectionResetError
                response.close = True
                break
            if response.feed(data):
                break
        if response.close:
            self.close()
        return response.status, response.body()
