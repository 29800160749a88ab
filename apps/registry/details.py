"""What the pages of the registry show."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from apps.artifacts.browsing import Listing, listing
from apps.artifacts.models import OwnerKind
from apps.artifacts.owners import OwnerRef
from apps.artifacts.packages import PackageDetails, package_of, packages_of
from apps.logged_models.models import LoggedModel, ModelUse
from apps.logged_models.queries import LoggedModelDetails, run_models, with_details
from apps.projects.tenancy import bound
from apps.registry.borrowing import reader_of, reader_of_files
from apps.registry.models import ModelActivity, ModelVersion, RegisteredModel
from apps.registry.queries import ModelDetails, VersionDetails, activity, get_model, get_version, version_details
from apps.runs.metrics.digest import fold_dirty
from apps.runs.models import Run
from apps.teams.access import Access
from apps.teams.permissions import Permission

MAX_VERSIONS = 200
MAX_NAMES = 500


@dataclass(frozen=True, slots=True)
class Origin:
    """The run that a version came from; without a name when it is gone."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class ModelPageDetails:
    """A registered model, its newest versions with the runs that they came from, and what was done to it.

    `lender` is the slug of the project that shares it; empty for one of the project's own. Of a borrowed one neither runs
    nor history are shown: those are the other project's.
    """

    details: ModelDetails
    versions: list[tuple[VersionDetails, Origin | None]]
    has_more: bool
    activity: list[ModelActivity]
    lender: str


@dataclass(frozen=True, slots=True)
class VersionPageDetails:
    """A version, where it came from, and a folder of its files; `lender` as of a model.

    `package` is what a job has read in the files; None until it has.
    """

    details: VersionDetails
    origin: Origin | None
    files: Listing
    lender: str
    package: PackageDetails | None


@dataclass(frozen=True, slots=True)
class RunModelDetails:
    """A model that a run made, and the versions that were registered of it."""

    model: LoggedModelDetails
    step: int
    versions: list[VersionDetails]
    package: PackageDetails | None


def model_page(access: Access, name: str) -> ModelPageDetails:
    """A registered model.

    Raises:
        NotFound: the project has none of this name.
        InvalidInput: no model can have it.
    """
    found = get_model(access, name)
    reader, _ = reader_of(access, name)
    lender = _lender(access, reader)
    with bound(reader, readonly=True):
        rows = ModelVersion.objects.in_project(reader).select_related("model").filter(model=found.model)
        versions = version_details(reader, list(rows.order_by("-number")[: MAX_VERSIONS + 1]))
        origins = {} if lender else _origins(reader, [each.version.run_id for each in versions])
    for each in versions:
        each.version.model.name = name
    listed = [(each, origins.get(each.version.run_id)) for each in versions[:MAX_VERSIONS]]
    history = [] if lender else activity(access, name)
    return ModelPageDetails(found, listed, len(versions) > MAX_VERSIONS, history, lender)


def version_page(access: Access, name: str, number: int, folder: str) -> VersionPageDetails:
    """A version.

    Raises:
        NotFound: there is none, or no such folder among its files.
        InvalidInput: the name or the folder.
    """
    details = get_version(access, name, number)
    owner = OwnerRef(details.version.pk, kind=OwnerKind.VERSION)
    reader = reader_of_files(access, owner)
    files = listing(reader, owner, folder)
    with bound(access, readonly=True):
        origins = {} if reader is not access else _origins(access, [details.version.run_id])
    return VersionPageDetails(
        details, origins.get(details.version.run_id), files, _lender(access, reader), package_of(reader, owner)
    )


def version_package(access: Access, name: str, number: int) -> PackageDetails | None:
    """What a job has read in a version's files; None before it has.

    Raises:
        NotFound: there is no such version.
        InvalidInput: no model can have this name.
    """
    owner = OwnerRef(get_version(access, name, number).version.pk, kind=OwnerKind.VERSION)
    return package_of(reader_of_files(access, owner), owner)


def models_of_run(access: Access, run_id: uuid.UUID) -> list[RunModelDetails]:
    """The models that a run made, newest first, with what was registered of each."""
    access.require(Permission.PROJECT_READ)
    fold_dirty(access)
    with bound(access, readonly=True):
        made = [each for each in run_models(access, [run_id]).get(run_id, []) if each.use == ModelUse.OUTPUT]
        steps = {each.model_id: each.step for each in made}
        rows = LoggedModel.objects.in_project(access).select_related("experiment").filter(pk__in=steps)
        models = with_details(access, rows.order_by("-created_at_ms", "-id"))
        versions = ModelVersion.objects.in_project(access).select_related("model").filter(logged_model_id__in=steps)
        registered = version_details(access, list(versions.order_by("model__name", "number")))
        packages = packages_of(access, list(steps))
    return [
        RunModelDetails(
            each,
            steps[each.model.pk],
            [some for some in registered if some.version.logged_model_id == each.model.pk],
            packages.get(each.model.pk),
        )
        for each in models
    ]


def model_names(access: Access) -> list[str]:
    """Names of registered models, to choose from."""
    access.require(Permission.PROJECT_READ)
    with bound(access, readonly=True):
        rows = RegisteredModel.objects.in_project(access).order_by("name")
        return list(rows.values_list("name", flat=True)[:MAX_NAMES])


def _lender(access: Access, reader: Access) -> str:
    return "" if reader is access else reader.project.slug


def _origins(access: Access, run_ids: list[uuid.UUID | None]) -> dict[uuid.UUID | None, Origin]:
    wanted = {run_id for run_id in run_ids if run_id is not None}
    rows = Run.objects.in_project(access).filter(pk__in=wanted)
    names = dict(rows.values_list("pk", "name"))
    return {run_id: Origin(run_id.hex, names.get(run_id, "")) for run_id in wanted}
