"""Search of runs over everything that is logged through the services: exact at once, and nobody else's."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import orjson
import pytest

from apps.common.errors import InvalidInput
from apps.experiments.search import ViewType
from apps.experiments.services import create_experiment
from apps.projects.tenancy import bound
from apps.runs import services
from apps.runs.metrics.documents import refresh_documents
from apps.runs.metrics.ingest import log_metrics
from apps.runs.models import Run, RunDocument
from apps.runs.search.query import RunPage, search_runs
from apps.teams.access import Access
from tests.factories.cast import Cast

pytestmark = pytest.mark.django_db(transaction=True)
START_MS = 1_700_000_000_000


def start(access: Access, name: str, *, at_ms: int = START_MS, **tags: str) -> uuid.UUID:
    run, _ = services.create_run(access, experiment_number=0, name=name, start_time_ms=at_ms, tags=list(tags.items()))
    return run.id


def log(access: Access, run_id: uuid.UUID, step: int = 0, **metrics: float) -> None:
    log_metrics(
        access,
        run_id=run_id,
        keys=list(metrics),
        steps=[step] * len(metrics),
        timestamps_ms=[START_MS] * len(metrics),
        values=list(metrics.values()),
    )


def search(access: Access, filter: str = "", *order_by: str, size: int = 100, token: str | None = None) -> RunPage:  # noqa: A002
    return search_runs(
        access, experiment_numbers=[0], filter=filter, order_by=order_by, max_results=size, page_token=token
    )


def names(page: RunPage) -> list[str]:
    return [row.name for row in page.rows]


def data(page: RunPage, name: str) -> dict[str, object]:
    (row,) = [row for row in page.rows if row.name == name]
    return orjson.loads(row.data)  # type: ignore[no-any-return]


def test_the_newest_come_first_and_carry_everything(cast: Cast) -> None:
    access = cast.member.access()
    start(access, "old", at_ms=START_MS)
    new = start(access, "new", at_ms=START_MS + 1, team="a")
    services.log_params(access, run_id=new, params=[("lr", "0.1")])
    log(access, new, loss=0.5)

    page = search(access)

    assert names(page) == ["new", "old"]
    assert page.next_page_token is None
    assert (page.rows[0].id, page.rows[0].experiment_number, page.rows[0].status) == (new, 0, "RUNNING")
    assert data(page, "new") == {
        "metrics": [{"key": "loss", "value": 0.5, "timestamp": START_MS, "step": 0}],
        "params": [{"key": "lr", "value": "0.1"}],
        "tags": [{"key": "mlflow.runName", "value": "new"}, {"key": "team", "value": "a"}],
    }


def test_points_count_from_the_moment_they_are_acknowledged(cast: Cast) -> None:
    access = cast.member.access()
    low, high = start(access, "low"), start(access, "high")
    log(access, low, loss=1.0)
    log(access, high, loss=9.0)
    assert names(search(access, "metrics.loss < 5")) == ["low"]
    assert names(search(access, "", "metrics.loss DESC")) == ["high", "low"]

    log(access, high, step=1, loss=0.5)

    assert names(search(access, "metrics.loss < 5", "metrics.loss")) == ["high", "low"]
    assert names(search(access, "metrics.loss.max > 5")) == ["high"]
    assert names(search(access, "", "metrics.loss.first DESC")) == ["high", "low"]


def test_nan_and_infinities_are_words_in_json(cast: Cast) -> None:
    access = cast.member.access()
    run_id = start(access, "odd")
    log(access, run_id, a=float("nan"), b=float("inf"), c=float("-inf"))
    metrics = data(search(access), "odd")["metrics"]
    assert isinstance(metrics, list)
    assert [metric["value"] for metric in metrics] == ["NaN", "Infinity", "-Infinity"]


def test_a_kept_document_counts_only_while_it_is_current(cast: Cast) -> None:
    access = cast.member.access()
    run_id = start(access, "run")
    log(access, run_id, loss=1.0)
    search(access, "metrics.loss < 5")
    while refresh_documents(access.project.id).run_ids:
        pass
    with bound(access):
        assert RunDocument.objects.in_project(access).update(data='{"kept":true}') == 1
    assert data(search(access), "run") == {"kept": True}

    log(access, run_id, step=1, loss=2.0)
    assert data(search(access), "run")["metrics"] == [{"key": "loss", "value": 2.0, "timestamp": START_MS, "step": 1}]

    services.set_tags(access, run_id=run_id, tags=[("a", "b")])
    assert {"key": "a", "value": "b"} in data(search(access), "run")["tags"]  # type: ignore[operator]


def test_runs_with_data_sets_are_named(cast: Cast) -> None:
    access = cast.member.access()
    start(access, "without")
    run_id = start(access, "with")
    use = services.DatasetUse("wine", "d1", "local", "/wine.csv", tags=[("mlflow.data.context", "training")])
    services.log_inputs(access, run_id=run_id, datasets=[use])
    assert search(access).with_inputs == {run_id}
    assert names(search(access, "dataset.name = 'wine' AND dataset.context IN ('training')")) == ["with"]
    assert names(search(access, "dataset.name IS NULL")) == ["without"]


def test_a_page_token_is_worth_nothing_elsewhere(cast: Cast) -> None:
    access, stranger = cast.member.access(), cast.stranger.access()
    for number in range(3):
        start(access, f"run{number}", at_ms=START_MS + number)
        start(stranger, f"theirs{number}", at_ms=START_MS + number)
    token = search(access, size=2).next_page_token
    assert token is not None
    assert names(search(access, size=2, token=token)) == ["run0"]
    assert names(search(access, " ", size=1, token=token)) == ["run0"]

    attempts: list[Callable[[], RunPage]] = [
        lambda: search(stranger, size=2, token=token),
        lambda: search(access, "params.x = 'y'", size=2, token=token),
        lambda: search(access, "", "start_time ASC", size=2, token=token),
        lambda: search_runs(access, experiment_numbers=[0, 1], max_results=2, page_token=token),
        lambda: search(access, token=token[:-2]),
        lambda: search(access, token="nonsense"),
    ]
    for foreign in attempts:
        with pytest.raises(InvalidInput):
            foreign()


def test_nobody_finds_what_is_not_theirs(cast: Cast) -> None:
    access, stranger = cast.member.access(), cast.stranger.access()
    run_id = start(access, "ours", team="a")
    services.log_params(access, run_id=run_id, params=[("lr", "0.1")])
    log(access, run_id, loss=1.0)
    for text in ("", "tags.team = 'a'", "params.lr = '0.1'", "metrics.loss < 5", f"run_id = '{run_id.hex}'"):
        assert names(search(access, text)) == ["ours"]
        assert search(stranger, text) == RunPage([], None)
    assert search_runs(stranger, experiment_numbers=None).rows == []


def test_deleted_runs_are_shown_on_demand_only(cast: Cast) -> None:
    access = cast.member.access()
    start(access, "kept")
    services.delete_run(access, run_id=start(access, "gone"))
    for view, expected in (
        (ViewType.ACTIVE_ONLY, {"kept"}),
        (ViewType.DELETED_ONLY, {"gone"}),
        (ViewType.ALL, {"kept", "gone"}),
    ):
        page = search_runs(access, experiment_numbers=[0], view_type=view)
        assert set(names(page)) == expected


def test_several_experiments_all_and_none(cast: Cast) -> None:
    access = cast.member.access()
    other = create_experiment(access, name="other")
    start(access, "first", at_ms=START_MS)
    services.create_run(access, experiment_number=other.number, name="second", start_time_ms=START_MS + 1)
    for numbers, expected in (
        ([0], ["first"]),
        ([other.number, 0, 0, 999, -1, 2**70], ["second", "first"]),
        (None, ["second", "first"]),
        ([], []),
        ([999], []),
    ):
        assert names(search_runs(access, experiment_numbers=numbers)) == expected


def test_few_candidates_are_found_among_many(cast: Cast) -> None:
    access = cast.member.access()
    for number in range(4):
        run_id = start(access, f"run{number}", at_ms=START_MS + number, parity=str(number % 2))
        log(access, run_id, loss=float(number))
    assert names(search(access, "tags.parity = '0' AND metrics.loss >= 1", "metrics.loss DESC")) == ["run2"]
    assert names(search(access, "tags.parity = '0' AND tags.none = 'x'", "metrics.loss DESC")) == []


def test_a_filter_that_cannot_be_understood_is_refused(cast: Cast) -> None:
    with pytest.raises(InvalidInput) as refused:
        search(cast.member.access(), "metrics.loss <")
    assert refused.value.field == "filter"


@pytest.mark.parametrize(
    "text",
    [
        "params.x = ''' OR 1=1 --'",
        "params.`x' OR '1'='1` = 'a'",
        "tags.x LIKE '%'' UNION SELECT 1 --'",
        "tags.`%s` = '%s' AND tags.`%(x)s` ILIKE '%(x)s'",
        "run_name = 'a\\'",
        "artifact_uri LIKE '%%%z%%'",
        "start_time > 99999999999999999999999999 OR start_time < -1e300",
        "metrics.x > 1e999",
        " OR ".join(["params.a LIKE '%a%a%a%a%a%a%b'"] * 20),
    ],
)
def test_hostile_texts_are_values_and_nothing_else(cast: Cast, text: str) -> None:
    access = cast.member.access()
    run_id = start(access, "run")
    services.log_params(access, run_id=run_id, params=[("a", "a" * 6_000)])
    assert search(access, text).rows == []
    with bound(access):
        assert Run.objects.in_project(access).count() == 1
