"""Play cases against a server and keep the normalised answers."""

from __future__ import annotations

import http.client
import json
import urllib.parse
import uuid
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from tests.mlflow_client.differential.case import Case, Wire, wire
from tests.mlflow_client.differential.normalise import Answer, answer

Send = Callable[[Wire], tuple[int, bytes]]
"""Sends a request and returns status and body."""


class SetUpError(AssertionError):
    """A call that only sets the scene was refused."""


def replay(case: Case, send: Send) -> dict[str, Answer]:
    """Make the calls of a case in order.

    Returns:
        The answers of the compared calls by label, in order.

    Raises:
        SetUpError: when a set-up call did not answer 200.
    """
    names = {"unique": f"d{uuid.uuid4().hex}"}
    answers: dict[str, Answer] = {}
    for call in case.calls:
        status, body = send(wire(call, names))
        if not call.label and status != 200:
            raise SetUpError(f"{case.name}: {call.method} {call.path}: {status} {body[:400]!r}")
        if status == 200 and call.save:
            parsed = json.loads(body)
            names |= {name: _dig(parsed, path) for name, path in call.save.items()}
        if call.label:
            answers[call.label] = answer(status, body, names, call.compare)
    return answers


def _dig(value: Any, path: str) -> str:
    for part in path.split("."):
        value = value[int(part)] if isinstance(value, list) else value[part]
    return str(value)


def http_sender(uri: str, token: str | None = None) -> Send:
    """Return a sender to a live server at `uri`, signing with `token` when given."""
    parts = urllib.parse.urlsplit(uri)
    base = parts.path.rstrip("/")
    headers = {"Authorization": f"Bearer {token}"} if token else {}

    def send(request: Wire) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=60)
        typed = {"Content-Type": request.content_type} if request.content_type else {}
        target = base + request.path + ("?" + request.query if request.query else "")
        try:
            with suppress(BrokenPipeError):  # refused before all of it was sent: read the answer, as clients do
                connection.request(request.method, target, request.body or None, headers | typed)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    return send
