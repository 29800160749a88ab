"""The words in which the corpus is written: a call, and a case made of calls."""

from __future__ import annotations

import json
import re
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

API = "/api/2.0/mlflow/"
JSON_TYPE = "application/json"
_PLACEHOLDER = re.compile(r"\$\{(\w+)\}")


class Compare(StrEnum):
    """How much of a successful answer has to agree. Errors always agree in status and code.

    NAMES is the names of the runs or experiments found, in order.
    """

    VALUE = "value"
    NAMES = "names"
    SHAPE = "shape"
    STATUS = "status"


@dataclass(frozen=True, slots=True)
class Call:
    """One raw request. `${name}` in path, query, and body stands for a value saved before.

    `save` maps a name to the dotted path of a value in the answer. A `label` marks a call whose
    answer is compared; a call without one is set-up, and must answer 200.
    """

    method: str
    path: str
    label: str = ""
    body: Any = None
    raw: bytes | None = None
    query: tuple[tuple[str, str], ...] = ()
    content_type: str | None = JSON_TYPE
    save: Mapping[str, str] = field(default_factory=dict)
    compare: Compare = Compare.VALUE
    match_message: bool = False

    @property
    def title(self) -> str:
        """The line by which a report names the call."""
        return f"{self.method} {self.path} [{self.label}]"


@dataclass(frozen=True, slots=True)
class Case:
    """Calls made one after another, sharing what they saved and no other case's rows."""

    name: str
    calls: tuple[Call, ...]

    def __post_init__(self) -> None:
        """Refuse two calls of one label."""
        labels = [call.label for call in self.calls if call.label]
        twice = sorted({label for label in labels if labels.count(label) > 1})
        if twice:
            raise ValueError(f"{self.name}: labels used twice: {twice}")

    @property
    def compared(self) -> tuple[Call, ...]:
        """The calls whose answers are compared."""
        return tuple(call for call in self.calls if call.label)


@dataclass(frozen=True, slots=True)
class Wire:
    """A request as it goes over the wire."""

    method: str
    path: str
    query: str
    body: bytes
    content_type: str | None


def wire(call: Call, names: Mapping[str, str]) -> Wire:
    """Return the bytes of a call with every `${name}` filled in."""
    path = call.path if call.path.startswith("/") else API + call.path
    if call.raw is not None:
        body = _fill(call.raw.decode("latin-1"), names).encode("latin-1")
    else:
        body = b"" if call.body is None else _fill(json.dumps(call.body), names).encode()
    query = urllib.parse.urlencode([(key, _fill(value, names)) for key, value in call.query])
    return Wire(call.method, _fill(path, names), query, body, call.content_type)


def _fill(text: str, names: Mapping[str, str]) -> str:
    return _PLACEHOLDER.sub(lambda found: names[found[1]], text)


def post(path: str, label: str, body: Any, **more: Any) -> Call:
    """Return a compared POST of a JSON body."""
    return Call("POST", path, label, body=body, **more)


def raw(path: str, label: str, body: bytes, **more: Any) -> Call:
    """Return a compared POST of these very bytes."""
    return Call("POST", path, label, raw=body, **more)


def get(path: str, label: str, *query: tuple[str, str], **more: Any) -> Call:
    """Return a compared GET; a parameter may be repeated."""
    return Call("GET", path, label, query=query, content_type=None, **more)


def done(path: str, body: Any, **save: str) -> Call:
    """Return a POST that only sets the scene."""
    return Call("POST", path, body=body, save=save)


def experiment(name: str = "experiment", **more: Any) -> Call:
    """Return the set-up call that makes an experiment and saves its id as `name`."""
    body = {"name": f"${{unique}}-{name}", **more}
    return done("experiments/create", body, **{name: "experiment_id"})


def run(name: str = "run", **more: Any) -> Call:
    """Return the set-up call that makes a run in `${experiment}` and saves its id as `name`."""
    body = {"experiment_id": "${experiment}", "start_time": START_MS, "run_name": name, **more}
    return done("runs/create", body, **{name: "run.info.run_id"})


START_MS = 1_700_000_000_000
ABSENT_RUN = "0123456789abcdef0123456789abcdef"
ABSENT_EXPERIMENT = "987654321"
