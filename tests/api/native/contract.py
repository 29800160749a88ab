"""Every JSON answer that a test gets is held against what OpenAPI says of it."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import jsonschema
import orjson
from drf_spectacular.generators import SchemaGenerator

Json = dict[str, Any]
PARAMETER = re.compile(r"\\{(\w+)\\}")
# What any route may answer, and none lists: wrong methods and media types.
UNLISTED = {405, 406, 415}


@cache
def document() -> Json:
    """The description of the API, with what may be null said in JSON Schema's words."""
    described = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    plain: Json = orjson.loads(orjson.dumps(described))
    _say_null(plain)
    return plain


def operations() -> dict[str, Json]:
    """Every operation by method and path template."""
    return {
        f"{method.upper()} {path}": described
        for path, methods in document()["paths"].items()
        for method, described in methods.items()
    }


def check(method: str, path: str, answer: Any) -> None:
    """Fail if OpenAPI does not know this answer of this route."""
    described = _operation(method, path)
    if described is None or answer.status_code in UNLISTED:
        return
    response = described["responses"].get(str(answer.status_code))
    assert response is not None, f"{method} {path}: OpenAPI knows no {answer.status_code}."
    content = resolved(response).get("content", {})
    media_type = answer.headers.get("Content-Type", "")
    if not content:
        assert answer.status_code in {204, 304, 416}
        assert not answer.content
        return
    if "*/*" in content:
        return
    assert media_type in content, f"{method} {path}: OpenAPI knows no {media_type}."
    if media_type == "application/json":
        validate(orjson.loads(answer.content), content[media_type]["schema"])


def validate(value: Any, schema: Json) -> None:
    """Fail if `value` is not of `schema`."""
    jsonschema.validate(value, schema | {"components": document()["components"]})


def resolved(part: Json) -> Json:
    """`part`, or what it refers to."""
    if "$ref" not in part:
        return part
    found = document()
    for word in part["$ref"].removeprefix("#/").split("/"):
        found = found[word]
    return found


@cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    """Path templates as patterns; of several that fit, the one with the fewest parameters is meant."""
    templates = sorted(document()["paths"], key=lambda path: path.count("{"))
    return [
        (re.compile(PARAMETER.sub(lambda name: ".+" if name[1] in {"key", "path"} else "[^/]+", re.escape(path))), path)
        for path in templates
    ]


def _operation(method: str, path: str) -> Json | None:
    address = path.partition("?")[0]
    template = next((path for pattern, path in _patterns() if pattern.fullmatch(address)), None)
    found: Json | None = document()["paths"].get(template, {}).get(method.lower())
    return found


def _say_null(part: Any) -> None:
    """OpenAPI 3.0 marks what may be null; JSON Schema adds null to the types and values."""
    if isinstance(part, list):
        for inner in part:
            _say_null(inner)
    elif isinstance(part, dict):
        if part.pop("nullable", False) is True:
            whole = dict(part)
            part.clear()
            part["anyOf"] = [whole, {"type": "null"}]
        for inner in part.values():
            _say_null(inner)
