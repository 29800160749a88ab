"""What is known of model packages: the files of logged models and versions."""

from __future__ import annotations

from django.db import models

from apps.artifacts.model_packages.facts import Verdict
from apps.artifacts.models.files import OwnerKind
from apps.common.clock import now
from apps.common.fields import KeyField
from apps.projects.models import ProjectOwned

VERSION_LENGTH, NAME_LENGTH = 100, 255


class PackageEntryKind(models.TextChoices):
    """What an entry names."""

    FLAVOR = "flavor"
    REQUIREMENT = "requirement"


class ModelPackage(ProjectOwned):
    """The package that the files of a logged model or version are, as a job has read it. Gone with the files."""

    owner_kind = models.CharField(max_length=7, choices=OwnerKind.choices)
    owner_id = models.UUIDField()
    verdict = models.CharField(max_length=9, choices=[(each.value, each.value) for each in Verdict])
    mlflow_version = KeyField(max_length=VERSION_LENGTH, blank=True)
    python_version = KeyField(max_length=VERSION_LENGTH, blank=True)
    # apps.artifacts.model_packages.facts.Facts, as JSON.
    facts = models.BinaryField()
    read_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "owner_id"], name="artifacts_package_owner")]
        indexes = [models.Index(fields=["project", "verdict", "owner_id"], name="artifacts_package_verdict")]

    def __str__(self) -> str:
        return f"{self.owner_kind} {self.owner_id} ({self.verdict})"


class PackageEntry(ProjectOwned):
    """A flavor or a requirement of a package, to be searched by."""

    package = models.ForeignKey(ModelPackage, on_delete=models.CASCADE, related_name="entries", db_index=False)
    kind = models.CharField(max_length=11, choices=PackageEntryKind.choices)
    name = KeyField(max_length=NAME_LENGTH)
    version = KeyField(max_length=VERSION_LENGTH, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["project", "kind", "name", "package"], name="artifacts_packageentry_search"),
            models.Index(fields=["project", "package"], name="artifacts_packageentry_package"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.version}"
