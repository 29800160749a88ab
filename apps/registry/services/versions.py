"""Versions: registered from files that are pinned, described, tagged, moved between stages, named by aliases, deleted."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager, nullcontext

from apps.artifacts.models import OwnerKind
from apps.artifacts.owners import OwnerRef
from apps.artifacts.services.copies import Copies, copied
from apps.artifacts.services.packages import request_reading
from apps.artifacts.services.pins import pin_files, unpin_files
from apps.common.clock import now_ms
from apps.common.errors import InvalidInput
from apps.experiments.keys import check_key, check_length
from apps.logged_models.models import LoggedModelTag
from apps.logged_models.services import put_model_tags
from apps.projects.tenancy import bound
from apps.registry.approvals.moves import Move
from apps.registry.models import ModelAlias, ModelVersion, ModelVersionTag, RegisteredModel, Stage
from apps.registry.names import (
    MAX_DESCRIPTION_LENGTH,
    PROMPT_TAG,
    Pairs,
    check_alias,
    check_name,
    checked_tags,
    stage_of,
)
from apps.registry.refusals import invalid_source
from apps.registry.services.history import record
from apps.registry.services.promotion import check_may_go, promote
from apps.registry.services.rows import lock_model, lock_version, touch
from apps.registry.sources import Source, borrowed_source, resolve_source
from apps.runs.models import VALUE_HEAD_LENGTH
from apps.teams.access import Access
from apps.teams.permissions import Permission
from apps.webhooks.events import Event
from apps.webhooks.payloads import (
    ModelVersionCreated,
    ModelVersionTagDeleted,
    ModelVersionTagSet,
)
from apps.webhooks.services import emit

MAX_RUN_LINK_LENGTH = 500
ACTIVE_STAGES = (Stage.STAGING, Stage.PRODUCTION)
# mlflow/prompt/constants.py: prompts are models without files.
PROMPT_SOURCES = frozenset({"dummy-source", "prompt-template"})
# Where clients look for the versions that a logged model became.
VERSIONS_TAG = "mlflow.modelVersions"


def create_version(
    access: Access,
    *,
    name: str,
    source: str,
    run_id: str = "",
    model_id: str = "",
    run_link: str = "",
    description: str = "",
    tags: Pairs = (),
) -> ModelVersion:
    """Register the files of a source as the next version of a model. They are pinned: what changes there later changes nothing.

    Args:
        access: needs MODEL_WRITE.
        name: of a registered model.
        source: see apps.registry.sources.
        run_id: of the run that the client says it is from; empty for nothing said.
        model_id: of the logged model, likewise.
        run_link: a text.
        description: Markdown.
        tags: keys and values.

    Returns:
        The version, with its model.

    Raises:
        NotFound: the project has no such model.
        InvalidInput: the source, or there is no file in it; a text that is too long; a tag.
        PayloadTooLarge: the project or team may not keep so much.
    """
    access.require(Permission.MODEL_WRITE)
    check_name(name)
    check_length("description", description, MAX_DESCRIPTION_LENGTH)
    check_length("run_link", run_link, MAX_RUN_LINK_LENGTH)
    stored_tags = checked_tags(tags)
    is_prompt = stored_tags.get(PROMPT_TAG, "").lower() == "true"
    if is_prompt and source not in PROMPT_SOURCES:
        raise invalid_source(source)
    borrowed = None if is_prompt else borrowed_source(access, source, run_id=run_id, model_id=model_id)
    with _copies(access, borrowed) as copies, bound(access, *_lenders(borrowed)):
        model = lock_model(access, name)
        found = borrowed
        if borrowed is None and not is_prompt:
            found = resolve_source(access, source, run_id=run_id, model_id=model_id)
        version = _new_version(access, model, source, found)
        version.run_link, version.description = run_link, description
        touch(access, model, next_version=model.next_version + 1)
        version.save(force_insert=True)
        if found is not None:
            _pin(access, version, found, source, copies)
            request_reading(access, OwnerRef(version.pk, kind=OwnerKind.VERSION))
        _set_tags(access, version, stored_tags)
        record(access, "model_version.create", model, version, after={"source": version.source, **stored_tags})
        emit(
            access,
            Event.MODEL_VERSION_CREATED,
            ModelVersionCreated(
                name=model.name,
                version=str(version.number),
                source=version.source,
                run_id=None if version.run_id is None else version.run_id.hex,
                tags=stored_tags,
                description=description or None,
            ),
        )
    return version


def update_version(access: Access, *, name: str, number: int, description: str) -> None:
    """Describe a version.

    Raises:
        NotFound: the project has no such version.
        InvalidInput: the description is too long.
    """
    access.require(Permission.MODEL_WRITE)
    check_length("description", description, MAX_DESCRIPTION_LENGTH)
    with bound(access):
        model, version = lock_version(access, name, number)
        _change(access, version, description=description)
        before = {"description": version.description}
        record(access, "model_version.update", model, version, before=before, after={"description": description})


def delete_version(access: Access, *, name: str, number: int) -> None:
    """Delete a version, its files and the aliases that point at it; its number is not used again.

    Raises:
        NotFound: the project has no such version.
        PermissionDenied: a rule of approval speaks of where it stands.
    """
    access.require(Permission.MODEL_PROMOTE)
    with bound(access):
        model, version = lock_version(access, name, number)
        check_may_go(access, model, version)
        unpin_files(access, version_id=version.pk)
        record(
            access, "model_version.delete", model, version, before={"stage": version.stage, "source": version.source}
        )
        ModelVersion.objects.in_project(access).filter(pk=version.pk).delete()
        touch(access, model)


def move_version(access: Access, *, name: str, number: int, stage: str, archive_existing: bool = False) -> None:
    """Move a version to a stage.

    Args:
        access: needs MODEL_PROMOTE where no rule of approval says otherwise.
        name: the model's.
        number: the version's.
        stage: None, Staging, Production or Archived, in any case.
        archive_existing: archive what else is in that stage, which must be Staging or Production.

    Raises:
        NotFound: the project has no such version.
        InvalidInput: the stage.
        PermissionDenied: the actor may not; or a rule wants approvals, or has a check that fails.
    """
    access.require(Permission.MODEL_WRITE)
    target = stage_of(stage)
    check_archiving(stage, target, archive_existing=archive_existing)
    with bound(access):
        model, version = lock_version(access, name, number)
        promote(access, model, version, Move(stage=target, archive_existing=archive_existing))


def check_archiving(stage: str, target: Stage, *, archive_existing: bool) -> None:
    """Refuse to make room in a stage that is no place of active versions.

    Raises:
        InvalidInput: it is none of Staging and Production.
    """
    if archive_existing and target not in ACTIVE_STAGES:
        listed = [each.value for each in ACTIVE_STAGES]
        message = (
            "Model version transition cannot archive existing model versions because"
            f" '{stage}' is not an Active stage. Valid stages are {listed}"
        )
        raise InvalidInput("invalid_stage", message, field="archive_existing_versions")


def set_version_tag(access: Access, *, name: str, number: int, key: str, value: str) -> None:
    """Set a tag of a version.

    Raises:
        NotFound: the project has no such version.
        InvalidInput: the key or value.
    """
    access.require(Permission.MODEL_WRITE)
    tags = checked_tags([(key, value)])
    with bound(access):
        model, version = lock_version(access, name, number)
        _set_tags(access, version, tags)
        record(access, "model_version.set_tag", model, version, after=tags)
        told = ModelVersionTagSet(name=model.name, version=str(number), key=key, value=value)
        emit(access, Event.MODEL_VERSION_TAG_SET, told)


def delete_version_tag(access: Access, *, name: str, number: int, key: str) -> None:
    """Remove a tag of a version; one that is not there is gone already.

    Raises:
        NotFound: the project has no such version.
        InvalidInput: no tag can have this key.
    """
    access.require(Permission.MODEL_WRITE)
    check_key(key)
    with bound(access):
        model, version = lock_version(access, name, number)
        if ModelVersionTag.objects.in_project(access).filter(version=version, key=key).delete()[0]:
            record(access, "model_version.delete_tag", model, version, before={"key": key})
            told = ModelVersionTagDeleted(name=model.name, version=str(number), key=key)
            emit(access, Event.MODEL_VERSION_TAG_DELETED, told)


def set_alias(access: Access, *, name: str, alias: str, number: int) -> None:
    """Let an alias of a model point at a version, wherever it pointed before.

    Raises:
        NotFound: the project has no such version.
        InvalidInput: the alias.
        PermissionDenied: as of `move_version`.
    """
    access.require(Permission.MODEL_WRITE)
    check_alias(alias, is_new=True)
    with bound(access):
        model, version = lock_version(access, name, number)
        promote(access, model, version, Move(alias=alias))


def delete_alias(access: Access, *, name: str, alias: str) -> None:
    """Remove an alias; one that is not there is gone already.

    Raises:
        NotFound: the project has no such model.
        InvalidInput: the alias.
        PermissionDenied: as of `move_version`.
    """
    access.require(Permission.MODEL_WRITE)
    check_alias(alias)
    with bound(access):
        model = lock_model(access, name)
        found = ModelAlias.objects.in_project(access).filter(model=model, name=alias).select_related("version").first()
        if found is not None:
            promote(access, model, found.version, Move(alias=alias, removes_alias=True))
        else:
            access.require(Permission.MODEL_PROMOTE)


def _new_version(access: Access, model: RegisteredModel, source: str, found: Source | None) -> ModelVersion:
    version = ModelVersion(
        project_id=access.project.id,
        model=model,
        number=model.next_version,
        source=source if found is None else found.text,
        user_name=access.actor.label[:256],
        created_by_id=access.actor.user_id,
    )
    if found is not None:
        version.run_id, version.logged_model_id = found.run_id, found.logged_model_id
        version.copied_from_id = None if found.copied_from is None else found.copied_from.pk
    version.updated_at_ms = version.created_at_ms
    return version


def _lenders(borrowed: Source | None) -> list[Access]:
    return [borrowed.lender] if borrowed and borrowed.lender else []


def _copies(access: Access, borrowed: Source | None) -> AbstractContextManager[Copies]:
    """Of the bytes that another project has."""
    if borrowed is None or borrowed.lender is None:
        return nullcontext({})
    return copied(access, borrowed.lender, borrowed.owner, borrowed.folder)


def _pin(access: Access, version: ModelVersion, found: Source, source: str, copies: Copies) -> None:
    count, _ = pin_files(
        access,
        source=found.owner,
        folder=found.folder,
        version_id=version.pk,
        lender=found.lender,
        copies=copies,
    )
    if not count:
        raise invalid_source(source)
    if found.logged_model_id is not None and found.copied_from is None:
        _tell_logged_model(access, version, found)


def _tell_logged_model(access: Access, version: ModelVersion, found: Source) -> None:
    """Add the version to the logged model's tag that clients read."""
    assert found.logged_model_id is not None  # noqa: S101
    tags = LoggedModelTag.objects.in_project(access).filter(model=found.logged_model_id, key=VERSIONS_TAG)
    try:
        known = json.loads(tags.values_list("value", flat=True).first() or "[]")
    except ValueError:
        known = []
    versions = [*(known if isinstance(known, list) else []), {"name": version.model.name, "version": version.number}]
    put_model_tags(access, model_id=found.logged_model_id, tags=[(VERSIONS_TAG, json.dumps(versions))])


def _change(access: Access, version: ModelVersion, **changes: object) -> None:
    ModelVersion.objects.in_project(access).filter(pk=version.pk).update(updated_at_ms=now_ms(), **changes)


def _set_tags(access: Access, version: ModelVersion, tags: dict[str, str]) -> None:
    rows = ModelVersionTag.objects.in_project(access)
    rows.filter(version=version, key__in=tags).delete()
    rows.bulk_create(
        ModelVersionTag(
            project_id=access.project.id,
            version_id=version.pk,
            key=key,
            value=value,
            value_head=value[:VALUE_HEAD_LENGTH],
        )
        for key, value in tags.items()
    )
