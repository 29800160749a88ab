"""Search of registered models and of versions, in the same filter language as search of runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from apps.artifacts.models import ModelPackage, PackageEntry, PackageEntryKind
from apps.common.errors import InvalidInput
from apps.common.filters.conditions import (
    ALWAYS,
    OPPOSITES,
    combined,
    headed_text_condition,
    integer_condition,
    text_condition,
)
from apps.common.filters.keyset import KeyType, SortKey, after, pack, unpack
from apps.common.filters.tree import Comparison, Entity, Expr, Op, OrderTerm, comparisons
from apps.common.filters.unparse import unparse, unparse_order
from apps.common.filters.vocabulary import Attribute, Kind, Vocabulary
from apps.common.ids import parse_hex_id
from apps.common.pagination import read_page_token, sign_page_token
from apps.registry.models import ModelVersionTag, RegisteredModelTag
from apps.registry.names import PROMPT_TAG
from apps.registry.queries import ModelDetails, VersionDetails, get_model, model_details, version_details
from apps.registry.reach import SHOWN_NAME, Reach, reach_of, shown_name
from apps.runs.models import VALUE_HEAD_LENGTH
from apps.teams.access import Access
from apps.teams.permissions import Permission


@dataclass(frozen=True, slots=True)
class _Table:
    """What is searched: its words, its columns by their true names, where its tags are, and its order by default."""

    label: str
    vocabulary: Vocabulary
    fields: Mapping[str, tuple[str, KeyType]]
    tags: type[RegisteredModelTag | ModelVersionTag]
    tag_owner: str
    # Of the model: prompts are told by a tag of theirs.
    model: str
    default_order: tuple[str, ...]
    tie_break: tuple[tuple[str, bool], ...]


# Runfold's own: what is known of a version's files, by its column in ModelPackage; and what there are several of.
ENTRIES = {"flavor": PackageEntryKind.FLAVOR, "requirement": PackageEntryKind.REQUIREMENT}
OF_PACKAGES = {
    "safety": "verdict",
    "mlflow_version": "mlflow_version",
    "python_version": "python_version",
    **dict.fromkeys(ENTRIES, ""),
}
_NAME = Attribute("name", Kind.TEXT)
_CREATED = Attribute("creation_timestamp", Kind.NUMBER)
_UPDATED = Attribute("last_updated_timestamp", Kind.NUMBER)
_TIMES = {"creation_timestamp": _CREATED, "last_updated_timestamp": _UPDATED, "timestamp": _UPDATED}

MODELS = _Table(
    label="registered-models",
    vocabulary=Vocabulary(attributes={"name": _NAME, **_TIMES}, keyed={Entity.TAG: Kind.TEXT}, dataset_fields={}),
    fields={
        "name": ("name", KeyType.TEXT),
        "creation_timestamp": ("created_at_ms", KeyType.INTEGER),
        "last_updated_timestamp": ("updated_at_ms", KeyType.INTEGER),
    },
    tags=RegisteredModelTag,
    tag_owner="model",
    model="pk",
    default_order=("name ASC",),
    tie_break=(("name", False),),
)
VERSIONS = _Table(
    label="model-versions",
    vocabulary=Vocabulary(
        attributes={
            "name": _NAME,
            "run_id": Attribute("run_id", Kind.TEXT),
            "source_path": Attribute("source_path", Kind.TEXT),
            "version_number": Attribute("version_number", Kind.NUMERAL),
            "current_stage": Attribute("current_stage", Kind.TEXT),
            **{name: Attribute(name, Kind.TEXT) for name in OF_PACKAGES},
            **_TIMES,
        },
        keyed={Entity.TAG: Kind.TEXT},
        dataset_fields={},
    ),
    fields={
        "name": ("model__name", KeyType.TEXT),
        "source_path": ("source", KeyType.TEXT),
        "version_number": ("number", KeyType.INTEGER),
        "current_stage": ("stage", KeyType.TEXT),
        "creation_timestamp": ("created_at_ms", KeyType.INTEGER),
        "last_updated_timestamp": ("updated_at_ms", KeyType.INTEGER),
    },
    tags=ModelVersionTag,
    tag_owner="version",
    model="model",
    default_order=("last_updated_timestamp DESC", "name ASC", "version_number DESC"),
    tie_break=(("name", False), ("version_number", True)),
)


@dataclass(frozen=True, slots=True)
class ModelPage:
    """Models in the order asked for; the token, if there is one, gives the next page of the same search."""

    models: list[ModelDetails]
    next_page_token: str | None


@dataclass(frozen=True, slots=True)
class VersionPage:
    """The same of versions."""

    versions: list[VersionDetails]
    next_page_token: str | None


def search_models(
    access: Access,
    *,
    filter: str | None = None,  # noqa: A002
    name_contains: str = "",
    order_by: Sequence[str] = (),
    max_results: int = 100,
    page_token: str | None = None,
) -> ModelPage:
    """One page of the registered models for which `filter` is true; prompts only where it asks for them.

    Args:
        access: needs PROJECT_READ.
        filter: on name, the timestamps and tags.
        name_contains: a part of the name, in any case; a page token goes with one part alone.
        order_by: by name first where there is none.
        max_results: the most on the page, at least 1.
        page_token: of the page before.

    Raises:
        InvalidInput: the filter, the ordering or the page token.
    """
    access.require(Permission.PROJECT_READ)
    reach = reach_of(access)
    with reach.bound():
        rows = reach.models().select_related("created_by")
        if name_contains:
            rows = rows.filter(**{f"{_fields(reach, MODELS)['name'][0]}__icontains": name_contains})
        found, token = _page(reach, MODELS, rows, filter, order_by, max_results, page_token)
        for model in found:
            model.name = shown_name(model, model)
        return ModelPage(model_details(access, found, borrowed=reach.borrowed), token)


def search_versions(
    access: Access,
    *,
    filter: str | None = None,  # noqa: A002
    model_name: str = "",
    order_by: Sequence[str] = (),
    max_results: int = 10_000,
    page_token: str | None = None,
) -> VersionPage:
    """One page of the versions for which `filter` is true; those that changed last come first. As `search_models`.

    With `model_name` of that model alone, prompt or not; a page token goes with one name alone.

    Raises:
        InvalidInput: the filter, the ordering or the page token.
    """
    access.require(Permission.PROJECT_READ)
    reach = reach_of(access)
    with reach.bound():
        rows = reach.versions()
        if model_name:
            rows = rows.filter(**{_fields(reach, VERSIONS)["name"][0]: model_name})
        found, token = _page(
            reach, VERSIONS, rows, filter, order_by, max_results, page_token, has_prompts=bool(model_name)
        )
        for version in found:
            version.model.name = shown_name(version, version.model)
        return VersionPage(version_details(access, found, borrowed=reach.borrowed), token)


def versions_of_model(
    access: Access,
    name: str,
    *,
    filter: str | None = None,  # noqa: A002
    order_by: Sequence[str] = (),
    max_results: int = 100,
    page_token: str | None = None,
) -> VersionPage:
    """One page of a model's versions, the greatest number first unless ordered otherwise. As `search_versions`.

    Raises:
        NotFound: the project has no such model.
        InvalidInput: the name, the filter, the ordering or the page token.
    """
    page = search_versions(
        access,
        filter=filter,
        model_name=name,
        order_by=order_by or ("version_number DESC",),
        max_results=max_results,
        page_token=page_token,
    )
    if not page.versions:
        # A model without such versions, or none at all.
        get_model(access, name)
    return page


def _page(
    reach: Reach, table: _Table, rows: QuerySet[Any], text: str | None, order_by: Sequence[str], size: int,
    page_token: str | None, *, has_prompts: bool = False,
) -> tuple[list[Any], str | None]:  # fmt: skip
    expr = table.vocabulary.filter(text)
    terms = table.vocabulary.order(order_by or table.default_order)
    keys = _sort_keys(_fields(reach, table), table.tie_break, terms)
    order = ", ".join(unparse_order(term) for term in terms)
    scope = "\n".join([table.label, str(reach.access.project.id), order, unparse(expr) if expr else ""])
    condition = combined(expr, partial(_comparison, reach, table))
    if not has_prompts and not _asks_for_prompts(expr):
        prompts = reach.rows(RegisteredModelTag).filter(key=PROMPT_TAG, value_head__iexact="true")
        condition &= ~Q(Exists(prompts.filter(model=OuterRef(table.model))))
    if page_token:
        condition &= after(keys, unpack(keys, read_page_token(scope, page_token)))
    if expr is None and (terms[0].column.key, terms[0].descending) == ("last_updated_timestamp", True):
        condition &= _among_newest(rows.filter(condition), size)
    rows = rows.filter(condition).annotate(**{f"key{place}": key.expression for place, key in enumerate(keys)})
    found = list(rows.order_by(*(key.order for key in keys))[: size + 1])
    if len(found) <= size:
        return found, None
    position = [getattr(found[size - 1], f"key{place}") for place in range(len(keys))]
    return found[:size], sign_page_token(scope, pack(keys, position))


def _among_newest(rows: QuerySet[Any], size: int) -> Q:
    """Only those that a page can hold, as an index tells: the names that they are sorted by next stand in another table.

    SQLite would sort all of them otherwise.
    """
    newest = rows.order_by("-updated_at_ms").values("updated_at_ms")
    return Q(updated_at_ms__gte=Coalesce(Subquery(newest[size : size + 1]), 0))


def _fields(reach: Reach, table: _Table) -> Mapping[str, tuple[str, KeyType]]:
    """The columns, with models' names as the caller knows them."""
    return {**table.fields, "name": (SHOWN_NAME, KeyType.TEXT)} if reach.borrowed else table.fields


def _sort_keys(
    fields: Mapping[str, tuple[str, KeyType]], tie_break: Sequence[tuple[str, bool]], terms: Sequence[OrderTerm]
) -> list[SortKey]:
    ordered = {}
    for term in terms:
        if term.column.entity is not Entity.ATTRIBUTE or term.column.key not in fields:
            message = f"Invalid order by key '{term.column.key}' specified. Valid keys are {sorted(fields)}"
            raise InvalidInput("invalid_order_by", message, field="order_by")
        ordered[term.column.key] = term.descending
    for name, is_descending in tie_break:
        ordered.setdefault(name, is_descending)
    return [SortKey(F(fields[name][0]), fields[name][1], is_down) for name, is_down in ordered.items()]


def _comparison(reach: Reach, table: _Table, comparison: Comparison) -> Q:
    column, op = comparison.column, comparison.op
    values = tuple(literal.value for literal in comparison.values)
    if column.entity is Entity.TAG and column.key == PROMPT_TAG and not _asks_for_prompts(comparison):
        # Clients say so of all that is no prompt, and has no such tag; `_page` sees to it.
        return ALWAYS
    if column.entity is Entity.TAG:
        tags = reach.rows(table.tags).filter(**{table.tag_owner: OuterRef("pk"), "key": column.key})
        if op is Op.IS_NULL:
            return ~Q(Exists(tags))
        return Q(Exists(tags.filter(headed_text_condition("value", "value_head", VALUE_HEAD_LENGTH, op, values))))
    if column.key in OF_PACKAGES:
        return _package_condition(reach, column.key, op, values)
    if column.key == "run_id":
        return _run_condition(op, [str(value) for value in values])
    path, key_type = _fields(reach, table)[column.key]
    return integer_condition(path, op, values) if key_type is KeyType.INTEGER else text_condition(F(path), op, values)


def _package_condition(reach: Reach, key: str, op: Op, values: Sequence[str | float]) -> Q:
    """On what a job has read in the files; files that were not read have none of it."""
    packages = reach.rows(ModelPackage).filter(owner_id=OuterRef("pk"))
    if op in OPPOSITES:
        was_read = ALWAYS if op is Op.IS_NULL else Q(Exists(packages))
        return was_read & ~_package_condition(reach, key, OPPOSITES[op], values)
    if key in ENTRIES:
        entries = reach.rows(PackageEntry).filter(kind=ENTRIES[key], package__owner_id=OuterRef("pk"))
        return Q(Exists(entries.filter(text_condition(F("name"), op, values))))
    return Q(Exists(packages.filter(text_condition(F(OF_PACKAGES[key]), op, values))))


def _run_condition(op: Op, texts: Sequence[str]) -> Q:
    if op in (Op.IS_NULL, Op.IS_NOT_NULL):
        return Q(run_id__isnull=op is Op.IS_NULL)
    if op not in (Op.EQ, Op.IN, Op.NE, Op.NOT_IN):
        raise InvalidInput("invalid_filter", "run_id is compared with =, !=, IN and NOT IN.", field="filter")
    condition = Q(run_id__in=[found for text in texts if (found := parse_hex_id(text)) is not None])
    return ~condition if op in (Op.NE, Op.NOT_IN) else condition


def _asks_for_prompts(expr: Expr | None) -> bool:
    wanted = {Op.EQ: "true", Op.NE: "false"}
    return any(
        each.column.entity is Entity.TAG
        and each.column.key == PROMPT_TAG
        and each.op in wanted
        and str(each.values[0].value).lower() == wanted[each.op]
        for each in comparisons(expr)
    )
