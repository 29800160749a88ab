"""Registered models and their versions: names, words, tags, aliases, stages, search, sources."""

from __future__ import annotations

from typing import Any

from tests.mlflow_client.differential.case import ABSENT_RUN, Call, Case, Compare, done, experiment, get, post, run

MODEL = "${unique}-model"
OTHER = "${unique}-other"
ABSENT = "${unique}-absent"
OTHER_RUN = "f" * 32
SOURCE = "mlflow-artifacts:/${experiment}/${run}/artifacts/model"
_TAG = [{"key": "task", "value": "regression"}]


def _patch(path: str, label: str, match_message: bool = False, **fields: Any) -> Call:
    return Call("PATCH", path, label, body=fields, match_message=match_message)


def _delete(path: str, label: str, match_message: bool = False, **fields: Any) -> Call:
    return Call("DELETE", path, label, body=fields, match_message=match_message)


def _model(name: str = MODEL, **fields: Any) -> Call:
    return done("registered-models/create", {"name": name, **fields})


def _files(folder: str = "model") -> tuple[Call, ...]:
    """A run with a file in a folder."""
    address = "/api/2.0/mlflow-artifacts/artifacts/${experiment}/${run}/artifacts/" + folder + "/MLmodel"
    upload = Call("PUT", address, raw=b"flavors: {}", content_type="text/plain")
    return experiment(), run(), upload


def _version(name: str = MODEL, **fields: Any) -> Call:
    return done("model-versions/create", {"name": name, "source": SOURCE, "run_id": "${run}", **fields})


def _create(label: str, match_message: bool = False, **fields: Any) -> Call:
    body = {"name": MODEL, "source": SOURCE, "run_id": "${run}", **fields}
    return post("model-versions/create", label, body, match_message=match_message)


def _get(label: str = "read back", name: str = MODEL, **more: Any) -> Call:
    return get("registered-models/get", label, ("name", name), **more)


def _get_version(label: str, number: str = "1", name: str = MODEL, **more: Any) -> Call:
    return get("model-versions/get", label, ("name", name), ("version", number), **more)


def _alias(label: str, alias: str, number: str = "1", match_message: bool = False, name: str = MODEL) -> Call:
    body = {"name": name, "alias": alias, "version": number}
    return post("registered-models/alias", label, body, match_message=match_message)


def _aliased(label: str, alias: str, match_message: bool = False, name: str = MODEL) -> Call:
    return get("registered-models/alias", label, ("name", name), ("alias", alias), match_message=match_message)


def _stage(label: str, stage: str, number: str = "1", **fields: Any) -> Call:
    body = {"name": MODEL, "version": number, "stage": stage, **fields}
    return post("model-versions/transition-stage", label, body)


def _models(label: str, *query: tuple[str, str], how: Compare = Compare.NAMES, match_message: bool = False) -> Call:
    return get("registered-models/search", label, *query, compare=how, match_message=match_message)


def _versions(label: str, *query: tuple[str, str], how: Compare = Compare.NAMES, match_message: bool = False) -> Call:
    return get("model-versions/search", label, *query, compare=how, match_message=match_message)


def _filter(text: str) -> tuple[str, str]:
    return ("filter", text)


_THREE = tuple(
    _model(f"${{unique}}-{name}", tags=[{"key": "task", "value": value}, {"key": "n", "value": name}])
    for name, value in (("a", "regression"), ("b", "Ranking"), ("c", "50% off"))
)
_OURS = "name LIKE '${unique}%'"

CASES = (
    Case(
        "model_create",
        (
            post("registered-models/create", "name alone", {"name": MODEL}),
            post("registered-models/create", "same again", {"name": MODEL}, match_message=True),
            post(
                "registered-models/create",
                "everything",
                {"name": OTHER, "description": "# Taxi", "tags": _TAG},
            ),
            _get("everything read back", OTHER),
            post("registered-models/create", "no name", {}, match_message=True),
            post("registered-models/create", "empty name", {"name": ""}, match_message=True),
            post("registered-models/create", "blank name", {"name": "  "}, match_message=True),
            post("registered-models/create", "name is a number", {"name": 5}, match_message=True),
            post("registered-models/create", "slash", {"name": "a/b"}, match_message=True),
            post("registered-models/create", "colon", {"name": "a:b"}, match_message=True),
            post("registered-models/create", "dot", {"name": "."}, match_message=True),
            post("registered-models/create", "two dots", {"name": ".."}, match_message=True),
            post("registered-models/create", "leading dots", {"name": "..a"}, match_message=True),
            post("registered-models/create", "characters", {"name": "${unique} x@y%20\u00e4 #?"}),
            post("registered-models/create", "description is a number", {"name": ABSENT, "description": 1}),
            post("registered-models/create", "tags is text", {"name": ABSENT, "tags": "x"}),
            post(
                "registered-models/create",
                "tag key twice",
                {"name": "${unique}-t", "tags": [*_TAG, {"key": "task", "value": "2"}]},
            ),
            post(
                "registered-models/create",
                "tag key of 251",
                {"name": ABSENT, "tags": [{"key": "k" * 251, "value": "v"}]},
                match_message=True,
            ),
            post("registered-models/create", "bad tag key", {"name": ABSENT, "tags": [{"key": "a#b", "value": "v"}]}),
            _get("absent", ABSENT, match_message=True),
            get("registered-models/get", "get without a name", match_message=True),
            _get("get with a slash", "a/b", match_message=True),
        ),
    ),
    Case(
        "model_words",
        (
            _model(description="old"),
            _model(OTHER),
            _patch("registered-models/update", "description", name=MODEL, description="new"),
            _patch("registered-models/update", "no description", name=MODEL),
            _patch("registered-models/update", "absent", True, name=ABSENT, description="x"),
            _patch("registered-models/update", "no name", True, description="x"),
            post("registered-models/rename", "rename", {"name": MODEL, "new_name": "${unique}-renamed"}),
            _get("old name", match_message=True),
            _get("new name", "${unique}-renamed"),
            post("registered-models/rename", "same name", {"name": OTHER, "new_name": OTHER}),
            post("registered-models/rename", "taken", {"name": OTHER, "new_name": "${unique}-renamed"}),
            post("registered-models/rename", "absent one", {"name": ABSENT, "new_name": "x"}, match_message=True),
            post("registered-models/rename", "no new name", {"name": OTHER}, match_message=True),
            post("registered-models/rename", "blank new name", {"name": OTHER, "new_name": " "}),
            post("registered-models/rename", "bad new name", {"name": OTHER, "new_name": "a/b"}, match_message=True),
            post("registered-models/set-tag", "set tag", {"name": OTHER, "key": "k", "value": "v"}),
            post("registered-models/set-tag", "tag again", {"name": OTHER, "key": "k", "value": "w"}),
            post("registered-models/set-tag", "tag without value", {"name": OTHER, "key": "empty"}),
            post("registered-models/set-tag", "tag without key", {"name": OTHER, "value": "v"}, match_message=True),
            post("registered-models/set-tag", "tag of absent", {"name": ABSENT, "key": "k"}, match_message=True),
            post("registered-models/set-tag", "tag is a number", {"name": OTHER, "key": "k", "value": 1}),
            post("registered-models/set-tag", "bad tag", {"name": OTHER, "key": "../k", "value": "v"}),
            _get("tagged", OTHER),
            _delete("registered-models/delete-tag", "delete tag", name=OTHER, key="k"),
            _delete("registered-models/delete-tag", "delete absent tag", name=OTHER, key="k"),
            _delete("registered-models/delete-tag", "delete bad tag", name=OTHER, key="../k"),
            _delete("registered-models/delete-tag", "delete tag of absent", True, name=ABSENT, key="k"),
            _delete("registered-models/delete", "delete", name=OTHER),
            _delete("registered-models/delete", "delete again", True, name=OTHER),
            _delete("registered-models/delete", "delete nothing", True),
            post("registered-models/create", "create anew", {"name": OTHER}),
        ),
    ),
    Case(
        "version_create",
        (
            *_files(),
            _model(),
            _create("first"),
            _create("second", description="words", run_link="http://link", tags=_TAG),
            _get_version("read back", "2"),
            _get("model"),
            _create("no name", True, name=""),
            _create("no source", True, source=""),
            _create("source is a number", source=5),
            _create("absent model", True, name=ABSENT),
            _create("bad name", True, name="a/b"),
            _create("tags is text", tags="x"),
            _create("tag key of 251", tags=[{"key": "k" * 251, "value": "v"}]),
            _create("tag key twice", tags=[*_TAG, {"key": "task", "value": "2"}]),
            _get_version("absent version", "99", match_message=True),
            _get_version("version zero", "0"),
            _get_version("version is a word", "first", match_message=True),
            _get_version("version of an absent model", "1", ABSENT, match_message=True),
            get("model-versions/get", "no version", ("name", MODEL), match_message=True),
            get("model-versions/get", "no name of a version", ("version", "1"), match_message=True),
            get(
                "model-versions/get-download-uri", "download", ("name", MODEL), ("version", "1"), compare=Compare.SHAPE
            ),
            get("model-versions/get-download-uri", "download absent", ("name", MODEL), ("version", "9")),
            get("model-versions/get-download-uri", "download nothing"),
        ),
    ),
    Case(
        "version_sources",
        (
            *_files(),
            _model(),
            _create("runs scheme", source="runs:/${run}/model"),
            _create("runs scheme without run", source="runs:/${run}/model", run_id=""),
            _create("of another run", source="runs:/${run}/model", run_id=ABSENT_RUN),
            _create("of an absent run", source=f"runs:/{ABSENT_RUN}/model", run_id=ABSENT_RUN),
            _create("root of the run", source="mlflow-artifacts:/${experiment}/${run}/artifacts"),
            _create("absent run's files", source=f"mlflow-artifacts:/0/{ABSENT_RUN}/artifacts/m", run_id=ABSENT_RUN),
            _create("dots", source="mlflow-artifacts:/${experiment}/${run}/artifacts/../../x"),
            _create("encoded dots", source="mlflow-artifacts:/${experiment}/${run}/artifacts/%2e%2e/x"),
            _create("file", source="file:///etc"),
            _create("plain path", source="/etc/passwd"),
            _create("relative path", source="model"),
            _create("other host", source="mlflow-artifacts://host/${experiment}/${run}/artifacts/model"),
            _create("version of a model", source=f"models:/{MODEL}/1", run_id="${run}"),
            _create("version of an absent model", source=f"models:/{ABSENT}/1", run_id="${run}"),
            _create("absent version", source=f"models:/{MODEL}/77", run_id="${run}"),
            _create("absent logged model", source="models:/m-0123456789abcdef0123456789abcdef", run_id=""),
            _create("no models uri", source="models:/", run_id=""),
        ),
    ),
    Case(
        "version_words",
        (
            *_files(),
            _model(),
            _version(description="old"),
            _patch("model-versions/update", "description", name=MODEL, version="1", description="new"),
            _patch("model-versions/update", "empty description", name=MODEL, version="1", description=""),
            _patch("model-versions/update", "absent", True, name=MODEL, version="9", description="x"),
            _patch("model-versions/update", "no version", True, name=MODEL, description="x"),
            _patch("model-versions/update", "version is a word", True, name=MODEL, version="x", description="x"),
            post("model-versions/set-tag", "tag", {"name": MODEL, "version": "1", "key": "k", "value": "v"}),
            post("model-versions/set-tag", "tag again", {"name": MODEL, "version": "1", "key": "k", "value": "w"}),
            post("model-versions/set-tag", "no key", {"name": MODEL, "version": "1", "value": "v"}, match_message=True),
            post("model-versions/set-tag", "no such version", {"name": MODEL, "version": "7", "key": "k"}),
            post("model-versions/set-tag", "word", {"name": MODEL, "version": "x", "key": "k"}, match_message=True),
            post("model-versions/set-tag", "bad key", {"name": MODEL, "version": "1", "key": "../k", "value": ""}),
            _get_version("tagged"),
            _delete("model-versions/delete-tag", "delete tag", name=MODEL, version="1", key="k"),
            _delete("model-versions/delete-tag", "delete absent tag", name=MODEL, version="1", key="k"),
            _delete("model-versions/delete-tag", "of absent version", name=MODEL, version="7", key="k"),
            _get_version("without"),
            _version(),
            _delete("model-versions/delete", "delete", name=MODEL, version="1"),
            _delete("model-versions/delete", "delete again", True, name=MODEL, version="1"),
            _delete("model-versions/delete", "delete a word", True, name=MODEL, version="x"),
            _delete("model-versions/delete", "delete of absent model", True, name=ABSENT, version="1"),
            _get_version("deleted", match_message=True),
            _get("model"),
            _create("number after"),
            _delete("model-versions/delete", "delete last", name=MODEL, version="3"),
            _create("number is not used again"),
        ),
    ),
    Case(
        "stages",
        (
            *_files(),
            _model(),
            _version(),
            _version(),
            _version(),
            _stage("staging", "Staging"),
            _stage("lower case", "production"),
            _stage("second", "Production", "2"),
            _stage("archive existing", "Production", "3", archive_existing_versions=True),
            _get_version("archived", "1"),
            _get_version("archived too", "2"),
            _get("latest by stage"),
            _stage("back to none", "None", "2"),
            _stage("no such stage", "Testing"),
            _stage("empty stage", ""),
            _stage("absent version", "Staging", "9"),
            _stage("version is a word", "Staging", "x"),
            _stage("archive into none", "None", archive_existing_versions=True),
            _stage("archive into archived", "Archived", archive_existing_versions=True),
            _stage("switch is a word", "Staging", archive_existing_versions="maybe"),
            post("registered-models/get-latest-versions", "latest", {"name": MODEL}, compare=Compare.NAMES),
            post(
                "registered-models/get-latest-versions",
                "latest of one",
                {"name": MODEL, "stages": ["production"]},
            ),
            get(
                "registered-models/get-latest-versions",
                "latest of two by query",
                ("name", MODEL),
                ("stages", "Production"),
                ("stages", "Archived"),
                compare=Compare.NAMES,
            ),
            post("registered-models/get-latest-versions", "latest of none", {"name": MODEL, "stages": ["Staging"]}),
            post(
                "registered-models/get-latest-versions",
                "latest of no stage",
                {"name": MODEL, "stages": ["Testing"]},
                match_message=True,
            ),
            post("registered-models/get-latest-versions", "latest of absent", {"name": ABSENT}, match_message=True),
            post("registered-models/get-latest-versions", "stages is text", {"name": MODEL, "stages": "Production"}),
        ),
    ),
    Case(
        "aliases",
        (
            *_files(),
            _model(),
            _version(),
            _version(),
            _alias("set", "champion"),
            _aliased("get", "champion"),
            _alias("move", "champion", "2"),
            _aliased("moved", "champion"),
            _alias("second", "a-b_C9"),
            _get("model"),
            _get_version("version", "2"),
            _aliased("latest", "latest"),
            _aliased("latest in capitals", "LATEST"),
            _aliased("absent", "challenger", True),
            _aliased("of an absent model", "champion", True, ABSENT),
            _aliased("bad characters asked", "a b", True),
            _alias("reserved: latest", "Latest", "1", True),
            _alias("reserved: v1", "v1", "1", True),
            _alias("reserved: V22", "V22", "1", True),
            _alias("bad characters", "a.b", "1", True),
            _alias("empty", "", "1", True),
            _alias("of 256", "a" * 256, "1", True),
            _alias("of an absent version", "x", "9", True),
            _alias("of a word", "x", "one", True),
            _alias("on an absent model", "x", "1", True, ABSENT),
            _delete("registered-models/alias", "delete", name=MODEL, alias="champion"),
            _delete("registered-models/alias", "delete again", name=MODEL, alias="champion"),
            _delete("registered-models/alias", "delete of absent model", True, name=ABSENT, alias="x"),
            _delete("registered-models/alias", "delete bad", True, name=MODEL, alias="a b"),
            _aliased("gone", "champion"),
            _delete("model-versions/delete", "delete the version", name=MODEL, version="1"),
            _aliased("gone with the version", "a-b_C9"),
            _get("model without"),
        ),
    ),
    Case(
        "model_search",
        (
            *_THREE,
            _models("ours", _filter(_OURS)),
            _models("one whole", _filter("name = '${unique}-a'"), how=Compare.VALUE),
            _models("not equal", _filter(f"{_OURS} AND name != '${{unique}}-a'")),
            _models("in any case", _filter("name ILIKE '${unique}-A'")),
            _models("in", _filter("name IN ('${unique}-a', '${unique}-c')")),
            _models("not in", _filter(f"{_OURS} AND name NOT IN ('${{unique}}-a')")),
            _models("tag", _filter(f"{_OURS} AND tags.task = 'regression'")),
            _models("tag in the singular", _filter(f"{_OURS} AND tag.task = 'regression'")),
            _models("tag differs", _filter(f"{_OURS} AND tags.task != 'regression'")),
            _models("tag of a quoted key", _filter(f"{_OURS} AND tags.`task` LIKE 'R%'")),
            _models("tag like, in any case", _filter(f"{_OURS} AND tags.task ILIKE 'r%'")),
            _models("tag with a percent sign", _filter(f"{_OURS} AND tags.task LIKE '50%'")),
            _models("two tags", _filter(f"{_OURS} AND tags.task = 'regression' AND tags.n = 'a'")),
            _models("absent tag", _filter(f"{_OURS} AND tags.other = 'x'")),
            _models("no prompts", _filter(f"{_OURS} AND tag.`mlflow.prompt.is_prompt` != 'true'")),
            _models("prompts", _filter(f"{_OURS} AND tag.`mlflow.prompt.is_prompt` = 'true'")),
            _models("nothing", _filter("name = '${unique}-none'"), how=Compare.VALUE),
            _models("by name down", _filter(_OURS), ("order_by", "name DESC")),
            _models("by time", _filter(_OURS), ("order_by", "last_updated_timestamp ASC"), ("order_by", "name")),
            _models("by its old name", _filter(_OURS), ("order_by", "timestamp ASC"), ("order_by", "name")),
            _models("page", _filter(_OURS), ("max_results", "2"), how=Compare.VALUE),
            _models("too many", ("max_results", "1001"), match_message=True),
            _models("not a number", ("max_results", "x")),
            _models("bad token", ("page_token", "nonsense"), how=Compare.STATUS),
            *(
                _models(f"refused: {text}", _filter(text))
                for text in (
                    "version_number = 1",
                    "run_id = 'x'",
                    "name > 'a'",
                    "name = 5",
                    "tags.task > 'a'",
                    "tags.task IN ('a')",
                    "metrics.a = 1",
                    "params.a = 'b'",
                    "name = 'a' OR name = 'b'",
                    "name",
                    "name = a",
                )
            ),
            *(
                _models(f"order refused: {term}", ("order_by", term))
                for term in ("version_number", "tags.task", "name UPWARDS", "creation")
            ),
        ),
    ),
    Case(
        "version_search",
        (
            *_files(),
            _model(),
            _version(tags=_TAG),
            _version(tags=[{"key": "task", "value": "Ranking"}]),
            _version(),
            _model(OTHER),
            _version(OTHER),
            _versions("of a model", _filter(f"name = '{MODEL}'"), ("order_by", "version_number ASC")),
            _versions("newest number first", _filter(f"name = '{MODEL}'"), ("order_by", "version_number DESC")),
            _versions("one whole", _filter(f"name = '{OTHER}'"), how=Compare.VALUE),
            _versions("of the run", _filter("run_id = '${run}'"), ("order_by", "name"), ("order_by", "version_number")),
            _versions("of runs", _filter(f"run_id IN ('${{run}}', '{OTHER_RUN}')"), ("order_by", "name")),
            _versions("of an absent run", _filter(f"run_id = '{OTHER_RUN}'")),
            _versions("of no run at all", _filter("run_id = 'x'")),
            _versions("not of the run", _filter(f"name = '{MODEL}' AND run_id != '${{run}}'")),
            _versions(
                "of a source",
                _filter("source_path = 'mlflow-artifacts:/${experiment}/${run}/artifacts/model'"),
                ("order_by", "name"),
            ),
            _versions("source like", _filter("source_path LIKE '%${run}%'"), ("order_by", "name")),
            _versions("number", _filter(f"name = '{MODEL}' AND version_number = 2")),
            _versions(
                "greater number", _filter(f"name = '{MODEL}' AND version_number > 1"), ("order_by", "version_number")
            ),
            _versions(
                "number is not", _filter(f"name = '{MODEL}' AND version_number != 2"), ("order_by", "version_number")
            ),
            _versions("number as text", _filter(f"name = '{MODEL}' AND version_number = '2'")),
            _versions("names", _filter(f"name IN ('{OTHER}')")),
            _versions("name like", _filter("name LIKE '${unique}-o%'")),
            _versions("tag", _filter(f"name = '{MODEL}' AND tags.task = 'regression'")),
            _versions(
                "tag in any case", _filter(f"name = '{MODEL}' AND tags.task ILIKE 'r%'"), ("order_by", "version_number")
            ),
            _versions("page", _filter(f"name = '{MODEL}'"), ("max_results", "1"), ("order_by", "version_number")),
            _versions("none", _filter(f"name = '{ABSENT}'"), how=Compare.VALUE),
            _versions("too many", ("max_results", "200001"), match_message=True),
            _versions("no results", ("max_results", "0")),
            _versions("below nothing", ("max_results", "-1")),
            _versions("bad token", ("page_token", "nonsense"), how=Compare.STATUS),
            *(
                _versions(f"refused: {text}", _filter(text))
                for text in (
                    "version_number LIKE '1'",
                    "version_number = 'x'",
                    "source_path IN ('a')",
                    "name > 'a'",
                    "run_id LIKE 'a%'",
                    "stage = 'None'",
                    "metrics.a = 1",
                    "name = 5",
                    "name = 'a' OR name = 'b'",
                )
            ),
            *(
                _versions(f"order refused: {term}", _filter(f"name = '{OTHER}'"), ("order_by", term))
                for term in ("source_path", "tags.task", "run_id", "version_number SIDEWAYS")
            ),
        ),
    ),
)
