"""How routes describe themselves in OpenAPI: what each says of itself, and what follows for all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiExample, OpenApiRequest, OpenApiResponse

from apps.common.api.json import JSON
from apps.common.api.serializers import Error, Input, Shape
from apps.common.pages import DECLARATION

AnyHandler = TypeVar("AnyHandler", bound=Callable[..., Any])
BINARY = {"type": "string", "format": "binary"}

_REFUSALS = {
    400: ("The request cannot succeed as it is.", "invalid_input", "This field is required.", "name"),
    401: ("No credential, or none that is valid.", "invalid_token", "The token is not valid.", None),
    403: ("Seen, and not to be done with these rights.", "permission_denied", "This needs project:manage.", None),
    404: ("Absent, or not yours to see: the two look the same.", "not_found", "Not found.", None),
    409: ("The state of things refuses it.", "conflict", "It exists already.", "name"),
    413: ("Too large.", "payload_too_large", "The request has 2000000 bytes; 1000000 are allowed here.", None),
    501: ("Not on this server.", "not_direct", "Bytes go through this server.", None),
}


@dataclass(frozen=True, slots=True)
class Operation:
    """What a route says of itself.

    Attributes:
        id: its name in generated clients.
        response: the form of the answer; None for no content.
        request: the form of the body, if it has one.
        query: the form of the query string, if it has one.
        status: of success.
        accepted: the form of a 202, where the answer may have to be waited for.
        refusals: statuses of refusals that do not follow from the rest, as 409.
        media: other media types that it answers in, beside JSON; or instead, with no `response`.
        request_media: other media types that it takes, beside JSON; or instead, with no `request`.
        others: further statuses that are no refusals, with what they mean.
    """

    id: str
    response: type[Shape] | None = None
    request: type[Shape] | None = None
    query: type[Input] | None = None
    status: int = 200
    accepted: type[Shape] | None = None
    refusals: tuple[int, ...] = ()
    media: tuple[str, ...] = ()
    request_media: tuple[str, ...] = ()
    others: Mapping[int, str] = field(default_factory=dict)


def operation(
    id: str,  # noqa: A002 - OpenAPI's word
    **description: Any,
) -> Callable[[AnyHandler], AnyHandler]:
    """Describes a method of a view; the arguments are those of `Operation`, words come from the docstring."""

    def decorate(handler: AnyHandler) -> AnyHandler:
        handler.operation = Operation(id, **description)  # type: ignore[attr-defined]
        return handler

    return decorate


class ApiSchema(AutoSchema):
    """Reads the `operation` of the method at hand."""

    @property
    def _operation(self) -> Operation:
        found: Operation = getattr(self.view, self.method.lower()).operation
        return found

    @property
    def _permission(self) -> str:
        declared: dict[str, str] = getattr(self.view, DECLARATION)
        return str(declared[self.method])

    def get_operation_id(self) -> str:
        """The route's name."""
        return self._operation.id

    def get_tags(self) -> list[str]:
        """The view's tag."""
        return [self.view.tag]  # type: ignore[attr-defined]  # an ApiView, which imports this module

    def get_summary(self) -> str:
        """The first line of the docstring."""
        return self._words()[0]

    def get_description(self) -> str:  # type: ignore[override]  # as drf-spectacular has it
        """The rest of the docstring, and who may."""
        who = {"public": "For everybody.", "signed-in": "For everybody who is signed in or has a token."}
        rest = self._words()[1]
        return f"{rest}\n\n{who.get(self._permission, f'Needs `{self._permission}`.')}".strip()

    def get_extensions(self) -> dict[str, Any]:
        """The permission, for programs."""
        return {"x-permission": self._permission}

    def get_auth(self) -> list[dict[str, Any]]:
        """A token or a session, where one is needed."""
        return [] if self._permission == "public" else [{"token": []}, {"session": []}]

    def get_override_parameters(self) -> list[Any]:
        """The query string."""
        return [self._operation.query] if self._operation.query else []

    def get_request_serializer(self) -> Any:
        """The body in each media type."""
        request = self._operation.request
        binary: dict[str, Any] = dict.fromkeys(self._operation.request_media, BINARY)
        if request is None:
            return binary or None
        example = [OpenApiExample("example", value=request.example)]
        return {JSON: OpenApiRequest(request, examples=example), **binary}

    def get_response_serializers(self) -> Any:
        """Success in each media type, and every refusal that can happen here."""
        described = self._operation
        answers: dict[Any, Any] = {}
        if described.response is not None:
            example = [OpenApiExample("example", value=described.response.example)]
            answers[(described.status, JSON)] = OpenApiResponse(described.response, examples=example)
        for media_type in described.media:
            answers[(described.status, media_type)] = OpenApiResponse(BINARY)
        if not answers:
            answers[described.status] = OpenApiResponse(description="Done.")
        if described.accepted is not None:
            example = [OpenApiExample("example", value=described.accepted.example)]
            answers[(202, JSON)] = OpenApiResponse(described.accepted, examples=example)
        for status, words in described.others.items():
            media = described.media if status < 300 else ()
            for media_type in media:
                answers[(status, media_type)] = OpenApiResponse(BINARY, description=words)
            if not media:
                answers[status] = OpenApiResponse(description=words)
        for status in self._refusals():
            words, code, message, field = _REFUSALS[status]
            value = {"error": {"code": code, "message": message, "field": field}}
            example = [OpenApiExample("example", value=value)]
            answers[(status, JSON)] = OpenApiResponse(Error, description=words, examples=example)
        return answers

    def _refusals(self) -> list[int]:
        described = self._operation
        if self._permission == "public":
            return []
        found = {401, *described.refusals}
        takes_body = described.request is not None or bool(described.request_media)
        if takes_body or described.query:
            found.add(400)
        if takes_body:
            found.add(413)
        if self.method != "GET" or self._permission != "signed-in":
            found.add(403)
        if "{" in self.path:
            found.add(404)
        return sorted(found)

    def _words(self) -> tuple[str, str]:
        text = getattr(self.view, self.method.lower()).__doc__ or ""
        first, _, rest = text.strip().partition("\n")
        return first.strip(), "\n".join(line.strip() for line in rest.strip().splitlines())


def share_refusals(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """A postprocessing hook: says once, by reference, what a refusal of each status looks like."""
    shared: dict[str, Any] = {}
    for methods in result["paths"].values():
        for described in methods.values():
            for status, response in described["responses"].items():
                if int(status) >= 400:
                    shared[f"Refusal{status}"] = response
                    described["responses"][status] = {"$ref": f"#/components/responses/Refusal{status}"}
    result["components"]["responses"] = dict(sorted(shared.items()))
    return result
