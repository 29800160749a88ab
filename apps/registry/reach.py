"""What a search of the registry looks through: the project's models, and those that others share with it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Concat

from apps.common.fields import KeyField
from apps.projects.models import ProjectOwned
from apps.projects.tenancy import bound
from apps.registry.borrowing import Loan, loans
from apps.registry.models import ModelVersion, RegisteredModel
from apps.teams.access import Access

Row = TypeVar("Row", bound=ProjectOwned)

# The column that stands for the name where anything is borrowed.
SHOWN_NAME = "shown_name"
_SHOWN_LENGTH = 512


@dataclass(frozen=True, slots=True)
class Reach:
    """Rows that a caller may read, with models called as the caller knows them."""

    access: Access
    borrowed: Sequence[Loan]

    def bound(self) -> AbstractContextManager[None]:
        """A transaction that sees them."""
        return bound(self.access, *(loan.access for loan in self.borrowed), readonly=True)

    def models(self) -> QuerySet[Any]:
        """The models."""
        return self._reached(self.rows(RegisteredModel), key="pk", name="name")

    def versions(self) -> QuerySet[Any]:
        """Their versions, each with its model."""
        return self._reached(self.rows(ModelVersion).select_related("model"), key="model", name="model__name")

    def rows(self, table: type[Row]) -> QuerySet[Row]:
        """The rows of whole projects: for what is joined to models and versions that are reached, and nothing else."""
        if not self.borrowed:
            return table.objects.in_project(self.access)
        return table.objects.in_projects(self.access, *(loan.access for loan in self.borrowed))

    def _reached(self, rows: QuerySet[Any], *, key: str, name: str) -> QuerySet[Any]:
        if not self.borrowed:
            return rows
        lent = {model_id for loan in self.borrowed for model_id in loan.model_ids}
        names = [
            When(project=loan.access.project.id, then=Concat(Value(loan.address("")), name)) for loan in self.borrowed
        ]
        shown = Case(*names, default=F(name), output_field=KeyField(max_length=_SHOWN_LENGTH))
        own = RegisteredModel.objects.in_project(self.access)
        # A model of the project's own goes before one that is borrowed under the same name: see borrowing.reader_of.
        is_hidden = Exists(own.filter(name=OuterRef(SHOWN_NAME)))
        is_own = Q(project=self.access.project.id)
        reached: QuerySet[Any] = rows.annotate(**{SHOWN_NAME: shown})
        return reached.filter(is_own | (Q(**{f"{key}__in": lent}) & ~is_hidden))


def reach_of(access: Access) -> Reach:
    """What is reached now. One statement."""
    return Reach(access, loans(access))


def shown_name(row: RegisteredModel | ModelVersion, model: RegisteredModel) -> str:
    """What the caller calls the model of a row that was found by a Reach."""
    return str(getattr(row, SHOWN_NAME, model.name))
