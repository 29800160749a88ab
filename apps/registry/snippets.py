"""Code that uses a version, with the names filled in."""

from __future__ import annotations

from apps.registry.queries import VersionDetails


def load_snippet(details: VersionDetails) -> str:
    """Python that loads a version and predicts."""
    return f"import mlflow\n\nmodel = mlflow.pyfunc.load_model({_uri(details)!r})\npredictions = model.predict(data)"


def serve_snippet(details: VersionDetails) -> str:
    """A command that serves it, and one that asks it."""
    uri = _uri(details).replace("'", "'\\''")
    return (
        f"mlflow models serve -m '{uri}' -p 5001 --env-manager local\n"
        "curl http://127.0.0.1:5001/invocations -H 'Content-Type: application/json' \\\n"
        """  -d '{"dataframe_split": {"columns": ["a", "b"], "data": [[1, 2]]}}'"""
    )


def register_snippet() -> str:
    """Python that registers the first model."""
    return (
        "import mlflow\n\n"
        "with mlflow.start_run():\n"
        '    mlflow.sklearn.log_model(model, name="model", registered_model_name="taxi-duration")'
    )


def _uri(details: VersionDetails) -> str:
    name = details.version.model.name
    return f"models:/{name}@{details.aliases[0]}" if details.aliases else f"models:/{name}/{details.version.number}"
