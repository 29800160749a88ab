"""What a filter and an ordering of runs may name: MLflow's columns, under all of MLflow's spellings."""

from __future__ import annotations

from apps.common.filters.tree import Entity
from apps.common.filters.vocabulary import Attribute, Kind, Vocabulary

RUN_ID = Attribute("run_id", Kind.TEXT)
RUN_NAME = Attribute("run_name", Kind.TEXT)
START_TIME = Attribute("start_time", Kind.NUMBER)
END_TIME = Attribute("end_time", Kind.NUMBER)

RUNS = Vocabulary(
    attributes={
        "run_id": RUN_ID,
        "run_name": RUN_NAME,
        "run name": RUN_NAME,
        "Run name": RUN_NAME,
        "Run Name": RUN_NAME,
        "status": Attribute("status", Kind.TEXT),
        "user_id": Attribute("user_id", Kind.TEXT),
        "artifact_uri": Attribute("artifact_uri", Kind.TEXT),
        "start_time": START_TIME,
        "created": START_TIME,
        "Created": START_TIME,
        "end_time": END_TIME,
    },
    keyed={Entity.METRIC: Kind.NUMBER, Entity.PARAM: Kind.TEXT, Entity.TAG: Kind.TEXT},
    dataset_fields={
        "name": Attribute("name", Kind.TEXT),
        "digest": Attribute("digest", Kind.TEXT),
        "context": Attribute("context", Kind.TEXT),
    },
)
