"""mlflow/runs: life cycle, names, params, tags."""

from __future__ import annotations

import re

import pytest

from tests.api.mlflow.caller import START_MS, Caller


def test_create_answers_with_the_whole_run(member: Caller) -> None:
    number = member.new_experiment()
    run = member.post(
        "runs/create",
        experiment_id=number,
        start_time=START_MS,
        run_name="first",
        user_id="bob",
        tags=[{"key": "mlflow.source.git.commit", "value": "abc"}],
    ).body["run"]
    run_id = run["info"]["run_id"]
    assert re.fullmatch("[0-9a-f]{32}", run_id)
    assert run["info"] == {
        "run_id": run_id,
        "run_uuid": run_id,
        "run_name": "first",
        "experiment_id": number,
        "user_id": "bob",
        "status": "RUNNING",
        "start_time": START_MS,
        "artifact_uri": f"mlflow-artifacts:/{number}/{run_id}/artifacts",
        "lifecycle_stage": "active",
    }
    assert run["data"]["tags"] == [
        {"key": "mlflow.source.git.commit", "value": "abc"},
        {"key": "mlflow.runName", "value": "first"},
    ]
    assert member.run(run_id)["info"] == run["info"]


def test_nameless_run_gets_a_name_and_the_tag(member: Caller) -> None:
    run = member.run(member.new_run())
    name = run["info"]["run_name"]
    assert re.fullmatch(r"[a-z]+-[a-z]+-\d{1,3}", name)
    assert run["data"]["tags"] == [{"key": "mlflow.runName", "value": name}]


def test_name_and_other_name_in_the_tag_are_refused(member: Caller) -> None:
    tags = [{"key": "mlflow.runName", "value": "two"}]
    reply = member.post("runs/create", experiment_id="0", start_time=1, run_name="one", tags=tags)
    assert reply.status == 400
    assert "run_name='one', mlflow.runName='two'" in reply.message


def test_renaming_keeps_name_and_tag_in_step(member: Caller) -> None:
    run_id = member.new_run(run_name="a")
    member.post("runs/update", run_id=run_id, run_name="b")
    assert member.data(run_id, "tags")["mlflow.runName"] == "b"
    member.post("runs/set-tag", run_id=run_id, key="mlflow.runName", value="c")
    assert member.run(run_id)["info"]["run_name"] == "c"
    member.post("runs/log-batch", run_id=run_id, tags=[{"key": "mlflow.runName", "value": "d"}])
    assert member.run(run_id)["info"]["run_name"] == "d"


def test_update_changes_what_is_given_alone(member: Caller) -> None:
    run_id = member.new_run(run_name="a")
    info = member.post("runs/update", run_id=run_id, status="FINISHED", end_time=START_MS + 5).body["run_info"]
    assert (info["status"], info["end_time"], info["run_name"]) == ("FINISHED", START_MS + 5, "a")
    info = member.post("runs/update", run_id=run_id, run_name="b").body["run_info"]
    assert (info["status"], info["end_time"], info["run_name"]) == ("FINISHED", START_MS + 5, "b")


def test_deleted_run_refuses_every_write(member: Caller) -> None:
    run_id = member.new_run()
    assert member.post("runs/delete", run_id=run_id).status == 200
    for path, fields in (
        ("runs/update", {"status": "FINISHED"}),
        ("runs/log-metric", {"key": "m", "value": 1, "timestamp": 1}),
        ("runs/log-parameter", {"key": "p", "value": "1"}),
        ("runs/set-tag", {"key": "t", "value": "1"}),
        ("runs/delete-tag", {"key": "mlflow.runName"}),
        ("runs/log-batch", {}),
        ("runs/log-batch", {"metrics": [{"key": "m", "value": 1, "timestamp": 1}]}),
        ("runs/log-inputs", {"datasets": []}),
    ):
        reply = member.post(path, run_id=run_id, **fields)
        assert (reply.status, reply.code) == (400, "INVALID_PARAMETER_VALUE"), path
        assert reply.message.endswith("must be in the 'active' state. Current state is deleted.")
    assert member.post("runs/restore", run_id=run_id).status == 200
    assert member.data(run_id, "tags").keys() == {"mlflow.runName"}


def test_params_are_written_once(member: Caller) -> None:
    run_id = member.new_run()
    for _ in range(2):
        assert member.post("runs/log-parameter", run_id=run_id, key="lr", value="0.1").status == 200
    reply = member.post("runs/log-parameter", run_id=run_id, key="lr", value="0.2")
    assert (reply.status, reply.code) == (400, "INVALID_PARAMETER_VALUE")
    assert reply.message == (
        "Changing param values is not allowed. Param with key='lr' was already logged with value='0.1' "
        f"for run ID='{run_id}'. Attempted logging new value '0.2'."
    )
    assert member.data(run_id, "params") == {"lr": "0.1"}


def test_long_values_are_cut(member: Caller) -> None:
    run_id = member.new_run()
    assert member.post("runs/log-parameter", run_id=run_id, key="p", value="v" * 6_001).status == 200
    assert member.post("runs/log-parameter", run_id=run_id, key="p", value="v" * 6_001).status == 200
    assert member.post("runs/set-tag", run_id=run_id, key="t", value="v" * 8_001).status == 200
    assert len(member.data(run_id, "params")["p"]) == 6_000
    assert len(member.data(run_id, "tags")["t"]) == 8_000


@pytest.mark.parametrize("value", ["", "日本 ü 😀", "a\u0001b\tc\n", "' OR 1=1; --", "%s %(x)s {}"])
def test_values_come_back_as_they_went(member: Caller, value: str) -> None:
    run_id = member.new_run()
    member.post("runs/log-parameter", run_id=run_id, key="p", value=value)
    member.post("runs/set-tag", run_id=run_id, key="t", value=value)
    assert member.data(run_id, "params")["p"] == value
    assert member.data(run_id, "tags")["t"] == value


@pytest.mark.parametrize("path", ["runs/log-parameter", "runs/set-tag"])
@pytest.mark.parametrize("key", ["a$b", "a/../b", "/a", "../a", "a//b", "a\nb", "k" * 251, ".", "a\u0000b"])
def test_keys_that_could_name_no_file_are_refused(member: Caller, path: str, key: str) -> None:
    run_id = member.new_run()
    assert member.post(path, run_id=run_id, key=key, value="v").status == 400
    assert "params" not in member.run(run_id)["data"]


def test_nul_in_a_value_is_refused_on_every_database(member: Caller) -> None:
    run_id = member.new_run()
    assert member.post("runs/log-parameter", run_id=run_id, key="p", value="a\u0000b").status == 400
    assert member.get("experiments/get-by-name", experiment_name="a\u0000b").status == 400


def test_tags_are_removed_once(member: Caller) -> None:
    run_id = member.new_run(tags=[{"key": "t", "value": "1"}])
    assert member.post("runs/delete-tag", run_id=run_id, key="t").status == 200
    assert member.post("runs/delete-tag", run_id=run_id, key="t").status == 404


@pytest.mark.parametrize("run_id", ["0" * 32, "no such run", "../x", "01234567-89ab-cdef-0123-456789abcdef", "A" * 32])
def test_absent_runs_are_not_found(member: Caller, run_id: str) -> None:
    for reply in (
        member.get("runs/get", run_id=run_id),
        member.post("runs/delete", run_id=run_id),
        member.post("runs/update", run_id=run_id, status="FINISHED"),
        member.post("runs/log-metric", run_id=run_id, key="m", value=1, timestamp=1),
    ):
        assert (reply.status, reply.code) == (404, "RESOURCE_DOES_NOT_EXIST")
        assert reply.message == f"Run with id={run_id} not found"


def test_the_old_name_of_run_id_is_understood(member: Caller) -> None:
    run_id = member.new_run()
    assert member.post("runs/set-tag", run_uuid=run_id, key="t", value="1").status == 200
    assert member.get("runs/get", run_uuid=run_id).body["run"]["info"]["run_id"] == run_id


def test_viewer_reads_and_does_not_write(member: Caller, viewer: Caller) -> None:
    run_id = member.new_run()
    assert viewer.run(run_id)["info"]["run_id"] == run_id
    for path, fields in (
        ("runs/create", {"experiment_id": "0", "start_time": 1}),
        ("runs/update", {"run_id": run_id, "status": "FINISHED"}),
        ("runs/delete", {"run_id": run_id}),
        ("runs/log-metric", {"run_id": run_id, "key": "m", "value": 1, "timestamp": 1}),
        ("runs/log-batch", {"run_id": run_id}),
    ):
        assert viewer.post(path, **fields).status == 403, path
