"""/trash, /retention, /storage and /integrity of a project."""

from __future__ import annotations

import uuid

from apps.experiments.models import Experiment
from apps.projects.tenancy import bound
from apps.runs.models import Run, RunStatus
from apps.runs.services import delete_experiment, delete_run, update_run
from tests.api.native.http import call, data, everything, get, post, refusal
from tests.factories.artifacts import make_artifact
from tests.factories.cast import Cast
from tests.factories.runs import make_experiment, make_run

VISION = "/projects/acme/vision"
RULES = {
    "trash_days": 7,
    "keep_days": 90,
    "keep_best_count": 5,
    "keep_best_metric": "loss",
    "keep_best_direction": "lowest",
}


def trashed(cast: Cast, name: str = "gone") -> Run:
    access = cast.owner.access()
    run = make_run(access, name=name)
    make_artifact(access, run.pk, "model.bin", name.encode())
    delete_run(access, run_id=run.pk)
    return run


def trashed_experiment(cast: Cast, name: str = "abandoned") -> int:
    access = cast.owner.access()
    number = make_experiment(access, name).number
    make_artifact(access, make_run(access, experiment_number=number).pk, "a.bin", b"abc")
    delete_experiment(access, number=number)
    return number


def test_the_trash_lists_runs_and_experiments_with_what_their_end_frees(cast: Cast) -> None:
    run, number = trashed(cast), trashed_experiment(cast)
    experiment, entry = data(get(cast.viewer, f"{VISION}/trash"))["items"]
    assert (experiment["kind"], experiment["id"], experiment["run_count"]) == ("experiment", str(number), 1)
    assert experiment["size"] | {"metric_bytes": 0} == {
        "file_count": 1, "file_bytes": 3, "freed_bytes": 3, "point_count": 3, "metric_bytes": 0,
    }  # fmt: skip
    assert experiment["size"]["metric_bytes"] > 0
    assert (entry["kind"], entry["id"], entry["name"]) == ("run", run.pk.hex, "gone")
    assert entry["days_left"] == 30
    assert entry["size"]["freed_bytes"] == 4


def test_the_trash_comes_in_pages(cast: Cast) -> None:
    for number in range(4):
        trashed(cast, f"r{number}")
        trashed_experiment(cast, f"e{number}")
    whole = data(get(cast.owner, f"{VISION}/trash"))["items"]
    assert [item["name"] for item in whole] == ["e3", "r3", "e2", "r2", "e1", "r1", "e0", "r0"]
    for page_size in (1, 3):
        assert everything(cast.owner, f"{VISION}/trash", page_size=page_size) == whole


def test_what_was_deleted_in_one_moment_comes_in_pages_too(cast: Cast) -> None:
    access = cast.owner.access()
    for number in range(3):
        trashed(cast, f"r{number}")
        trashed_experiment(cast, f"e{number}")
    with bound(access):
        Run.objects.in_project(access).filter(lifecycle="deleted").update(deleted_at_ms=5)
        Experiment.objects.in_project(access).filter(lifecycle="deleted").update(updated_at_ms=5)
    whole = data(get(cast.owner, f"{VISION}/trash"))["items"]
    assert everything(cast.owner, f"{VISION}/trash", page_size=1) == whole
    assert [item["kind"] for item in whole] == ["experiment"] * 3 + ["run"] * 3


def test_restore_takes_all_that_is_named_or_nothing(cast: Cast) -> None:
    run, number = trashed(cast), trashed_experiment(cast)
    path = f"{VISION}/trash/restore"
    unknown = uuid.uuid4().hex
    refused = post(cast.member, path, {"run_ids": [run.pk.hex, unknown], "experiment_ids": [number]})
    assert refusal(refused)[:2] == (404, "run_not_found")
    assert len(data(get(cast.owner, f"{VISION}/trash"))["items"]) == 2
    assert post(cast.member, path, {"run_ids": [run.pk.hex], "experiment_ids": [number]}).status_code == 204
    assert data(get(cast.owner, f"{VISION}/trash"))["items"] == []
    assert data(get(cast.owner, f"/runs/{run.pk.hex}"))["lifecycle"] == "active"
    assert refusal(post(cast.viewer, path, {"run_ids": [run.pk.hex]}))[0] == 403


def test_emptying_is_a_job_of_maintainers(cast: Cast) -> None:
    run = trashed(cast)
    path = f"{VISION}/trash/empty"
    assert refusal(post(cast.member, path, {}))[0] == 403
    assert refusal(post(cast.stranger, path, {}))[0] == 404
    first = data(post(cast.admin, path, {}), 202)
    assert (first["kind"], first["state"]) == ("empty_trash", "queued")
    assert data(get(cast.viewer, f"{VISION}/jobs/{first['job_id']}"))["kind"] == "empty_trash"
    assert data(post(cast.owner, path, {}), 202)["job_id"] == first["job_id"]
    named = data(post(cast.admin, path, {"run_ids": [run.pk.hex]}), 202)
    assert named["job_id"] != first["job_id"]
    assert refusal(post(cast.admin, path, {"run_ids": ["nonsense"]}))[:2] == (400, "invalid_input")
    assert refusal(post(cast.admin, path, {"run_ids": [uuid.uuid4().hex]}))[0] == 404


def test_rules(cast: Cast) -> None:
    path = f"{VISION}/retention"
    assert data(get(cast.viewer, path))["trash_days"] == 30
    assert refusal(call(cast.member, "PUT", path, RULES))[0] == 403
    assert data(call(cast.admin, "PUT", path, RULES)) == RULES
    assert data(get(cast.viewer, path)) == RULES
    assert refusal(call(cast.admin, "PUT", path, RULES | {"keep_days": 0})) == (400, "out_of_range", "keep_days")
    assert refusal(call(cast.admin, "PUT", path, RULES | {"keep_dayz": 1}))[0] == 400


def test_rules_are_previewed(cast: Cast) -> None:
    access = cast.owner.access()
    run = make_run(access)
    update_run(access, run_id=run.pk, status=RunStatus.FINISHED, end_time_ms=1)
    wanted = RULES | {"keep_best_count": None, "keep_best_metric": ""}
    preview = data(post(cast.admin, f"{VISION}/retention/preview", wanted))
    assert (preview["run_count"], preview["kept_count"], preview["size"]["point_count"]) == (1, 0, 3)
    assert data(get(cast.admin, f"{VISION}/retention"))["keep_days"] is None


def test_storage(cast: Cast) -> None:
    access = cast.owner.access()
    make_artifact(access, make_run(access, name="living").pk, "a.bin", b"12345")
    trashed(cast)
    storage = data(get(cast.viewer, f"{VISION}/storage"))
    assert storage["project"] == {"file_count": 2, "file_bytes": 9, "stored_bytes": 9}
    assert storage["team"] == storage["project"]
    assert [(big["name"], big["file_bytes"], big["is_deleted"]) for big in storage["runs"]] == [
        ("living", 5, False),
        ("gone", 4, True),
    ]
    assert storage["trash"]["size"]["freed_bytes"] == 4


def test_integrity_before_the_first_check(cast: Cast) -> None:
    access = cast.owner.access()
    make_artifact(access, make_run(access).pk)
    state = data(get(cast.viewer, f"{VISION}/integrity"))
    assert (state["blob_count"], state["checked_count"], state["checked_at"], state["findings"]) == (1, 0, None, [])
