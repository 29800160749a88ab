"""runs/search: pages, order, views, and wrong requests."""

from typing import Any

from tests.mlflow_client.differential.case import (
    ABSENT_EXPERIMENT,
    START_MS,
    Call,
    Case,
    Compare,
    done,
    experiment,
    post,
    raw,
)


def seeded(count: int = 4) -> tuple[Call, ...]:
    """Return set-up calls for runs whose metrics, params and tags differ.

    Run `i` starts at `START_MS + i`, has `loss` = count - i (the last has NaN), `acc` on even runs
    alone, params `lr` and `model`, tag `colour`; odd runs are FINISHED.
    """
    calls: list[Call] = [experiment()]
    for i in range(count):
        name = f"run{i}"
        calls.append(
            done(
                "runs/create",
                {
                    "experiment_id": "${experiment}",
                    "start_time": START_MS + i,
                    "run_name": name,
                    "tags": [{"key": "colour", "value": ("red", "blue")[i % 2]}],
                },
                **{name: "run.info.run_id"},
            )
        )
        loss: Any = "NaN" if i == count - 1 else count - i
        metrics = [{"key": "loss", "value": loss, "timestamp": 1, "step": 0}]
        if i % 2 == 0:
            metrics.append({"key": "acc", "value": i / 10, "timestamp": 1, "step": 0})
        params = [
            {"key": "lr", "value": f"0.{i}"},
            {"key": "model", "value": ("Lasso", "ridge")[i % 2]},
        ]
        calls.append(done("runs/log-batch", {"run_id": f"${{{name}}}", "metrics": metrics, "params": params}))
        if i % 2:
            calls.append(
                done(
                    "runs/update",
                    {
                        "run_id": f"${{{name}}}",
                        "status": "FINISHED",
                        "end_time": START_MS + 100 + i,
                    },
                )
            )
    return tuple(calls)


def search(
    label: str,
    *,
    save: dict[str, str] | None = None,
    match_message: bool = False,
    compare: Compare = Compare.NAMES,
    **fields: Any,
) -> Call:
    """Return a compared search of `${experiment}`."""
    body = {"experiment_ids": ["${experiment}"], "max_results": 100, **fields}
    return post("runs/search", label, body, save=save or {}, match_message=match_message, compare=compare)


CASES = (
    Case(
        "search_order",
        (
            *seeded(),
            search("default", compare=Compare.VALUE),
            *(
                search(f"by {order}", order_by=[order])
                for order in (
                    "metrics.loss ASC",
                    "metrics.loss DESC",
                    "metrics.loss",
                    "metrics.acc DESC",
                    "metric.acc ASC",
                    "metrics.`loss`",
                    "params.lr DESC",
                    "params.model",
                    "parameters.lr",
                    "tags.colour ASC",
                    "attributes.start_time ASC",
                    "start_time",
                    "attribute.end_time DESC",
                    "run_name DESC",
                    "attributes.status",
                    "status DESC",
                    "`start_time` desc",
                    "metrics.absent",
                    "tag.absent DESC",
                    "Created DESC",
                )
            ),
            search("by artifact_uri", order_by=["attributes.artifact_uri"], compare=Compare.STATUS),
            search("by two", order_by=["params.model ASC", "metrics.loss DESC"]),
            *(
                search(f"refused: {order}", order_by=[order])
                for order in (
                    "loss",
                    "metrics.loss SIDEWAYS",
                    "metrics.loss ASC DESC",
                    "attributes.nothing",
                    "what.ever ASC",
                    "",
                    "metrics.",
                    "metrics.'loss'",
                    "metrics.loss; DROP TABLE runs",
                    "metrics.a b",
                    "1",
                )
            ),
            search("order_by is text", order_by="start_time"),
            search("order_by of numbers", order_by=[1], match_message=True),
        ),
    ),
    Case(
        "search_pages",
        (
            *seeded(),
            search(
                "first",
                max_results=3,
                compare=Compare.VALUE,
                order_by=["start_time ASC"],
                save={"token": "next_page_token"},
            ),
            search("second", max_results=3, order_by=["start_time ASC"], page_token="${token}"),
            search("exactly all", max_results=4),
            search("bad token", page_token="nonsense"),
            search("empty token", page_token=""),
            search("token is a number", page_token=5),
            search("max_results 0", max_results=0),
            search("max_results negative", max_results=-1),
            search("max_results 50000", max_results=50000),
            search("max_results 50001", max_results=50001),
            search("max_results a word", max_results="many", match_message=True),
            search("max_results a fraction", max_results=1.5),
            search("max_results a list", max_results=[1], match_message=True),
            post("runs/search", "no max_results", {"experiment_ids": ["${experiment}"]}),
        ),
    ),
    Case(
        "search_where",
        (
            *seeded(2),
            done("runs/delete", {"run_id": "${run0}"}),
            search("active", run_view_type="ACTIVE_ONLY"),
            search("deleted", run_view_type="DELETED_ONLY"),
            search("all", run_view_type="ALL"),
            search("unknown view", run_view_type="SOME"),
            search("view as a number", run_view_type=1),
            post("runs/search", "no experiments", {"max_results": 5}),
            post("runs/search", "empty experiments", {"experiment_ids": [], "max_results": 5}),
            post(
                "runs/search",
                "unknown experiment",
                {"experiment_ids": [ABSENT_EXPERIMENT], "max_results": 5},
            ),
            post("runs/search", "word", {"experiment_ids": ["abc"], "max_results": 5}),
            post(
                "runs/search",
                "same twice",
                {"experiment_ids": ["${experiment}", "${experiment}"], "max_results": 5},
            ),
            post(
                "runs/search",
                "known and unknown",
                {"experiment_ids": ["${experiment}", ABSENT_EXPERIMENT], "max_results": 5},
            ),
            post(
                "runs/search",
                "text for the list",
                {"experiment_ids": "${experiment}", "max_results": 5},
            ),
            raw("runs/search", "empty body object", b"{}"),
        ),
    ),
)
