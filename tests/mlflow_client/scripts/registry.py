"""The registry through the stock client, checked at the client. Run by tests/mlflow_client/test_models.py."""

from __future__ import annotations

import sys
from collections.abc import Callable

import mlflow
import numpy as np
import pandas as pd
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from mlflow.models import infer_signature
from sklearn.linear_model import Lasso

X = pd.DataFrame({"a": np.arange(20.0), "b": np.arange(20.0)[::-1]})
Y = X["a"] * 2 + 1
NAME = sys.argv[1]
client = MlflowClient()
IS_OLD = mlflow.__version__.startswith("2.")


def refused(code: str, call: Callable[..., object], *args: str) -> None:
    found = ""
    try:
        call(*args)
    except MlflowException as refusal:
        found = refusal.error_code
    assert found == code, (call, found)


def logged(alpha: float) -> tuple[str, str, np.ndarray]:
    """A model with what belongs to it: the run, the address, what it predicts."""
    model = Lasso(alpha=alpha).fit(X, Y)
    with mlflow.start_run() as run:
        mlflow.log_metric("rmse", alpha)
        info = mlflow.sklearn.log_model(model, "lasso", signature=infer_signature(X, Y), input_example=X.head(2))
    return run.info.run_id, info.model_uri, model.predict(X)


def check_versions() -> dict[int, np.ndarray]:
    """Registered twice, from the model's address and from the run's."""
    predicted = {}
    for number, alpha in ((1, 0.1), (2, 5.0)):
        run_id, uri, predicted[number] = logged(alpha)
        version = mlflow.register_model(uri if number == 1 else f"runs:/{run_id}/lasso", NAME)
        assert (version.name, version.version, version.run_id) == (NAME, str(number), run_id) or (
            int(version.version),
            version.run_id,
        ) == (number, run_id), version
    for number, expected in predicted.items():
        for load in (mlflow.sklearn.load_model, mlflow.pyfunc.load_model):
            assert np.allclose(load(f"models:/{NAME}/{number}").predict(X), expected)
    return predicted


def check_stages_and_aliases(predicted: dict[int, np.ndarray]) -> None:
    client.transition_model_version_stage(NAME, "1", "Staging")
    client.transition_model_version_stage(NAME, "1", "production")
    client.transition_model_version_stage(NAME, "2", "Production", archive_existing_versions=True)
    stages = {
        int(version.version): version.current_stage for version in client.search_model_versions(f"name = '{NAME}'")
    }
    assert stages == {1: "Archived", 2: "Production"}, stages
    assert np.allclose(mlflow.pyfunc.load_model(f"models:/{NAME}/Production").predict(X), predicted[2])
    latest = client.get_latest_versions(NAME, ["Production"])
    assert [int(version.version) for version in latest] == [2]
    client.set_registered_model_alias(NAME, "champion", "1")
    assert np.allclose(mlflow.pyfunc.load_model(f"models:/{NAME}@champion").predict(X), predicted[1])
    client.set_registered_model_alias(NAME, "champion", "2")
    assert int(client.get_model_version_by_alias(NAME, "champion").version) == 2
    assert {name: int(number) for name, number in client.get_registered_model(NAME).aliases.items()} == {"champion": 2}
    client.delete_registered_model_alias(NAME, "champion")
    refused("INVALID_PARAMETER_VALUE", client.get_model_version_by_alias, NAME, "champion")
    refused("INVALID_PARAMETER_VALUE", client.set_registered_model_alias, NAME, "v1", "1")


def check_words() -> None:
    """Descriptions, tags, names, search."""
    client.update_registered_model(NAME, "# Taxi")
    client.update_model_version(NAME, "1", "The first.")
    client.set_registered_model_tag(NAME, "task", "regression")
    client.set_model_version_tag(NAME, "1", "reviewed", "yes")
    model = client.get_registered_model(NAME)
    assert (model.description, model.tags) == ("# Taxi", {"task": "regression"})
    version = client.get_model_version(NAME, "1")
    assert (version.description, version.tags) == ("The first.", {"reviewed": "yes"})
    found = client.search_registered_models("tags.task = 'regression'", order_by=["name ASC"])
    assert [each.name for each in found] == [NAME]
    found = client.search_model_versions("tags.reviewed = 'yes'")
    assert [(each.name, int(each.version)) for each in found] == [(NAME, 1)]
    client.delete_registered_model_tag(NAME, "task")
    client.delete_model_version_tag(NAME, "1", "reviewed")
    client.rename_registered_model(NAME, f"{NAME}-renamed")
    refused("RESOURCE_DOES_NOT_EXIST", client.get_registered_model, NAME)
    client.rename_registered_model(f"{NAME}-renamed", NAME)
    refused("RESOURCE_ALREADY_EXISTS", client.create_registered_model, NAME)
    refused("INVALID_PARAMETER_VALUE", client.create_registered_model, "a/b")


def check_copies_and_ends(predicted: dict[int, np.ndarray]) -> None:
    """A copy, the run's end, deletion."""
    copy = client.copy_model_version(f"models:/{NAME}/2", f"{NAME}-copy")
    assert int(copy.version) == 1
    client.delete_run(client.get_model_version(NAME, "2").run_id)
    for uri in (f"models:/{NAME}/2", f"models:/{NAME}-copy/1"):
        assert np.allclose(mlflow.pyfunc.load_model(uri).predict(X), predicted[2])
    client.delete_model_version(NAME, "1")
    refused("RESOURCE_DOES_NOT_EXIST", client.get_model_version, NAME, "1")
    _, uri, _ = logged(1.0)
    assert int(mlflow.register_model(uri, NAME).version) == 3
    for name in (NAME, f"{NAME}-copy"):
        client.delete_registered_model(name)
        refused("RESOURCE_DOES_NOT_EXIST", client.get_registered_model, name)


mlflow.set_experiment("registry")
versions = check_versions()
check_stages_and_aliases(versions)
check_words()
if not IS_OLD:
    check_copies_and_ends(versions)
