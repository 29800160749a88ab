"""Stages and aliases as they change, of a locked model: whether they may is asked by apps.registry.services.promotion."""

from __future__ import annotations

from typing import Any

from apps.common.clock import now_ms
from apps.registry.approvals.moves import Move
from apps.registry.models import ModelAlias, ModelVersion, RegisteredModel, Stage
from apps.registry.services.history import record
from apps.registry.services.rows import touch
from apps.teams.access import Access
from apps.webhooks.events import Event
from apps.webhooks.payloads import ModelVersionAliasCreated, ModelVersionAliasDeleted, ModelVersionStageChanged
from apps.webhooks.services import emit

# What the history says of a move besides where it went.
Why = dict[str, Any]


def carry_out(access: Access, model: RegisteredModel, version: ModelVersion, move: Move, why: Why) -> None:
    """Do it, in the bound transaction that has locked the model."""
    if move.stage:
        _move(access, model, version, move, why)
    elif move.removes_alias:
        _remove_alias(access, model, version, move.alias, why)
    else:
        _set_alias(access, model, version, move.alias, why)


def _move(access: Access, model: RegisteredModel, version: ModelVersion, move: Move, why: Why) -> None:
    if move.archive_existing:
        others = ModelVersion.objects.in_project(access).filter(model=model, stage=move.stage).exclude(pk=version.pk)
        for other in others.order_by("number"):
            _to_stage(access, model, other, Stage.ARCHIVED, why)
    _to_stage(access, model, version, Stage(move.stage), why)
    touch(access, model)


def _to_stage(access: Access, model: RegisteredModel, version: ModelVersion, stage: Stage, why: Why) -> None:
    before = {"stage": version.stage}
    ModelVersion.objects.in_project(access).filter(pk=version.pk).update(updated_at_ms=now_ms(), stage=stage)
    record(access, "model_version.stage", model, version, before=before, after={"stage": stage.value, **why})
    told = ModelVersionStageChanged(
        name=model.name,
        version=str(version.number),
        from_stage=version.stage,
        to_stage=stage.value,
        changed_by=access.actor.label,
    )
    emit(access, Event.MODEL_VERSION_STAGE_CHANGED, told)


def _set_alias(access: Access, model: RegisteredModel, version: ModelVersion, alias: str, why: Why) -> None:
    aliases = ModelAlias.objects.in_project(access).filter(model=model, name=alias)
    earlier = aliases.values_list("version__number", flat=True).first()
    aliases.delete()
    ModelAlias.objects.in_project(access).bulk_create(
        [ModelAlias(project_id=access.project.id, model_id=model.pk, name=alias, version_id=version.pk)]
    )
    touch(access, model)
    before = None if earlier is None else {"alias": alias, "version": earlier}
    record(access, "model_version.set_alias", model, version, before=before, after={"alias": alias, **why})
    told = ModelVersionAliasCreated(name=model.name, alias=alias, version=str(version.number))
    emit(access, Event.MODEL_VERSION_ALIAS_CREATED, told)


def _remove_alias(access: Access, model: RegisteredModel, version: ModelVersion, alias: str, why: Why) -> None:
    ModelAlias.objects.in_project(access).filter(model=model, name=alias).delete()
    touch(access, model)
    record(access, "model_version.delete_alias", model, version, before={"alias": alias}, after=why or None)
    told = ModelVersionAliasDeleted(name=model.name, alias=alias)
    emit(access, Event.MODEL_VERSION_ALIAS_DELETED, told)
