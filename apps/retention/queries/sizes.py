"""How much things take, and how much of it their end would free. Within a bound transaction.

Bytes of files are exact: the same content is stored once, and is freed when nothing living refers to it. Bytes of
metrics are those of the stored payloads, without what the database adds. Payloads are never read for it: both
databases know a value's length without its content.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Literal

from django.db.models import BigIntegerField, Exists, Func, OuterRef, Q, QuerySet, Subquery, Sum

from apps.artifacts.models import KEPT_STATES, Artifact, Blob, Folder, OwnerKind
from apps.experiments.models import Lifecycle
from apps.logged_models.models import LoggedModel
from apps.runs.models import MetricBlock, MetricSegment, Run
from apps.teams.access import Access

Thing = Literal["run", "experiment"]


@dataclass(frozen=True, slots=True)
class Size:
    """Files, each counted; what of them would be freed; points of metrics, and the bytes these are stored in."""

    file_count: int = 0
    file_bytes: int = 0
    freed_bytes: int = 0
    point_count: int = 0
    metric_bytes: int = 0


def sizes(access: Access, thing: Thing, keys: Collection[Any]) -> dict[Any, Size]:
    """The size of each run or experiment, and what would be freed if it alone went. Four statements.

    Args:
        access: whose project.
        thing: what `keys` are of.
        keys: primary keys.
    """
    if not keys:
        return {}
    files, freed = _files(access, thing, keys), _freed_alone(access, thing, keys)
    points, stored = _metrics(access, thing, keys)
    return {
        key: Size(*files.get(key, (0, 0)), freed.get(key, 0), points.get(key, 0), stored.get(key, 0)) for key in keys
    }


def trash_size(access: Access) -> Size:
    """The size of all deleted runs and logged models, and of those of deleted experiments, together.

    What they share with each other alone is freed too.
    """
    deleted = Run.objects.in_project(access).filter(lifecycle=Lifecycle.DELETED).values("pk")
    going = Q(lifecycle=Lifecycle.DELETED) | Q(experiment__lifecycle=Lifecycle.DELETED)
    models = LoggedModel.objects.in_project(access).filter(going).values("pk")
    theirs = Q(owner_id__in=deleted) | Q(owner_id__in=models)
    roots = Folder.objects.in_project(access).filter(theirs, parent="", name="")
    files = roots.aggregate(count=Sum("file_count", default=0), size=Sum("size_bytes", default=0))
    metrics = [
        model.objects.in_project(access)
        .filter(run_id__in=deleted)
        .aggregate(points=Sum("point_count", default=0), size=Sum(_length(), default=0))
        for model in (MetricBlock, MetricSegment)
    ]
    return Size(
        files["count"],
        files["size"],
        _freed_by_trash(access, theirs),
        sum(found["points"] for found in metrics),
        sum(found["size"] for found in metrics),
    )


def _files(access: Access, thing: Thing, keys: Collection[Any]) -> dict[Any, tuple[int, int]]:
    column = "owner_id" if thing == "run" else "experiment_id"
    roots = Folder.objects.in_project(access).filter(parent="", name="", **{f"{column}__in": keys})
    rows = roots.values_list(column).annotate(count=Sum("file_count"), size=Sum("size_bytes"))
    return {key: (count, size) for key, count, size in rows.order_by()}


def _freed_alone(access: Access, thing: Thing, keys: Collection[Any]) -> dict[Any, int]:
    column = "owner_id" if thing == "run" else "experiment_id"
    files = Artifact.objects.in_project(access)
    its_files = files.filter(**{f"{column}__in": keys})
    holder = its_files.filter(blob=OuterRef("pk")).values(column)[:1]
    others = files.filter(blob=OuterRef("pk")).exclude(**{column: OuterRef("holder")})
    blobs = (
        Blob.objects.in_project(access)
        .filter(state__in=KEPT_STATES, pk__in=its_files.values("blob"))
        .annotate(holder=Subquery(holder))
        .filter(~Exists(others))
    )
    return dict(blobs.values_list("holder").annotate(size=Sum("size_bytes")).order_by())


def _freed_by_trash(access: Access, theirs: Q) -> int:
    files = Artifact.objects.in_project(access)
    active = Run.objects.in_project(access).filter(pk=OuterRef("owner_id"), lifecycle=Lifecycle.ACTIVE)
    models = LoggedModel.objects.in_project(access).filter(pk=OuterRef("owner_id"))
    staying = models.filter(lifecycle=Lifecycle.ACTIVE, experiment__lifecycle=Lifecycle.ACTIVE)
    is_living = Q(owner_kind=OwnerKind.VERSION) | Q(Exists(active)) | Q(Exists(staying))
    living = files.filter(is_living, blob=OuterRef("pk"))
    blobs = Blob.objects.in_project(access).filter(
        ~Exists(living), state__in=KEPT_STATES, pk__in=files.filter(theirs).values("blob")
    )
    freed: int = blobs.aggregate(size=Sum("size_bytes", default=0))["size"]
    return freed


def _metrics(access: Access, thing: Thing, keys: Collection[Any]) -> tuple[Counter[Any], Counter[Any]]:
    """Points and bytes by key."""
    points: Counter[Any] = Counter()
    stored: Counter[Any] = Counter()
    runs = Run.objects.in_project(access)
    for model in (MetricBlock, MetricSegment):
        rows: QuerySet[Any] = model.objects.in_project(access)
        if thing == "run":
            rows, column = rows.filter(run_id__in=keys), "run_id"
        else:
            experiment = runs.filter(pk=OuterRef("run_id")).values("experiment_id")
            rows = rows.filter(run_id__in=runs.filter(experiment__in=keys).values("pk"))
            rows, column = rows.annotate(of_experiment=Subquery(experiment)), "of_experiment"
        for key, count, size in (
            rows.values_list(column).annotate(count=Sum("point_count"), size=Sum(_length())).order_by()
        ):
            points[key] += count
            stored[key] += size
    return points, stored


def _length() -> Func:
    return Func("payload", function="LENGTH", output_field=BigIntegerField())
