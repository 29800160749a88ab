"""Requests into typed structs: fast for what clients send, forgiving and explaining for everything else.

A well-formed body is decoded by msgspec straight into its struct. Whatever that refuses (unknown fields, camelCase,
numbers as text, nulls, double encoding, mistakes) takes the lenient road, which either accepts it as MLflow's
server does or says what is wrong in MLflow's words.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar, cast

import msgspec
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest

from apps.common.errors import InvalidInput
from apps.mlflow_api import checks, lenient
from apps.mlflow_api.checks import Check

DEFAULT_MAX_BYTES = 4_000_000
DISCARDED_BYTES = 8_000_000
BODY_TOO_LARGE = "API requests must be at most {limit} bytes, got a request of size {size}."

T = TypeVar("T", bound=msgspec.Struct)


@dataclass(frozen=True)
class RequestSchema(Generic[T]):
    """A request: the struct it decodes to, MLflow's checks of its fields in their order, and its greatest size."""

    struct: type[T]
    checks: Mapping[str, tuple[Check, ...]] = field(default_factory=dict)
    max_bytes: int = DEFAULT_MAX_BYTES
    too_large: str = BODY_TOO_LARGE
    decoder: msgspec.json.Decoder[T] = field(init=False)
    required: tuple[str, ...] = field(init=False)
    value_checks: tuple[tuple[str, Check], ...] = field(init=False)

    def __post_init__(self) -> None:
        every = [(name, check) for name, some in self.checks.items() for check in some]
        skipped = checks.TYPE_CHECKS | {checks.required}
        object.__setattr__(self, "decoder", msgspec.json.Decoder(self.struct))
        object.__setattr__(self, "required", tuple(name for name, check in every if check is checks.required))
        object.__setattr__(self, "value_checks", tuple((n, c) for n, c in every if c not in skipped))


def parse(schema: RequestSchema[T], request: HttpRequest) -> T:
    """The request as `schema.struct`.

    Raises:
        InvalidInput: with MLflow's text for what is missing, of the wrong type, too large or not JSON.
    """
    try:
        return _parse(schema, request)
    except RecursionError:
        raise InvalidInput("malformed_json", "The request body is nested too deeply.") from None


def _parse(schema: RequestSchema[T], request: HttpRequest) -> T:
    method = request.method
    if method in {"GET", "DELETE"} and (query := request.META.get("QUERY_STRING")):
        if "%00" in query:
            raise _nul_character()
        return _explain(schema, _query_fields(schema, request))
    body = read_body(schema, request)
    if method in {"POST", "PUT"}:
        _check_content_type(request)
    # One byte is found ten times faster than six, and most bodies escape nothing.
    if b"\\" in body and b"\\u0000" in body and _holds_nul(_loads(body)):
        raise _nul_character()
    try:
        message = schema.decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _parse_leniently(schema, body)
    for name in schema.required:
        if getattr(message, name) in (None, ""):
            return _parse_leniently(schema, body)
    if schema.value_checks and not _values_pass(schema, message):
        return _parse_leniently(schema, body)
    return message


def read_body(schema: RequestSchema[T], request: HttpRequest) -> bytes:
    """The raw body, its declared length checked before a byte of it is read.

    Raises:
        InvalidInput: larger than `schema.max_bytes`.
    """
    try:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        length = 0
    if length > schema.max_bytes:
        raise InvalidInput("request_too_large", schema.too_large.format(limit=schema.max_bytes, size=length))
    try:
        return request.body
    except RequestDataTooBig:
        message = schema.too_large.format(limit=schema.max_bytes, size=length)
        raise InvalidInput("request_too_large", message) from None


def discard_body(request: HttpRequest) -> None:
    """Read what is left of a body that is refused, up to a bound.

    A server that answers and closes with input unread resets the connection, and the client loses the answer.
    """
    left = DISCARDED_BYTES
    try:
        while left > 0 and (chunk := request.read(min(left, 65_536))):
            left -= len(chunk)
    except OSError:
        return


def _check_content_type(request: HttpRequest) -> None:
    content_type = request.META.get("CONTENT_TYPE", "")
    if content_type == "application/json":
        return
    if not content_type:
        raise InvalidInput("content_type", "Bad Request. Content-Type header is missing.")
    if content_type.split(";")[0] != "application/json":
        raise InvalidInput("content_type", "Bad Request. Content-Type must be one of ['application/json'].")


def _values_pass(schema: RequestSchema[T], message: T) -> bool:
    """Whether the value checks accept a decoded message; checks of nested objects are met by their types already."""
    for name, check in schema.value_checks:
        value = getattr(message, name)
        if value is None or (type(value) is list and value and isinstance(value[0], msgspec.Struct)):
            continue
        try:
            check(value)
        except checks.CheckFailed:
            return False
    return True


def _parse_leniently(schema: RequestSchema[T], body: bytes) -> T:
    raw, is_json = _raw_json(body)
    message = _explain(schema, raw)
    if not is_json:
        raise InvalidInput("malformed_json", "The request body is not valid JSON.")
    return message


def _explain(schema: RequestSchema[T], raw: dict[str, Any]) -> T:
    lenient.refuse_conflicting_spellings(schema.struct, raw)
    message, problem = lenient.convert(schema.struct, raw)
    for name, some in schema.checks.items():
        value = raw.get(name)
        if name == "run_id" and value is None:
            value = raw.get("run_uuid")
        if value is not None or checks.required in some:
            checks.run_checks(some, name, value, converted=problem is None)
    if problem is not None:
        raise checks.wrong_type(*problem)
    if getattr(message, "run_id", None) == "" and (run_uuid := getattr(message, "run_uuid", "")):
        message = msgspec.structs.replace(message, run_id=run_uuid)
    return cast(T, message)


def _raw_json(body: bytes) -> tuple[dict[str, Any], bool]:
    """The body as a JSON object, and whether it was JSON at all: what is not is explained as if it were empty.

    Raises:
        InvalidInput: JSON, but no object.
    """
    if not body.strip():
        return {}, True
    raw = _loads(body)
    if isinstance(raw, str):
        # Old clients encode their JSON twice.
        raw = _loads(raw)
    if raw is _MALFORMED:
        return {}, False
    if raw is None:
        return {}, True
    if not isinstance(raw, dict):
        raise InvalidInput("malformed_json", f"The request body must be a JSON object, not {checks.as_json(raw)}.")
    return raw, True


_MALFORMED = object()


def _nul_character() -> InvalidInput:
    return InvalidInput("nul_character", "Text may not contain the character U+0000: databases cannot store it.")


def _holds_nul(value: Any) -> bool:
    """Whether a text somewhere in a JSON value holds U+0000, also one that is JSON itself, as old clients send."""
    if isinstance(value, str):
        return "\x00" in value or (value.lstrip().startswith("{") and "\\u0000" in value and _holds_nul(_loads(value)))
    if isinstance(value, dict):
        return any(_holds_nul(each) for pair in value.items() for each in pair)
    return isinstance(value, list) and any(map(_holds_nul, value))


def _loads(text: bytes | str) -> Any:
    """Python's own parser reads the bare NaN and Infinity that its `json.dumps` writes; msgspec refuses them."""
    try:
        value = json.loads(text)
        # Lone surrogates pass the parser and fit no database.
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return _MALFORMED
    return value


def _query_fields(schema: RequestSchema[T], request: HttpRequest) -> dict[str, Any]:
    lists = lenient.list_fields(schema.struct)
    switches = lenient.bool_fields(schema.struct)
    raw: dict[str, Any] = {}
    for name in schema.struct.__struct_fields__:
        if name not in request.GET:
            continue
        if name in lists:
            raw[name] = request.GET.getlist(name)
            continue
        value = request.GET[name]
        raw[name] = _switch(value) if name in switches else value
    return raw


def _switch(value: str) -> bool:
    if value.lower() not in {"true", "false"}:
        raise InvalidInput("invalid_parameter", f"Invalid boolean value: {value}, must be 'true' or 'false'.")
    return value.lower() == "true"
