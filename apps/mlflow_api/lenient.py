"""JSON and query strings into request structs, as forgiving as protobuf's JSON parser.

Unknown fields are ignored, camelCase names accepted, int64 may be text, enums may be numbers, null is absence.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from functools import cache
from typing import Any, cast

import msgspec

from apps.common.errors import InvalidInput

INT64_MAX = 2**63 - 1
INT64_MIN = -(2**63)


class _Unconvertible(Exception):
    """A value does not fit its field; `path` and `value` are those of the innermost misfit."""

    def __init__(self, path: str, value: Any) -> None:
        super().__init__(path)
        self.path = path
        self.value = value


def convert(struct: type[msgspec.Struct], raw: dict[str, Any]) -> tuple[msgspec.Struct, tuple[str, Any] | None]:
    """`raw` as a `struct`, and the path and value of the first field that does not fit, or None when all do.

    A field that is absent or does not fit keeps its default, or the empty value of its type.
    """
    values, problem = _convert_fields(struct, raw, "", strict=False)
    return struct(**values), problem


def refuse_conflicting_spellings(struct: type[msgspec.Struct], raw: Any) -> None:
    """Refuse an object that spells one field both as `run_id` and as `runId`: which one counts would be a guess.

    Raises:
        InvalidInput: naming both spellings.
    """
    if not isinstance(raw, dict):
        return
    for name, kind in _kinds(struct).items():
        camel = camel_case(name)
        if camel != name and name in raw and camel in raw:
            message = f"Request specifies both '{name}' and '{camel}'; provide only one of them."
            raise InvalidInput("invalid_parameter", message, field=name)
        nested = _nested_struct(kind)
        if nested is not None:
            value = raw.get(name, raw.get(camel))
            for item in value if isinstance(value, list) else [value]:
                refuse_conflicting_spellings(nested, item)


@cache
def camel_case(name: str) -> str:
    """`run_id` as `runId`."""
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)


def _field_value(raw: dict[str, Any], name: str) -> Any:
    """The raw value of a field in either spelling, None when absent."""
    value = raw.get(name)
    return raw.get(camel_case(name)) if value is None else value


def list_fields(struct: type[msgspec.Struct]) -> frozenset[str]:
    """The fields that may be repeated."""
    return frozenset(name for name, kind in _kinds(struct).items() if isinstance(kind, msgspec.inspect.ListType))


def bool_fields(struct: type[msgspec.Struct]) -> frozenset[str]:
    """The fields that are switches."""
    return frozenset(name for name, kind in _kinds(struct).items() if isinstance(kind, msgspec.inspect.BoolType))


@cache
def _kinds(struct: type[msgspec.Struct]) -> dict[str, msgspec.inspect.Type]:
    return {field.encode_name: _essential(field.type) for field in _fields(struct)}


@cache
def _empty_values(struct: type[msgspec.Struct]) -> dict[str, Any]:
    """What stands in for fields without a default, so that checks can name what is missing."""
    return {
        field.encode_name: _empty(_essential(field.type))
        for field in _fields(struct)
        if field.required and not isinstance(field.type, msgspec.inspect.StructType)
    }


@cache
def _required_objects(struct: type[msgspec.Struct]) -> frozenset[str]:
    """Nested objects that nothing can stand in for."""
    fields = _fields(struct)
    return frozenset(f.encode_name for f in fields if f.required and isinstance(f.type, msgspec.inspect.StructType))


def _fields(struct: type[msgspec.Struct]) -> tuple[msgspec.inspect.Field, ...]:
    return cast(msgspec.inspect.StructType, msgspec.inspect.type_info(struct)).fields


def _essential(kind: msgspec.inspect.Type) -> msgspec.inspect.Type:
    """The one type that matters of `X | None` and `float | Literal[...]`."""
    if isinstance(kind, msgspec.inspect.UnionType):
        ignored = (msgspec.inspect.NoneType, msgspec.inspect.LiteralType)
        (kind,) = [each for each in kind.types if not isinstance(each, ignored)]
    return kind


def _empty(kind: msgspec.inspect.Type) -> Any:
    if isinstance(kind, msgspec.inspect.StrType):
        return ""
    return 0.0 if isinstance(kind, msgspec.inspect.FloatType) else 0


def _nested_struct(kind: msgspec.inspect.Type) -> type[msgspec.Struct] | None:
    if isinstance(kind, msgspec.inspect.ListType):
        kind = kind.item_type
    return kind.cls if isinstance(kind, msgspec.inspect.StructType) else None


def _convert_fields(
    struct: type[msgspec.Struct], raw: dict[str, Any], path: str, *, strict: bool
) -> tuple[dict[str, Any], tuple[str, Any] | None]:
    values = dict(_empty_values(struct))
    problem: tuple[str, Any] | None = None
    for name, kind in _kinds(struct).items():
        value = _field_value(raw, name)
        if value is None and name not in _required_objects(struct):
            continue
        try:
            converted = _convert(kind, value, f"{path}{name}")
        except _Unconvertible as exc:
            if strict:
                raise
            problem = problem or (exc.path, exc.value)
            continue
        if converted is not None:
            values[name] = converted
    return values, problem


def _convert(kind: msgspec.inspect.Type, value: Any, path: str) -> Any:
    match kind:
        case msgspec.inspect.EnumType():
            return _enum(kind.cls, value, path)
        case msgspec.inspect.ListType():
            if not isinstance(value, list):
                raise _Unconvertible(path, value)
            return [_item(kind.item_type, item, f"{path}[{index}]") for index, item in enumerate(value)]
        case msgspec.inspect.StructType():
            return _item(kind, value, path)
        case _:
            return _SCALARS[type(kind)](value, path)


def _item(kind: msgspec.inspect.Type, value: Any, path: str) -> Any:
    if not isinstance(kind, msgspec.inspect.StructType):
        if value is None:
            raise _Unconvertible(path, value)
        return _convert(kind, value, path)
    if not isinstance(value, dict):
        raise _Unconvertible(path, value)
    values, _ = _convert_fields(kind.cls, value, f"{path}.", strict=True)
    return kind.cls(**values)


def _text(value: Any, path: str) -> str:
    if not isinstance(value, str):
        raise _Unconvertible(path, value)
    return value


def _switch(value: Any, path: str) -> bool:
    if not isinstance(value, bool):
        raise _Unconvertible(path, value)
    return value


def _int64(value: Any, path: str) -> int:
    if isinstance(value, bool) or (isinstance(value, str) and " " in value):
        raise _Unconvertible(path, value)
    try:
        number = float(value) if isinstance(value, str) and not value.lstrip("+-").isdigit() else value
        if isinstance(number, float) and not number.is_integer():
            raise _Unconvertible(path, value)
        result = int(number)
    except (TypeError, ValueError, OverflowError):
        raise _Unconvertible(path, value) from None
    if not INT64_MIN <= result <= INT64_MAX:
        raise _Unconvertible(path, value)
    return result


def _double(value: Any, path: str) -> float:
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        raise _Unconvertible(path, value) from None


def _enum(cls: type[enum.Enum], value: Any, path: str) -> enum.Enum | None:
    """By name or by number from 1; a name of a newer protocol counts as absent, as protobuf has it."""
    members = list(cls)
    if isinstance(value, str) and value in cls.__members__:
        return cls[value]
    try:
        number = int(value)
    except ValueError:
        return None
    except (TypeError, OverflowError):
        raise _Unconvertible(path, value) from None
    if not 1 <= number <= len(members):
        raise _Unconvertible(path, value)
    return members[number - 1]


_SCALARS: dict[type[msgspec.inspect.Type], Callable[[Any, str], Any]] = {
    msgspec.inspect.StrType: _text,
    msgspec.inspect.IntType: _int64,
    msgspec.inspect.FloatType: _double,
    msgspec.inspect.BoolType: _switch,
}
