"""A receiver of webhooks: a real HTTPS server on this machine, whose certificate authority is made for the test."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HOST = "receiver.test"


@dataclass(frozen=True, slots=True)
class Received:
    """One request as it arrived."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def message(self) -> dict[str, Any]:
        """The body as JSON."""
        message: dict[str, Any] = json.loads(self.body)
        return message

    def is_signed_with(self, secret: str) -> bool:
        """As docs/webhooks.md says how a receiver finds out."""
        signed = f"{self.headers['X-MLflow-Delivery-Id']}.{self.headers['X-MLflow-Timestamp']}.".encode() + self.body
        digest = hmac.new(secret.encode(), signed, hashlib.sha256).digest()
        return hmac.compare_digest(self.headers["X-MLflow-Signature"], "v1," + base64.b64encode(digest).decode())


@dataclass(slots=True)
class Receiver:
    """What arrived, and what is answered: the next of `statuses`, then 204; `headers` and `body` go with every answer."""

    port: int
    ca_file: Path
    received: list[Received] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    def url(self, path: str = "/hook", *, host: str = "127.0.0.1") -> str:
        """Where it listens."""
        return f"https://{host}:{self.port}{path}"

    def wait_for(self, count: int, *, seconds: float = 60) -> list[Received]:
        """All that arrived, once it is so many."""
        deadline = time.monotonic() + seconds
        while len(self.received) < count:
            assert time.monotonic() < deadline, f"{len(self.received)} of {count} arrived"
            time.sleep(0.05)
        return list(self.received)


@contextmanager
def receiver(folder: Path) -> Iterator[Receiver]:
    """A receiver that listens until the end of the block."""
    ca_file, context = certified(folder)
    server = _Server(("127.0.0.1", 0), _Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    made = Receiver(server.server_address[1], ca_file)
    server.receiver = made  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def certified(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """The file of a new authority, and a server's side of TLS with a certificate of it for 127.0.0.1 and HOST."""
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca_name = _name("Authority of a test")
    names = [x509.DNSName(HOST), x509.DNSName("localhost"), x509.IPAddress(IPv4Address("127.0.0.1"))]
    ca_certificate = (
        _begun(ca_name, ca_name, ca_key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(ca_key, hashes.SHA256())
    )
    certificate = (
        _begun(_name(HOST), ca_name, key)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    plain = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "receiver.pem").write_bytes(plain + certificate.public_bytes(pem))
    ca_file = folder / "authority.pem"
    ca_file.write_bytes(ca_certificate.public_bytes(pem))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "receiver.pem")
    return ca_file, context


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _begun(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    moment = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(moment - timedelta(hours=1))
        .not_valid_after(moment + timedelta(days=1))
    )


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_: Any) -> None:
        """Whoever does not believe the certificate goes away: that is no error here."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        to: Receiver = self.server.receiver  # type: ignore[attr-defined]
        body = self.rfile.read(int(self.headers["Content-Length"]))
        to.received.append(Received(self.path, dict(self.headers.items()), body))
        self.send_response(to.statuses.pop(0) if to.statuses else 204)
        for name, value in {**to.headers, "Content-Length": str(len(to.body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(to.body)

    def log_message(self, *_: Any) -> None:
        """Nothing."""
