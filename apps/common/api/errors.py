"""From whatever was raised to `{"error": {"code", "message", "field"}}`."""

from __future__ import annotations

import logging
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.db import OperationalError
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from rest_framework import exceptions

from apps.common.api.json import json_answer
from apps.common.errors import (
    DomainError,
    InvalidInput,
    NotFound,
    PayloadTooLarge,
    PermissionDenied,
    StorageUnavailable,
)

logger = logging.getLogger(__name__)

# The time in which a database or store that was restarted is back.
_RETRY_AFTER_SECONDS = "5"
_FRAMEWORK_CODES = {405: "method_not_allowed", 406: "not_acceptable", 415: "unsupported_media_type"}


def error_answer(error: DomainError) -> HttpResponse:
    """The answer to a refusal; a 401 says which credential would do, a 503 when to try again."""
    answer = error_body(error.status, error.code, error.message, error.field)
    if error.status == 401:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="runfold"'
    if error.status == 503:
        answer.headers["Retry-After"] = _RETRY_AFTER_SECONDS
    return answer


def error_body(status: int, code: str, message: str, field: str | None = None) -> HttpResponse:
    """An error in the one form that the native API has."""
    return json_answer({"error": {"code": code, "message": message, "field": field}}, status=status)


def exception_answer(exc: Exception, _context: dict[str, Any]) -> HttpResponseBase | None:
    """The handler of every view: domain errors and the framework's own; None for bugs, which go on to be logged."""
    match exc:
        case DomainError():
            return error_answer(exc)
        case exceptions.ValidationError():
            field, message = _first_fault(exc.detail)
            return error_answer(InvalidInput("invalid_input", message, field=field or None))
        case exceptions.APIException():
            code = _FRAMEWORK_CODES.get(exc.status_code, "invalid_request")
            return error_body(exc.status_code, code, str(exc.detail))
        case Http404():
            return error_answer(NotFound())
        case exceptions.PermissionDenied():
            return error_answer(PermissionDenied("permission_denied", "Permission denied."))
        case OperationalError():
            logger.error("The database refused", exc_info=exc)
            return error_answer(StorageUnavailable("database_unavailable", "The database is busy: try again."))
        case RequestDataTooBig():
            return error_answer(PayloadTooLarge("payload_too_large", "The request is larger than allowed."))
    return None


def _first_fault(detail: Any) -> tuple[str, str]:
    """The path of the first field at fault, as params[3].key, and what is wrong with it."""
    if isinstance(detail, dict):
        key, inner = next(iter(detail.items()))
        path, message = _first_fault(inner)
        return _joined("" if key == "non_field_errors" else str(key), path), message
    if isinstance(detail, list):
        for index, inner in enumerate(detail):
            if isinstance(inner, dict) and inner:
                path, message = _first_fault(inner)
                return _joined(f"[{index}]", path), message
            if inner and not isinstance(inner, dict):
                return _first_fault(inner)
    return "", str(detail)


def _joined(first: str, rest: str) -> str:
    return f"{first}.{rest}" if first and rest and not rest.startswith("[") else first + rest
