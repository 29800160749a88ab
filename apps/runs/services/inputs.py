"""Dataset inputs of runs."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from apps.experiments.keys import check_length
from apps.projects.tenancy import bound
from apps.runs.models import Dataset, DatasetInput, Run
from apps.runs.services import rules, statements
from apps.runs.services.rules import Pairs
from apps.teams.access import Access
from apps.teams.permissions import Permission

CONTEXT_TAG = "mlflow.data.context"
MAX_DATASETS = 1_000
MAX_TAG_KEY_LENGTH = 255
MAX_TAG_VALUE_LENGTH = 500
_FIELD_LENGTHS = {
    "name": 500,
    "digest": 36,
    "source_type": 36,
    "source": 65_535,
    "schema": 1_048_575,
    "profile": 16_777_215,
}


@dataclass(frozen=True, slots=True)
class DatasetUse:
    """A version of a data set and how a run used it. All texts are kept as they come; none is ever opened."""

    name: str
    digest: str
    source_type: str
    source: str
    schema: str | None = None
    profile: str | None = None
    tags: Pairs = ()


def log_inputs(access: Access, *, run_id: uuid.UUID, datasets: Sequence[DatasetUse]) -> None:
    """Record that an active run used these data sets. What was recorded before stays as it is.

    Args:
        access: needs RUN_LOG.
        run_id: the run.
        datasets: of several with the same name and digest the first counts.

    Raises:
        NotFound: the project has no such run.
        InvalidInput: a text that is too long, or too many data sets.
        Conflict: the run is deleted.
    """
    access.require(Permission.RUN_LOG)
    for use in datasets:
        _check(use)
    rules.check_count("datasets", len(datasets), MAX_DATASETS)
    uses: dict[tuple[str, str], DatasetUse] = {}
    for use in datasets:
        uses.setdefault((use.name, use.digest), use)
    with bound(access):
        run = statements.touch_active_run(access, run_id)
        if uses:
            _store(access, run, uses.values())


def _store(access: Access, run: Run, uses: Iterable[DatasetUse]) -> None:
    wanted = list(uses)
    rows = Dataset.objects.in_project(access)
    rows.bulk_create([_dataset(run, use) for use in wanted], ignore_conflicts=True)
    known = rows.filter(experiment=run.experiment_id, name__in={use.name for use in wanted})
    ids = {(name, digest): pk for pk, name, digest in known.values_list("pk", "name", "digest")}
    DatasetInput.objects.in_project(access).bulk_create(
        [
            DatasetInput(
                project_id=run.project_id,
                run_id=run.id,
                dataset_id=ids[use.name, use.digest],
                context=dict(use.tags).get(CONTEXT_TAG, ""),
                tags=[{"key": key, "value": value} for key, value in use.tags],
            )
            for use in wanted
        ],
        ignore_conflicts=True,
    )


def _dataset(run: Run, use: DatasetUse) -> Dataset:
    return Dataset(
        project_id=run.project_id,
        experiment_id=run.experiment_id,
        name=use.name,
        digest=use.digest,
        source_type=use.source_type,
        source=use.source,
        schema=use.schema,
        profile=use.profile,
    )


def _check(use: DatasetUse) -> None:
    for field, maximum in _FIELD_LENGTHS.items():
        check_length(field, getattr(use, field) or "", maximum)
    for key, value in use.tags:
        check_length("key", key, MAX_TAG_KEY_LENGTH)
        check_length("value", value, MAX_TAG_VALUE_LENGTH)
