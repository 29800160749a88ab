"""From a host's name to its addresses, in bounded time."""

from __future__ import annotations

import queue
import socket
import threading
from collections.abc import Callable

from django.conf import settings
from django.utils.module_loading import import_string

from apps.webhooks.addresses import Target, may_be_reached
from apps.webhooks.deadlines import Deadline

Resolver = Callable[[str, int], list[str]]


class NoPublicAddress(Exception):
    """The host has no address, or one that is not public. One and the same: else it would tell of names that exist inside."""

    def __init__(self) -> None:
        super().__init__("The host has no public address.")


def system_resolver(host: str, port: int) -> list[str]:
    """What the machine's own resolver says.

    Raises:
        OSError: nothing.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return [str(address[0]) for *_, address in found]


def public_addresses(target: Target, deadline: Deadline) -> list[str]:
    """The addresses of a target, all of which may be reached. To be connected to as they are: a second look-up may differ.

    Raises:
        NoPublicAddress: there is none, or one among them may not be reached.
        TimeoutError: the deadline.
    """
    addresses = [target.host] if target.is_literal else _resolved(target, deadline)
    if not addresses or not all(may_be_reached(address, scheme=target.scheme) for address in addresses):
        raise NoPublicAddress
    return addresses


def _resolved(target: Target, deadline: Deadline) -> list[str]:
    """Asked in a thread: a name server, which may be anybody's, can take its time, and the call cannot be interrupted."""
    resolver: Resolver = import_string(settings.WEBHOOKS_RESOLVER)
    answers: queue.Queue[list[str]] = queue.Queue()

    def ask() -> None:
        try:
            answers.put(resolver(target.host, target.port))
        except (OSError, UnicodeError):
            answers.put([])

    threading.Thread(target=ask, name="webhook-resolver", daemon=True).start()
    try:
        return answers.get(timeout=deadline.left())
    except queue.Empty:
        raise TimeoutError from None
