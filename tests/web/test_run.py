"""The page of a run and the points of its charts."""

from __future__ import annotations

import json
import math
import struct
from typing import Any

import numpy as np
import pytest

from apps.runs.models import RunStatus
from apps.runs.services import MetricColumns, create_run, log_batch, set_tags, update_run
from tests.budgets import Budget
from tests.factories.cast import Cast
from tests.factories.runs import START_MS, make_run

GIT_COMMIT = "9f8e7d6c5b4a39281706f5e4d3c2b1a098765432"


def decode(content: bytes) -> tuple[dict[str, Any], dict[str, list[np.ndarray[Any, Any]]]]:
    """Header and, by key, step, time and value: as static/js/chart/decode.js does."""
    (length,) = struct.unpack_from("<I", content)
    header = json.loads(content[4 : 4 + length])
    offset, series = 4 + length, {}
    assert offset % 8 == 0
    for one in header["series"]:
        series[one["key"]] = [
            np.frombuffer(content, "<f8", one["count"], offset + n * 8 * one["count"]) for n in range(3)
        ]
        offset += 24 * one["count"]
    assert offset == len(content)
    return header, series


@pytest.mark.parametrize("part", ["", "/live", "/chart-data?key=loss"])
def test_the_team_sees_it_and_strangers_see_nothing(cast: Cast, part: str) -> None:
    run = make_run(cast.owner.access()).pk.hex
    path = f"/acme/vision/runs/{run}{part}"
    assert cast.owner.browser().get(path).status_code == 200
    assert cast.viewer.browser().get(path).status_code == 200
    stranger = cast.stranger.browser()
    assert stranger.get(path).status_code == 404
    assert stranger.get(f"/rival/vision/runs/{run}{part}").status_code == 404
    assert stranger.get(path).content == stranger.get(f"/acme/vision/runs/nothing{part}").content
    assert cast.anonymous.get(path)["Location"].startswith("/accounts/sign-in")


@pytest.mark.parametrize("run_id", ["x", "0" * 32, "../../etc", "A" * 32])
def test_what_is_no_run_is_not_found(cast: Cast, run_id: str) -> None:
    assert cast.owner.browser().get(f"/acme/vision/runs/{run_id}").status_code == 404


def test_everything_that_was_logged_is_there(cast: Cast) -> None:
    access = cast.owner.access()
    run = make_run(access, name="first-try")
    tags = [
        ("mlflow.source.name", "train.py"),
        ("mlflow.source.git.commit", GIT_COMMIT),
        ("mlflow.note.content", "Hm."),
    ]
    set_tags(access, run_id=run.pk, tags=tags)
    child, _ = create_run(
        access, experiment_number=0, name="fold-1", start_time_ms=START_MS, tags=[("mlflow.parentRunId", run.pk.hex)]
    )
    page = cast.viewer.browser().get(f"/acme/vision/runs/{run.pk.hex}").content.decode()
    for text in ("first-try", "alpha", "0.1", "stage", "draft", "taxis", "d1", "train.py", GIT_COMMIT[:10], "Hm."):
        assert text in page, text
    assert f'href="/acme/vision/runs/{child.pk.hex}"' in page
    assert 'data-key="loss"' in page
    nested = cast.viewer.browser().get(f"/acme/vision/runs/{child.pk.hex}").content.decode()
    assert f'href="/acme/vision/runs/{run.pk.hex}"' in nested


def test_a_live_run_asks_again_and_an_ended_one_does_not(cast: Cast) -> None:
    access = cast.owner.access()
    run = make_run(access)
    path = f"/acme/vision/runs/{run.pk.hex}"
    assert 'hx-trigger="every 5s"' in cast.viewer.browser().get(f"{path}/live").content.decode()
    update_run(access, run_id=run.pk, status=RunStatus.FINISHED, end_time_ms=START_MS + 61_000)
    page = cast.viewer.browser().get(f"{path}/live").content.decode()
    assert "hx-trigger" not in page
    assert "1 m 1 s" in page


def test_chart_data_is_exact_when_it_fits(cast: Cast) -> None:
    run = make_run(cast.owner.access(), points=4)
    answer = cast.viewer.browser().get(f"/acme/vision/runs/{run.pk.hex}/chart-data?key=loss&key=absent")
    header, series = decode(answer.content)
    assert header["status"] == "RUNNING"
    step, time, value = series["loss"]
    assert step.tolist() == [0, 1, 2, 3]
    assert time.tolist() == [START_MS + n for n in range(4)]
    assert value.tolist() == [1 / (1 + n) for n in range(4)]
    assert series["absent"][0].size == 0


def log_points(cast: Cast, values: list[float]) -> str:
    access = cast.owner.access()
    run, _ = create_run(access, experiment_number=0, start_time_ms=START_MS)
    for start in range(0, len(values), 1000):
        part = values[start : start + 1000]
        steps = list(range(start, start + len(part)))
        columns = MetricColumns(["loss"] * len(part), steps, [START_MS] * len(part), part)
        log_batch(access, run_id=run.pk, metrics=columns, params=[], tags=[])
    return run.pk.hex


def test_chart_data_is_reduced_and_keeps_every_spike(cast: Cast) -> None:
    values = [0.0] * 5000
    values[1234], values[4321], values[2500] = 9.0, -9.0, math.nan
    run = log_points(cast, values)
    header, series = decode(cast.viewer.browser().get(f"/acme/vision/runs/{run}/chart-data?key=loss&points=50").content)
    value = series["loss"][2]
    assert header["series"][0]["total"] == 5000
    assert len(value) <= 250
    assert (np.nanmax(value), np.nanmin(value), np.isnan(value).any()) == (9.0, -9.0, True)


def test_chart_data_of_a_part_is_finer(cast: Cast) -> None:
    run = log_points(cast, [float(n % 7) for n in range(3000)])
    path = f"/acme/vision/runs/{run}/chart-data?key=loss&points=20&from=1000&to=1050"
    header, series = decode(cast.viewer.browser().get(path).content)
    assert header["series"][0]["total"] == 51
    assert series["loss"][0].tolist() == list(range(999, 1052)), "one more on either side"


@pytest.mark.parametrize("query", ["x=space", "points=many", "from=a", "&".join(f"key=k{n}" for n in range(65))])
def test_chart_data_refuses_what_it_does_not_understand(cast: Cast, query: str) -> None:
    run = make_run(cast.owner.access())
    assert cast.viewer.browser().get(f"/acme/vision/runs/{run.pk.hex}/chart-data?{query}").status_code == 400


def test_statements_do_not_grow_with_what_was_logged(cast: Cast, query_budget: Budget) -> None:
    run = make_run(cast.owner.access())
    browser = cast.owner.browser()
    with query_budget("page/run"):
        browser.get(f"/acme/vision/runs/{run.pk.hex}")
    with query_budget("page/chart-data"):
        browser.get(f"/acme/vision/runs/{run.pk.hex}/chart-data?key=loss")
