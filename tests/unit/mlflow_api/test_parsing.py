"""Requests into structs: the fast road and the lenient one lead to the same place."""

from __future__ import annotations

from typing import Any

import msgspec
import orjson
import pytest
from django.http import HttpRequest
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from apps.common.errors import InvalidInput
from apps.mlflow_api import lenient
from apps.mlflow_api.parsing import RequestSchema, parse
from apps.mlflow_api.schemas.experiments import CREATE_EXPERIMENT, SEARCH_EXPERIMENTS
from apps.mlflow_api.schemas.metrics import GET_HISTORY_BULK_INTERVAL, LOG_METRIC
from apps.mlflow_api.schemas.runs import LOG_BATCH, SEARCH_RUNS, SET_TAG, UPDATE_RUN, LogBatch
from apps.mlflow_api.schemas.workspaces import DELETE_WORKSPACE

SEE_DOCS = " See the API docs for more information about request parameters."
METRIC = {"run_id": "r", "key": "loss", "value": 0.5, "timestamp": 1}


def post(body: Any, *, content_type: str = "application/json") -> HttpRequest:
    content = body if isinstance(body, bytes) else orjson.dumps(body)
    return RequestFactory().post("/", content, content_type=content_type)


def refusal(schema: RequestSchema[Any], request: HttpRequest) -> str:
    with pytest.raises(InvalidInput) as refused:
        parse(schema, request)
    return refused.value.message


def test_well_formed_body_needs_no_lenience(monkeypatch: pytest.MonkeyPatch) -> None:
    """What clients from 2.9 to the newest send takes the fast road; anything else costs ten times more."""
    monkeypatch.delattr(lenient, "convert")
    sent = {**METRIC, "run_uuid": "r", "step": 3, "dataset_name": "d", "dataset_digest": "x", "model_id": "m"}
    assert parse(LOG_METRIC, post(sent)).step == 3
    point = {"key": "m", "value": "NaN", "timestamp": 1, "step": 0, "run_id": "r"}
    pair = {"key": "k", "value": "v"}
    batch = {"run_id": "r", "metrics": [point], "params": [pair], "tags": [pair]}
    assert parse(LOG_BATCH, post(batch)).metrics[0].key == "m"


@given(
    st.builds(
        LogBatch,
        run_id=st.text("0123456789abcdef", min_size=1),
        params=st.just([]),
        tags=st.just([]),
    ),
    st.lists(st.tuples(st.text(min_size=1), st.floats(allow_nan=False), st.integers(-(2**63), 2**63 - 1)), max_size=5),
)
def test_both_roads_agree(batch: LogBatch, rows: list[tuple[str, float, int]]) -> None:
    numbers = [{"key": k, "value": _word(v), "timestamp": t, "step": t} for k, v, t in rows]
    texts = [{"key": k, "value": repr(v), "timestamp": str(t), "step": str(t), "future": 1} for k, v, t in rows]
    if any("\x00" in key for key, *_ in rows):
        return
    fast = parse(LOG_BATCH, post({"run_id": batch.run_id, "metrics": numbers}))
    slow = parse(LOG_BATCH, post({"run_id": batch.run_id, "metrics": texts}))
    assert [(m.key, float(m.value), m.timestamp, m.step) for m in fast.metrics] == [
        (m.key, float(m.value), m.timestamp, m.step) for m in slow.metrics
    ]


def _word(value: float) -> float | str:
    return {float("inf"): "Infinity", float("-inf"): "-Infinity"}.get(value, value)


@pytest.mark.parametrize(
    ("changes", "step", "value"),
    [
        ({"step": "7"}, 7, 0.5),
        ({"step": 7.0}, 7, 0.5),
        ({"step": None}, 0, 0.5),
        ({"value": "2.5"}, 0, 2.5),
        ({"value": True}, 0, 1.0),
        ({"value": 3}, 0, 3.0),
        ({"from_the_future": {"a": [1]}}, 0, 0.5),
    ],
)
def test_lenience(changes: dict[str, Any], step: int, value: float) -> None:
    message = parse(LOG_METRIC, post(METRIC | changes))
    assert (message.step, float(message.value)) == (step, value)


def test_bare_nan_as_python_writes_it() -> None:
    body = b'{"run_id": "r", "key": "m", "value": NaN, "timestamp": 1}'
    value = float(parse(LOG_METRIC, post(body)).value)
    assert value != value


def test_camel_case_of_fields_that_are_not_required() -> None:
    assert parse(LOG_METRIC, post({**METRIC, "modelId": "m"})).model_id == "m"


def test_two_spellings_of_one_field_are_refused() -> None:
    text = refusal(LOG_METRIC, post({**METRIC, "model_id": "a", "modelId": "b"}))
    assert text == "Request specifies both 'model_id' and 'modelId'; provide only one of them."
    metrics = [{**METRIC, "modelId": "a", "model_id": "b"}]
    assert "model_id" in refusal(LOG_BATCH, post({"run_id": "r", "metrics": metrics}))


def test_body_that_is_encoded_twice() -> None:
    assert parse(SET_TAG, post(orjson.dumps({"run_id": "r", "key": "k"}).decode())).key == "k"


def test_old_name_of_the_run() -> None:
    assert parse(SET_TAG, post({"run_uuid": "r", "key": "k"})).run_id == "r"


@pytest.mark.parametrize(("status", "read"), [("FINISHED", "FINISHED"), (4, "FAILED"), ("4", "FAILED"), ("NEW", None)])
def test_enums_by_name_and_number(status: Any, read: str | None) -> None:
    assert parse(UPDATE_RUN, post({"run_id": "r", "status": status})).status == read


@pytest.mark.parametrize("status", [0, 6, [1], {}, 99])
def test_enums_of_no_meaning_are_refused(status: Any) -> None:
    assert "'status'" in refusal(UPDATE_RUN, post({"run_id": "r", "status": status}))


@pytest.mark.parametrize("missing", ["run_id", "key", "value", "timestamp"])
@pytest.mark.parametrize("how", ["left out", "null", "empty"])
def test_missing_values_are_named(missing: str, how: str) -> None:
    body: dict[str, Any] = dict(METRIC)
    body.pop(missing)
    if how != "left out":
        body[missing] = None if how == "null" else ""
    text = refusal(LOG_METRIC, post(body))
    if how == "empty" and missing == "timestamp":
        assert text.startswith("Invalid value")
        return
    assert text == f"Missing value for required parameter '{missing}'.{SEE_DOCS}"


@pytest.mark.parametrize(
    ("value", "shown", "kind"),
    [
        (123, "123", "int"),
        (["a"], '["a"]', "list"),
        ({"b": 1, "a": 2}, '{"a":2,"b":1}', "dict"),
        (True, "true", "bool"),
        (1.5, "1.5", "float"),
    ],
)
def test_wrong_types_are_shown_in_mlflows_words(value: Any, shown: str, kind: str) -> None:
    text = refusal(CREATE_EXPERIMENT, post({"name": value}))
    assert text == f"Invalid value {shown} for parameter 'name' supplied:  Hint: Value was of type '{kind}'.{SEE_DOCS}"


def test_long_values_are_not_echoed_whole() -> None:
    assert len(refusal(CREATE_EXPERIMENT, post({"name": ["x" * 100_000]}))) < 2_000


@pytest.mark.parametrize(
    ("entry", "place"),
    [
        ({"value": 1, "timestamp": 1}, "metrics[0].key"),
        ({"key": "", "value": 1, "timestamp": 1}, "metrics[0].key"),
        ({"key": "m", "timestamp": 1}, "metrics[0].value"),
        ({"key": "m", "value": 1}, "metrics[0].timestamp"),
        ("text", "metrics[0].key"),
    ],
)
def test_missing_values_inside_lists_are_named(entry: Any, place: str) -> None:
    text = refusal(LOG_BATCH, post({"run_id": "r", "metrics": [entry]}))
    assert text == f"Missing value for required parameter '{place}'.{SEE_DOCS}"


@pytest.mark.parametrize("step", [1.5, "x", "1 0", True, 2**63, [1], "1e400"])
def test_numbers_that_are_none_are_refused(step: Any) -> None:
    assert "'step'" in refusal(LOG_METRIC, post({**METRIC, "step": step}))


def test_query_strings() -> None:
    request = RequestFactory().get("/?run_ids=a&run_ids=b&metric_key=m&start_step=1&end_step=5&what=ever")
    message = parse(GET_HISTORY_BULK_INTERVAL, request)
    assert (message.run_ids, message.metric_key, message.start_step, message.end_step) == (["a", "b"], "m", 1, 5)


def test_query_of_a_delete() -> None:
    assert parse(DELETE_WORKSPACE, RequestFactory().delete("/?mode=CASCADE")).mode == "CASCADE"


def test_limits_of_values_hold_on_both_roads() -> None:
    for value in (50_001, "50001"):
        assert "'max_results'" in refusal(SEARCH_RUNS, post({"max_results": value}))
    query = RequestFactory().get("/?run_ids=a&metric_key=m&max_results=2501")
    assert refusal(GET_HISTORY_BULK_INTERVAL, query).startswith("max_results must be between 1 and 2500.")


@pytest.mark.parametrize("view", ["ALL", 3, "3"])
def test_views_of_a_search(view: Any) -> None:
    assert parse(SEARCH_EXPERIMENTS, post({"max_results": 5, "view_type": view})).view_type == "ALL"


@pytest.mark.parametrize(
    "body", [b'{"run_id": "a\\u0000b", "key": "k"}', rb'"{\"run_id\": \"a\\u0000\", \"key\": \"k\"}"']
)
def test_nul_is_refused_wherever_it_hides(body: bytes) -> None:
    assert "U+0000" in refusal(SET_TAG, post(body))


def test_an_escaped_backslash_is_no_nul() -> None:
    assert parse(SET_TAG, post(rb'{"run_id": "r", "key": "k", "value": "\\u0000"}')).value == r"\u0000"


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(st.sampled_from(["run_id", "metrics", "key", "value", "timestamp", "params"]), inner)
        ),
    )
)
def test_no_json_breaks_the_parser(value: Any) -> None:
    """Whatever the body, the answer is a message or a refusal."""
    try:
        message = parse(LOG_BATCH, post(msgspec.json.encode(value)))
    except InvalidInput:
        return
    assert message.run_id


@pytest.mark.parametrize("depth", [500, 900, 990, 5_000, 100_000])
@pytest.mark.parametrize("inner", [b'"\\u0000"', b"1"])
def test_deeply_nested_bodies_are_refused_and_break_nothing(depth: int, inner: bytes) -> None:
    body = b'{"name": ' + b"[" * depth + inner + b"]" * depth + b"}"
    assert refusal(CREATE_EXPERIMENT, post(body))


@pytest.mark.parametrize("text", [rb"\ud800", rb"\udc00", rb"\ud800x", rb"\udc00\ud800", rb"\ud83d"])
def test_halves_of_characters_are_refused(text: bytes) -> None:
    assert refusal(CREATE_EXPERIMENT, post(b'{"name": "a' + text + b'"}'))
    assert refusal(CREATE_EXPERIMENT, post(b'{"name": "a' + text + b'", "new": 1}'))
