"""Code that uses a version, with the project's address, the model's name and the columns of its signature filled in."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass
from typing import Any

from apps.artifacts.model_packages.facts import Column, Facts, Signature
from apps.registry.queries import VersionDetails

SERVING_PORT = 5001
# Flavors with a load_model of their own: mlflow.<flavor>.load_model.
NATIVE_FLAVORS = frozenset(
    """
    catboost fastai h2o keras langchain lightgbm onnx openai paddle pmdarima prophet pytorch sentence_transformers sklearn
    spacy spark statsmodels tensorflow transformers xgboost
    """.split()
)
# By the types of MLflow's schemas (mlflow/types/schema.py) and of tensors.
_EXAMPLES: dict[str, Any] = {
    "boolean": True,
    "bool": True,
    "integer": 1,
    "long": 1,
    "float": 0.5,
    "double": 0.5,
    "string": "text",
    "binary": "dGV4dA==",
    "datetime": "2026-01-01T00:00:00",
}
_MOST_COLUMNS = 50
_DEFAULT = [Column("a", "double"), Column("b", "double")]


@dataclass(frozen=True, slots=True)
class Snippet:
    """Code to be pasted."""

    id: str
    title: str
    language: str
    text: str


def snippets_of(details: VersionDetails, tracking_uri: str, facts: Facts | None) -> list[Snippet]:
    """How to load, apply and serve a version.

    Args:
        details: the version.
        tracking_uri: of the project.
        facts: of its files, if they were read: the flavors and the signature.
    """
    uri = model_uri(details)
    head = f"import mlflow\n\nmlflow.set_tracking_uri({tracking_uri!r})"
    signature = (facts.manifest.signature if facts else None) or Signature(inputs=_DEFAULT)
    flavors = [flavor.name for flavor in facts.manifest.flavors] if facts else []
    python = [Snippet("use-pyfunc", "Predict", "Python", _pyfunc(head, uri, signature))]
    python += [
        Snippet(f"use-{name}", f"Load with {name}", "Python", f"{head}\n\nmodel = mlflow.{name}.load_model({uri!r})")
        for name in flavors
        if name in NATIVE_FLAVORS
    ]
    return [
        *python,
        Snippet("use-pandas", "A table with pandas", "Python", _pandas(head, uri)),
        Snippet("use-spark", "A table with Spark", "Python", _spark(head, uri)),
        Snippet("use-serve", "Serve it", "Shell", _serve(uri, tracking_uri)),
        Snippet("use-curl", "Ask the server", "Shell", _curl(signature)),
    ]


def load_snippet(details: VersionDetails) -> str:
    """Python that loads a version and predicts."""
    return (
        f"import mlflow\n\nmodel = mlflow.pyfunc.load_model({model_uri(details)!r})\npredictions = model.predict(data)"
    )


def register_snippet() -> str:
    """Python that registers the first model."""
    return (
        "import mlflow\n\n"
        "with mlflow.start_run():\n"
        '    mlflow.sklearn.log_model(model, name="model", registered_model_name="taxi-duration")'
    )


def model_uri(details: VersionDetails) -> str:
    """By its first alias, which may move on to a better version; without one by its number."""
    name = details.version.model.name
    return f"models:/{name}@{details.aliases[0]}" if details.aliases else f"models:/{name}/{details.version.number}"


def _pyfunc(head: str, uri: str, signature: Signature) -> str:
    columns, tensor = _inputs(signature)
    if tensor is not None:
        data = f"import numpy as np\n\ndata = np.array({tensor!r})"
    else:
        data = f"import pandas as pd\n\ndata = pd.DataFrame({{{', '.join(f'{k!r}: [{v!r}]' for k, v in columns.items())}}})"
    params = ", ".join(f"{column.name!r}: {_default(column)!r}" for column in signature.params)
    more = f", params={{{params}}}" if params else ""
    return f"{head}\n\nmodel = mlflow.pyfunc.load_model({uri!r})\n\n{data}\nprint(model.predict(data{more}))"


def _pandas(head: str, uri: str) -> str:
    return (
        f"import pandas as pd\n{head}\n\nmodel = mlflow.pyfunc.load_model({uri!r})\n"
        'table = pd.read_parquet("data.parquet")\ntable["prediction"] = model.predict(table)'
    )


def _spark(head: str, uri: str) -> str:
    return (
        f"from pyspark.sql import SparkSession\nfrom pyspark.sql.functions import struct\n{head}\n\n"
        "spark = SparkSession.builder.getOrCreate()\n"
        f'predict = mlflow.pyfunc.spark_udf(spark, {uri!r}, env_manager="local")\n'
        'table = spark.read.parquet("data.parquet")\n'
        'table = table.withColumn("prediction", predict(struct(*table.columns)))'
    )


def _serve(uri: str, tracking_uri: str) -> str:
    return (
        f"export MLFLOW_TRACKING_URI={shlex.quote(tracking_uri)}\n"
        "export MLFLOW_TRACKING_TOKEN=...  # a token that may read\n"
        f"mlflow models serve -m {shlex.quote(uri)} -p {SERVING_PORT} --env-manager local"
    )


def _curl(signature: Signature) -> str:
    columns, tensor = _inputs(signature)
    payload: dict[str, Any]
    if tensor is not None:
        payload = {"inputs": tensor}
    else:
        payload = {"dataframe_split": {"columns": list(columns), "data": [list(columns.values())]}}
    if signature.params:
        payload["params"] = {column.name: _default(column) for column in signature.params}
    return (
        f"curl http://127.0.0.1:{SERVING_PORT}/invocations -H 'Content-Type: application/json' \\\n"
        f"  -d {shlex.quote(json.dumps(payload))}"
    )


def _inputs(signature: Signature) -> tuple[dict[str, Any], Any]:
    """An example of every column that has a name; or of a single tensor."""
    inputs = signature.inputs or _DEFAULT
    if len(inputs) == 1 and not inputs[0].name:
        return {}, _tensor(inputs[0])
    return {column.name or str(place): _example(column) for place, column in enumerate(inputs[:_MOST_COLUMNS])}, None


def _example(column: Column) -> Any:
    if column.shape:
        return _tensor(column)
    if column.type.startswith("array of "):
        return [_EXAMPLES.get(column.type.removeprefix("array of "), 0.5)]
    return _EXAMPLES.get(column.type, 0.5)


def _tensor(column: Column) -> Any:
    """One row; as much of a large tensor as shows its form."""
    value = 1 if "int" in column.type else _EXAMPLES.get(column.type, 0.5)
    for size in reversed(column.shape or [-1]):
        value = [value] * (1 if size < 0 else min(size, 8))
    return value


def _default(column: Column) -> Any:
    if column.default is None:
        return _example(column)
    try:
        return json.loads(column.default)
    except ValueError:
        return column.default
