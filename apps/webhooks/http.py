"""One POST to a tenant's address, which is trusted with nothing.

The host is resolved once, every address it has is checked, and the connection goes to one of these very addresses; TLS
asks for the host's certificate all the same. Nothing is redirected or proxied. One deadline covers everything, and so many
bytes are read and no more; of the answer only the status code leaves this module.
"""

from __future__ import annotations

import io
import socket
import ssl
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from http.client import HTTPConnection, HTTPException
from typing import Any

from django.conf import settings

from apps.webhooks.addresses import Target, parse_url
from apps.webhooks.deadlines import Deadline
from apps.webhooks.refusals import invalid_url
from apps.webhooks.resolving import NoPublicAddress, public_addresses

# Status line, headers and what comes after them.
ANSWER_BYTES = 32 * 1024
BODY_BYTES = 4 * 1024
USER_AGENT = "Runfold-Webhooks/1"


class NotSent(Exception):
    """There was no answer. The message says why in our own words: what the other side says may be anything."""


def check_url(url: str) -> None:
    """Refuse a URL that nothing may be sent to as things are. Sending checks again, for names can come to stand for others.

    Raises:
        InvalidInput: its text, or what its host stands for.
    """
    try:
        public_addresses(parse_url(url), _deadline())
    except (NoPublicAddress, TimeoutError) as exc:
        raise invalid_url("its host has no public address.") from exc


def post(url: str, body: bytes, headers: Mapping[str, str]) -> int:
    """Send a POST; the status code of the answer.

    Args:
        url: https, whose host is public.
        body: sent with its length.
        headers: beside Host, User-Agent and Content-Length.

    Raises:
        InvalidInput: the text of the URL.
        NotSent: no answer that is HTTP, within the time and the number of bytes that there are.
    """
    target, deadline = parse_url(url), _deadline()
    try:
        addresses = public_addresses(target, deadline)
        return _answer(target, addresses, deadline, body, headers)
    except NoPublicAddress as exc:
        raise NotSent(str(exc)) from exc
    except TimeoutError as exc:
        seconds = settings.WEBHOOKS_DEADLINE_SECONDS
        raise NotSent(f"There was no answer within {seconds} seconds.") from exc
    except ssl.SSLCertVerificationError as exc:
        raise NotSent("The certificate is not valid for this host.") from exc
    except ssl.SSLError as exc:
        raise NotSent("The TLS handshake failed.") from exc
    except OSError as exc:
        raise NotSent("The connection failed.") from exc
    except HTTPException as exc:
        raise NotSent("The answer is no HTTP.") from exc


def _deadline() -> Deadline:
    return Deadline.after(settings.WEBHOOKS_DEADLINE_SECONDS)


def _answer(target: Target, addresses: list[str], deadline: Deadline, body: bytes, headers: Mapping[str, str]) -> int:
    connection = _PinnedConnection(target, addresses, deadline)
    try:
        connection.request("POST", target.path, body, {"Host": target.host_header, "User-Agent": USER_AGENT, **headers})
        answer = connection.getresponse()
        # A receiver that is cut off in the middle of a short answer would take that for an error.
        with suppress(OSError, HTTPException):
            answer.read(BODY_BYTES)
        return answer.status
    finally:
        connection.close()


class _PinnedConnection(HTTPConnection):
    """Goes to addresses that were checked, whatever the host's name would resolve to by now."""

    def __init__(self, target: Target, addresses: list[str], deadline: Deadline) -> None:
        super().__init__(target.host, target.port)
        self._target, self._addresses, self._deadline = target, addresses, deadline

    def connect(self) -> None:
        """Connect to the first address that answers, and shake hands with the host that the URL names."""
        raw = self._connected()
        try:
            if self._target.scheme == "https":
                raw.settimeout(self._deadline.left())
                raw = _tls(settings.WEBHOOKS_CA_FILE).wrap_socket(raw, server_hostname=self._target.host)
        except BaseException:
            raw.close()
            raise
        self.sock = _BoundedSocket(raw, self._deadline)

    def _connected(self) -> socket.socket:
        refused: OSError = ConnectionError()
        for done, address in enumerate(self._addresses):
            # One that swallows everything must leave time for the others.
            seconds = self._deadline.left() / (len(self._addresses) - done)
            try:
                return socket.create_connection((address, self._target.port), timeout=seconds)
            except OSError as exc:
                refused = exc
        raise refused


class _BoundedSocket:
    """A socket that http.client can use, with one deadline for all and so many bytes to read."""

    def __init__(self, raw: socket.socket, deadline: Deadline) -> None:
        self._raw, self._deadline = raw, deadline
        self._bytes_left = ANSWER_BYTES

    def sendall(self, data: bytes) -> None:
        """Send everything: each step by the deadline, not each within a time of its own."""
        left = memoryview(data).cast("B")
        while left:
            self._raw.settimeout(self._deadline.left())
            left = left[self._raw.send(left) :]

    def receive_into(self, buffer: memoryview) -> int:
        """Read what there is, up to the bound."""
        if not self._bytes_left:
            raise HTTPException("too much")
        self._raw.settimeout(self._deadline.left())
        count = self._raw.recv_into(buffer[: self._bytes_left])
        self._bytes_left -= count
        return count

    def makefile(self, *_mode: Any) -> io.BufferedReader:
        """What http.client reads from."""
        return io.BufferedReader(_Reader(self))

    def close(self) -> None:
        """End the connection."""
        self._raw.close()


class _Reader(io.RawIOBase):
    """The bytes of an answer."""

    def __init__(self, source: _BoundedSocket) -> None:
        self._source = source

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read into `buffer`."""
        return self._source.receive_into(memoryview(buffer).cast("B"))


@cache
def _tls(ca_file: str) -> ssl.SSLContext:
    """The machine's certificate authorities, and those in `ca_file`, if one is named."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca_file:
        context.load_verify_locations(ca_file)
    return context
