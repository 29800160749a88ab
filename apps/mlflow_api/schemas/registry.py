"""Requests about registered models and their versions."""

from __future__ import annotations

from apps.mlflow_api.checks import array, at_most, int_like, required, string, string_items
from apps.mlflow_api.parsing import RequestSchema
from apps.mlflow_api.schemas.fields import Int64, KeyValue, Message

MAX_MODELS = 1_000
MAX_VERSIONS = 200_000
# Values of tags alone may have 100,000 characters.
MAX_TAGS_BYTES = 8_000_000


class CreateModel(Message):
    """registered-models/create."""

    name: str = ""
    tags: list[KeyValue] = []
    description: str = ""


class ModelName(Message):
    """registered-models/get, delete."""

    name: str = ""


class UpdateModel(Message):
    """registered-models/update."""

    name: str = ""
    description: str = ""


class RenameModel(Message):
    """registered-models/rename."""

    name: str = ""
    new_name: str = ""


class SearchModels(Message):
    """registered-models/search."""

    filter: str = ""
    max_results: Int64 = 100
    order_by: list[str] = []
    page_token: str = ""


class LatestVersions(Message):
    """registered-models/get-latest-versions."""

    name: str = ""
    stages: list[str] = []


class SetModelTag(Message):
    """registered-models/set-tag."""

    name: str = ""
    key: str = ""
    value: str = ""


class DeleteModelTag(Message):
    """registered-models/delete-tag."""

    name: str = ""
    key: str = ""


class SetAlias(Message):
    """POST registered-models/alias."""

    name: str = ""
    alias: str = ""
    version: str = ""


class Alias(Message):
    """GET and DELETE registered-models/alias."""

    name: str = ""
    alias: str = ""


class CreateVersion(Message):
    """model-versions/create."""

    name: str = ""
    source: str = ""
    run_id: str = ""
    run_link: str = ""
    model_id: str = ""
    description: str = ""
    tags: list[KeyValue] = []


class Version(Message):
    """model-versions/get, delete, get-download-uri."""

    name: str = ""
    version: str = ""


class UpdateVersion(Message):
    """model-versions/update."""

    name: str = ""
    version: str = ""
    description: str = ""


class SearchVersions(Message):
    """model-versions/search."""

    filter: str = ""
    max_results: Int64 = 200_000
    order_by: list[str] = []
    page_token: str = ""


class TransitionStage(Message):
    """model-versions/transition-stage."""

    name: str = ""
    version: str = ""
    stage: str = ""
    archive_existing_versions: bool = False


class SetVersionTag(Message):
    """model-versions/set-tag."""

    name: str = ""
    version: str = ""
    key: str = ""
    value: str = ""


class DeleteVersionTag(Message):
    """model-versions/delete-tag."""

    name: str = ""
    version: str = ""
    key: str = ""


_NAME = {"name": (string, required)}
_KEY = {"key": (string, required)}
_VERSION = {**_NAME, "version": (string, required)}
_SEARCH = {"filter": (string,), "order_by": (array, string_items), "page_token": (string,)}

CREATE_MODEL = RequestSchema(
    CreateModel, {**_NAME, "tags": (array,), "description": (string,)}, max_bytes=MAX_TAGS_BYTES
)
MODEL_NAME = RequestSchema(ModelName, _NAME)
UPDATE_MODEL = RequestSchema(UpdateModel, {**_NAME, "description": (string,)})
RENAME_MODEL = RequestSchema(RenameModel, {**_NAME, "new_name": (string, required)})
SEARCH_MODELS = RequestSchema(SearchModels, {**_SEARCH, "max_results": (int_like, at_most(MAX_MODELS))})
LATEST_VERSIONS = RequestSchema(LatestVersions, {**_NAME, "stages": (array, string_items)})
SET_MODEL_TAG = RequestSchema(SetModelTag, {**_NAME, **_KEY, "value": (string,)})
DELETE_MODEL_TAG = RequestSchema(DeleteModelTag, {**_NAME, **_KEY})
SET_ALIAS = RequestSchema(SetAlias, {**_NAME, "alias": (string, required), "version": (string, required)})
ALIAS = RequestSchema(Alias, {**_NAME, "alias": (string, required)})
CREATE_VERSION = RequestSchema(
    CreateVersion,
    {
        **_NAME,
        "source": (string, required),
        "run_id": (string,),
        "tags": (array,),
        "run_link": (string,),
        "description": (string,),
        "model_id": (string,),
    },
    max_bytes=MAX_TAGS_BYTES,
)
VERSION = RequestSchema(Version, _VERSION)
UPDATE_VERSION = RequestSchema(UpdateVersion, {**_VERSION, "description": (string,)})
SEARCH_VERSIONS = RequestSchema(SearchVersions, {**_SEARCH, "max_results": (int_like, at_most(MAX_VERSIONS))})
TRANSITION_STAGE = RequestSchema(TransitionStage, {**_VERSION, "stage": (string, required)})
SET_VERSION_TAG = RequestSchema(SetVersionTag, {**_VERSION, **_KEY, "value": (string,)})
DELETE_VERSION_TAG = RequestSchema(DeleteVersionTag, {**_VERSION, **_KEY})
