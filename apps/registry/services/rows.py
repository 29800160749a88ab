"""Rows that are about to change, found and locked. Inside a bound transaction."""

from __future__ import annotations

from apps.common.clock import now_ms
from apps.registry.borrowing import may_be_borrowed
from apps.registry.models import ModelVersion, RegisteredModel
from apps.registry.refusals import borrowed_models_are_read, model_not_found, version_not_found
from apps.teams.access import Access


def lock_model(access: Access, name: str) -> RegisteredModel:
    """The model of this name. Everything that changes it, its versions, aliases and stages waits for this lock.

    Raises:
        NotFound: the project has none.
    """
    model = _locked(access, name)
    if model is None:
        raise model_not_found(name)
    return model


def lock_version(access: Access, name: str, number: int) -> tuple[RegisteredModel, ModelVersion]:
    """A version and its model, which is locked.

    Raises:
        NotFound: the project has no such model, or that no such version.
    """
    model = _locked(access, name)
    if model is None:
        raise version_not_found(name, number)
    version = ModelVersion.objects.in_project(access).filter(model=model, number=number).first()
    if version is None:
        raise version_not_found(name, number)
    return model, version


def touch(access: Access, model: RegisteredModel, **changes: object) -> None:
    """Change columns of a locked model, and say when."""
    model.updated_at_ms = now_ms()
    for column, value in changes.items():
        setattr(model, column, value)
    rows = RegisteredModel.objects.in_project(access).filter(pk=model.pk)
    rows.update(updated_at_ms=model.updated_at_ms, **changes)


def _locked(access: Access, name: str) -> RegisteredModel | None:
    model = RegisteredModel.objects.in_project(access).select_for_update(no_key=True).filter(name=name).first()
    if model is None and may_be_borrowed(access, name):
        raise borrowed_models_are_read(name)
    return model
