"""What to raise in the registry, in MLflow's words: the same for every part of it."""

from __future__ import annotations

from apps.common.errors import Conflict, InvalidInput, NotFound

MAX_ECHOED = 200


def model_not_found(name: str) -> NotFound:
    """For a name that no registered model of the project has."""
    return NotFound(
        "registered_model_not_found", f"Registered Model with name={name[:MAX_ECHOED]} not found", field="name"
    )


def version_not_found(name: str, version: str | int) -> NotFound:
    """For a number that no version of a model has."""
    message = f"Model Version (name={name[:MAX_ECHOED]}, version={version}) not found"
    return NotFound("model_version_not_found", message, field="version")


def model_exists(name: str) -> Conflict:
    """For a name that is taken."""
    return Conflict("registered_model_exists", f"Registered Model (name={name}) already exists.", field="name")


def alias_not_found(alias: str) -> InvalidInput:
    """For an alias that the model has not got: MLflow's clients expect no 404."""
    return InvalidInput("alias_not_found", f"Registered model alias {alias[:MAX_ECHOED]} not found.", field="alias")


def invalid_source(source: str) -> InvalidInput:
    """For a source that is nothing of this project: whether it is anybody else's, or anything at all, is not said."""
    message = (
        f"Invalid model version source: '{source[:MAX_ECHOED]}'. It must be a folder of files that was logged to a run or"
        " model of this project (runs:/<run id>/<path>, models:/<model id>), or another version (models:/<name>/<version>,"
        " models:/<name>@<alias>); run_id and model_id, where given, must be those of the source."
    )
    return InvalidInput("invalid_source", message, field="source")


def borrowed_models_are_read(name: str) -> NotFound:
    """For a change of a name under which the project may know another one's model."""
    message = (
        f"Registered Model with name={name[:MAX_ECHOED]} not found among the models of this project. One that another project"
        " shares can be read here, and changed only there."
    )
    return NotFound("registered_model_not_found", message, field="name")


def name_is_borrowed(name: str) -> Conflict:
    """For a name of a new model under which another project's is known."""
    message = f"Registered Model (name={name}) is the name of a model that another project shares with this one."
    return Conflict("registered_model_exists", message, field="name")


def unknown_project(slug: str) -> InvalidInput:
    """For a project to share with that the team has not got, or that the caller does not see."""
    return InvalidInput("unknown_project", f"The team has no other project {slug[:MAX_ECHOED]!r}.", field="to_project")
