"""Writes of logged models, and of which runs made and used them."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from typing import TypeVar

from django.db.models import QuerySet

from apps.common.clock import now_ms
from apps.common.errors import InvalidInput, NotFound
from apps.common.ids import model_id as client_id
from apps.experiments.keys import check_length
from apps.experiments.models import Lifecycle
from apps.experiments.queries import find_experiment
from apps.experiments.services import require_active
from apps.jobs.services import enqueue
from apps.logged_models.models import (
    LoggedModel,
    LoggedModelParam,
    LoggedModelStatus,
    LoggedModelTag,
    ModelUse,
    RunModel,
)
from apps.logged_models.refusals import model_not_found
from apps.projects.tenancy import bound
from apps.runs.models import VALUE_HEAD_LENGTH, Run
from apps.runs.names import new_run_name
from apps.runs.refusals import run_not_found
from apps.runs.services import statements
from apps.runs.services.rules import MAX_PARAM_VALUE_LENGTH, MAX_TAG_VALUE_LENGTH, Pairs, check_count
from apps.teams.access import Access
from apps.teams.permissions import Permission
from apps.teams.services import audit

# The job that looks into a model's files, by its name in settings.JOB_HANDLERS.
READ = "read_model_package"
MAX_NAME_LENGTH = 500
MAX_KEY_LENGTH = 255
MAX_PAIRS = 1_000
MAX_MODELS = 1_000
# mlflow/utils/validation.py, _validate_logged_model_name.
_BAD_NAME_CHARACTERS = ("/", ":", ".", "%", '"', "'")


Pair = TypeVar("Pair", LoggedModelParam, LoggedModelTag)


def create_logged_model(
    access: Access,
    *,
    experiment_number: int,
    name: str | None = None,
    model_type: str = "",
    source_run_id: uuid.UUID | None = None,
    params: Pairs = (),
    tags: Pairs = (),
) -> LoggedModel:
    """Begin a model in an active experiment; its files come next, then `finalize_logged_model`.

    Args:
        access: needs RUN_LOG.
        experiment_number: the experiment's number in the project.
        name: None for a generated one; need not be unique.
        model_type: as the client says, a text.
        source_run_id: the run that logs it.
        params: keys and values; values over 6,000 characters are cut.
        tags: keys and values; values over 8,000 characters are cut.

    Returns:
        The model, with its experiment.

    Raises:
        NotFound: there is no such experiment or run.
        InvalidInput: the name, a key, or one key twice.
        Conflict: the experiment is deleted.
    """
    access.require(Permission.RUN_LOG)
    _check_name(name)
    check_length("model_type", model_type, MAX_NAME_LENGTH)
    stored_params, stored_tags = _checked(params, MAX_PARAM_VALUE_LENGTH), _checked(tags, MAX_TAG_VALUE_LENGTH)
    if len(dict(stored_params)) < len(stored_params):
        raise InvalidInput("duplicate_param", "The same param key is given twice.", field="params")
    with bound(access):
        experiment = find_experiment(access, experiment_number)
        require_active(experiment)
        if source_run_id is not None and not Run.objects.in_project(access).filter(pk=source_run_id).exists():
            raise run_not_found(source_run_id)
        model = LoggedModel(
            project_id=access.project.id,
            experiment=experiment,
            name=name or new_run_name(),
            model_type=model_type,
            source_run_id=source_run_id,
            created_by_id=access.actor.user_id,
        )
        model.updated_at_ms = model.created_at_ms
        model.save(force_insert=True)
        _insert_pairs(access, LoggedModelParam, model, stored_params)
        _insert_pairs(access, LoggedModelTag, model, list(dict(stored_tags).items()))
    return model


def finalize_logged_model(access: Access, *, model_id: uuid.UUID, status: LoggedModelStatus) -> None:
    """Say how the upload of a model's files ended.

    Raises:
        NotFound: the project has no such model.
    """
    access.require(Permission.RUN_LOG)
    with bound(access):
        if not _active(access, model_id).update(status=status, updated_at_ms=now_ms()):
            raise model_not_found(model_id)
        if status == LoggedModelStatus.READY:
            _have_it_read(access, model_id)


def delete_logged_model(access: Access, *, model_id: uuid.UUID) -> None:
    """Mark a model as deleted; its files go when the trash is emptied, or with its experiment.

    Raises:
        NotFound: the project has no such model.
    """
    access.require(Permission.RUN_DELETE)
    with bound(access):
        model = LoggedModel.objects.in_project(access).filter(pk=model_id).first()
        if model is None:
            raise model_not_found(model_id)
        changes = {"lifecycle": Lifecycle.DELETED, "updated_at_ms": now_ms(), "deleted_at_ms": now_ms()}
        LoggedModel.objects.in_project(access).filter(pk=model_id).update(**changes)
        audit(
            access,
            "logged_model.delete",
            "logged_model",
            client_id(model_id),
            object_label=model.name,
            project_slug=access.project.slug,
        )


def log_model_params(access: Access, *, model_id: uuid.UUID, params: Pairs) -> None:
    """Add params to a model; one that is there already must have the same value.

    Raises:
        NotFound: the project has no such model.
        InvalidInput: a key, or another value than the one that is there.
    """
    access.require(Permission.RUN_LOG)
    wanted = _checked(params, MAX_PARAM_VALUE_LENGTH)
    with bound(access):
        model = _touch(access, model_id)
        rows = LoggedModelParam.objects.in_project(access).filter(model=model, key__in=[key for key, _ in wanted])
        known = dict(rows.values_list("key", "value"))
        for key, value in wanted:
            if known.setdefault(key, value) != value:
                message = f"Changing param values is not allowed. Param with key='{key}' was already logged."
                raise InvalidInput("param_changed", message, field="params")
        _insert_pairs(access, LoggedModelParam, model, list(dict(wanted).items()))


def set_model_tags(access: Access, *, model_id: uuid.UUID, tags: Pairs) -> None:
    """Set tags of a model; of one key twice the last counts.

    Raises:
        NotFound: the project has no such model.
        InvalidInput: a key.
    """
    access.require(Permission.RUN_LOG)
    put_model_tags(access, model_id=model_id, tags=tags)


def put_model_tags(access: Access, *, model_id: uuid.UUID, tags: Pairs) -> None:
    """The same as a part of something else, of which the caller has checked that it may be done."""
    wanted = dict(_checked(tags, MAX_TAG_VALUE_LENGTH))
    with bound(access):
        model = _touch(access, model_id)
        LoggedModelTag.objects.in_project(access).filter(model=model, key__in=wanted).delete()
        _insert_pairs(access, LoggedModelTag, model, list(wanted.items()))


def delete_model_tag(access: Access, *, model_id: uuid.UUID, key: str) -> None:
    """Remove a tag of a model.

    Raises:
        NotFound: the project has no such model, or that no such tag.
    """
    access.require(Permission.RUN_LOG)
    with bound(access):
        model = _touch(access, model_id)
        if not LoggedModelTag.objects.in_project(access).filter(model=model, key=key).delete()[0]:
            message = f"No tag with key {key!r} found for model with ID '{client_id(model_id)}'."
            raise NotFound("tag_not_found", message, field="tag_key")


def log_run_models(
    access: Access, *, run_id: uuid.UUID, use: ModelUse, models: Sequence[tuple[uuid.UUID, int]]
) -> None:
    """Record that an active run made or used models, each at a step. What was recorded before stays as it is.

    Raises:
        NotFound: the project has no such run or model.
        InvalidInput: too many models.
        Conflict: the run is deleted.
    """
    access.require(Permission.RUN_LOG)
    check_count("models", len(models), MAX_MODELS)
    with bound(access):
        run = statements.touch_active_run(access, run_id)
        _require_models(access, {model_id for model_id, _ in models})
        RunModel.objects.in_project(access).bulk_create(
            [
                RunModel(project_id=access.project.id, run_id=run.id, model_id=model_id, use=use, step=step)
                for model_id, step in models
            ],
            ignore_conflicts=True,
        )


def _require_models(access: Access, model_ids: Collection[uuid.UUID]) -> None:
    known = set(LoggedModel.objects.in_project(access).filter(pk__in=model_ids).values_list("pk", flat=True))
    for missing in set(model_ids) - known:
        raise model_not_found(missing)


def _have_it_read(access: Access, model_id: uuid.UUID) -> None:
    """Files stand above: they know what to make of this (apps.artifacts.services.packages)."""
    enqueue(access.project.id, READ, args={"owner_kind": "model", "owner_id": model_id.hex}, key=model_id.hex)


def _active(access: Access, model_id: uuid.UUID) -> QuerySet[LoggedModel]:
    return LoggedModel.objects.in_project(access).filter(pk=model_id, lifecycle=Lifecycle.ACTIVE)


def _touch(access: Access, model_id: uuid.UUID) -> LoggedModel:
    """An active model, its row locked until the transaction ends."""
    rows = _active(access, model_id)
    if not rows.update(updated_at_ms=now_ms()):
        raise model_not_found(model_id)
    return rows.get()


def _insert_pairs(access: Access, table: type[Pair], model: LoggedModel, pairs: Pairs) -> None:
    table.objects.in_project(access).bulk_create(
        [
            table(
                project_id=model.project_id,
                model_id=model.pk,
                experiment_id=model.experiment_id,
                key=key,
                value=value,
                value_head=value[:VALUE_HEAD_LENGTH],
            )
            for key, value in pairs
        ],
        ignore_conflicts=True,
    )


def _checked(pairs: Pairs, longest: int) -> list[tuple[str, str]]:
    check_count("entries", len(pairs), MAX_PAIRS)
    for key, _ in pairs:
        if not key:
            raise InvalidInput("missing_key", "A key is empty.", field="key")
        check_length("key", key, MAX_KEY_LENGTH)
    return [(key, value[:longest]) for key, value in pairs]


def _check_name(name: str | None) -> None:
    if name is None:
        return
    if not name or any(character in name for character in _BAD_NAME_CHARACTERS):
        message = (
            f"Invalid model name ({name!r}) provided. Model name must be a non-empty string and cannot contain the"
            f" following characters: {_BAD_NAME_CHARACTERS}"
        )
        raise InvalidInput("invalid_model_name", message, field="name")
    check_length("name", name, MAX_NAME_LENGTH)
