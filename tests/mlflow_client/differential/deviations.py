"""Where Runfold answers otherwise than MLflow on purpose, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

_BAD_VALUE = "INVALID_PARAMETER_VALUE"


@dataclass(frozen=True, slots=True)
class Deviation:
    """What Runfold answers instead, and the reason. The body of a success stands in expected/runfold.json."""

    reason: str
    status: int = 400
    error_code: str | None = _BAD_VALUE


def _each(deviation: Deviation, case: str, *labels: str) -> dict[tuple[str, str], Deviation]:
    return {(case, label): deviation for label in labels}


_NOT_A_500 = Deviation("MLflow answers 500, which clients retry for minutes.")
_NULL_IS_UNSET = Deviation("MLflow answers 500 to null for a list; in protobuf's JSON null is a field left out.", 200)
_ABSENT = Deviation("A number that no experiment can have is as absent as any other.", 404, "RESOURCE_DOES_NOT_EXIST")
_SWALLOWED = Deviation(
    "MLflow stops reading a body at the first value of a wrong type and stores what came before, or zeros; "
    "we refuse the body and store nothing."
)
_AFTER_SWALLOWED = Deviation("What MLflow stored of bodies that we refused is not here.", 200)
_UNCHECKED = Deviation(
    "MLflow stores this through one endpoint and refuses it through the others; we refuse it always."
)
_GRAMMAR = Deviation("MLflow reads past what its grammar cannot parse; we say where the error is.")
_LARGER_LANGUAGE = Deviation("Our filter language has OR, NOT, parentheses, IN, IS NULL and NaN everywhere.", 200)
_DATABASE_TEXT = Deviation("MLflow passes the text of a database error on; we say what is wrong.")

DEVIATIONS: Mapping[tuple[str, str], Deviation] = {
    **_each(
        _NOT_A_500,
        "body_that_is_no_object",
        "list",
        "number",
        "text",
        "batch: list",
        "batch: text",
        "batch: truncated",
    ),
    **_each(_SWALLOWED, "body_that_is_no_object", "search: truncated"),
    **_each(
        Deviation("Ids of experiments are texts in the protocol; MLflow finds nothing for a number."),
        "experiment_id_as_number",
        "list of numbers",
    ),
    **_each(_DATABASE_TEXT, "experiment_create", "duplicate tag keys"),
    **_each(_ABSENT, "experiment_get", "huge"),
    **_each(
        Deviation("The code that creating such an experiment answers.", 400, "RESOURCE_ALREADY_EXISTS"),
        "experiment_update",
        "name taken",
    ),
    **_each(_NOT_A_500, "experiment_delete_and_restore", "rename deleted"),
    **_each(_LARGER_LANGUAGE, "experiment_search", "OR"),
    **_each(_DATABASE_TEXT, "run_create", "duplicate tags"),
    **_each(_UNCHECKED, "run_create", "tag without key", "tag key of 251"),
    **_each(_SWALLOWED, "run_create", "tags is text", "start time over int64"),
    **_each(_ABSENT, "run_create", "huge experiment"),
    **_each(_NOT_A_500, "metric_values", "list"),
    **_each(
        Deviation("MLflow clamps infinities, and stores zeros for NaN in lower case or as a bare word.", 200),
        "metric_values",
        "read back",
    ),
    **_each(
        _SWALLOWED,
        "metric_time_and_step",
        "time is a fraction",
        "step is a fraction",
        "step over int64",
        "step is true",
    ),
    **_each(_AFTER_SWALLOWED, "metric_time_and_step", "read back"),
    **_each(
        Deviation("MLflow's SQL store forgets the dataset that a metric was measured on.", 200),
        "metric_with_dataset",
        "history",
    ),
    **_each(
        Deviation("PostgreSQL cannot hold U+0000 in a text; refused on every database alike."),
        "param_with_nul",
        "NUL in the value",
    ),
    **_each(_NULL_IS_UNSET, "batch_whole", "null lists"),
    **_each(Deviation("MLflow documents this limit and does not enforce it."), "batch_limits", "over a million bytes"),
    **_each(_SWALLOWED, "batch_all_or_nothing", "bad metric value"),
    **_each(_AFTER_SWALLOWED, "batch_all_or_nothing", "read back"),
    **_each(
        _NOT_A_500,
        "batch_wrong_types",
        "metric is text",
        "metric is null",
        "metric is a list",
        "param is text",
        "tag is text",
    ),
    **_each(
        _SWALLOWED,
        "batch_wrong_types",
        "param value is a number",
        "param value is a list",
        "param value is an object",
        "tag value is a number",
        "metric time is a word",
        "metric time is a fraction",
        "metric step is a word",
        "metric step over int64",
    ),
    **_each(_AFTER_SWALLOWED, "batch_wrong_types", "read back"),
    **_each(_SWALLOWED, "history", "max_results a word"),
    **_each(_NOT_A_500, "history_bulk", "max_results a word"),
    **_each(_GRAMMAR, "search_order", "refused: metrics."),
    **_each(_SWALLOWED, "search_pages", "token is a number", "max_results a fraction"),
    **_each(_NOT_A_500, "search_pages", "max_results a list"),
    **_each(
        _LARGER_LANGUAGE,
        "filter_refused",
        "filter: metrics.loss < 1 OR metrics.loss > 2",
        "filter: NOT metrics.loss < 1",
        "filter: (metrics.loss < 1)",
        "filter: metrics.loss IN (1, 2)",
        "filter: params.model IN ('Lasso')",
        "filter: metrics.loss IS NULL",
        "filter: metrics.loss = NaN",
    ),
    **_each(
        _GRAMMAR,
        "filter_refused",
        "filter: metrics.loss < 1 AND",
        "filter: AND metrics.loss < 1",
        "filter: metrics.loss < 1 metrics.acc > 2",
        "filter: metrics. < 1",
    ),
    **_each(_SWALLOWED, "inputs_refused", "no dataset", "dataset is text", "name is a number"),
    **_each(_AFTER_SWALLOWED, "inputs_refused", "read back"),
    **_each(
        Deviation("The source names the run, and it is the project's: that it is said twice proves nothing more.", 200),
        "version_sources",
        "runs scheme without run",
    ),
    **_each(
        Deviation("MLflow registers runs:/ addresses of runs that do not exist; ours have files, which are pinned."),
        "version_sources",
        "of an absent run",
    ),
    **_each(
        Deviation("What is not there is refused as a source in the words in which somebody else's is."),
        "version_sources",
        "version of an absent model",
        "absent version",
    ),
    **_each(_NOT_A_500, "stages", "archive into none", "archive into archived"),
    **_each(
        Deviation("MLflow leaves the aliases of a model's latest versions out; they are there to be shown.", 200),
        "aliases",
        "model",
    ),
    **_each(
        _LARGER_LANGUAGE,
        "model_search",
        "refused: tags.task IN ('a')",
        "refused: name = 'a' OR name = 'b'",
    ),
    **_each(
        _LARGER_LANGUAGE,
        "version_search",
        "refused: source_path IN ('a')",
        "refused: name = 'a' OR name = 'b'",
        "order refused: source_path",
    ),
    **_each(Deviation("Ids are compared as a whole."), "version_search", "refused: run_id LIKE 'a%'"),
    **_each(
        Deviation("MLflow stores a status that it does not know as none."), "logged_model_life", "status of a word"
    ),
    **_each(_AFTER_SWALLOWED, "logged_model_life", "after refusals", "deleted, asked for"),
    **_each(
        Deviation("Every key that can be set can be removed; MLflow's route takes none with a slash.", 200),
        "logged_model_params_and_tags",
        "delete tag with a slash",
        "without tags",
    ),
    **_each(
        Deviation("MLflow lists every point that named the model; we the last of each run, metric and dataset.", 200),
        "logged_model_metrics",
        "a second point",
    ),
    **_each(
        Deviation("MLflow stores edges to models that do not exist.", 404, "RESOURCE_DOES_NOT_EXIST"),
        "logged_model_runs",
        "absent model",
    ),
    **_each(_NOT_A_500, "logged_model_of_old_clients", "a list"),
    **_each(_NOT_A_500, "logged_model_search", "token of nothing"),
    **_each(_LARGER_LANGUAGE, "logged_model_search", "refused: name = 'a' OR name = 'b'"),
    **_each(
        Deviation("A dataset without a digest stands for all of its versions; MLflow's server finds nothing.", 200),
        "logged_model_search",
        "on a dataset",
        "on one of two",
    ),
}
