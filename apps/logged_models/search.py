"""Search of logged models, in the same filter language as search of runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db.models import Exists, F, FloatField, OuterRef, Q, QuerySet, Subquery, Value

from apps.common.errors import InvalidInput
from apps.common.filters.conditions import (
    combined,
    float_condition,
    headed_text_condition,
    integer_condition,
    text_condition,
)
from apps.common.filters.keyset import KeyType, SortKey, after, missing_last, pack, unpack
from apps.common.filters.tree import Comparison, Entity, Op, Stat, comparisons
from apps.common.filters.unparse import unparse
from apps.common.filters.vocabulary import Attribute, Kind, Vocabulary
from apps.common.ids import parse_hex_id, parse_model_id
from apps.common.pagination import read_page_token, sign_page_token
from apps.experiments.models import Experiment, Lifecycle
from apps.logged_models.models import LoggedModel, LoggedModelParam, LoggedModelTag
from apps.logged_models.queries import LoggedModelDetails, with_details
from apps.projects.tenancy import bound
from apps.runs.metrics.digest import fold_dirty
from apps.runs.models import VALUE_HEAD_LENGTH, ModelMetric
from apps.teams.access import Access
from apps.teams.permissions import Permission

_CREATED = Attribute("creation_timestamp", Kind.NUMBER)
_UPDATED = Attribute("last_updated_timestamp", Kind.NUMBER)
MODELS = Vocabulary(
    attributes={
        "name": Attribute("name", Kind.TEXT),
        "model_id": Attribute("model_id", Kind.TEXT),
        "model_type": Attribute("model_type", Kind.TEXT),
        "status": Attribute("status", Kind.TEXT),
        "source_run_id": Attribute("source_run_id", Kind.TEXT),
        "creation_timestamp": _CREATED,
        "creation_timestamp_ms": _CREATED,
        "creation_time": _CREATED,
        "last_updated_timestamp": _UPDATED,
        "last_updated_timestamp_ms": _UPDATED,
    },
    keyed={Entity.METRIC: Kind.NUMBER, Entity.PARAM: Kind.TEXT, Entity.TAG: Kind.TEXT},
    dataset_fields={},
)
_FIELDS = {
    "name": ("name", KeyType.TEXT),
    "model_id": ("id", KeyType.UUID),
    "model_type": ("model_type", KeyType.TEXT),
    "status": ("status", KeyType.TEXT),
    "creation_timestamp": ("created_at_ms", KeyType.INTEGER),
    "last_updated_timestamp": ("updated_at_ms", KeyType.INTEGER),
}
_PAIRS: dict[Entity, type[LoggedModelParam | LoggedModelTag]] = {
    Entity.PARAM: LoggedModelParam,
    Entity.TAG: LoggedModelTag,
}


@dataclass(frozen=True, slots=True)
class DatasetFilter:
    """A dataset that metrics were measured on; an empty digest stands for every version."""

    name: str
    digest: str = ""


@dataclass(frozen=True, slots=True)
class ModelOrder:
    """A term of an ordering: an attribute, or "metrics." and a key, on a dataset where one is named."""

    field: str
    ascending: bool = True
    dataset: DatasetFilter | None = None


@dataclass(frozen=True, slots=True)
class LoggedModelPage:
    """Models in the order asked for. The token, if there is one, gives the next page of the same search."""

    models: list[LoggedModelDetails]
    next_page_token: str | None


def search_logged_models(
    access: Access,
    *,
    experiment_numbers: Sequence[int],
    filter: str | None = None,  # noqa: A002
    datasets: Sequence[DatasetFilter] = (),
    order_by: Sequence[ModelOrder] = (),
    max_results: int = 50,
    page_token: str | None = None,
) -> LoggedModelPage:
    """One page of the models of some experiments for which `filter` is true; deleted ones are left out.

    Not to be called inside a read-only transaction: points that arrived since the last fold are folded first.

    Args:
        access: needs PROJECT_READ.
        experiment_numbers: where to search; numbers that name no experiment find nothing.
        filter: on attributes, metrics (their last values), params and tags.
        datasets: metrics count on these alone; without a metric in the filter, models measured on one of them.
        order_by: the newest first where it does not decide; of metrics, NaN comes after all values, then what is missing.
        max_results: the most models on the page, at least 1.
        page_token: of the page before.

    Raises:
        InvalidInput: the filter, the ordering or the page token.
    """
    access.require(Permission.PROJECT_READ)
    if not all(dataset.name for dataset in datasets):
        raise InvalidInput("missing_dataset_name", "`dataset_name` in the `datasets` clause must be specified.")
    expr = MODELS.filter(filter)
    keys = _sort_keys(access, order_by)
    scope = repr(
        ("logged-models", access.project.id, sorted(set(experiment_numbers)), unparse(expr) if expr else "",
         tuple(datasets), tuple(order_by))
    )  # fmt: skip
    condition = combined(expr, partial(_comparison, access, datasets))
    if datasets and not any(each.column.entity is Entity.METRIC for each in comparisons(expr)):
        condition &= Q(Exists(_metrics(access, datasets)))
    if page_token:
        condition &= after(keys, unpack(keys, read_page_token(scope, page_token)))
    fold_dirty(access)
    with bound(access, readonly=True):
        numbers = [number for number in experiment_numbers if 0 <= number < 2**63]
        experiments = list(
            Experiment.objects.in_project(access).filter(number__in=numbers).values_list("pk", flat=True)
        )
        rows: QuerySet[Any] = LoggedModel.objects.in_project(access).select_related("experiment")
        rows = rows.filter(condition, experiment__in=experiments, lifecycle=Lifecycle.ACTIVE)
        rows = rows.annotate(**{f"key{place}": key.expression for place, key in enumerate(keys)})
        found = list(rows.order_by(*(key.order for key in keys))[: max_results + 1])
        page = with_details(access, found[:max_results])
    token = None
    if len(found) > max_results:
        last = found[max_results - 1]
        token = sign_page_token(scope, pack(keys, [getattr(last, f"key{place}") for place in range(len(keys))]))
    return LoggedModelPage(page, token)


def _sort_keys(access: Access, terms: Sequence[ModelOrder]) -> list[SortKey]:
    keys: list[SortKey] = []
    named = set()
    for term in terms:
        if term.field.startswith("metrics."):
            keys += _metric_keys(access, term)
            continue
        attribute = MODELS.attributes.get(term.field)
        if attribute is None or attribute.name not in _FIELDS:
            raise _unknown_field(term.field)
        path, key_type = _FIELDS[attribute.name]
        named.add(attribute.name)
        keys.append(SortKey(F(path), key_type, not term.ascending))
    if "creation_timestamp" not in named:
        keys.append(SortKey(F("created_at_ms"), KeyType.INTEGER, is_descending=True))
    if "model_id" not in named:
        keys.append(SortKey(F("id"), KeyType.UUID))
    return keys


def _metric_keys(access: Access, term: ModelOrder) -> list[SortKey]:
    rows = _metrics(access, [term.dataset] if term.dataset else [], key=term.field.removeprefix("metrics."))
    value = Subquery(rows.order_by("-last_timestamp_ms", "-last_step", "run_id").values("last_value")[:1])
    filler = Value(0.0, output_field=FloatField())
    return missing_last(value, filler, KeyType.FLOAT, not term.ascending, is_nan=Q(Exists(rows)))


def _unknown_field(field: str) -> InvalidInput:
    message = f"Invalid order by field name: {field}"
    if "." in field:
        message += ". Only metrics are supported."
    return InvalidInput("invalid_order_by", message, field="order_by")


def _comparison(access: Access, datasets: Sequence[DatasetFilter], comparison: Comparison) -> Q:
    column, op = comparison.column, comparison.op
    values = tuple(literal.value for literal in comparison.values)
    if column.entity is Entity.METRIC:
        if column.stat is not Stat.LAST:
            raise InvalidInput("invalid_filter", "Of a model's metrics the last values alone are kept.", field="filter")
        rows = _metrics(access, datasets, key=column.key)
        return (
            ~Q(Exists(rows)) if op is Op.IS_NULL else Q(Exists(rows.filter(float_condition("last_value", op, values))))
        )
    if column.entity in _PAIRS:
        pairs = _PAIRS[column.entity].objects.in_project(access).filter(model=OuterRef("pk"), key=column.key)
        if op is Op.IS_NULL:
            return ~Q(Exists(pairs))
        return Q(Exists(pairs.filter(headed_text_condition("value", "value_head", VALUE_HEAD_LENGTH, op, values))))
    if column.key in {"model_id", "source_run_id"}:
        return _id_condition(column.key, op, [str(value) for value in values])
    path, key_type = _FIELDS[column.key]
    if key_type is KeyType.INTEGER:
        return integer_condition(path, op, values)
    return text_condition(F(path), op, values)


def _id_condition(key: str, op: Op, texts: Sequence[str]) -> Q:
    path, parse = ("id", parse_model_id) if key == "model_id" else ("source_run_id", parse_hex_id)
    if op in (Op.IS_NULL, Op.IS_NOT_NULL):
        return Q(**{f"{path}__isnull": op is Op.IS_NULL})
    if op not in (Op.EQ, Op.IN, Op.NE, Op.NOT_IN):
        raise InvalidInput("invalid_filter", f"{key} is compared with =, !=, IN and NOT IN.", field="filter")
    condition = Q(**{f"{path}__in": [found for text in texts if (found := parse(text)) is not None]})
    return Q(**{f"{path}__isnull": False}) & ~condition if op in (Op.NE, Op.NOT_IN) else condition


def _metrics(access: Access, datasets: Sequence[DatasetFilter], *, key: str | None = None) -> QuerySet[ModelMetric]:
    """The metrics of the model at hand, on some datasets if any are named."""
    rows = ModelMetric.objects.in_project(access).filter(model_id=OuterRef("pk"))
    if key is not None:
        rows = rows.filter(key=key)
    measured = Q()
    for dataset in datasets:
        measured |= Q(dataset_name=dataset.name, **({"dataset_digest": dataset.digest} if dataset.digest else {}))
    return rows.filter(measured)
