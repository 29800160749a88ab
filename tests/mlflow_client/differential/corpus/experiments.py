"""Experiments: create, get, update, delete, restore, tags."""

from tests.mlflow_client.differential.case import (
    ABSENT_EXPERIMENT,
    START_MS,
    Case,
    Compare,
    done,
    experiment,
    get,
    post,
    raw,
    run,
)

_GET = get("experiments/get", "read back", ("experiment_id", "${experiment}"))
_HUGE_ID = "9" * 30

CASES = (
    Case(
        "experiment_create",
        (
            post(
                "experiments/create",
                "with tags",
                {
                    "name": "${unique}-a",
                    "tags": [{"key": "k", "value": "v"}, {"key": "team", "value": "ü"}],
                },
                save={"experiment": "experiment_id"},
            ),
            _GET,
            post("experiments/create", "name taken", {"name": "${unique}-a"}),
            post("experiments/create", "no name", {"tags": []}, match_message=True),
            post("experiments/create", "name is null", {"name": None}, match_message=True),
            post("experiments/create", "empty name", {"name": ""}),
            post("experiments/create", "name is a number", {"name": 123}, match_message=True),
            post("experiments/create", "name is a list", {"name": ["a"]}, match_message=True),
            post(
                "experiments/create",
                "name is an object",
                {"name": {"b": 1, "a": 2}},
                match_message=True,
            ),
            post("experiments/create", "name is true", {"name": True}, match_message=True),
            post(
                "experiments/create",
                "name of 500",
                {"name": "${unique}" + "n" * 467},
                compare=Compare.SHAPE,
            ),
            post("experiments/create", "name of 501", {"name": "${unique}" + "n" * 468}),
            post(
                "experiments/create",
                "spaces and slashes",
                {"name": "/Users/me/${unique} x"},
                compare=Compare.SHAPE,
            ),
            post(
                "experiments/create",
                "duplicate tag keys",
                {
                    "name": "${unique}-twice",
                    "tags": [{"key": "k", "value": "1"}, {"key": "k", "value": "2"}],
                },
            ),
            post(
                "experiments/create",
                "tags is an object",
                {"name": "${unique}-b", "tags": {"a": "b"}},
            ),
            post("experiments/create", "tag is text", {"name": "${unique}-c", "tags": ["a"]}),
            post(
                "experiments/create",
                "tag key of 251",
                {"name": "${unique}-d", "tags": [{"key": "k" * 251, "value": "v"}]},
            ),
            post(
                "experiments/create",
                "tag value of 5000",
                {"name": "${unique}-e", "tags": [{"key": "k", "value": "v" * 5000}]},
                compare=Compare.SHAPE,
            ),
            post(
                "experiments/create",
                "tag value of 20001",
                {"name": "${unique}-f", "tags": [{"key": "k", "value": "v" * 20001}]},
            ),
        ),
    ),
    Case(
        "experiment_artifact_location",
        (
            post(
                "experiments/create",
                "runs scheme",
                {"name": "${unique}-a", "artifact_location": "runs:/x/y"},
            ),
            post(
                "experiments/create",
                "fragment",
                {"name": "${unique}-b", "artifact_location": "s3://b/x#y"},
            ),
            post(
                "experiments/create",
                "query",
                {"name": "${unique}-c", "artifact_location": "s3://b/x?y=1"},
            ),
            post(
                "experiments/create",
                "dot dot",
                {"name": "${unique}-d", "artifact_location": "s3://b/../x"},
            ),
            post(
                "experiments/create",
                "2049 characters",
                {"name": "${unique}-e", "artifact_location": "s3://b/" + "x" * 2042},
            ),
            post(
                "experiments/create",
                "is a number",
                {"name": "${unique}-f", "artifact_location": 7},
                match_message=True,
            ),
        ),
    ),
    Case(
        "experiment_get",
        (
            experiment(),
            get("experiments/get", "unknown", ("experiment_id", ABSENT_EXPERIMENT)),
            get("experiments/get", "no id", match_message=True),
            get("experiments/get", "empty id", ("experiment_id", "")),
            get("experiments/get", "word", ("experiment_id", "abc")),
            get("experiments/get", "huge", ("experiment_id", _HUGE_ID)),
            get("experiments/get", "injection", ("experiment_id", "1 OR 1=1")),
            get("experiments/get", "negative", ("experiment_id", "-1")),
            get("experiments/get-by-name", "by name", ("experiment_name", "${unique}-experiment")),
            get("experiments/get-by-name", "unknown name", ("experiment_name", "${unique}-nobody")),
            get("experiments/get-by-name", "no name", match_message=True),
            get("experiments/get", "default", ("experiment_id", "0"), compare=Compare.SHAPE),
        ),
    ),
    Case(
        "experiment_update",
        (
            experiment(),
            experiment("other"),
            post(
                "experiments/update",
                "rename",
                {"experiment_id": "${experiment}", "new_name": "${unique}-renamed"},
            ),
            _GET,
            post("experiments/update", "no new name", {"experiment_id": "${experiment}"}),
            post(
                "experiments/update",
                "name taken",
                {"experiment_id": "${experiment}", "new_name": "${unique}-other"},
            ),
            post(
                "experiments/update",
                "empty name",
                {"experiment_id": "${experiment}", "new_name": ""},
            ),
            post(
                "experiments/update",
                "name of 501",
                {"experiment_id": "${experiment}", "new_name": "n" * 501},
            ),
            post(
                "experiments/update",
                "number",
                {"experiment_id": "${experiment}", "new_name": 5},
                match_message=True,
            ),
            post(
                "experiments/update",
                "unknown",
                {"experiment_id": ABSENT_EXPERIMENT, "new_name": "${unique}-x"},
            ),
            post("experiments/update", "no id", {"new_name": "${unique}-x"}, match_message=True),
        ),
    ),
    Case(
        "experiment_delete_and_restore",
        (
            experiment(),
            run(),
            done(
                "runs/create",
                {"experiment_id": "${experiment}", "run_name": "was deleted before"},
                other="run.info.run_id",
            ),
            done("runs/delete", {"run_id": "${other}"}),
            post("experiments/delete", "delete", {"experiment_id": "${experiment}"}),
            _GET,
            get("experiments/get-by-name", "by name", ("experiment_name", "${unique}-experiment")),
            get("runs/get", "its run", ("run_id", "${run}")),
            post("experiments/delete", "again", {"experiment_id": "${experiment}"}),
            post("experiments/create", "name of a deleted one", {"name": "${unique}-experiment"}),
            post(
                "experiments/update",
                "rename deleted",
                {"experiment_id": "${experiment}", "new_name": "${unique}-new"},
            ),
            post(
                "experiments/set-experiment-tag",
                "tag deleted",
                {"experiment_id": "${experiment}", "key": "a", "value": "b"},
            ),
            post(
                "runs/create",
                "run in deleted",
                {"experiment_id": "${experiment}", "start_time": START_MS},
            ),
            post(
                "runs/log-metric",
                "metric in deleted",
                {"run_id": "${run}", "key": "m", "value": 1, "timestamp": 1},
            ),
            post(
                "runs/log-parameter",
                "param in deleted",
                {"run_id": "${run}", "key": "p", "value": "1"},
            ),
            post("runs/set-tag", "run tag in deleted", {"run_id": "${run}", "key": "p", "value": "1"}),
            post("runs/update", "update in deleted", {"run_id": "${run}", "status": "FINISHED"}),
            post(
                "runs/search",
                "runs of deleted",
                {"experiment_ids": ["${experiment}"], "max_results": 10},
            ),
            post("experiments/restore", "restore", {"experiment_id": "${experiment}"}),
            post("experiments/restore", "restore again", {"experiment_id": "${experiment}"}),
            get("runs/get", "its run restored", ("run_id", "${run}")),
            get("runs/get", "run deleted before", ("run_id", "${other}")),
            post("experiments/delete", "unknown", {"experiment_id": ABSENT_EXPERIMENT}),
            post("experiments/delete", "no id", {}, match_message=True),
            post("experiments/restore", "restore unknown", {"experiment_id": ABSENT_EXPERIMENT}),
        ),
    ),
    Case(
        "experiment_tags",
        (
            experiment(),
            post(
                "experiments/set-experiment-tag",
                "set",
                {"experiment_id": "${experiment}", "key": "a", "value": "1"},
            ),
            post(
                "experiments/set-experiment-tag",
                "overwrite",
                {"experiment_id": "${experiment}", "key": "a", "value": "2"},
            ),
            post(
                "experiments/set-experiment-tag",
                "empty value",
                {"experiment_id": "${experiment}", "key": "e", "value": ""},
            ),
            post(
                "experiments/set-experiment-tag",
                "no value",
                {"experiment_id": "${experiment}", "key": "n"},
            ),
            post(
                "experiments/set-experiment-tag",
                "no key",
                {"experiment_id": "${experiment}", "value": "v"},
                match_message=True,
            ),
            post(
                "experiments/set-experiment-tag",
                "key is a number",
                {"experiment_id": "${experiment}", "key": 5, "value": "v"},
                match_message=True,
            ),
            post(
                "experiments/set-experiment-tag",
                "value is a number",
                {"experiment_id": "${experiment}", "key": "v", "value": 5},
                match_message=True,
            ),
            post(
                "experiments/set-experiment-tag",
                "bad key",
                {"experiment_id": "${experiment}", "key": "a$b", "value": "v"},
            ),
            post(
                "experiments/set-experiment-tag",
                "key of 251",
                {"experiment_id": "${experiment}", "key": "k" * 251, "value": "v"},
            ),
            post(
                "experiments/set-experiment-tag",
                "value of 20001",
                {"experiment_id": "${experiment}", "key": "long", "value": "v" * 20001},
            ),
            post(
                "experiments/set-experiment-tag",
                "unknown experiment",
                {"experiment_id": ABSENT_EXPERIMENT, "key": "a", "value": "v"},
            ),
            post(
                "experiments/delete-experiment-tag",
                "delete",
                {"experiment_id": "${experiment}", "key": "a"},
            ),
            post(
                "experiments/delete-experiment-tag",
                "delete absent",
                {"experiment_id": "${experiment}", "key": "nope"},
            ),
            post(
                "experiments/delete-experiment-tag",
                "delete without key",
                {"experiment_id": "${experiment}"},
                match_message=True,
            ),
            _GET,
        ),
    ),
    Case(
        "experiment_search",
        (
            experiment("a", tags=[{"key": "colour", "value": "red"}]),
            experiment("b", tags=[{"key": "colour", "value": "blue"}]),
            experiment("c"),
            done("experiments/delete", {"experiment_id": "${c}"}),
            post(
                "experiments/search",
                "by name",
                {"max_results": 10, "filter": "name LIKE '${unique}%'", "order_by": ["name"]},
            ),
            post(
                "experiments/search",
                "descending",
                {
                    "max_results": 10,
                    "filter": "attribute.name LIKE '${unique}%'",
                    "order_by": ["name DESC"],
                },
            ),
            post(
                "experiments/search",
                "ILIKE",
                {"max_results": 10, "filter": "name ILIKE '${unique}-A'"},
            ),
            post(
                "experiments/search",
                "by tag",
                {"max_results": 10, "filter": "tags.colour = 'red' AND name LIKE '${unique}%'"},
            ),
            post(
                "experiments/search",
                "tag differs",
                {"max_results": 10, "filter": "tags.colour != 'red' AND name LIKE '${unique}%'"},
            ),
            post(
                "experiments/search",
                "deleted only",
                {
                    "max_results": 10,
                    "filter": "name LIKE '${unique}%'",
                    "view_type": "DELETED_ONLY",
                },
            ),
            post(
                "experiments/search",
                "all",
                {
                    "max_results": 10,
                    "filter": "name LIKE '${unique}%'",
                    "view_type": "ALL",
                    "order_by": ["name"],
                },
            ),
            post(
                "experiments/search",
                "by id order",
                {
                    "max_results": 10,
                    "filter": "name LIKE '${unique}%'",
                    "order_by": ["experiment_id ASC"],
                },
            ),
            post(
                "experiments/search",
                "creation time",
                {
                    "max_results": 10,
                    "filter": "name LIKE '${unique}%' AND creation_time > 5",
                    "order_by": ["creation_time ASC", "name ASC"],
                },
                compare=Compare.SHAPE,
            ),
            get(
                "experiments/search",
                "as GET",
                ("max_results", "10"),
                ("filter", "name = '${unique}-a'"),
            ),
            post(
                "experiments/search",
                "first page",
                {"max_results": 1, "filter": "name LIKE '${unique}%'", "order_by": ["name"]},
                save={"token": "next_page_token"},
            ),
            post(
                "experiments/search",
                "second page",
                {
                    "max_results": 1,
                    "filter": "name LIKE '${unique}%'",
                    "order_by": ["name"],
                    "page_token": "${token}",
                },
            ),
            post(
                "experiments/search",
                "bad token",
                {"max_results": 1, "filter": "name LIKE '${unique}%'", "page_token": "not a token"},
            ),
            post("experiments/search", "no max_results", {"filter": "name LIKE '${unique}%'"}),
            post("experiments/search", "max_results 0", {"max_results": 0}),
            post("experiments/search", "max_results negative", {"max_results": -1}),
            post("experiments/search", "max_results 50001", {"max_results": 50001}),
            post("experiments/search", "max_results text", {"max_results": "abc"}, match_message=True),
            post(
                "experiments/search",
                "unknown attribute",
                {"max_results": 5, "filter": "colour = 'red'"},
            ),
            post("experiments/search", "unquoted value", {"max_results": 5, "filter": "name = abc"}),
            post("experiments/search", "bad comparator", {"max_results": 5, "filter": "name > 'abc'"}),
            post("experiments/search", "OR", {"max_results": 5, "filter": "name = 'a' OR name = 'b'"}),
            post("experiments/search", "bad order", {"max_results": 5, "order_by": ["colour"]}),
            post(
                "experiments/search",
                "bad direction",
                {"max_results": 5, "order_by": ["name SIDEWAYS"]},
            ),
            post("experiments/search", "order_by is text", {"max_results": 5, "order_by": "name"}),
            raw(
                "experiments/search",
                "bad view type",
                b'{"max_results": 5, "view_type": "SOME", "filter": "name LIKE \'${unique}-a\'"}',
            ),
        ),
    ),
)
