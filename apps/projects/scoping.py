"""The first wall: rows that belong to a project can be asked for only in the name of an Access."""

from __future__ import annotations

from typing import NoReturn, TypeVar

from django.db import models

from apps.teams.access import Access

Row = TypeVar("Row", bound=models.Model)


class UnscopedQuery(RuntimeError):
    """Code asked a tracked table for rows without saying whose: a bug, never a user's mistake."""


class ScopedManager(models.Manager[Row]):
    """The manager of every tracked table."""

    def in_project(self, access: Access) -> models.QuerySet[Row]:
        """The rows of `access.project`, and no others."""
        return models.QuerySet(self.model, using=self._db).filter(project_id=access.project.id)

    def in_projects(self, *accesses: Access) -> models.QuerySet[Row]:
        """The rows of several projects, each vouched for by an Access of its own."""
        ids = [access.project.id for access in accesses]
        return models.QuerySet(self.model, using=self._db).filter(project_id__in=ids)

    def get_queryset(self) -> NoReturn:
        """Refused.

        Raises:
            UnscopedQuery: always.
        """
        raise UnscopedQuery(f"{self.model.__name__}.objects needs .in_project(access).")
