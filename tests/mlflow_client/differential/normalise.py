"""What differs between two servers, or two days, replaced by what it stands for."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.mlflow_client.differential.case import ABSENT_EXPERIMENT, ABSENT_RUN, Compare

_DAY_MS = 86_400_000
_GENERATED_NAME = re.compile(r"[a-z]+-[a-z]+-\d{1,3}")
_SHORTEST_UNMISTAKABLE_ID = 20
_LONGEST_TEXT = 300
_ANY_RUN = re.compile(r"(m-)?[0-9a-f]{32}")
_ANY_EXPERIMENT = re.compile(r"[1-9]\d*")
# An experiment's number is short: elsewhere in a message the same digits are something else.
_BEFORE_NUMBER = r"experiment |\bid |\bid=|[\"'\[]"
_DATABASE_ERROR = re.compile(r"(\(raised as a result of|\((sqlite3|psycopg2)\.).*", re.DOTALL)
_NOT_JSON = "a page of HTML"
_UNORDERED = {"params", "tags", "metrics"}
# Lists whose order MLflow does not say, in answers about the registry.
_UNORDERED_IN_REGISTRY = {"tags", "aliases", "latest_versions"}
_REGISTRY = {"registered_model", "registered_models", "model_version", "model_versions", "latest_versions"}


@dataclass(frozen=True, slots=True)
class Answer:
    """A normalised answer: `body` is parsed JSON, or text when it is none."""

    status: int
    body: Any

    @property
    def error_code(self) -> str | None:
        """The `error_code` of a JSON error."""
        return self.body.get("error_code") if isinstance(self.body, dict) else None

    @property
    def message(self) -> str:
        """The `message` of a JSON error, or the text."""
        if isinstance(self.body, dict):
            return str(self.body.get("message", ""))
        return str(self.body)


def answer(status: int, body: bytes, names: Mapping[str, str], how: Compare) -> Answer:
    """Normalise an answer and keep what `how` compares.

    Known ids become `<name>`, others `<id>`, present times `<now>`, page tokens and workspaces their name.
    """
    try:
        parsed = json.loads(body) if body else ""
    except ValueError:
        text = _text(body.decode("utf-8", "replace"), names)
        return Answer(status, _NOT_JSON if text.lstrip().startswith("<") else text)
    value = _value(parsed, names, "", "")
    if status != 200:
        return Answer(status, {key: value[key] for key in ("error_code", "message") if key in value})
    if how is Compare.STATUS:
        return Answer(status, None)
    return Answer(status, _found_names(value) if how is Compare.NAMES else value)


def _found_names(body: Any) -> list[str]:
    if "experiments" in body:
        return [one["name"] for one in body["experiments"]]
    if "registered_models" in body:
        return [one["name"] for one in body["registered_models"]]
    if "model_versions" in body:
        return [f"{one['name']}/{one['version']}" for one in body["model_versions"]]
    if "models" in body:
        return [one["info"]["name"] for one in body["models"]]
    return [one["info"]["run_name"] for one in body.get("runs", [])]


def _value(value: Any, names: Mapping[str, str], key: str, parent: str) -> Any:
    if isinstance(value, dict):
        # MLflow's SQL store knows neither who registered a version nor which logged model it was.
        extra = {"user_id", "model_id"} if "current_stage" in value else set()
        return {name: _value(inner, names, name, key) for name, inner in sorted(value.items()) if name not in extra}
    if isinstance(value, list):
        items = [_value(inner, names, key, parent) for inner in value]
        if key in _UNORDERED_IN_REGISTRY and parent in _REGISTRY:
            return sorted(items, key=json.dumps)
        is_set = key in _UNORDERED and parent in {
            "data",
            "experiment",
            "experiments",
            "dataset_inputs",
            "info",
        }
        return sorted(items, key=lambda item: (str(item["key"]), json.dumps(item))) if is_set else items
    if isinstance(value, str):
        return _string(value, names, key)
    if isinstance(value, int) and abs(value - time.time() * 1000) < _DAY_MS:
        return "<now>"
    return value


def _string(value: str, names: Mapping[str, str], key: str) -> str:
    if key in {"next_page_token", "workspace"}:
        return f"<{key}>"
    if key in {"run_name", "value"} and _GENERATED_NAME.fullmatch(value):
        return "<generated name>"
    if key in {"experiment_id", "run_id", "run_uuid", "model_id", "source_run_id"}:
        return _id(value, names)
    if key in {"artifact_uri", "artifact_location"} or value.startswith("mlflow-artifacts:"):
        return "/".join(_id(part, names) for part in value.split("/"))
    return _text(value, names, is_message=key == "message")


def _id(part: str, names: Mapping[str, str]) -> str:
    for name, known in names.items():
        if known == part:
            return f"<{name}>"
    is_any = _ANY_RUN.fullmatch(part) or _ANY_EXPERIMENT.fullmatch(part)
    return "<id>" if is_any and part not in {ABSENT_RUN, ABSENT_EXPERIMENT} else part


def _text(text: str, names: Mapping[str, str], *, is_message: bool = False) -> str:
    for name, known in sorted(names.items(), key=lambda item: -len(item[1])):
        if len(known) >= _SHORTEST_UNMISTAKABLE_ID:
            text = text.replace(known, f"<{name}>")
        elif is_message:
            text = re.sub(rf"({_BEFORE_NUMBER}){re.escape(known)}(?![\w.]\w)", rf"\1<{name}>", text)
    text = _DATABASE_ERROR.sub("<database error>", text)
    if len(text) > _LONGEST_TEXT:
        text = f"{text[:_LONGEST_TEXT]}... ({len(text)} characters)"
    return text
