"""What is known of a version's files."""

from __future__ import annotations

from typing import Any

import msgspec
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.artifacts.model_packages.facts import Facts, FileKind, Manifest, Verdict
from apps.artifacts.packages import PackageDetails
from apps.common.api.schema import operation
from apps.common.api.serializers import Shape
from apps.common.api.views import ApiView
from apps.projects.api.doors import project_route
from apps.registry.details import version_package
from apps.teams.access import Access
from apps.teams.permissions import Permission

_NOTHING = Facts(Manifest(), [], [], Verdict.CLEAN)
_VERDICTS = [verdict.value for verdict in Verdict]


class ColumnShape(Shape):
    """A column, tensor or parameter of a signature."""

    name = serializers.CharField(allow_blank=True)
    type = serializers.CharField()
    is_required = serializers.BooleanField()
    shape = serializers.ListField(child=serializers.IntegerField(), allow_null=True)
    default = serializers.CharField(allow_null=True, help_text="Of a parameter, as JSON.")

    example = {"name": "distance", "type": "double", "is_required": True, "shape": None, "default": None}


class SignatureShape(Shape):
    """What a model takes and gives."""

    inputs = ColumnShape(many=True)
    outputs = ColumnShape(many=True)
    params = ColumnShape(many=True)

    example = {"inputs": [ColumnShape.example], "outputs": [], "params": []}


class NamedShape(Shape):
    """A flavor or a requirement."""

    name = serializers.CharField()
    version = serializers.CharField(allow_blank=True)

    example = {"name": "sklearn", "version": "1.7.2"}


class ImportShape(Shape):
    """What unpickling a file would import."""

    module = serializers.CharField()
    name = serializers.CharField()
    level = serializers.CharField(help_text="innocuous, suspicious or dangerous.")

    example = {"module": "sklearn.linear_model", "name": "Lasso", "level": "suspicious"}


class FileReportShape(Shape):
    """A file, and what loading it would do."""

    path = serializers.CharField()
    kind = serializers.ChoiceField(choices=[kind.value for kind in FileKind])
    size_bytes = serializers.IntegerField()
    sha256 = serializers.CharField()
    verdict = serializers.ChoiceField(choices=_VERDICTS)
    imports = ImportShape(many=True)
    remarks = serializers.ListField(child=serializers.CharField())

    example = {
        "path": "model.pkl",
        "kind": "pickle",
        "size_bytes": 1_024,
        "sha256": "ab" * 32,
        "verdict": "clean",
        "imports": [ImportShape.example],
        "remarks": [],
    }


class PackageShape(Shape):
    """What a job has read in a version's files. Before that `is_read` is false, and the rest is missing or empty."""

    is_read = serializers.BooleanField()
    verdict = serializers.ChoiceField(choices=_VERDICTS, allow_null=True)
    error = serializers.CharField(allow_blank=True, help_text="Why MLmodel cannot be read.")
    flavors = NamedShape(many=True)
    signature = SignatureShape(allow_null=True)
    mlflow_version = serializers.CharField(allow_blank=True)
    python_version = serializers.CharField(allow_blank=True)
    requirements = NamedShape(many=True)
    missing = serializers.ListField(child=serializers.CharField(), help_text="Files of the format that are not there.")
    files = FileReportShape(many=True)

    example = {
        "is_read": True,
        "verdict": "clean",
        "error": "",
        "flavors": [NamedShape.example],
        "signature": SignatureShape.example,
        "mlflow_version": "3.17.2",
        "python_version": "3.11.7",
        "requirements": [{"name": "scikit-learn", "version": "==1.7.2"}],
        "missing": [],
        "files": [FileReportShape.example],
    }


class VersionPackage(ApiView):
    """The files of a version, as a job has read them."""

    tag = "registry"

    @project_route(Permission.PROJECT_READ, binds=False)
    @operation("getModelPackage", response=PackageShape, refusals=(400,))
    def get(self, _request: Request, access: Access, name: str, version: int) -> Response:
        """Get a version's signature, flavors and requirements, and the report on what loading it would run."""
        return Response(_shown(version_package(access, name, version)))


def _shown(package: PackageDetails | None) -> dict[str, Any]:
    facts = package.facts if package else _NOTHING
    manifest = facts.manifest
    return {
        "is_read": package is not None,
        "verdict": facts.verdict if package else None,
        "error": manifest.error,
        "flavors": [{"name": each.name, "version": each.version} for each in manifest.flavors],
        "signature": msgspec.to_builtins(manifest.signature),
        "mlflow_version": manifest.mlflow_version,
        "python_version": manifest.python_version,
        "requirements": [{"name": each.name, "version": each.specifier} for each in manifest.requirements],
        "missing": facts.missing,
        "files": msgspec.to_builtins(facts.files),
    }
