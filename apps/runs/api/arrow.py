"""Metric points out of an Arrow stream that somebody else wrote."""

from __future__ import annotations

import struct
from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from apps.common.errors import InvalidInput
from apps.runs.metrics.points import Points, Series

ARROW_STREAM = "application/vnd.apache.arrow.stream"
COLUMNS = ("key", "step", "timestamp_ms", "value")

# Slots of tables in Arrow's format/Message.fbs.
_MESSAGE_HEADER = 2
_DICTIONARY_BATCH_DATA = 1
_RECORD_BATCH_COMPRESSION = 3


def points_of_arrow(body: bytes) -> Points:
    """The points of a stream with the columns key (text or dictionary), step, timestamp_ms and value.

    Raises:
        InvalidInput: it is no such stream, it is compressed, or something is missing.
    """
    try:
        _refuse_compression(body)
        with pa.ipc.open_stream(body) as reader:
            _check_schema(reader.schema)
            table = reader.read_all()
        table.validate(full=True)
        return _points(table)
    except (pa.ArrowException, OSError, UnicodeDecodeError, struct.error) as exc:
        raise InvalidInput("malformed_body", f"The body is no Arrow stream of points: {exc}") from exc


def _points(table: pa.Table) -> Points:
    nulls = [name for name in COLUMNS if table[name].null_count]
    if nulls:
        raise InvalidInput("metric_columns", f"The column {nulls[0]} has nulls.", field=nulls[0])
    keys = table["key"].cast(pa.string()).combine_chunks().dictionary_encode()
    return Points(
        tuple(map(Series, keys.dictionary.to_pylist())),
        keys.indices.to_numpy(zero_copy_only=False).astype(np.int32),
        table["step"].cast(pa.int64()).to_numpy(),
        table["timestamp_ms"].cast(pa.int64()).to_numpy(),
        table["value"].cast(pa.float64()).to_numpy(),
    )


def _check_schema(schema: pa.Schema) -> None:
    """Columns that we know, of types whose every row takes bytes: a short stream cannot claim a billion rows."""
    if sorted(schema.names) != sorted(COLUMNS):
        raise InvalidInput(
            "metric_columns", f"The columns must be {', '.join(COLUMNS)}, not {', '.join(schema.names)}."
        )
    key = schema.field("key").type
    text = key.value_type if pa.types.is_dictionary(key) else key
    fits = {
        "key": pa.types.is_string(text) or pa.types.is_large_string(text),
        "step": pa.types.is_integer(schema.field("step").type),
        "timestamp_ms": pa.types.is_integer(schema.field("timestamp_ms").type),
        "value": pa.types.is_floating(schema.field("value").type) or pa.types.is_integer(schema.field("value").type),
    }
    for name, is_fit in fits.items():
        if not is_fit:
            message = f"The column {name} cannot be {schema.field(name).type}."
            raise InvalidInput("metric_columns", message, field=name)


def _refuse_compression(body: bytes) -> None:
    """A few bytes of a compressed buffer may claim, and unpack to, more memory than there is."""
    for message in _messages(body):
        table = _Table.root(message.metadata.to_pybytes()).table(_MESSAGE_HEADER)
        if message.type == "dictionary":
            table = table.table(_DICTIONARY_BATCH_DATA)
        if message.type in {"record batch", "dictionary"} and table.has(_RECORD_BATCH_COMPRESSION):
            raise InvalidInput("compressed_body", "Send the Arrow stream without compression of its buffers.")


def _messages(body: bytes) -> Iterator[pa.Message]:
    """The messages of a stream, each verified to be well formed."""
    reader = pa.ipc.MessageReader.open_stream(body)
    while True:
        try:
            yield reader.read_next_message()
        except StopIteration:
            return


class _Table:
    """A table of a flatbuffer: as much of that format as it takes to ask whether a field is there."""

    def __init__(self, buffer: bytes, position: int) -> None:
        self.buffer = buffer
        self.position = position
        self.vtable = position - self._read("<i", position)

    @classmethod
    def root(cls, buffer: bytes) -> _Table:
        return cls(buffer, struct.unpack_from("<I", buffer)[0])

    def has(self, slot: int) -> bool:
        return self._offset(slot) > 0

    def table(self, slot: int) -> _Table:
        place = self.position + self._offset(slot)
        return _Table(self.buffer, place + self._read("<I", place))

    def _offset(self, slot: int) -> int:
        entry = 4 + 2 * slot
        return self._read("<H", self.vtable + entry) if entry < self._read("<H", self.vtable) else 0

    def _read(self, form: str, place: int) -> int:
        number: int = struct.unpack_from(form, self.buffer, place)[0]
        return number
