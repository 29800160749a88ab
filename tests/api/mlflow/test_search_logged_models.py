"""mlflow/logged-models/search: filters, datasets, ordering, pages."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.mlflow.caller import START_MS, Caller, Reply
from tests.api.mlflow.models import log, new_model, patch
from tests.factories.cast import Cast


@pytest.fixture
def models(member: Caller) -> dict[str, str]:
    """Three models, made one after the other, whose metric is the better the older they are; and one without any."""
    run_id, ids = member.new_run(), {}
    for number, name in enumerate(("first", "second", "third")):
        params = [{"key": "depth", "value": str(number)}, {"key": "long", "value": "x" * 2_000 + str(number)}]
        tags = [{"key": "Team", "value": name}]
        ids[name] = new_model(member, name=name, model_type="Tree", source_run_id=run_id, params=params, tags=tags)
        log(member, run_id, ids[name], number / 10, dataset_name="taxi", dataset_digest=f"d{number}")
        log(member, run_id, ids[name], number, step=1, timestamp=START_MS + 1)
    ids["bare"] = new_model(member, name="bare")
    patch(member, f"logged-models/{ids['third']}", model_id=ids["third"], status="LOGGED_MODEL_READY")
    return ids


def search(caller: Caller, **query: Any) -> Reply:
    return caller.post("logged-models/search", **{"experiment_ids": ["0"], **query})


def names(caller: Caller, **query: Any) -> list[str]:
    reply = search(caller, **query)
    assert reply.status == 200, reply
    return [each["info"]["name"] for each in reply.body.get("models", [])]


def test_newest_first_and_whole(member: Caller, models: dict[str, str]) -> None:
    assert names(member) == ["bare", "third", "second", "first"]
    found = search(member).body["models"]
    assert found == [member.get(f"logged-models/{each['info']['model_id']}").body["model"] for each in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name = 'first'", ["first"]),
        ("attributes.name != 'first'", ["bare", "third", "second"]),
        ("name LIKE '%ir%'", ["third", "first"]),
        ("name ILIKE 'FIR%'", ["first"]),
        ("name IN ('first', 'bare')", ["bare", "first"]),
        ("name NOT IN ('first', 'bare')", ["third", "second"]),
        ("model_type = 'Tree' AND name LIKE 's%'", ["second"]),
        ("status = 'LOGGED_MODEL_READY'", ["third"]),
        ("params.depth = '1'", ["second"]),
        ("params.depth IN ('0', '2')", ["third", "first"]),
        (f"params.long = '{'x' * 2_000}1'", ["second"]),
        (f"params.long LIKE '{'x' * 2_000}_'", ["third", "second", "first"]),
        ("params.nothing = 'x'", []),
        ("params.nothing != 'x'", []),
        ("tags.Team = 'third'", ["third"]),
        ("tags.team = 'third'", []),
        ("tags.Team IS NULL", ["bare"]),
        ("tags.`Team` ILIKE 'TH%' AND params.depth = '2'", ["third"]),
        ("metrics.rmse >= 1", ["third", "second"]),
        ("metrics.rmse < 0.05", ["first"]),
        ("metrics.rmse = 0.1", ["second"]),
        # Each comparison by itself, of whatever run and dataset.
        ("metrics.`rmse` > 0.15 AND metrics.rmse < 0.25", ["third", "second"]),
        ("metrics.other > 0", []),
        ("metrics.rmse IS NULL", ["bare"]),
        ("NOT metrics.rmse >= 1", ["bare", "first"]),
        ("name = 'first' OR (params.depth = '1' AND NOT tags.Team = 'x')", ["second", "first"]),
        ("creation_timestamp > 0", ["bare", "third", "second", "first"]),
        ("creation_timestamp_ms < 5", []),
        ("last_updated_timestamp >= 1.5", ["bare", "third", "second", "first"]),
    ],
)
def test_filters(member: Caller, models: dict[str, str], text: str, expected: list[str]) -> None:
    assert names(member, filter=text) == expected


def test_filters_by_ids(member: Caller, models: dict[str, str]) -> None:
    run_id = search(member, filter="name = 'first'").body["models"][0]["info"]["source_run_id"]
    assert names(member, filter=f"source_run_id = '{run_id}'") == ["third", "second", "first"]
    assert names(member, filter="source_run_id = 'nonsense'") == []
    assert names(member, filter="source_run_id != 'nonsense'") == ["third", "second", "first"]
    assert names(member, filter=f"NOT source_run_id = '{run_id}'") == ["bare"]
    assert names(member, filter="source_run_id IS NULL") == ["bare"]
    assert names(member, filter=f"model_id IN ('{models['bare']}', '{models['first']}', 'x')") == ["bare", "first"]
    assert names(member, filter=f"model_id != '{models['bare']}'") == ["third", "second", "first"]


@pytest.mark.parametrize(
    "text",
    [
        "name",
        "name = first",
        "name > 'a'",
        "metrics.rmse = 'a'",
        "params.depth > 1",
        "nothing = 'a'",
        "datasets.name = 'taxi'",
        "metrics.rmse.min < 1 AND",
        "name = 'a'; DROP TABLE logged_models_loggedmodel",
        "model_id LIKE 'm-%'",
        "name = 'a\u0000'",
        "(" * 2_000,
    ],
)
def test_filters_that_are_none_are_refused(member: Caller, models: dict[str, str], text: str) -> None:
    reply = search(member, filter=text)
    assert (reply.status, reply.code) == (400, "INVALID_PARAMETER_VALUE")


def test_datasets_narrow_models_and_metrics(member: Caller, models: dict[str, str]) -> None:
    taxi = {"dataset_name": "taxi"}
    assert names(member, datasets=[taxi]) == ["third", "second", "first"]
    assert names(member, datasets=[{**taxi, "dataset_digest": "d1"}]) == ["second"]
    assert names(member, datasets=[{**taxi, "dataset_digest": "d0"}, {**taxi, "dataset_digest": "d2"}]) == [
        "third",
        "first",
    ]
    assert names(member, datasets=[{"dataset_name": "other"}]) == []
    assert names(member, datasets=[taxi], filter="metrics.rmse >= 1") == []
    assert names(member, datasets=[taxi], filter="metrics.rmse > 0.05") == ["third", "second"]
    reply = search(member, datasets=[{"dataset_digest": "d1"}])
    assert (reply.status, reply.message) == (400, "`dataset_name` in the `datasets` clause must be specified.")


def order(field: str, ascending: bool | None = None, **dataset: str) -> dict[str, Any]:
    return {"field_name": field, **({} if ascending is None else {"ascending": ascending}), **dataset}


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        ([order("name")], ["bare", "first", "second", "third"]),
        ([order("name", False)], ["third", "second", "first", "bare"]),
        ([order("creation_time", True)], ["first", "second", "third", "bare"]),
        ([order("creation_timestamp_ms", True)], ["first", "second", "third", "bare"]),
        ([order("model_type", False), order("name", True)], ["first", "second", "third", "bare"]),
        ([order("metrics.rmse", True)], ["first", "second", "third", "bare"]),
        ([order("metrics.rmse", False)], ["third", "second", "first", "bare"]),
        ([order("metrics.rmse", False, dataset_name="taxi")], ["third", "second", "first", "bare"]),
        ([order("metrics.rmse", True, dataset_name="taxi", dataset_digest="d1")], ["second", "bare", "third", "first"]),
        ([order("metrics.nothing")], ["bare", "third", "second", "first"]),
    ],
)
def test_orders(member: Caller, models: dict[str, str], terms: list[dict[str, Any]], expected: list[str]) -> None:
    assert names(member, order_by=terms) == expected
    assert paged(member, order_by=terms) == expected


def paged(caller: Caller, **query: Any) -> list[str]:
    """The same, one model a page."""
    found, token = [], ""
    while True:
        body = search(caller, **query, max_results=1, page_token=token).body
        found += [each["info"]["name"] for each in body["models"]]
        token = body.get("next_page_token", "")
        if not token:
            return found


def test_order_by_a_metric_is_by_the_latest_of_its_runs_and_datasets(member: Caller) -> None:
    run_id, other = member.new_run(), member.new_run()
    one, two = new_model(member, name="one"), new_model(member, name="two")
    log(member, run_id, one, 9, timestamp=START_MS, dataset_name="taxi")
    log(member, other, one, 1, timestamp=START_MS + 5)
    log(member, run_id, two, 5, timestamp=START_MS)
    assert names(member, order_by=[order("metrics.rmse", True)]) == ["one", "two"]
    log(member, run_id, one, 7, timestamp=START_MS + 9, step=1)
    assert names(member, order_by=[order("metrics.rmse", True)]) == ["two", "one"]


def test_numbers_that_are_none_have_their_place(member: Caller) -> None:
    run_id = member.new_run()
    for name, value in (("nan", "NaN"), ("high", "Infinity"), ("low", "-Infinity"), ("one", 1)):
        log(member, run_id, new_model(member, name=name), value)
    new_model(member, name="bare")
    for ascending, expected in (
        (True, ["low", "one", "high", "nan", "bare"]),
        (False, ["high", "one", "low", "nan", "bare"]),
    ):
        assert names(member, order_by=[order("metrics.rmse", ascending)]) == expected
        assert paged(member, order_by=[order("metrics.rmse", ascending)]) == expected
    assert names(member, filter="metrics.rmse = NaN") == ["nan"]
    assert names(member, filter="metrics.rmse > 0") == ["one", "high"]


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("nothing", "Invalid order by field name: nothing"),
        ("params.depth", "Invalid order by field name: params.depth. Only metrics are supported."),
        ("", "Invalid order by field name: "),
    ],
)
def test_orders_that_are_none_are_refused(member: Caller, field: str, text: str) -> None:
    reply = search(member, order_by=[order(field)])
    assert (reply.status, reply.code, reply.message) == (400, "INVALID_PARAMETER_VALUE", text)


def test_pages_hold_still_while_models_come_and_go(member: Caller, models: dict[str, str]) -> None:
    first = search(member, max_results=2).body
    new_model(member, name="late")
    member.send("DELETE", f"logged-models/{models['third']}")
    second = search(member, max_results=2, page_token=first["next_page_token"]).body
    assert [each["info"]["name"] for each in second["models"]] == ["second", "first"]
    assert "next_page_token" not in second


@pytest.mark.parametrize("max_results", [-1, 50_001])
def test_pages_have_a_size(member: Caller, max_results: int) -> None:
    assert search(member, max_results=max_results).status == 400


def test_fifty_models_are_a_page(member: Caller) -> None:
    for number in range(51):
        new_model(member, name=f"n{number}")
    assert len(search(member).body["models"]) == len(search(member, max_results=0).body["models"]) == 50
    assert "next_page_token" not in search(member, max_results=51).body


def test_tokens_of_another_search_are_refused(member: Caller, models: dict[str, str], cast: Cast) -> None:
    token = search(member, max_results=1).body["next_page_token"]
    other = member.new_experiment()
    machine = Caller(cast.owner.headers, base="/acme/secret")
    for caller, query in (
        (member, {"filter": "name != 'x'"}),
        (member, {"order_by": [order("name")]}),
        (member, {"datasets": [{"dataset_name": "taxi"}]}),
        (member, {"experiment_ids": ["0", other]}),
        (machine, {}),
    ):
        reply = search(caller, **query, page_token=token)
        assert (reply.status, reply.code) == (400, "INVALID_PARAMETER_VALUE"), query
    for nonsense in ("x", token[:-2], token + "A", "bm8="):
        assert search(member, page_token=nonsense).status == 400
    assert len(search(member, page_token=token, max_results=9).body["models"]) == 3


def test_searched_are_the_experiments_named(member: Caller, models: dict[str, str]) -> None:
    other = member.new_experiment()
    new_model(member, other, name="elsewhere")
    assert names(member, experiment_ids=[other]) == ["elsewhere"]
    assert names(member, experiment_ids=[other, "0", other, "999", str(2**70)]) == [
        "elsewhere", "bare", "third", "second", "first",
    ]  # fmt: skip
    assert names(member, experiment_ids=[]) == []
    assert member.post("logged-models/search").status == 400
    assert search(member, experiment_ids=["x"]).status == 400
    assert search(member, experiment_ids=[0]).status == 400


def test_search_lists_what_get_shows_to_whoever_asks(cast: Cast, member: Caller, stranger: Caller) -> None:
    secret = Caller(cast.owner.headers, base="/acme/secret")
    made = [new_model(caller) for caller in (member, stranger, secret) for _ in range(2)]
    for caller in (
        member,
        stranger,
        secret,
        Caller(cast.viewer.headers),
        Caller(cast.machine.headers),
        Caller(cast.member.headers, base="/acme/secret"),
        Caller(cast.stranger.headers),
        Caller(cast.owner.headers, base="/rival/vision"),
    ):
        found = search(caller).body.get("models", [])
        shown = [model_id for model_id in made if caller.get(f"logged-models/{model_id}").status == 200]
        assert {each["info"]["model_id"] for each in found} == set(shown)
