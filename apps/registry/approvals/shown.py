"""Evidence as pages lay it out: what the candidate has beside what the champion has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apps.common.templatetags.ui import metric_value

Facts = Mapping[str, Any]
# What a hash is known by to the eye.
_DIGITS = 16
_IDENTITY = (("Source", "source"), ("Run", "run_id"), ("Logged model", "model_id"))
_CONTENTS = (("Signature", "signature"), ("Safety report", "safety"))


@dataclass(frozen=True, slots=True)
class Row:
    """A thing of both; empty where one has none of it."""

    key: str
    candidate: str
    champion: str

    @property
    def differs(self) -> bool:
        """The two are not the same."""
        return self.candidate != self.champion


@dataclass(frozen=True, slots=True)
class ShownEvidence:
    """The checks, and what the two versions were; `champion` is the number of its version."""

    candidate: int
    champion: int | None
    checks: list[dict[str, Any]]
    facts: list[Row]
    metrics: list[Row]
    params: list[Row]


def shown(evidence: Mapping[str, Any]) -> ShownEvidence:
    """Evidence of a request, for its page."""
    mine: Facts = evidence["candidate"]
    theirs: Facts = evidence["champion"] or {}
    facts = [_row(label, mine, theirs, key) for label, key in _IDENTITY]
    facts += [_row(label, mine, theirs, key, without="not read yet") for label, key in _CONTENTS]
    facts.append(Row("Files", _files(mine), _files(theirs)))
    facts.append(Row("Params, all together", _hash(mine, "params_sha256"), _hash(theirs, "params_sha256")))
    return ShownEvidence(
        mine["version"],
        theirs.get("version"),
        evidence["checks"],
        facts,
        _pairs(mine, theirs, "metrics"),
        _pairs(mine, theirs, "params"),
    )


def _row(label: str, mine: Facts, theirs: Facts, key: str, *, without: str = "") -> Row:
    return Row(label, *(str(facts.get(key) or without) if facts else "" for facts in (mine, theirs)))


def _pairs(mine: Facts, theirs: Facts, kind: str) -> list[Row]:
    a, b = mine[kind], theirs.get(kind, {})
    return [Row(key, _text(a.get(key)), _text(b.get(key))) for key in sorted(a.keys() | b.keys())]


def _text(value: object) -> str:
    if isinstance(value, int | float):
        return metric_value(value)
    return "" if value is None else str(value)


def _hash(facts: Facts, key: str) -> str:
    return str(facts.get(key, ""))[:_DIGITS]


def _files(facts: Facts) -> str:
    return f"{facts['file_count']}, SHA-256 {_hash(facts, 'files_sha256')}" if facts else ""
