"""Makes one row of any project-owned model, whatever its fields are."""

from __future__ import annotations

import uuid
from typing import Any

from django.apps import apps
from django.db import models
from django.utils import timezone

from apps.projects.models import ProjectOwned
from apps.teams.access import Access

VALUES: dict[type[models.Field[Any, Any]], Any] = {
    models.BinaryField: b"\x00",
    models.BooleanField: False,
    models.CharField: "x",
    models.FloatField: 1.0,
    models.IntegerField: 1,
    models.TextField: "x",
}
# Texts that a row has not got, because it has another one.
EMPTY = {"registry.ApprovalRule": {"alias": ""}}


def project_owned_models() -> list[type[ProjectOwned]]:
    """Every concrete model whose rows belong to a project."""
    return [model for model in apps.get_models() if issubclass(model, ProjectOwned)]


def make_row(model: type[ProjectOwned], access: Access) -> ProjectOwned:
    """A new row of `model` in the project of `access`, and rows for it to refer to. Call it inside `bound(access)`."""
    values = {field.attname: _value(field, access) for field in model._meta.concrete_fields if _needs_value(field)}
    row = model(**values | EMPTY.get(model._meta.label, {}) | {"project_id": access.project.id})
    row.save(force_insert=True)
    return row


def _needs_value(field: models.Field[Any, Any]) -> bool:
    generated = (
        isinstance(field, models.AutoField) or field.has_default() or field.db_default is not models.NOT_PROVIDED
    )
    return not (generated or field.null)


def _value(field: models.Field[Any, Any], access: Access) -> Any:
    if isinstance(field, models.ForeignKey):
        return _referred(field.related_model, access)
    if isinstance(field, models.UUIDField):
        return uuid.uuid4()
    if isinstance(field, models.DateTimeField):
        return timezone.now()
    if isinstance(field, models.IntegerField) and field.name == "number":
        return uuid.uuid4().int % 2**31
    text = uuid.uuid4().hex[: field.max_length]
    return next((text if value == "x" else value for kind, value in VALUES.items() if isinstance(field, kind)), text)


def _referred(model: Any, access: Access) -> Any:
    return make_row(model, access).pk if issubclass(model, ProjectOwned) else access.project.id
