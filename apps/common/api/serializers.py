"""What requests and answers are described by."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, ClassVar, TypeVar

from rest_framework import serializers
from rest_framework.request import Request


class Shape(serializers.Serializer[Any]):
    """The form of an answer, or of a part of one, with an example of it."""

    example: ClassVar[Any] = None


class Input(Shape):
    """The form of a request. A field that it has not got is refused: a misspelt one must not be lost in silence."""

    def to_internal_value(self, data: Any) -> Any:
        """Check, and convert."""
        if isinstance(data, Mapping):
            unknown = [name for name in data if name not in self.fields]
            if unknown:
                known = ", ".join(self.fields)
                raise serializers.ValidationError({unknown[0]: [f"There is no such field here; there are: {known}."]})
        return super().to_internal_value(data)


class RowId(serializers.IntegerField):
    """The number of something."""

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=0, max_value=2**63 - 1, **options)


class Text(serializers.CharField):
    """Text kept as it is: blanks at its ends are the user's."""

    def __init__(self, **options: Any) -> None:
        super().__init__(trim_whitespace=False, **options)


class TextMap(serializers.DictField):
    """Texts by key. The rules for keys stand with what they are keys of; NUL, which no database keeps, stands here."""

    def __init__(self, *, value_length: int, max_entries: int = 1_000, **options: Any) -> None:
        self.max_entries = max_entries
        super().__init__(child=Text(allow_blank=True, max_length=value_length), **options)

    def to_internal_value(self, data: Any) -> dict[str, str]:
        """Check, and convert."""
        if isinstance(data, Mapping):
            if len(data) > self.max_entries:
                raise serializers.ValidationError([f"At most {self.max_entries} entries."])
            if any("\0" in key for key in data):
                raise serializers.ValidationError(["Null characters are not allowed in keys."])
        checked: dict[str, str] = super().to_internal_value(data)
        return checked


class PageQuery(Input):
    """Which page of a list."""

    page_size = serializers.IntegerField(
        default=100, min_value=1, max_value=1000, help_text="The most items to return."
    )
    page_token = serializers.CharField(
        required=False, max_length=4096, help_text="`next_page_token` of the page before; nothing else may change."
    )


class Refusal(Shape):
    """Why a request was refused."""

    code = serializers.CharField(help_text="For programs: a word that stays the same.")
    message = serializers.CharField(help_text="For people: what is wrong, and what to do.")
    field = serializers.CharField(allow_null=True, help_text="The part of the request at fault, as params[3].key.")

    example = {"code": "invalid_input", "message": "This field is required.", "field": "name"}


class Error(Shape):
    """Every error looks like this."""

    error = Refusal()

    example = {"error": Refusal.example}


AnyShape = TypeVar("AnyShape", bound=Shape)


def body(shape: type[Input], request: Request, *, partial: bool = False) -> dict[str, Any]:
    """The checked body of a request.

    Raises:
        ValidationError: naming the field.
    """
    return _checked(shape, request.data, partial=partial)


def query(shape: type[Input], request: Request) -> dict[str, Any]:
    """The checked query string of a request; raises as `body`."""
    parameters = {
        name: values if isinstance(shape._declared_fields.get(name), serializers.ListField) else values[-1]
        for name, values in request.query_params.lists()
    }
    return _checked(shape, parameters, partial=False)


def _checked(shape: type[Input], data: Any, *, partial: bool) -> dict[str, Any]:
    serializer = shape(data=data, partial=partial)
    serializer.is_valid(raise_exception=True)
    checked: dict[str, Any] = serializer.validated_data
    return checked


@cache
def page_of(item: type[Shape]) -> type[Shape]:
    """The form of one page of a list of `item`."""
    fields = {
        "__doc__": f"One page of a list of {item.__name__}.",
        "items": item(many=True),
        "next_page_token": serializers.CharField(allow_null=True, help_text="Null on the last page."),
        "example": {"items": [item.example], "next_page_token": None},
    }
    return type(f"{item.__name__}Page", (Shape,), fields)
