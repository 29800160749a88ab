"""Keys, generated names, artifact locations, error mapping."""

from __future__ import annotations

import orjson
import pytest

from apps.common.errors import (
    Conflict,
    DomainError,
    InvalidInput,
    LimitExceeded,
    NotFound,
    NotImplementedYet,
    PayloadTooLarge,
    PermissionDenied,
    StorageUnavailable,
)
from apps.experiments.keys import check_key
from apps.mlflow_api.artifact_locations import check_artifact_location
from apps.mlflow_api.errors import error_response
from apps.runs.names import new_run_name


@pytest.mark.parametrize(
    "key", ["loss", "train/loss", "a b", "a.b-c_d", "a:b", " ", "é", "日本", "..a"[2:], "a..b", "mlflow.user"]
)
def test_keys_that_could_name_files(key: str) -> None:
    check_key(key)


@pytest.mark.parametrize(
    "key", ["", ".", "..", "../a", "..a", "/a", "a/", "a//b", "a/./b", "./a", "a\n", "a$", "a|b", "a\\b"]
)
def test_keys_that_could_not(key: str) -> None:
    with pytest.raises(InvalidInput, match=r"^Invalid value .* for parameter 'metrics\[3\]\.name' supplied: Names may"):
        check_key(key, field="metrics[3].name")


def test_generated_names_are_short() -> None:
    names = {new_run_name() for _ in range(500)}
    assert len(names) > 450
    assert all(len(name) <= 20 and name.count("-") == 2 for name in names)


@pytest.mark.parametrize("location", ["", "s3://bucket/path", "s3://b/x?y=1", "mlflow-artifacts:/1", "/local/path"])
def test_artifact_locations(location: str) -> None:
    check_artifact_location(location)


@pytest.mark.parametrize(
    "location", ["runs:/x/y", "s3://b/x#y", "s3://b/" + "x" * 2_042, "s3://b?a=../..", "http://[x"]
)
def test_artifact_locations_that_mlflow_refuses(location: str) -> None:
    with pytest.raises(InvalidInput):
        check_artifact_location(location)


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (InvalidInput("x", "m"), 400, "INVALID_PARAMETER_VALUE"),
        (NotFound("x", "m"), 404, "RESOURCE_DOES_NOT_EXIST"),
        (Conflict("param_changed", "m"), 400, "INVALID_PARAMETER_VALUE"),
        (Conflict("experiment_exists", "m"), 400, "RESOURCE_ALREADY_EXISTS"),
        (Conflict("project_exists", "m"), 400, "RESOURCE_ALREADY_EXISTS"),
        (PermissionDenied("x", "m"), 403, "PERMISSION_DENIED"),
        (PayloadTooLarge("x", "m"), 413, "INVALID_PARAMETER_VALUE"),
        (LimitExceeded("x", "m"), 429, "REQUEST_LIMIT_EXCEEDED"),
        (NotImplementedYet("x", "m"), 501, "NOT_IMPLEMENTED"),
        (StorageUnavailable("x", "m"), 503, "TEMPORARILY_UNAVAILABLE"),
    ],
)
def test_errors_in_mlflows_words(error: DomainError, status: int, code: str) -> None:
    response = error_response(error)
    assert response.status_code == status
    assert orjson.loads(response.content) == {"error_code": code, "message": "m"}
