"""Reads of the registry. Search stands in apps.registry.search.

The names in answers are those that the caller knows models by: see apps.registry.borrowing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db.models import F, QuerySet, Window
from django.db.models.functions import RowNumber

from apps.projects.tenancy import bound
from apps.registry.borrowing import Loan, reader_of
from apps.registry.models import (
    ModelActivity,
    ModelAlias,
    ModelVersion,
    ModelVersionTag,
    RegisteredModel,
    RegisteredModelTag,
    Stage,
)
from apps.registry.names import LATEST, check_alias, check_name, stage_of
from apps.registry.refusals import alias_not_found, model_not_found, version_not_found
from apps.teams.access import Access
from apps.teams.permissions import Permission

MAX_NUMBER = 2**31 - 1


@dataclass(frozen=True, slots=True)
class VersionDetails:
    """A version, with its model, its tags and the aliases that point at it, by key and by name."""

    version: ModelVersion
    tags: tuple[tuple[str, str], ...]
    aliases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ModelDetails:
    """A model, its tags, its aliases with the numbers that they point at, and the latest version in each stage."""

    model: RegisteredModel
    tags: tuple[tuple[str, str], ...]
    aliases: tuple[tuple[str, int], ...]
    latest: tuple[VersionDetails, ...]

    @property
    def newest(self) -> int | None:
        """The greatest number of all versions."""
        return max((each.version.number for each in self.latest), default=None)


def get_model(access: Access, name: str) -> ModelDetails:
    """A registered model, the project's own or one that is shared with it.

    Raises:
        NotFound: there is none of this name.
        InvalidInput: no model can have it.
    """
    access.require(Permission.PROJECT_READ)
    check_name(name)
    reader, own_name = reader_of(access, name)
    with bound(reader, readonly=True):
        details = model_details(reader, [find_model(reader, own_name)])[0]
    details.model.name = name
    return details


def get_version(access: Access, name: str, number: int) -> VersionDetails:
    """A version of a registered model, the project's own or one that is shared with it.

    Raises:
        NotFound: there is no such model, or it has no such version.
        InvalidInput: no model can have this name.
    """
    access.require(Permission.PROJECT_READ)
    check_name(name)
    return _version(access, name, str(number))


def get_version_by_alias(access: Access, name: str, alias: str) -> VersionDetails:
    """The version that an alias points at; "latest" is the one with the greatest number.

    Raises:
        NotFound: the project has no such model, or it has no version.
        InvalidInput: the name, or the model has no such alias.
    """
    access.require(Permission.PROJECT_READ)
    check_name(name)
    check_alias(alias)
    return _version(access, name, LATEST if alias.lower() == LATEST else f"@{alias}")


def get_latest_versions(access: Access, name: str, stages: Sequence[str]) -> list[VersionDetails]:
    """The version with the greatest number in each of some stages; in each of all without any.

    Raises:
        NotFound: the project has no such model.
        InvalidInput: the name or a stage.
    """
    wanted = {stage_of(stage) for stage in stages} or set(Stage)
    return [details for details in get_model(access, name).latest if details.version.stage in wanted]


def activity(access: Access, name: str, *, limit: int = 50) -> list[ModelActivity]:
    """What was done to a model, newest first.

    Raises:
        NotFound: the project has no such model.
    """
    access.require(Permission.PROJECT_READ)
    with bound(access, readonly=True):
        model = find_model(access, name)
        return list(activity_of(access, model)[:limit])


def activity_of(access: Access, model: RegisteredModel) -> QuerySet[ModelActivity]:
    """The same as rows to page through."""
    access.require(Permission.PROJECT_READ)
    return ModelActivity.objects.in_project(access).filter(model=model).order_by("-pk")


def find_model(access: Access, name: str) -> RegisteredModel:
    """The model of this name; inside a bound transaction.

    Raises:
        NotFound: the project has none.
    """
    model = RegisteredModel.objects.in_project(access).filter(name=name).first()
    if model is None:
        raise model_not_found(name)
    return model


def numbered_version(access: Access, name: str, number: int) -> ModelVersion:
    """A version, with its model; inside a bound transaction.

    Raises:
        NotFound: the project has no such model, or that no such version.
    """
    rows = ModelVersion.objects.in_project(access).select_related("model")
    version = rows.filter(model__name=name, number=number).first() if 0 < number <= MAX_NUMBER else None
    if version is None:
        raise version_not_found(name, number)
    return version


def find_version(access: Access, name: str, reference: str) -> ModelVersion:
    """The version that models:/<name>/<reference> or models:/<name>@<alias> stands for; inside a bound transaction.

    Args:
        access: whose project.
        name: the model's.
        reference: a number, a stage, "latest", or "@" and an alias.

    Raises:
        NotFound: the project has no such model, or that no such version.
        InvalidInput: the model has no such alias, or there is no such stage.
    """
    if reference.isascii() and reference.isdigit():
        return numbered_version(access, name, int(reference[:12]))
    model = find_model(access, name)
    rows = ModelVersion.objects.in_project(access).select_related("model").filter(model=model).order_by("-number")
    if reference.startswith("@"):
        version = rows.filter(aliases__name=reference[1:]).first()
        if version is None:
            raise alias_not_found(reference[1:])
        return version
    if reference.lower() != LATEST:
        rows = rows.filter(stage=stage_of(reference))
    version = rows.first()
    if version is None:
        raise version_not_found(name, reference)
    return version


def model_details(
    access: Access, models: Sequence[RegisteredModel], *, borrowed: Sequence[Loan] = ()
) -> list[ModelDetails]:
    """What belongs to models, in their order; in a transaction bound to the project and those that it borrows them from."""
    keys = [model.pk for model in models]
    by_key = {model.pk: model for model in models}
    readers = [access, *(loan.access for loan in borrowed)]
    tags: dict[int, list[tuple[str, str]]] = defaultdict(list)
    rows = RegisteredModelTag.objects.in_projects(*readers).filter(model__in=keys).order_by("key")
    for model_id, key, value in rows.values_list("model_id", "key", "value"):
        tags[model_id].append((key, value))
    latest: dict[int, list[VersionDetails]] = defaultdict(list)
    for details in version_details(access, _latest(readers, keys, by_key), borrowed=borrowed):
        latest[details.version.model_id].append(details)
    aliases: dict[int, list[tuple[str, int]]] = defaultdict(list)
    pointing = ModelAlias.objects.in_projects(*readers).filter(model__in=keys).order_by("name")
    for model_id, name, number in pointing.values_list("model_id", "name", "version__number"):
        aliases[model_id].append((name, number))
    return [
        ModelDetails(model, tuple(tags[model.pk]), tuple(aliases[model.pk]), tuple(latest[model.pk]))
        for model in models
    ]


def version_details(
    access: Access, versions: Sequence[ModelVersion], *, borrowed: Sequence[Loan] = ()
) -> list[VersionDetails]:
    """What belongs to versions that have their model, in their order; in such a transaction. Two statements."""
    keys = [version.pk for version in versions]
    readers = [access, *(loan.access for loan in borrowed)]
    tags: dict[object, list[tuple[str, str]]] = defaultdict(list)
    rows = ModelVersionTag.objects.in_projects(*readers).filter(version__in=keys).order_by("key")
    for version_id, key, value in rows.values_list("version_id", "key", "value"):
        tags[version_id].append((key, value))
    aliases: dict[object, list[str]] = defaultdict(list)
    pointing = ModelAlias.objects.in_projects(*readers).filter(version__in=keys).order_by("name")
    for version_id, name in pointing.values_list("version_id", "name"):
        aliases[version_id].append(name)
    return [VersionDetails(version, tuple(tags[version.pk]), tuple(aliases[version.pk])) for version in versions]


def _version(access: Access, name: str, reference: str) -> VersionDetails:
    reader, own_name = reader_of(access, name)
    with bound(reader, readonly=True):
        details = version_details(reader, [find_version(reader, own_name, reference)])[0]
    details.version.model.name = name
    return details


def _latest(readers: Sequence[Access], keys: Collection[int], models: dict[int, RegisteredModel]) -> list[ModelVersion]:
    """The version with the greatest number in each stage of each model, by number."""
    place = Window(RowNumber(), partition_by=[F("model"), F("stage")], order_by=F("number").desc())
    rows = ModelVersion.objects.in_projects(*readers).filter(model__in=keys).annotate(place=place).filter(place=1)
    found: list[ModelVersion] = list(rows.order_by("model", "number"))
    for version in found:
        version.model = models[version.model_id]
    return found
