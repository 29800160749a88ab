"""Metric points as answers carry them: JSON, msgpack with binary columns, or an Arrow stream."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import msgspec
import numpy as np
import orjson
import pyarrow as pa
from rest_framework.renderers import BaseRenderer

from apps.common.api.json import JSON
from apps.runs.api.arrow import ARROW_STREAM
from apps.runs.api.columns import MSGPACK
from apps.runs.metric_parts import MetricPart
from apps.runs.metrics.points import Points
from apps.runs.metrics.wire import arrow_table, json_values

# An Arrow stream says which columns it has when it has no rows, too.
NOTHING = MetricPart(UUID(int=0), "", 0, Points.empty())
# One metric, or several in a list.
Parts = MetricPart | Sequence[MetricPart]


class JsonMetrics(BaseRenderer):
    """Columns as JSON arrays."""

    media_type = JSON
    format = "json"
    charset = None

    def render(self, data: Parts, *_: Any, **__: Any) -> bytes:
        """The bytes."""
        return orjson.dumps(_tree(data, _json_part), option=orjson.OPT_SERIALIZE_NUMPY)


class MsgpackMetrics(BaseRenderer):
    """Columns as little-endian int64, int64 and float64."""

    media_type = MSGPACK
    format = "msgpack"
    charset = None
    render_style = "binary"

    def render(self, data: Parts, *_: Any, **__: Any) -> bytes:
        """The bytes."""
        return msgspec.msgpack.encode(_tree(data, _msgpack_part))


class ArrowMetrics(BaseRenderer):
    """One table, with the run of each point."""

    media_type = ARROW_STREAM
    format = "arrow"
    charset = None
    render_style = "binary"

    def render(self, data: Parts, *_: Any, **__: Any) -> bytes:
        """The bytes."""
        parts = [data] if isinstance(data, MetricPart) else data or [NOTHING]
        table = pa.concat_tables([_arrow_part(part) for part in parts]).unify_dictionaries().combine_chunks()
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
        return sink.getvalue().to_pybytes()  # type: ignore[no-any-return]


def _tree(data: Parts, part_tree: Callable[[MetricPart], dict[str, Any]]) -> dict[str, Any]:
    return part_tree(data) if isinstance(data, MetricPart) else {"series": [part_tree(part) for part in data]}


def _json_part(part: MetricPart) -> dict[str, Any]:
    points = part.points
    value = points.value if np.isfinite(points.value).all() else json_values(points)
    return _head(part) | {"step": points.step, "timestamp_ms": points.timestamp_ms, "value": value}


def _msgpack_part(part: MetricPart) -> dict[str, Any]:
    points = part.points
    return _head(part) | {
        "step": points.step.astype("<i8", copy=False).tobytes(),
        "timestamp_ms": points.timestamp_ms.astype("<i8", copy=False).tobytes(),
        "value": points.value.astype("<f8", copy=False).tobytes(),
    }


def _arrow_part(part: MetricPart) -> pa.Table:
    table = arrow_table(part.points)
    run_ids = pa.DictionaryArray.from_arrays(pa.array(np.zeros(len(part.points), np.int32)), [part.run_id.hex])
    return table.add_column(0, "run_id", run_ids)


def _head(part: MetricPart) -> dict[str, Any]:
    return {"run_id": part.run_id.hex, "key": part.key, "total_count": part.total_count}
