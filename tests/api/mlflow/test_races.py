"""Several clients at once, against a live server with more than one process."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import pytest
import requests

from tests.servers.live import LiveRunfold

T = TypeVar("T")
THREADS = 8
Post = Callable[..., requests.Response]


@pytest.fixture(scope="module")
def uri(live_runfold: LiveRunfold) -> str:
    """A tracking URI of this module's own."""
    team = live_runfold.tracking_uri.rsplit("/", 2)[1]
    project = live_runfold.command("create_project", team, f"r-{uuid.uuid4().hex[:12]}")
    return f"{live_runfold.url}/{team}/{project['slug']}"


@pytest.fixture
def post(uri: str, live_runfold: LiveRunfold) -> Post:
    headers = {"Authorization": f"Bearer {live_runfold.token}"}

    def send(path: str, **fields: Any) -> requests.Response:
        return requests.post(f"{uri}/api/2.0/mlflow/{path}", json=fields, headers=headers, timeout=60)

    return send


@pytest.fixture
def run_id(post: Post) -> str:
    created = post("runs/create", experiment_id="0", start_time=1)
    return str(created.json()["run"]["info"]["run_id"])


def at_once(job: Callable[[int], T]) -> list[T]:
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(job, range(THREADS)))


def data(post: Post, run_id: str) -> Any:
    (run,) = post("runs/search", experiment_ids=["0"], filter=f"run_id = '{run_id}'").json()["runs"]
    return run["data"]


def test_of_those_who_create_an_experiment_at_once_one_succeeds(post: Post) -> None:
    replies = at_once(lambda _: post("experiments/create", name="shared"))
    assert Counter(reply.json().get("error_code") for reply in replies) == {None: 1, "RESOURCE_ALREADY_EXISTS": 7}


def test_experiments_created_at_once_get_numbers_of_their_own(post: Post) -> None:
    numbers = at_once(lambda i: int(post("experiments/create", name=f"e{i}").json()["experiment_id"]))
    assert len(set(numbers)) == THREADS


def test_of_those_who_log_a_param_at_once_one_value_stays(post: Post, run_id: str) -> None:
    replies = at_once(lambda i: post("runs/log-parameter", run_id=run_id, key="lr", value=str(i)))
    winners = [number for number, reply in enumerate(replies) if reply.status_code == 200]
    assert data(post, run_id)["params"] == [{"key": "lr", "value": str(winner)} for winner in winners]
    assert len(winners) == 1


def test_batches_logged_at_once_are_all_there(post: Post, run_id: str) -> None:
    def batch(number: int) -> int:
        entry = [{"key": f"k{number}", "value": "1"}]
        metric = [{"key": f"m{number}", "value": number, "timestamp": 1, "step": number}]
        return post("runs/log-batch", run_id=run_id, metrics=metric, params=entry, tags=entry).status_code

    assert set(at_once(batch)) == {200}
    logged = data(post, run_id)
    assert [len(logged[kind]) for kind in ("metrics", "params", "tags")] == [THREADS, THREADS, THREADS + 1]


@pytest.mark.parametrize("path", ["runs/log-batch", "no-such-route"])
def test_refused_bodies_are_read_so_that_the_answer_arrives(uri: str, live_runfold: LiveRunfold, path: str) -> None:
    """Without a credential, too: an answer before the body is read would reset the connection."""
    address = f"{uri}/api/2.0/mlflow/{path}"
    body = b" " * 3_000_000
    for headers in ({}, {"Authorization": f"Bearer {live_runfold.token}"}):
        for _ in range(5):
            answer = requests.post(address, body, headers=headers | {"Content-Type": "application/json"}, timeout=60)
            assert answer.status_code in {400, 401, 404}


@pytest.fixture
def model_id(post: Post) -> str:
    return str(post("logged-models", experiment_id="0").json()["model"]["info"]["model_id"])


def model(post: Post, model_id: str) -> Any:
    (found,) = post("logged-models/search", experiment_ids=["0"], filter=f"model_id = '{model_id}'").json()["models"]
    return found


def test_of_those_who_log_a_models_param_at_once_one_value_stays(post: Post, model_id: str) -> None:
    replies = at_once(lambda i: post(f"logged-models/{model_id}/params", params=[{"key": "lr", "value": str(i)}]))
    winners = [number for number, reply in enumerate(replies) if reply.status_code == 200]
    assert {reply.status_code for reply in replies} == {200, 400}
    assert model(post, model_id)["data"]["params"] == [{"key": "lr", "value": str(winner)} for winner in winners]


def test_a_model_that_runs_measure_at_once_has_the_last_of_each(post: Post, model_id: str) -> None:
    run_ids = [post("runs/create", experiment_id="0").json()["run"]["info"]["run_id"] for _ in range(THREADS)]

    def measure(number: int) -> set[int]:
        point = {"key": "rmse", "timestamp": 1, "model_id": model_id}
        done = set()
        for step in range(5):
            metric = {**point, "run_id": run_ids[number], "value": number + step / 10, "step": step}
            done.add(post("runs/log-metric", **metric).status_code)
            model(post, model_id)
        return done | {post("runs/outputs", run_id=run_ids[number], models=[{"model_id": model_id}]).status_code}

    assert set().union(*at_once(measure)) == {200}
    found = {each["run_id"]: each["value"] for each in model(post, model_id)["data"]["metrics"]}
    assert found == {run_id: number + 0.4 for number, run_id in enumerate(run_ids)}


@pytest.fixture
def source(post: Post, run_id: str, uri: str, live_runfold: LiveRunfold) -> str:
    """A model of the run; the name to register it under, `taxi-<run id>`, is there."""
    headers = {"Authorization": f"Bearer {live_runfold.token}"}
    address = f"{uri}/api/2.0/mlflow-artifacts/artifacts/0/{run_id}/artifacts/model/MLmodel"
    assert requests.put(address, b"flavors: {}", headers=headers, timeout=60).status_code == 200
    assert post("registered-models/create", name=f"taxi-{run_id}").status_code == 200
    return f"runs:/{run_id}/model"


def test_versions_registered_at_once_get_numbers_of_their_own(post: Post, run_id: str, source: str) -> None:
    replies = at_once(lambda _: post("model-versions/create", name=f"taxi-{run_id}", source=source))
    numbers = sorted(int(reply.json()["model_version"]["version"]) for reply in replies)
    assert numbers == list(range(1, THREADS + 1))


def test_of_those_who_register_a_name_at_once_one_succeeds(post: Post, run_id: str) -> None:
    replies = at_once(lambda _: post("registered-models/create", name=f"new-{run_id}"))
    assert Counter(reply.json().get("error_code") for reply in replies) == {None: 1, "RESOURCE_ALREADY_EXISTS": 7}


def test_an_alias_that_many_set_at_once_points_at_one_version(post: Post, run_id: str, source: str) -> None:
    name = f"taxi-{run_id}"
    for _ in range(THREADS):
        post("model-versions/create", name=name, source=source)

    def point(number: int) -> int:
        return post("registered-models/alias", name=name, alias="best", version=str(number + 1)).status_code

    assert set(at_once(point)) == {200}
    model = post("registered-models/get-latest-versions", name=name).json()["model_versions"]
    assert [version.get("aliases") for version in model] in ([["best"]], [None])


def test_of_those_who_are_moved_to_production_at_once_one_stays_there(post: Post, run_id: str, source: str) -> None:
    name = f"taxi-{run_id}"
    for _ in range(THREADS):
        post("model-versions/create", name=name, source=source)

    def promote(number: int) -> int:
        wanted = {"version": str(number + 1), "stage": "Production", "archive_existing_versions": True}
        return post("model-versions/transition-stage", name=name, **wanted).status_code

    assert set(at_once(promote)) == {200}
    (latest,) = post("registered-models/get-latest-versions", name=name, stages=["Production"]).json()["model_versions"]
    archived = post("registered-models/get-latest-versions", name=name, stages=["Archived"]).json()["model_versions"]
    assert latest["current_stage"] == "Production"
    assert len(archived) == 1
