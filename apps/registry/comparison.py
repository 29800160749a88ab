"""Two versions of a registered model side by side: what was logged to their models and runs, tags, and files."""

from __future__ import annotations

import math
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from apps.artifacts.models import Artifact, OwnerKind
from apps.artifacts.packages import PackageDetails, packages_of
from apps.common.templatetags.ui import metric_value
from apps.projects.tenancy import bound
from apps.registry.logged import ids, logged_to
from apps.registry.models import ModelVersion
from apps.registry.names import check_name
from apps.registry.queries import VersionDetails, numbered_version, version_details
from apps.registry.refusals import version_not_found
from apps.runs.metrics.digest import fold_dirty
from apps.runs.models import Run
from apps.teams.access import Access
from apps.teams.permissions import Permission

# Of each version: nobody reads more, and what is beyond is said to be.
MAX_FILES = 1_000
MAX_CHOICES = 200
Value = TypeVar("Value")
Pairs = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Row:
    """One thing of both versions; None where a version has none.

    Attributes:
        key: what it is.
        a: of the first version, as it is shown.
        b: of the second.
        differs: the two are not the same, even where they are shown alike.
        words: about the two, as "+0.02" or "changed".
    """

    key: str
    a: str | None
    b: str | None
    differs: bool
    words: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """Rows of one kind, by key."""

    id: str
    title: str
    rows: tuple[Row, ...]
    note: str = ""

    @property
    def different(self) -> int:
        """How many rows differ."""
        return sum(row.differs for row in self.rows)


@dataclass(frozen=True, slots=True)
class Side:
    """A version, and the name of the run that it came from; empty where there is none any more."""

    details: VersionDetails
    run_name: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two versions, what they have, and the numbers of all versions to choose from, the greatest first."""

    a: Side
    b: Side
    sections: tuple[Section, ...]
    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Said:
    """What a version's files say of themselves; nothing before they were read."""

    signature: Pairs
    requirements: Pairs


def latest_two(access: Access, name: str) -> tuple[int, int]:
    """The two newest versions of a model, the older one first; the only one twice.

    Raises:
        NotFound: the project has no such model, or it has no version.
        InvalidInput: no model can have this name.
    """
    access.require(Permission.PROJECT_READ)
    check_name(name)
    with bound(access, readonly=True):
        numbers = _numbers(access, name, limit=2)
    if not numbers:
        raise version_not_found(name, "latest")
    return numbers[-1], numbers[0]


def compare_versions(access: Access, name: str, a: int, b: int) -> Comparison:
    """Two versions of a model of the project, with every point that was logged before this call counted in.

    Not to be called in a read-only transaction.

    Raises:
        NotFound: the project has no such model, or not both versions.
        InvalidInput: no model can have this name.
    """
    access.require(Permission.PROJECT_READ)
    check_name(name)
    fold_dirty(access)
    with bound(access, readonly=True):
        versions = [numbered_version(access, name, number) for number in (a, b)]
        first, second = version_details(access, versions)
        logged = logged_to(access, versions)
        files, has_more = _files(access, versions)
        runs = Run.objects.in_project(access).filter(pk__in=ids(version.run_id for version in versions))
        names: dict[uuid.UUID | None, str] = dict(runs.values_list("pk", "name"))
        numbers = tuple(_numbers(access, name, limit=MAX_CHOICES))
        packages = packages_of(access, [version.pk for version in versions])
    left, right = logged
    said, said_too = (_said(packages.get(version.pk)) for version in versions)
    note = f"Of each version the first {MAX_FILES:,} are compared." if has_more else ""
    return Comparison(
        a=Side(first, names.get(first.version.run_id, "")),
        b=Side(second, names.get(second.version.run_id, "")),
        sections=(
            Section("metrics", "Metrics", _metric_rows(left.metrics, right.metrics)),
            Section("params", "Params", _text_rows(left.params, right.params)),
            Section("tags", "Tags", _text_rows(dict(first.tags), dict(second.tags))),
            Section("signature", "Signature", _text_rows(said.signature, said_too.signature)),
            Section("requirements", "Requirements", _text_rows(said.requirements, said_too.requirements)),
            Section("files", "Files", _file_rows(*(files[version.pk] for version in versions)), note),
        ),
        numbers=numbers,
    )


def _numbers(access: Access, name: str, *, limit: int) -> list[int]:
    rows = ModelVersion.objects.in_project(access).filter(model__name=name).order_by("-number")
    return list(rows.values_list("number", flat=True)[:limit])


def _said(package: PackageDetails | None) -> _Said:
    if package is None:
        return _Said({}, {})
    manifest = package.facts.manifest
    columns = {
        f"{part} {column.name}".strip(): f"{column.type} {column.shape or ''}{'' if column.is_required else ', optional'}".strip()
        for part in ("inputs", "outputs", "params")
        for column in (getattr(manifest.signature, part) if manifest.signature else ())
    }
    versions = {flavor.name: flavor.version for flavor in manifest.flavors if flavor.version}
    versions |= {"mlflow": manifest.mlflow_version, "python": manifest.python_version}
    return _Said(columns, versions | {each.name: each.specifier for each in manifest.requirements})


def _files(access: Access, versions: list[ModelVersion]) -> tuple[dict[uuid.UUID, dict[str, tuple[str, int]]], bool]:
    """SHA-256 and size of each version's files by path, and whether there are more."""
    found: dict[uuid.UUID, dict[str, tuple[str, int]]] = {}
    has_more = False
    for version in versions:
        files = Artifact.objects.in_project(access).filter(owner_kind=OwnerKind.VERSION, owner_id=version.pk)
        columns = ("folder", "name", "blob__sha256", "size_bytes")
        rows = list(files.order_by("folder", "name").values_list(*columns)[: MAX_FILES + 1])
        has_more |= len(rows) > MAX_FILES
        found[version.pk] = {
            f"{folder}/{name}" if folder else name: (sha256, size) for folder, name, sha256, size in rows[:MAX_FILES]
        }
    return found, has_more


def _both(a: Mapping[str, Value], b: Mapping[str, Value]) -> list[tuple[str, Value | None, Value | None]]:
    return [(key, a.get(key), b.get(key)) for key in sorted(a.keys() | b.keys())]


def _text_rows(a: Pairs, b: Pairs) -> tuple[Row, ...]:
    return tuple(Row(key, left, right, left != right) for key, left, right in _both(a, b))


def _metric_rows(a: Mapping[str, float], b: Mapping[str, float]) -> tuple[Row, ...]:
    rows = []
    for key, left, right in _both(a, b):
        rows.append(Row(key, _metric_text(left), _metric_text(right), _differ(left, right), _change(left, right)))
    return tuple(rows)


def _metric_text(value: float | None) -> str | None:
    return None if value is None else metric_value(value)


def _differ(a: float | None, b: float | None) -> bool:
    if a is not None and b is not None and math.isnan(a) and math.isnan(b):
        return False
    return a != b


def _change(a: float | None, b: float | None) -> str:
    if a is None or b is None or not math.isfinite(b - a) or a == b:
        return ""
    return f"{'+' if b > a else '-'}{metric_value(abs(b - a))}"


def _file_rows(a: Mapping[str, tuple[str, int]], b: Mapping[str, tuple[str, int]]) -> tuple[Row, ...]:
    rows = []
    for path, left, right in _both(a, b):
        is_same = left is not None and right is not None and left[0] == right[0]
        words = "same" if is_same else "changed" if left and right else "only in A" if left else "only in B"
        rows.append(Row(path, _file_text(left), _file_text(right), not is_same, words))
    return tuple(rows)


def _file_text(file: tuple[str, int] | None) -> str | None:
    """Enough of the SHA-256 to tell files apart by eye."""
    if file is None:
        return None
    sha256, size_bytes = file
    return f"{sha256[:12]} · {size_bytes:,} B"
