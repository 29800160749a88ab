"""Logged models through the stock client, checked at the client. Run by tests/mlflow_client/test_models.py."""

from __future__ import annotations

import mlflow
import numpy as np
import pandas as pd
from mlflow import MlflowClient
from mlflow.models import infer_signature
from sklearn.linear_model import Lasso

X = pd.DataFrame({"a": np.arange(20.0), "b": np.arange(20.0)[::-1]})
Y = X["a"] * 2 + 1


def check_log_and_load() -> str:
    """log_model with signature and example; loaded natively, as pyfunc, by the model's and by the run's address."""
    model = Lasso(alpha=0.1).fit(X, Y)
    with mlflow.start_run() as run:
        logged = mlflow.sklearn.log_model(
            model, name="lasso", signature=infer_signature(X, Y), input_example=X.head(2), params={"alpha": 0.1}
        )
        mlflow.log_metric("rmse", 0.25, model_id=logged.model_id, dataset=mlflow.data.from_pandas(X, name="taxi"))
        mlflow.log_metric("rmse", 0.5, step=1, model_id=logged.model_id)
    expected = model.predict(X)
    assert np.allclose(mlflow.sklearn.load_model(logged.model_uri).predict(X), expected)
    assert np.allclose(mlflow.pyfunc.load_model(logged.model_uri).predict(X), expected)
    assert np.allclose(mlflow.sklearn.load_model(f"runs:/{run.info.run_id}/lasso").predict(X), expected)
    names = {info.path for info in MlflowClient().list_logged_model_artifacts(logged.model_id)}
    assert {"MLmodel", "conda.yaml", "python_env.yaml", "requirements.txt", "model.skops"} - names <= {"model.skops"}, (
        names
    )
    outputs = mlflow.get_run(run.info.run_id).outputs.model_outputs
    assert [output.model_id for output in outputs] == [logged.model_id]
    found = mlflow.get_logged_model(logged.model_id)
    assert (found.name, found.status.value, found.source_run_id) == ("lasso", "READY", run.info.run_id), found
    assert found.params == {"alpha": "0.1"}
    assert {(metric.key, metric.value, metric.dataset_name) for metric in found.metrics} == {
        ("rmse", 0.25, "taxi"),
        ("rmse", 0.5, None),
    }, found.metrics
    return str(logged.model_id)


def check_search(best: str) -> None:
    """Filters, ordering by a metric, pages, tags, deletion."""
    client = MlflowClient()
    others = [mlflow.create_external_model(name=f"other-{number}").model_id for number in range(3)]
    for number, model_id in enumerate(others):
        with mlflow.start_run():
            mlflow.log_metric("rmse", 1.0 + number, model_id=model_id)
    experiment = mlflow.get_logged_model(best).experiment_id

    def ids(**query: object) -> list[str]:
        return [model.model_id for model in client.search_logged_models([experiment], **query)]

    assert ids(order_by=[{"field_name": "metrics.rmse", "ascending": True}]) == [best, *others]
    assert ids(filter_string="metrics.rmse > 0.9", order_by=[{"field_name": "metrics.rmse", "ascending": False}]) == [
        *reversed(others)
    ]
    assert ids(filter_string="params.alpha = '0.1'") == [best]
    assert ids(filter_string="name LIKE 'other%'", order_by=[{"field_name": "creation_time"}]) == others
    assert ids(datasets=[{"dataset_name": "taxi"}]) == [best]
    first = client.search_logged_models([experiment], max_results=2)
    second = client.search_logged_models([experiment], max_results=2, page_token=first.token)
    assert len({model.model_id for model in [*first, *second]}) == 4
    assert second.token is None
    client.set_logged_model_tags(best, {"stage": "candidate", "team": "a"})
    client.delete_logged_model_tag(best, "team")
    assert mlflow.get_logged_model(best).tags["stage"] == "candidate"
    assert ids(filter_string="tags.stage = 'candidate'") == [best]
    client.delete_logged_model(others[0])
    assert others[0] not in ids()


def check_autolog() -> None:
    """Autologging with models on, and a model as an input of a run."""
    mlflow.sklearn.autolog(log_input_examples=True)
    with mlflow.start_run() as run:
        Lasso(alpha=0.2).fit(X, Y)
    mlflow.sklearn.autolog(disable=True)
    outputs = mlflow.get_run(run.info.run_id).outputs.model_outputs
    assert len(outputs) == 1, outputs
    assert mlflow.pyfunc.load_model(f"models:/{outputs[0].model_id}").predict(X).shape == (20,)


mlflow.set_experiment("models")
check_search(check_log_and_load())
check_autolog()
