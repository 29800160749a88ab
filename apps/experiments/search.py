"""Search of experiments, in the same filter language as search of runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from django.db.models import Exists, F, OuterRef, Q, TextField
from django.db.models.functions import Cast

from apps.common.filters.conditions import NEVER, OPPOSITES, combined, integer_condition, text_condition
from apps.common.filters.keyset import KeyType, SortKey, after, pack, unpack
from apps.common.filters.tree import Column, Comparison, Entity, Op, OrderTerm, Scalar
from apps.common.filters.unparse import unparse, unparse_order
from apps.common.filters.vocabulary import Attribute, Kind, Vocabulary
from apps.common.pagination import read_page_token, sign_page_token
from apps.experiments.models import Experiment, ExperimentTag, Lifecycle
from apps.experiments.queries import ExperimentDetails, with_tags
from apps.projects.tenancy import bound
from apps.teams.access import Access
from apps.teams.permissions import Permission

EXPERIMENTS = Vocabulary(
    attributes={
        "name": Attribute("name", Kind.TEXT),
        "experiment_id": Attribute("experiment_id", Kind.TEXT),
        "creation_time": Attribute("creation_time", Kind.NUMBER),
        "last_update_time": Attribute("last_update_time", Kind.NUMBER),
    },
    keyed={Entity.TAG: Kind.TEXT},
    dataset_fields={},
)
FIELDS = {
    "name": ("name", KeyType.TEXT),
    "experiment_id": ("number", KeyType.INTEGER),
    "creation_time": ("created_at_ms", KeyType.INTEGER),
    "last_update_time": ("updated_at_ms", KeyType.INTEGER),
}
CREATION_TIME = Column(Entity.ATTRIBUTE, "creation_time")
EXPERIMENT_ID = Column(Entity.ATTRIBUTE, "experiment_id")
# MLflow's: newest first, and the tie-break of an explicit order is the greater number.
DEFAULT_ORDER = (OrderTerm(CREATION_TIME, descending=True), OrderTerm(EXPERIMENT_ID))


class ViewType(StrEnum):
    """Which lifecycles a search shows."""

    ACTIVE_ONLY = "ACTIVE_ONLY"
    DELETED_ONLY = "DELETED_ONLY"
    ALL = "ALL"

    @property
    def lifecycles(self) -> tuple[str, ...]:
        """The lifecycles that it shows."""
        shown = {ViewType.ACTIVE_ONLY: (Lifecycle.ACTIVE,), ViewType.DELETED_ONLY: (Lifecycle.DELETED,)}
        return tuple(lifecycle.value for lifecycle in shown.get(self, (Lifecycle.ACTIVE, Lifecycle.DELETED)))


@dataclass(frozen=True, slots=True)
class ExperimentPage:
    """Experiments in the order asked for. The token, if there is one, gives the next page of the same search."""

    experiments: list[ExperimentDetails]
    next_page_token: str | None


def search_experiments(
    access: Access,
    *,
    filter: str | None = None,  # noqa: A002
    order_by: Sequence[str] = (),
    max_results: int = 1000,
    page_token: str | None = None,
    view_type: ViewType = ViewType.ACTIVE_ONLY,
) -> ExperimentPage:
    """One page of the experiments for which `filter` is true.

    Args:
        access: needs PROJECT_READ.
        filter: on name, experiment_id, creation_time, last_update_time and tags.
        order_by: the first four, each with ASC or DESC; creation_time DESC if there is none.
        max_results: the most experiments on the page, at least 1.
        page_token: of the page before.
        view_type: active experiments, deleted ones or both.

    Raises:
        InvalidInput: the filter, the ordering or the page token.
    """
    access.require(Permission.PROJECT_READ)
    expr = EXPERIMENTS.filter(filter)
    terms = EXPERIMENTS.order(order_by) or DEFAULT_ORDER
    keys = _sort_keys(terms)
    order = ", ".join(unparse_order(term) for term in terms)
    scope = "\n".join(["experiments", str(access.project.id), view_type, order, unparse(expr) if expr else ""])
    condition = Q(lifecycle__in=view_type.lifecycles) & combined(expr, partial(_comparison, access))
    if page_token:
        condition &= after(keys, unpack(keys, read_page_token(scope, page_token)))
    with bound(access, readonly=True):
        rows = Experiment.objects.in_project(access).filter(condition).order_by(*(key.order for key in keys))
        found = list(rows[: max_results + 1])
        page = with_tags(access, found[:max_results])
    token = None
    if len(found) > max_results:
        last = page[-1].experiment
        position = [getattr(last, FIELDS[key][0]) for key in _columns(terms)]
        token = sign_page_token(scope, pack(keys, position))
    return ExperimentPage(page, token)


def _columns(terms: Sequence[OrderTerm]) -> list[str]:
    names = [term.column.key for term in terms]
    return names if EXPERIMENT_ID.key in names else [*names, EXPERIMENT_ID.key]


def _sort_keys(terms: Sequence[OrderTerm]) -> list[SortKey]:
    descending = {term.column.key: term.descending for term in terms}
    return [SortKey(F(FIELDS[name][0]), FIELDS[name][1], descending.get(name, True)) for name in _columns(terms)]


def _comparison(access: Access, comparison: Comparison) -> Q:
    column, op = comparison.column, comparison.op
    values = tuple(literal.value for literal in comparison.values)
    if column.entity is Entity.TAG:
        rows = ExperimentTag.objects.in_project(access).filter(experiment_id=OuterRef("id"), key=column.key)
        if op is Op.IS_NULL:
            return ~Q(Exists(rows))
        return Q(Exists(rows.filter(text_condition(F("value"), op, values))))
    if column.key == EXPERIMENT_ID.key:
        return _number_condition(op, values)
    if column.key == "name":
        return text_condition(F("name"), op, values)
    return integer_condition(FIELDS[column.key][0], op, values)


def _number_condition(op: Op, values: Sequence[Scalar]) -> Q:
    """Clients know the number as a text."""
    if op in OPPOSITES:
        return ~_number_condition(OPPOSITES[op], values)
    if op in (Op.EQ, Op.IN):
        numbers = [int(text) for text in map(str, values) if text.isdecimal() and text.isascii() and len(text) < 19]
        return Q(number__in=numbers) if numbers else NEVER
    return text_condition(Cast("number", TextField()), op, values)
