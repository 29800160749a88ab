"""One POST to a receiver that may be anything: what arrives, and what is not waited for."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from apps.webhooks.http import ANSWER_BYTES, NotSent, post
from tests.servers.receiver import Receiver, certified
from tests.unit.webhooks.names import FIXED, PUBLIC, REBINDING, rebinding

DEADLINE_SECONDS = 1
Peer = ssl.SSLSocket


def send(url: str, **headers: str) -> int:
    return post(url, b'{"a": 1}', {"Content-Type": "application/json", **headers})


@pytest.fixture
def rude(tmp_path: Path, settings: Settings) -> Iterator[Callable[[Callable[[Peer], None]], str]]:
    """Starts a receiver that does what a function says with each connection; its URL."""
    ca_file, context = certified(tmp_path)
    settings.WEBHOOKS_CA_FILE = str(ca_file)
    settings.WEBHOOKS_DEADLINE_SECONDS = DEADLINE_SECONDS
    listening: list[socket.socket] = []
    over = threading.Event()

    def start(behave: Callable[[Peer], None]) -> str:
        server = socket.create_server(("127.0.0.1", 0))
        listening.append(server)

        def serve() -> None:
            try:
                raw, _ = server.accept()
                with context.wrap_socket(raw, server_side=True) as peer:
                    peer.recv(65_536)
                    behave(peer)
                    over.wait(10)
            except OSError:
                return

        threading.Thread(target=serve, daemon=True).start()
        return f"https://127.0.0.1:{server.getsockname()[1]}/hook"

    yield start
    over.set()
    for server in listening:
        server.close()


def keep_silent(_peer: Peer) -> None:
    """Keep the connection and say nothing."""


def drip(peer: Peer, beginning: bytes, drop: bytes) -> None:
    """Send something for ever, a little at a time, as long as somebody reads."""
    peer.sendall(beginning)
    pause = threading.Event()
    while not pause.wait(0.05):
        peer.sendall(drop)


def pour(peer: Peer, beginning: bytes, line: bytes) -> None:
    """Send something for ever, as fast as somebody reads."""
    peer.sendall(beginning)
    while True:
        peer.sendall(line * 100)


def test_what_arrives(receiver: Receiver) -> None:
    assert send(receiver.url("/a?b=c"), **{"X-More": "yes"}) == 204
    (arrived,) = receiver.received
    assert (arrived.path, arrived.body) == ("/a?b=c", b'{"a": 1}')
    assert arrived.headers["Host"] == f"127.0.0.1:{receiver.port}"
    assert arrived.headers["Content-Type"] == "application/json"
    assert arrived.headers["X-More"] == "yes"
    assert arrived.headers["User-Agent"] == "Runfold-Webhooks/1"


def test_the_host_of_the_url_is_what_tls_asks_for(receiver: Receiver, settings: Settings) -> None:
    settings.WEBHOOKS_RESOLVER = FIXED
    assert send(receiver.url(host="receiver.test")) == 204
    assert receiver.received[0].headers["Host"] == f"receiver.test:{receiver.port}"
    with pytest.raises(NotSent, match="certificate is not valid for this host"):
        send(receiver.url(host="other.test"))
    assert len(receiver.received) == 1


def test_a_certificate_of_an_unknown_authority_is_refused(receiver: Receiver, settings: Settings) -> None:
    settings.WEBHOOKS_CA_FILE = ""
    with pytest.raises(NotSent, match="certificate"):
        send(receiver.url())
    assert not receiver.received


def test_one_look_up_decides_where_the_connection_goes(receiver: Receiver, settings: Settings) -> None:
    settings.WEBHOOKS_RESOLVER = REBINDING
    rebinding.begin("127.0.0.1", PUBLIC)
    assert send(receiver.url(host="receiver.test")) == 204
    assert rebinding.answers == [PUBLIC]


def test_a_name_that_has_come_to_stand_for_something_inside_is_not_connected_to(
    receiver: Receiver, settings: Settings
) -> None:
    settings.WEBHOOKS_ALLOW_LOOPBACK = False
    settings.WEBHOOKS_RESOLVER = REBINDING
    rebinding.begin("127.0.0.1")
    with pytest.raises(NotSent, match="no public address"):
        send(receiver.url(host="receiver.test"))
    assert not receiver.received


def test_a_redirect_is_an_answer_and_not_followed(receiver: Receiver) -> None:
    for status in (301, 302, 307, 308):
        receiver.statuses.append(status)
        receiver.headers["Location"] = receiver.url("/elsewhere")
        assert send(receiver.url()) == status
    assert {arrived.path for arrived in receiver.received} == {"/hook"}


def test_proxies_of_the_environment_are_not_used(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "HTTP_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert send(receiver.url()) == 204


def test_nobody_there(receiver: Receiver) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(NotSent, match="connection failed"):
        send(f"https://127.0.0.1:{port}/")


def test_silence_ends_at_the_deadline(rude: Callable[[Callable[[Peer], None]], str]) -> None:
    with pytest.raises(NotSent, match=f"no answer within {DEADLINE_SECONDS} seconds"):
        send(rude(keep_silent))


@pytest.mark.parametrize(
    ("beginning", "drop"), [(b"", b" "), (b"HTTP/1.1 2", b"0"), (b"HTTP/1.1 200 OK\r\n", b"X-Slow: a\r\n")]
)
def test_an_answer_by_drops_ends_at_the_deadline(
    rude: Callable[[Callable[[Peer], None]], str], beginning: bytes, drop: bytes
) -> None:
    with pytest.raises(NotSent):
        send(rude(lambda peer: drip(peer, beginning, drop)))


def test_a_handshake_that_never_ends(settings: Settings) -> None:
    settings.WEBHOOKS_DEADLINE_SECONDS = DEADLINE_SECONDS
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        pytest.raises(NotSent, match=f"no answer within {DEADLINE_SECONDS} seconds"),
    ):
        send(f"https://127.0.0.1:{server.getsockname()[1]}/")


@pytest.mark.parametrize(
    ("beginning", "line"),
    [
        (b"HTTP/1.1 200 OK\r\n", b"X-Many: " + b"a" * 200 + b"\r\n"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"HTTP/1.1 200 ", b"a" * ANSWER_BYTES),
    ],
    ids=["headers", "continues", "line"],
)
def test_an_answer_without_end_is_not_read(
    rude: Callable[[Callable[[Peer], None]], str], beginning: bytes, line: bytes
) -> None:
    with pytest.raises(NotSent, match="The answer is no HTTP"):
        send(rude(lambda peer: pour(peer, beginning, line)))


def test_a_body_without_end_or_by_drops_is_left_unread(rude: Callable[[Callable[[Peer], None]], str]) -> None:
    assert send(rude(lambda peer: pour(peer, b"HTTP/1.1 200 OK\r\n\r\n", b"a" * 1_000))) == 200
    assert send(rude(lambda peer: drip(peer, b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n", b"a"))) == 200


def test_what_is_no_http_is_refused(rude: Callable[[Callable[[Peer], None]], str]) -> None:
    with pytest.raises(NotSent, match="The answer is no HTTP"):
        send(rude(lambda peer: peer.sendall(b"220 mail.example ESMTP\r\n")))
