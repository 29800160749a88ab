"""mlflow/logged-models: life cycle, params, tags, and the runs that made and used them."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.api.mlflow.caller import Caller
from tests.api.mlflow.models import ABSENT_MODEL, log, metrics, model, new_model, pairs, patch
from tests.factories.cast import Cast

READY = "LOGGED_MODEL_READY"
AJAX = "/ajax-api/2.0/mlflow"


def test_create_answers_with_the_whole_model(member: Caller) -> None:
    experiment_id = member.new_experiment()
    run_id = member.new_run(experiment_id)
    made = member.post(
        "logged-models",
        experiment_id=experiment_id,
        name="forest",
        model_type="Agent",
        source_run_id=run_id,
        params=[{"key": "depth", "value": "3"}],
        tags=[{"key": "team", "value": "a"}],
    ).body["model"]
    info = made["info"]
    assert re.fullmatch("m-[0-9a-f]{32}", info["model_id"])
    assert isinstance(info["creation_timestamp_ms"], int)
    assert made == {
        "info": {
            "model_id": info["model_id"],
            "experiment_id": experiment_id,
            "name": "forest",
            "creation_timestamp_ms": info["creation_timestamp_ms"],
            "last_updated_timestamp_ms": info["creation_timestamp_ms"],
            "artifact_uri": f"mlflow-artifacts:/{experiment_id}/models/{info['model_id']}/artifacts",
            "status": "LOGGED_MODEL_PENDING",
            "model_type": "Agent",
            "source_run_id": run_id,
            "tags": [{"key": "team", "value": "a"}],
        },
        "data": {"params": [{"key": "depth", "value": "3"}]},
    }
    assert model(member, info["model_id"]) == made


def test_nameless_model_gets_a_name_and_needs_no_run(member: Caller) -> None:
    info = model(member, new_model(member))["info"]
    assert re.fullmatch(r"[a-z]+-[a-z]+-\d{1,3}", info["name"])
    assert (info["source_run_id"], info["model_type"]) == ("", "")
    assert "tags" not in info


def test_names_need_not_differ(member: Caller) -> None:
    assert new_model(member, name="twin") != new_model(member, name="twin")


@pytest.mark.parametrize("name", ["a/b", "a:b", "a.b", "a%b", 'a"b', "a'b"])
def test_names_with_characters_of_addresses_are_refused_in_mlflows_words(member: Caller, name: str) -> None:
    reply = member.post("logged-models", experiment_id="0", name=name)
    assert (reply.status, reply.code) == (400, "INVALID_PARAMETER_VALUE")
    assert reply.message == (
        f"Invalid model name ({name!r}) provided. Model name must be a non-empty string and cannot contain the"
        " following characters: ('/', ':', '.', '%', '\"', \"'\")"
    )


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({}, "Missing value for required parameter 'experiment_id'"),
        ({"experiment_id": ""}, "Missing value for required parameter 'experiment_id'"),
        ({"experiment_id": "x"}, "Invalid experiment ID 'x'"),
        ({"experiment_id": "0", "name": "n" * 501}, "'name' exceeds the maximum length of 500 characters"),
        ({"experiment_id": "0", "model_type": "n" * 501}, "'model_type' exceeds the maximum length of 500 characters"),
        ({"experiment_id": "0", "params": [{"key": "k" * 256, "value": "v"}]}, "'key' exceeds the maximum length"),
        ({"experiment_id": "0", "params": [{"value": "v"}]}, "A key is empty."),
        ({"experiment_id": "0", "params": [{"key": "k", "value": "v"}] * 2}, "The same param key is given twice."),
        ({"experiment_id": "0", "tags": [{"key": str(n)} for n in range(1_001)]}, "at most 1000 entries"),
        ({"experiment_id": "0", "params": {}}, "Invalid value {} for parameter 'params' supplied"),
        ({"experiment_id": "0", "name": 7}, "Invalid value 7 for parameter 'name' supplied"),
        ({"experiment_id": "0", "name": "a\u0000b"}, ""),
    ],
)
def test_create_refuses(member: Caller, fields: dict[str, Any], text: str) -> None:
    reply = member.post("logged-models", fields)
    assert (reply.status, reply.code) == (400, "INVALID_PARAMETER_VALUE")
    assert text in reply.message
    assert "models" not in member.post("logged-models/search", experiment_ids=["0"]).body


def test_create_needs_an_active_experiment_and_a_run_that_exists(member: Caller) -> None:
    gone = member.new_experiment("gone")
    member.post("experiments/delete", experiment_id=gone)
    reply = member.post("logged-models", experiment_id=gone)
    assert (reply.status, reply.code) == (400, "INVALID_PARAMETER_VALUE")
    assert reply.message.endswith("must be in the 'active' state. Current state is deleted.")
    for fields in ({"experiment_id": "999"}, {"experiment_id": "0", "source_run_id": "0" * 32}):
        reply = member.post("logged-models", fields)
        assert (reply.status, reply.code) == (404, "RESOURCE_DOES_NOT_EXIST")


@pytest.mark.parametrize("status", [READY, "LOGGED_MODEL_UPLOAD_FAILED", 2])
def test_finalize_says_how_it_ended(member: Caller, status: str | int) -> None:
    model_id = new_model(member)
    reply = patch(member, f"logged-models/{model_id}", model_id=model_id, status=status)
    assert reply.status == 200
    assert reply.body["model"] == model(member, model_id)
    assert reply.body["model"]["info"]["status"] == (READY if status == 2 else status)


@pytest.mark.parametrize("fields", [{}, {"status": "DONE"}, {"status": 9}, {"status": 0}, {"status": []}])
def test_finalize_refuses_what_is_no_status(member: Caller, fields: dict[str, Any]) -> None:
    model_id = new_model(member)
    reply = patch(member, f"logged-models/{model_id}", model_id=model_id, **fields)
    assert (reply.status, reply.code) == (400, "INVALID_PARAMETER_VALUE")
    assert model(member, model_id)["info"]["status"] == "LOGGED_MODEL_PENDING"


def test_deleted_model_is_seen_by_who_asks_for_deleted_ones_alone(member: Caller) -> None:
    model_id = new_model(member)
    assert member.send("DELETE", f"logged-models/{model_id}").body == {}
    assert member.get(f"logged-models/{model_id}").status == 404
    assert member.get(f"logged-models/{model_id}", allow_deleted="false").status == 404
    assert member.get(f"logged-models/{model_id}", allow_deleted="true").body["model"]["info"]["model_id"] == model_id
    assert "models" not in member.post("logged-models/search", experiment_ids=["0"]).body
    assert member.send("DELETE", f"logged-models/{model_id}").status == 200


def test_deleted_model_refuses_every_write(member: Caller) -> None:
    model_id = new_model(member, tags=[{"key": "t", "value": "1"}])
    member.send("DELETE", f"logged-models/{model_id}")
    for reply in (
        patch(member, f"logged-models/{model_id}", model_id=model_id, status=READY),
        member.post(f"logged-models/{model_id}/params", params=[{"key": "p", "value": "1"}]),
        patch(member, f"logged-models/{model_id}/tags", tags=[{"key": "t", "value": "2"}]),
        member.send("DELETE", f"logged-models/{model_id}/tags/t"),
    ):
        assert (reply.status, reply.code) == (404, "RESOURCE_DOES_NOT_EXIST")
        assert reply.message == f"Logged model with ID '{model_id}' not found."


def test_params_are_written_once(member: Caller) -> None:
    model_id = new_model(member, params=[{"key": "depth", "value": "3"}])
    path = f"logged-models/{model_id}/params"
    for _ in range(2):
        same = [{"key": "depth", "value": "3"}, {"key": "width", "value": "v" * 6_001}]
        assert member.post(path, model_id=model_id, params=same).body == {}
    refused = member.post(path, params=[{"key": "height", "value": "1"}, {"key": "depth", "value": "4"}])
    assert (refused.status, refused.code) == (400, "INVALID_PARAMETER_VALUE")
    assert refused.message == "Changing param values is not allowed. Param with key='depth' was already logged."
    assert member.post(path, params=[{"key": "new", "value": "1"}, {"key": "new", "value": "2"}]).status == 400
    assert pairs(member, model_id, "params") == {"depth": "3", "width": "v" * 6_000}


def test_tags_change_and_are_removed_once(member: Caller) -> None:
    model_id = new_model(member, tags=[{"key": "a", "value": "1"}])
    tags = [{"key": "a", "value": "2"}, {"key": "b/c d", "value": "v" * 8_001}, {"key": "a", "value": "3"}]
    assert patch(member, f"logged-models/{model_id}/tags", tags=tags).body == {}
    assert pairs(member, model_id, "tags") == {"a": "3", "b/c d": "v" * 8_000}
    assert member.send("DELETE", f"logged-models/{model_id}/tags/b/c%20d").body == {}
    reply = member.send("DELETE", f"logged-models/{model_id}/tags/b/c%20d")
    assert (reply.status, reply.code) == (404, "RESOURCE_DOES_NOT_EXIST")
    assert reply.message == f"No tag with key 'b/c d' found for model with ID '{model_id}'."
    assert pairs(member, model_id, "tags") == {"a": "3"}


def test_writes_are_seen_in_the_time_of_the_last_update(member: Caller) -> None:
    model_id = new_model(member)
    created = model(member, model_id)["info"]["last_updated_timestamp_ms"]
    patch(member, f"logged-models/{model_id}", model_id=model_id, status=READY)
    info = model(member, model_id)["info"]
    assert info["last_updated_timestamp_ms"] >= created == info["creation_timestamp_ms"]


@pytest.mark.parametrize("value", ["", "日本 ü 😀", "a\u0001b\tc\n", "' OR 1=1; --", "%s %(x)s {}"])
def test_values_come_back_as_they_went(member: Caller, value: str) -> None:
    entry = [{"key": "k", "value": value}]
    model_id = new_model(member, params=entry, tags=entry)
    assert pairs(member, model_id, "params") == pairs(member, model_id, "tags") == {"k": value}


@pytest.mark.parametrize(
    "model_id", [ABSENT_MODEL, "0" * 32, "m-x", "M-" + "0" * 32, "m-01234567-89ab-cdef-0123-456789abcdef"]
)
def test_absent_models_are_not_found(member: Caller, model_id: str) -> None:
    run_id = member.new_run()
    for reply in (
        member.get(f"logged-models/{model_id}"),
        patch(member, f"logged-models/{model_id}", model_id=model_id, status=READY),
        member.send("DELETE", f"logged-models/{model_id}"),
        member.post(f"logged-models/{model_id}/params", params=[{"key": "p", "value": "1"}]),
        patch(member, f"logged-models/{model_id}/tags", tags=[{"key": "t", "value": "2"}]),
        member.send("DELETE", f"logged-models/{model_id}/tags/t"),
        member.get(f"logged-models/{model_id}/artifacts/directories"),
        member.get(f"{AJAX}/logged-models/{model_id}/artifacts/files", artifact_file_path="MLmodel"),
        member.post("runs/outputs", run_id=run_id, models=[{"model_id": model_id}]),
        member.post("runs/log-inputs", run_id=run_id, models=[{"model_id": model_id}]),
    ):
        assert (reply.status, reply.code) == (404, "RESOURCE_DOES_NOT_EXIST")
        assert reply.message in {f"Logged model with ID '{model_id}' not found.", "No such artifact."}


def test_runs_show_the_models_they_made_and_used(member: Caller) -> None:
    run_id, made, used = member.new_run(), new_model(member), new_model(member)
    models = [{"model_id": made, "step": 7}]
    for _ in range(2):
        assert member.post("runs/outputs", run_id=run_id, models=models).body == {}
    assert member.post("runs/log-inputs", run_id=run_id, models=[{"model_id": used}]).body == {}
    shown = member.run(run_id)
    assert shown["inputs"] == {"model_inputs": [{"model_id": used}]}
    assert shown["outputs"] == {"model_outputs": [{"model_id": made, "step": 7}]}
    [found] = member.post("runs/search", experiment_ids=["0"], max_results=5).body["runs"]
    assert (found["inputs"], found["outputs"]) == (shown["inputs"], shown["outputs"])


def test_inputs_are_stored_together_or_not_at_all(member: Caller) -> None:
    run_id = member.new_run()
    dataset = {"name": "iris", "digest": "d", "source_type": "local", "source": "iris.csv"}
    reply = member.post(
        "runs/log-inputs", run_id=run_id, datasets=[{"dataset": dataset}], models=[{"model_id": ABSENT_MODEL}]
    )
    assert reply.status == 404
    assert member.run(run_id)["inputs"] == {}


def test_outputs_of_no_or_a_deleted_run_are_refused(member: Caller) -> None:
    run_id, model_id = member.new_run(), new_model(member)
    models = [{"model_id": model_id}]
    assert member.post("runs/outputs", models=models).status == 400
    assert member.post("runs/outputs", run_id=run_id).status == 400
    assert member.post("runs/outputs", run_id=run_id, models=[{"model_id": model_id}] * 1_001).status == 400
    assert member.post("runs/outputs", run_id="0" * 32, models=models).status == 404
    member.post("runs/delete", run_id=run_id)
    assert member.post("runs/outputs", run_id=run_id, models=models).status == 400
    member.post("runs/restore", run_id=run_id)
    assert member.run(run_id)["outputs"] == {}


def test_old_clients_models_are_written_down_in_a_tag(member: Caller) -> None:
    run_id = member.new_run()
    made = {
        "run_id": run_id,
        "artifact_path": "model",
        "utc_time_created": "2024-01-01 00:00:00",
        "model_uuid": "u",
        "flavors": {"sklearn": {"code": None, "config": {"secret": 1}}},
        "signature": {"inputs": "[]"},
    }
    for path in ("model", "other"):
        reply = member.post("runs/log-model", run_id=run_id, model_json=json.dumps({**made, "artifact_path": path}))
        assert reply.body == {}
    history = json.loads(member.data(run_id, "tags")["mlflow.log-model.history"])
    assert [each["artifact_path"] for each in history] == ["model", "other"]
    assert history[0] == {
        "run_id": run_id,
        "utc_time_created": "2024-01-01 00:00:00",
        "artifact_path": "model",
        "model_uuid": "u",
        "flavors": {"sklearn": {"code": None}},
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "Malformed model info. \n { \n is not a valid JSON."),
        ("[" * 100_000, "is not a valid JSON."),
        ("[]", "Model json is missing mandatory fields: {"),
        ('{"run_id": 1, "flavors": 1, "utc_time_created": 1}', "Model json is missing mandatory fields: {'artifact_path'}"),
        ("", "Missing value for required parameter 'model_json'"),
    ],
)  # fmt: skip
def test_old_clients_model_that_is_none_is_refused(member: Caller, text: str, message: str) -> None:
    run_id = member.new_run()
    reply = member.post("runs/log-model", run_id=run_id, model_json=text)
    assert (reply.status, reply.code) == (400, "INVALID_PARAMETER_VALUE")
    assert message in reply.message
    assert "mlflow.log-model.history" not in member.data(run_id, "tags")


def test_old_clients_models_are_as_many_as_a_tag_holds(member: Caller) -> None:
    run_id = member.new_run()
    made = {"run_id": run_id, "artifact_path": "m" * 4_000, "utc_time_created": "", "flavors": {}}
    statuses = [member.post("runs/log-model", run_id=run_id, model_json=json.dumps(made)).status for _ in range(2)]
    assert statuses == [200, 400]


def test_metrics_of_a_model_are_the_last_of_each_run_and_dataset(member: Caller) -> None:
    run_id, other, model_id = member.new_run(), member.new_run(), new_model(member)
    log(member, run_id, model_id, 0.5, step=1)
    log(member, run_id, model_id, 0.4, step=2)
    log(member, run_id, model_id, 0.3, dataset_name="taxi", dataset_digest="d1")
    log(member, other, model_id, "NaN", key="loss")
    assert metrics(member, model_id) == [
        ("loss", "NaN", 0, None, None),
        ("rmse", 0.4, 2, None, None),
        ("rmse", 0.3, 0, "taxi", "d1"),
    ]
    shown = model(member, model_id)["data"]["metrics"]
    assert {each["model_id"] for each in shown} == {model_id}
    assert [each["run_id"] for each in shown] == [other, run_id, run_id]
    assert "data" in model(member, new_model(member))


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"dataset_name": "n" * 501}, "'dataset_name' exceeds the maximum length of 500 characters"),
        ({"dataset_digest": "d" * 37}, "'dataset_digest' exceeds the maximum length of 36 characters"),
    ],
)
def test_datasets_that_none_can_be_are_refused_with_their_point(
    member: Caller, fields: dict[str, str], text: str
) -> None:
    """What is acknowledged has to fold: a point that no row holds would be in the way of all that follow."""
    run_id, model_id = member.new_run(), new_model(member)
    point = {"key": "rmse", "value": 1, "timestamp": 1, "model_id": model_id, **fields}
    for reply in (
        member.post("runs/log-metric", run_id=run_id, **point),
        member.post("runs/log-batch", run_id=run_id, metrics=[point]),
    ):
        assert (reply.status, reply.code, reply.message) == (400, "INVALID_PARAMETER_VALUE", text)
    longest = {"dataset_name": "n" * 500, "dataset_digest": "d" * 36}
    log(member, run_id, model_id, 1, **longest)
    log(member, run_id, "m-" + "x" * 1_000, 1)
    assert metrics(member, model_id) == [("rmse", 1.0, 0, "n" * 500, "d" * 36)]


def test_viewer_reads_and_does_not_write(member: Caller, viewer: Caller) -> None:
    run_id, model_id = member.new_run(), new_model(member)
    assert model(viewer, model_id)["info"]["model_id"] == model_id
    assert len(viewer.post("logged-models/search", experiment_ids=["0"]).body["models"]) == 1
    for reply in (
        viewer.post("logged-models", experiment_id="0"),
        patch(viewer, f"logged-models/{model_id}", model_id=model_id, status=READY),
        viewer.send("DELETE", f"logged-models/{model_id}"),
        viewer.post(f"logged-models/{model_id}/params", params=[]),
        patch(viewer, f"logged-models/{model_id}/tags", tags=[]),
        viewer.send("DELETE", f"logged-models/{model_id}/tags/t"),
        viewer.post("runs/outputs", run_id=run_id, models=[{"model_id": model_id}]),
        viewer.post("runs/log-model", run_id=run_id, model_json="{}"),
    ):
        assert (reply.status, reply.code) == (403, "PERMISSION_DENIED")


def test_strangers_find_nothing(member: Caller, stranger: Caller) -> None:
    model_id = new_model(member)
    run_id = stranger.new_run()
    for reply in (
        stranger.get(f"logged-models/{model_id}"),
        stranger.send("DELETE", f"logged-models/{model_id}"),
        stranger.post("runs/outputs", run_id=run_id, models=[{"model_id": model_id}]),
        stranger.post("logged-models", experiment_id="0", source_run_id=member.new_run()),
    ):
        assert (reply.status, reply.code) == (404, "RESOURCE_DOES_NOT_EXIST")
    assert "models" not in stranger.post("logged-models/search", experiment_ids=["0"]).body
    log(stranger, run_id, model_id, 1.0)
    assert metrics(member, model_id) == []


def test_machines_log_models(member: Caller, cast: Cast) -> None:
    model_id = new_model(Caller(cast.machine.headers))
    assert model(member, model_id)["info"]["status"] == "LOGGED_MODEL_PENDING"
