"""The base of every native API view."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from rest_framework.request import Request
from rest_framework.views import APIView

from apps.common.api.errors import exception_answer
from apps.common.api.json import MAX_BODY_BYTES, JsonParser, JsonRenderer
from apps.common.api.schema import ApiSchema
from apps.common.pages import DECLARATION

METHODS = ("get", "post", "put", "patch", "delete")
Handler = Callable[..., HttpResponseBase]


class ApiView(APIView):
    """A resource. Each of its methods stands behind a door that declares a permission, and describes itself.

    `runfold_permission` says by method what the doors declare: a Permission, "signed-in" or "public".
    """

    http_method_names = [*METHODS, "head"]
    parser_classes = [JsonParser]
    renderer_classes = [JsonRenderer]
    schema = ApiSchema()
    tag: ClassVar[str]
    max_body_bytes: ClassVar[int] = MAX_BODY_BYTES
    runfold_permission: ClassVar[dict[str, str]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Collect what the doors declare; a method without a door must not start."""
        super().__init_subclass__(**kwargs)
        handlers = {method.upper(): getattr(cls, method) for method in METHODS if hasattr(cls, method)}
        for method, handler in handlers.items():
            if not hasattr(handler, DECLARATION):
                raise TypeError(f"{cls.__name__}.{method.lower()} declares no permission: put it behind a door.")
        cls.runfold_permission = {method: getattr(handler, DECLARATION) for method, handler in handlers.items()}

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Any:
        """The view function, which carries the declaration as a page's does."""
        view = super().as_view(**initkwargs)
        setattr(view, DECLARATION, cls.runfold_permission)
        return view

    def perform_authentication(self, request: Request) -> None:
        """Nothing: doors do it, from the session's user, whom the framework would replace by nobody."""

    @property
    def default_response_headers(self) -> dict[str, str]:
        """Nothing of a tenant is to be kept by a cache on the way."""
        return {"Allow": ", ".join(self.allowed_methods), "Cache-Control": "no-store", "Vary": "Accept, Cookie"}

    def get_exception_handler(self) -> Callable[..., HttpResponseBase | None]:
        """Errors in our own form."""
        return exception_answer


def declared(door: Handler, permission: str) -> Handler:
    """`door`, which declares `permission`."""
    setattr(door, DECLARATION, permission)
    return door


def public_route(handler: Handler) -> Handler:
    """A door that stands open: for what is the same for everybody."""
    return declared(handler, "public")


def django_request(request: Request | HttpRequest) -> HttpRequest:
    """The request underneath the framework's."""
    return request._request if isinstance(request, Request) else request
