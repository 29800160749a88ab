"""Domain errors as MLflow's clients understand them: `{"error_code", "message"}` and a status.

Three rules come from the client. It retries every 5xx and 429 for minutes, so a refusal is never one of those unless
repeating can help. A 503 says no Retry-After: the client would wait that long each time, in place of 0, 4, 8, 16 and more
seconds, and give up the sooner. And "already exists" is 400, not 409: `get_or_create` idioms go by the code.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from django.http import HttpResponse

from apps.common.errors import (
    Conflict,
    DomainError,
    InvalidInput,
    LimitExceeded,
    NotFound,
    NotImplementedYet,
    PayloadTooLarge,
    PermissionDenied,
    StorageUnavailable,
    Unauthenticated,
)

INVALID_PARAMETER_VALUE = "INVALID_PARAMETER_VALUE"
ALREADY_EXISTS_CODES = frozenset({"experiment_exists", "project_exists", "registered_model_exists"})
UNAUTHENTICATED_TEXT = (
    "You are not authenticated. Please see the token page of this server: set MLFLOW_TRACKING_TOKEN to a valid token."
)

_BY_CLASS: Mapping[type[DomainError], tuple[str, int]] = {
    InvalidInput: (INVALID_PARAMETER_VALUE, 400),
    PermissionDenied: ("PERMISSION_DENIED", 403),
    NotFound: ("RESOURCE_DOES_NOT_EXIST", 404),
    Conflict: (INVALID_PARAMETER_VALUE, 400),
    PayloadTooLarge: (INVALID_PARAMETER_VALUE, 413),
    LimitExceeded: ("REQUEST_LIMIT_EXCEEDED", 429),
    NotImplementedYet: ("NOT_IMPLEMENTED", 501),
    StorageUnavailable: ("TEMPORARILY_UNAVAILABLE", 503),
}


def error_response(error: DomainError) -> HttpResponse:
    """The answer to a request that a service, or the protocol itself, refused."""
    if isinstance(error, Unauthenticated):
        return HttpResponse(
            UNAUTHENTICATED_TEXT,
            status=401,
            content_type="text/plain; charset=utf-8",
            headers={"WWW-Authenticate": 'Basic realm="mlflow"'},
        )
    return json_error(*_code_and_status(error), error.message)


def endpoint_not_found(path: str) -> HttpResponse:
    """No such route: the code on which clients fall back to older endpoints."""
    return json_error("ENDPOINT_NOT_FOUND", 404, f"No API found for '{path}'.")


def method_not_allowed(method: str, path: str, allowed: str) -> HttpResponse:
    """The route exists, not for this method."""
    response = json_error("ENDPOINT_NOT_FOUND", 405, f"'{path}' does not answer to {method}.")
    response.headers["Allow"] = allowed
    return response


def internal_error() -> HttpResponse:
    """Something failed that is not the client's fault; the log has the details, the answer has none."""
    return json_error("INTERNAL_ERROR", 500, "The server failed to answer. Its log says why.")


def json_error(code: str, status: int, message: str) -> HttpResponse:
    """An error as MLflow writes it."""
    body = msgspec.json.encode({"error_code": code, "message": message})
    return HttpResponse(body, status=status, content_type="application/json")


def _code_and_status(error: DomainError) -> tuple[str, int]:
    if error.code in ALREADY_EXISTS_CODES:
        return "RESOURCE_ALREADY_EXISTS", 400
    for kind in type(error).__mro__:
        if kind in _BY_CLASS:
            return _BY_CLASS[kind]
    return "INTERNAL_ERROR", error.status
