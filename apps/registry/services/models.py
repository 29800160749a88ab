"""Registered models: created, described, renamed, tagged, deleted."""

from __future__ import annotations

from collections.abc import Callable

from django.db import IntegrityError, transaction

from apps.artifacts.services.pins import unpin_files
from apps.experiments.keys import check_key, check_length
from apps.projects.tenancy import bound
from apps.registry.borrowing import is_borrowed
from apps.registry.models import ModelVersion, RegisteredModel, RegisteredModelTag
from apps.registry.names import MAX_DESCRIPTION_LENGTH, Pairs, check_name, checked_tags
from apps.registry.refusals import model_exists, name_is_borrowed
from apps.registry.services.history import record
from apps.registry.services.promotion import check_is_free
from apps.registry.services.rows import lock_model, touch
from apps.runs.models import VALUE_HEAD_LENGTH
from apps.teams.access import Access
from apps.teams.permissions import Permission
from apps.webhooks.events import Event
from apps.webhooks.payloads import RegisteredModelCreated, RegisteredModelTagDeleted, RegisteredModelTagSet
from apps.webhooks.services import emit


def create_model(access: Access, *, name: str, description: str = "", tags: Pairs = ()) -> RegisteredModel:
    """Register a name for versions to come.

    Args:
        access: needs MODEL_WRITE.
        name: unique in the project.
        description: Markdown.
        tags: keys and values.

    Raises:
        InvalidInput: the name, the description or a tag.
        Conflict: the name is taken.
    """
    access.require(Permission.MODEL_WRITE)
    check_name(name)
    check_length("description", description, MAX_DESCRIPTION_LENGTH)
    stored_tags = checked_tags(tags)
    creator = access.actor.user_id
    model = RegisteredModel(project_id=access.project.id, name=name, description=description, created_by_id=creator)
    model.updated_at_ms = model.created_at_ms
    _check_is_free(access, name)
    with bound(access):
        _named(model, lambda: model.save(force_insert=True))
        _set_tags(access, model, stored_tags)
        record(access, "registered_model.create", model, after={"name": name, **stored_tags})
        told = RegisteredModelCreated(name=name, tags=stored_tags, description=description or None)
        emit(access, Event.REGISTERED_MODEL_CREATED, told)
    return model


def update_model(access: Access, *, name: str, description: str) -> None:
    """Describe a model.

    Raises:
        NotFound: the project has no such model.
        InvalidInput: the description is too long.
    """
    access.require(Permission.MODEL_WRITE)
    check_length("description", description, MAX_DESCRIPTION_LENGTH)
    with bound(access):
        model = lock_model(access, name)
        before = {"description": model.description}
        touch(access, model, description=description)
        record(access, "registered_model.update", model, before=before, after={"description": description})


def rename_model(access: Access, *, name: str, new_name: str) -> None:
    """Give a model another name; its versions, aliases and history come along.

    Raises:
        NotFound: the project has no such model.
        InvalidInput: the new name.
        Conflict: it is taken.
        PermissionDenied: it has rules of approval.
    """
    access.require(Permission.MODEL_WRITE)
    check_name(new_name, field="new_name")
    _check_is_free(access, new_name)
    with bound(access):
        model = lock_model(access, name)
        check_is_free(access, model)
        model.name = new_name
        _named(model, lambda: touch(access, model, name=new_name))
        record(access, "registered_model.rename", model, before={"name": name}, after={"name": new_name})


def delete_model(access: Access, *, name: str) -> None:
    """Delete a model with all its versions and their files.

    Raises:
        NotFound: the project has no such model.
        PermissionDenied: it has rules of approval.
    """
    access.require(Permission.MODEL_PROMOTE)
    with bound(access):
        model = lock_model(access, name)
        check_is_free(access, model)
        versions = ModelVersion.objects.in_project(access).filter(model=model)
        version_ids = list(versions.values_list("pk", flat=True))
        for version_id in version_ids:
            unpin_files(access, version_id=version_id)
        record(access, "registered_model.delete", model, before={"version_count": len(version_ids)})
        RegisteredModel.objects.in_project(access).filter(pk=model.pk).delete()


def set_model_tag(access: Access, *, name: str, key: str, value: str) -> None:
    """Set a tag of a model.

    Raises:
        NotFound: the project has no such model.
        InvalidInput: the key or value.
    """
    access.require(Permission.MODEL_WRITE)
    tags = checked_tags([(key, value)])
    with bound(access):
        model = lock_model(access, name)
        _set_tags(access, model, tags)
        touch(access, model)
        record(access, "registered_model.set_tag", model, after=tags)
        emit(access, Event.REGISTERED_MODEL_TAG_SET, RegisteredModelTagSet(name=name, key=key, value=value))


def delete_model_tag(access: Access, *, name: str, key: str) -> None:
    """Remove a tag of a model; one that is not there is gone already.

    Raises:
        NotFound: the project has no such model.
        InvalidInput: no tag can have this key.
    """
    access.require(Permission.MODEL_WRITE)
    check_key(key)
    with bound(access):
        model = lock_model(access, name)
        if RegisteredModelTag.objects.in_project(access).filter(model=model, key=key).delete()[0]:
            touch(access, model)
            record(access, "registered_model.delete_tag", model, before={"key": key})
            emit(access, Event.REGISTERED_MODEL_TAG_DELETED, RegisteredModelTagDeleted(name=name, key=key))


def _check_is_free(access: Access, name: str) -> None:
    """Nobody puts a model of theirs in the place of one that others of the project borrow."""
    if is_borrowed(access, name):
        raise name_is_borrowed(name)


def _named(model: RegisteredModel, write: Callable[[], None]) -> None:
    try:
        with transaction.atomic():
            write()
    except IntegrityError:
        raise model_exists(model.name) from None


def _set_tags(access: Access, model: RegisteredModel, tags: dict[str, str]) -> None:
    rows = RegisteredModelTag.objects.in_project(access)
    rows.filter(model=model, key__in=tags).delete()
    rows.bulk_create(
        RegisteredModelTag(
            project_id=access.project.id,
            model_id=model.pk,
            key=key,
            value=value,
            value_head=value[:VALUE_HEAD_LENGTH],
        )
        for key, value in tags.items()
    )
