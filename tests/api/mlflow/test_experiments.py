"""mlflow/experiments: life cycle, names, tags, search."""

from __future__ import annotations

import pytest

from tests.api.mlflow.caller import Caller


def test_every_project_has_the_default_experiment(member: Caller, stranger: Caller) -> None:
    for caller in (member, stranger):
        experiment = caller.get("experiments/get", experiment_id="0").body["experiment"]
        assert (experiment["name"], experiment["artifact_location"]) == ("Default", "mlflow-artifacts:/0")


def test_numbers_count_per_project(member: Caller, stranger: Caller) -> None:
    assert [member.new_experiment("a"), member.new_experiment("b"), stranger.new_experiment("a")] == ["1", "2", "1"]


def test_create_keeps_name_and_tags(member: Caller) -> None:
    number = member.new_experiment("trees", tags=[{"key": "k", "value": "v"}])
    experiment = member.get("experiments/get", experiment_id=number).body["experiment"]
    assert experiment["name"] == "trees"
    assert experiment["tags"] == [{"key": "k", "value": "v"}]
    assert experiment["creation_time"] == experiment["last_update_time"]
    assert experiment["workspace"] == "vision"


def test_create_of_a_taken_name_is_refused_with_the_code_that_clients_go_by(member: Caller) -> None:
    member.new_experiment("trees")
    reply = member.post("experiments/create", name="trees")
    assert (reply.status, reply.code) == (400, "RESOURCE_ALREADY_EXISTS")


def test_names_of_deleted_experiments_stay_taken(member: Caller) -> None:
    member.post("experiments/delete", experiment_id=member.new_experiment("trees"))
    assert member.post("experiments/create", name="trees").code == "RESOURCE_ALREADY_EXISTS"


def test_refused_create_burns_no_number(member: Caller) -> None:
    member.new_experiment("a")
    member.post("experiments/create", name="a")
    assert member.new_experiment("b") == "2"


def test_get_by_name_finds_deleted_ones_too(member: Caller) -> None:
    member.post("experiments/delete", experiment_id=member.new_experiment("trees"))
    found = member.get("experiments/get-by-name", experiment_name="trees").body["experiment"]
    assert found["lifecycle_stage"] == "deleted"


@pytest.mark.parametrize("number", ["77", "-1", "9" * 30])
def test_absent_numbers_are_not_found(member: Caller, number: str) -> None:
    reply = member.get("experiments/get", experiment_id=number)
    assert (reply.status, reply.code) == (404, "RESOURCE_DOES_NOT_EXIST")


def test_numbers_that_are_none_are_refused(member: Caller) -> None:
    reply = member.get("experiments/get", experiment_id="abc")
    assert reply.status == 400
    assert reply.message == "Invalid experiment ID 'abc'. Experiment ID must be a valid integer."


def test_rename(member: Caller) -> None:
    number = member.new_experiment("trees")
    assert member.post("experiments/update", experiment_id=number, new_name="forests").body == {}
    assert member.get("experiments/get", experiment_id=number).body["experiment"]["name"] == "forests"


def test_rename_to_a_taken_name_is_refused(member: Caller) -> None:
    number = member.new_experiment("trees")
    reply = member.post("experiments/update", experiment_id=number, new_name="Default")
    assert (reply.status, reply.code) == (400, "RESOURCE_ALREADY_EXISTS")
    assert member.get("experiments/get", experiment_id=number).body["experiment"]["name"] == "trees"


def test_deleting_and_restoring_takes_the_runs_along(member: Caller) -> None:
    number = member.new_experiment()
    run_id = member.new_run(number)
    assert member.post("experiments/delete", experiment_id=number).status == 200
    assert member.run(run_id)["info"]["lifecycle_stage"] == "deleted"
    assert member.post("runs/set-tag", run_id=run_id, key="k", value="v").status == 400
    assert member.post("runs/create", experiment_id=number, start_time=1).status == 400
    assert member.post("experiments/delete", experiment_id=number).status == 404
    assert member.post("experiments/restore", experiment_id=number).status == 200
    assert member.run(run_id)["info"]["lifecycle_stage"] == "active"
    assert member.post("experiments/restore", experiment_id=number).status == 404


def test_tags_are_set_replaced_and_removed(member: Caller) -> None:
    number = member.new_experiment()
    for value in ("a", "b"):
        assert member.post("experiments/set-experiment-tag", experiment_id=number, key="k", value=value).status == 200
    assert member.get("experiments/get", experiment_id=number).body["experiment"]["tags"] == [
        {"key": "k", "value": "b"}
    ]
    assert member.post("experiments/delete-experiment-tag", experiment_id=number, key="k").status == 200
    assert "tags" not in member.get("experiments/get", experiment_id=number).body["experiment"]
    assert member.post("experiments/delete-experiment-tag", experiment_id=number, key="k").status == 404


def test_search_pages(member: Caller) -> None:
    for name in "abc":
        member.new_experiment(name)
    first = member.post("experiments/search", max_results=2, order_by=["name ASC"]).body
    assert [each["name"] for each in first["experiments"]] == ["Default", "a"]
    rest = member.post(
        "experiments/search", max_results=9, order_by=["name ASC"], page_token=first["next_page_token"]
    ).body
    assert [each["name"] for each in rest["experiments"]] == ["b", "c"]
    assert "next_page_token" not in rest


def test_search_token_of_another_project_is_refused(member: Caller, stranger: Caller) -> None:
    for caller in (member, stranger):
        caller.new_experiment("a")
    token = member.post("experiments/search", max_results=1).body["next_page_token"]
    reply = stranger.post("experiments/search", max_results=1, page_token=token)
    assert (reply.status, reply.code) == (400, "INVALID_PARAMETER_VALUE")


@pytest.mark.parametrize("max_results", [0, -1, 50_001])
def test_search_needs_a_page_size(member: Caller, max_results: int) -> None:
    assert member.post("experiments/search", max_results=max_results).status == 400


def test_viewer_reads_and_does_not_write(member: Caller, viewer: Caller) -> None:
    number = member.new_experiment()
    assert viewer.get("experiments/get", experiment_id=number).status == 200
    for path, fields in (
        ("experiments/create", {"name": "x"}),
        ("experiments/update", {"experiment_id": number, "new_name": "x"}),
        ("experiments/delete", {"experiment_id": number}),
        ("experiments/set-experiment-tag", {"experiment_id": number, "key": "k", "value": "v"}),
    ):
        reply = viewer.post(path, **fields)
        assert (reply.status, reply.code) == (403, "PERMISSION_DENIED"), path
