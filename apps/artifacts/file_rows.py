"""The row of one file, read as fast as it goes: compiling this query cost more than all else that a small download does.

Columns and their conversions come from the models, so that what is found is as good as what the ORM finds.
"""

from __future__ import annotations

import uuid
from functools import cache
from typing import Any

from django.db import connection
from django.db.models import Model

from apps.artifacts.models import Artifact, Blob, OwnerKind
from apps.artifacts.owners import OwnerRef
from apps.experiments.models import Experiment
from apps.projects.tenancy import read_row
from apps.teams.access import Access

_FROM = """
FROM artifacts_artifact JOIN artifacts_blob ON artifacts_blob.id = artifacts_artifact.blob_id
LEFT JOIN experiments_experiment ON experiments_experiment.id = artifacts_artifact.experiment_id
WHERE artifacts_artifact.project_id = %s AND artifacts_artifact.owner_id = %s AND artifacts_artifact.folder = %s
AND artifacts_artifact.name = %s AND artifacts_artifact.owner_kind = '{kind}' AND {owned}
"""
# The files of what was removed for good follow it in batches.
_IN_EXPERIMENT = """
EXISTS (SELECT 1 FROM {table} WHERE {table}.id = artifacts_artifact.owner_id)
AND experiments_experiment.number = COALESCE(%s, experiments_experiment.number)
"""
_OWNED = {
    OwnerKind.RUN: _IN_EXPERIMENT.format(table="runs_run"),
    OwnerKind.MODEL: _IN_EXPERIMENT.format(table="logged_models_loggedmodel"),
    # Goes with its files, in one transaction.
    OwnerKind.VERSION: "%s IS NULL",
}


def file_row(access: Access, owner: OwnerRef, folder: str, name: str) -> Artifact | None:
    """A file with its blob and its experiment, if it is of one; None if there is none. One statement, one round trip.

    Raises:
        StaleAccess: somebody's rights in the team changed after the Access was made.
    """
    key: uuid.UUID | str = owner.id if connection.features.has_native_uuid_field else owner.id.hex
    row = read_row(access, _select(owner.kind), [access.project.id, key, folder, name, owner.experiment_number])
    if row is None:
        return None
    values = iter(row)
    file: Artifact = _made(Artifact, values)
    file.blob = _made(Blob, values)
    if file.experiment_id is not None:
        file.experiment = _made(Experiment, values)
    return file


@cache
def _select(kind: OwnerKind) -> str:
    fields = [field for model in (Artifact, Blob, Experiment) for field in model._meta.concrete_fields]
    columns = (f"{field.model._meta.db_table}.{field.column} AS c{place}" for place, field in enumerate(fields))
    return f"SELECT {', '.join(columns)} {_FROM.format(kind=kind.value, owned=_OWNED[kind])}"


def _made(model: type[Model], row: Any) -> Any:
    names, values = [], []
    for name, column, converters in _conversions(model, connection.vendor):
        value = next(row)
        for convert in converters:
            value = convert(value, column, connection)
        names.append(name)
        values.append(value)
    return model.from_db(connection.alias, names, values)


@cache
def _conversions(model: type[Model], _vendor: str) -> list[tuple[str, Any, list[Any]]]:
    columns = [(field.attname, field.get_col(model._meta.db_table)) for field in model._meta.concrete_fields]
    return [
        (name, column, [*connection.ops.get_db_converters(column), *column.get_db_converters(connection)])
        for name, column in columns
    ]
