"""Reads of what is known of model packages."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from apps.artifacts.model_packages.facts import Facts, decode
from apps.artifacts.models import ModelPackage
from apps.artifacts.owners import OwnerRef
from apps.projects.tenancy import bound
from apps.teams.access import Access
from apps.teams.permissions import Permission


@dataclass(frozen=True, slots=True)
class PackageDetails:
    """A package that was read, and when."""

    facts: Facts
    read_at: datetime


def package_of(access: Access, owner: OwnerRef) -> PackageDetails | None:
    """What is known of the files of a logged model or version; None before a job has read them. One statement."""
    access.require(Permission.PROJECT_READ)
    with bound(access, readonly=True):
        rows = ModelPackage.objects.in_project(access).filter(owner_id=owner.id, owner_kind=owner.kind)
        found = rows.first()
    return None if found is None else PackageDetails(decode(found.facts), found.read_at)


def packages_of(access: Access, owner_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, PackageDetails]:
    """The same of several, by their ids, as far as they were read. One statement."""
    access.require(Permission.PROJECT_READ)
    with bound(access, readonly=True):
        rows = ModelPackage.objects.in_project(access).filter(owner_id__in=owner_ids)
        return {row.owner_id: PackageDetails(decode(row.facts), row.read_at) for row in rows}
