"""Curves as answers carry them: JSON, msgpack with binary columns, or an Arrow stream."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
import orjson
import pyarrow as pa
from numpy.typing import NDArray
from rest_framework.renderers import BaseRenderer

from apps.common.api.json import JSON
from apps.runs.aggregates.compute import Curves
from apps.runs.aggregates.plan import AggregateRequest
from apps.runs.aggregates.tree import FLOAT_COLUMNS, binary_tree, json_tree
from apps.runs.api.arrow import ARROW_STREAM
from apps.runs.api.columns import MSGPACK


@dataclass(frozen=True, slots=True)
class CurvesAnswer:
    """Curves, what was asked for, and the job that computes them afresh where they are stale."""

    request: AggregateRequest
    curves: Curves
    job_id: str | None


class JsonCurves(BaseRenderer):
    """Columns as JSON arrays."""

    media_type = JSON
    format = "json"
    charset = None

    def render(self, data: CurvesAnswer, *_: Any, **__: Any) -> bytes:
        """The bytes."""
        tree = json_tree(data.request, data.curves, data.curves.groups) | _rest(data)
        return orjson.dumps(tree, option=orjson.OPT_SERIALIZE_NUMPY)


class MsgpackCurves(BaseRenderer):
    """Columns as little-endian int64 and float64."""

    media_type = MSGPACK
    format = "msgpack"
    charset = None
    render_style = "binary"

    def render(self, data: CurvesAnswer, *_: Any, **__: Any) -> bytes:
        """The bytes."""
        return msgspec.msgpack.encode(binary_tree(data.request, data.curves, data.curves.groups) | _rest(data))


class ArrowCurves(BaseRenderer):
    """One table: a row for each group and part of the axis."""

    media_type = ARROW_STREAM
    format = "arrow"
    charset = None
    render_style = "binary"

    def render(self, data: CurvesAnswer, *_: Any, **__: Any) -> bytes:
        """The bytes."""
        found = data.curves
        labels = pa.array([one.group for one in found.groups], pa.string())
        places = pa.array(np.repeat(np.arange(len(found.groups), dtype=np.int32), len(found.step)))
        columns: dict[str, Any] = {
            "group": pa.DictionaryArray.from_arrays(places, labels),
            "step": pa.array(np.tile(found.step, len(found.groups))),
            "count": _joined([one.curve.count for one in found.groups], pa.int64()),
        }
        for name in FLOAT_COLUMNS:
            columns[name] = _joined([getattr(one.curve, name) for one in found.groups], pa.float64())
        table = pa.table(columns)
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
        return sink.getvalue().to_pybytes()  # type: ignore[no-any-return]


def _rest(data: CurvesAnswer) -> dict[str, Any]:
    return {"is_stale": data.job_id is not None, "job_id": data.job_id}


def _joined(columns: list[NDArray[Any]], kind: pa.DataType) -> pa.Array:
    return pa.array(np.concatenate(columns), kind) if columns else pa.array([], kind)
