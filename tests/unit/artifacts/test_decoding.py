"""What the decoder makes of images, documents and tables: also of those that are made to break it."""

from __future__ import annotations

import io
import resource
import struct
import zlib
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from apps.artifacts.previews import bounded
from apps.artifacts.previews.bounded import Decoded
from apps.artifacts.previews.kinds import MIB, Kind

# In KiB, as the kernel counts.
MEMORY_OF_THE_REST = 256 * 1024
BOMB_BYTES = 800_000_000


class Served:
    """A file that counts what was asked of it."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.bytes_read = 0

    def read(self, start: int, length: int) -> OnePiece:
        self.bytes_read += length
        return OnePiece(self.content[start : start + length])


class OnePiece:
    """Chunks of an object: one."""

    def __init__(self, content: bytes) -> None:
        self._pieces = iter([content])

    def __iter__(self) -> Iterator[bytes]:
        return self._pieces

    def __next__(self) -> bytes:
        return next(self._pieces)

    def close(self) -> None:
        """Nothing is held."""


def decode(kind: Kind, content: bytes) -> Decoded:
    return bounded.decode(kind, len(content), Served(content).read)


def parquet(table: pa.Table, **options: object) -> bytes:
    out = io.BytesIO()
    pq.write_table(table, out, **options)
    return out.getvalue()


def image(picture: Image.Image, kind: str) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind)
    return out.getvalue()


def png_that_says(width: int, height: int) -> bytes:
    """A few bytes that claim to be an image of that size."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_an_image_has_its_size_and_a_small_thumbnail(kind: str) -> None:
    picture = decode(Kind.IMAGE, image(Image.effect_noise((1600, 900), 60).convert("RGB"), kind)).picture
    assert picture is not None
    assert (picture.width, picture.height) == (1600, 900)
    assert 1000 < len(picture.thumbnail) < 4 / 3 * 64 * 1024 + 4


def test_an_image_of_another_format_is_not_read() -> None:
    assert "cannot be read" in decode(Kind.IMAGE, image(Image.new("RGB", (9, 9)), "TIFF")).refusal
    assert "cannot be read" in decode(Kind.IMAGE, b"GIF89a and nothing").refusal


def test_a_document_has_its_first_page() -> None:
    out = io.BytesIO()
    page = Image.new("RGB", (600, 800), "white")
    page.save(out, "PDF", save_all=True, append_images=[page])
    picture = decode(Kind.PDF, out.getvalue()).picture
    assert picture is not None
    assert picture.page_count == 2
    assert "cannot be read" in decode(Kind.PDF, b"%PDF-1.4 nothing").refusal


def test_a_table_has_its_first_rows_and_columns() -> None:
    columns = {f"c{number}": [f"{number}/{row}" for row in range(300)] for number in range(60)}
    table = decode(Kind.PARQUET, parquet(pa.table(columns))).table
    assert table is not None
    assert (len(table.columns), len(table.rows), table.row_count, table.column_count) == (50, 100, 300, 60)
    assert table.rows[7][49] == "49/7"
    assert table.types == ["string"] * 50


def test_values_of_every_type_are_texts() -> None:
    columns = {"n": [None, 1], "f": [float("nan"), 0.5], "b": [b"abc", b""], "l": [[1, 2], []], "s": ["x" * 500, "<b>"]}
    table = decode(Kind.PARQUET, parquet(pa.table(columns))).table
    assert table is not None
    assert table.rows[0] == ["", "NaN", "3 bytes", "[1, 2]", "x" * 200 + "…"]
    assert table.rows[1] == ["1", "0.5", "0 bytes", "[]", "<b>"]


def test_a_table_without_rows_has_its_columns() -> None:
    table = decode(Kind.PARQUET, parquet(pa.table({"a": pa.array([], pa.int64())}))).table
    assert table is not None
    assert (table.columns, table.rows, table.row_count) == (["a"], [], 0)


def test_of_a_large_table_only_both_ends_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded, "PARQUET_HEAD_BYTES", MIB)
    monkeypatch.setattr(bounded, "PARQUET_TAIL_BYTES", MIB // 2)
    numbers = pa.table({"a": pa.array(range(1_000_000), pa.int64())})
    content = parquet(numbers, row_group_size=50_000, use_dictionary=False, compression="none")
    served = Served(content)
    table = bounded.decode(Kind.PARQUET, len(content), served.read).table
    assert table is not None
    assert (table.rows[99], table.row_count) == (["99"], 1_000_000)
    assert served.bytes_read == MIB + MIB // 2 < len(content) / 4

    one_group = parquet(numbers, row_group_size=1_000_000, use_dictionary=False, compression="none")
    assert "too large to preview" in bounded.decode(Kind.PARQUET, len(one_group), Served(one_group).read).refusal


def test_an_image_that_expands_hugely_is_too_large() -> None:
    assert "too large to preview" in decode(Kind.IMAGE, image(Image.new("1", (40_000, 40_000)), "PNG")).refusal
    for side in (9_000, 60_000, 2**31 - 1):
        assert "too large to preview" in decode(Kind.IMAGE, png_that_says(side, side)).refusal


@pytest.fixture(scope="module")
def table_bomb() -> bytes:
    """800 MB of one letter in some kilobytes."""
    table = pa.table({"a": ["x" * BOMB_BYTES]})
    return parquet(table, compression="zstd", use_dictionary=False, write_statistics=False)


def test_a_table_that_expands_hugely_is_too_large(table_bomb: bytes) -> None:
    assert len(table_bomb) < MIB
    assert "too large to preview" in decode(Kind.PARQUET, table_bomb).refusal


def test_a_table_that_lies_about_its_size_meets_the_bound_on_memory(table_bomb: bytes) -> None:
    size = pq.ParquetFile(io.BytesIO(table_bomb)).metadata.row_group(0).total_byte_size
    footer = table_bomb[-1000:].replace(varint(2 * size), varint(2 * 300_000_000))
    lying = table_bomb[:-1000] + footer
    assert pq.ParquetFile(io.BytesIO(lying)).metadata.row_group(0).total_byte_size < BOMB_BYTES / 2
    assert "too large to preview" in decode(Kind.PARQUET, lying).refusal


def varint(value: int) -> bytes:
    """As the footer has numbers."""
    out = b""
    while value > 127:
        out, value = out + bytes([value & 127 | 128]), value >> 7
    return out + bytes([value])


def test_a_document_that_asks_for_a_huge_page_is_small_or_refused() -> None:
    content = image(Image.new("RGB", (50, 50)), "PDF").replace(
        b"/MediaBox [ 0 0 50.0 50.0 ]", b"/MediaBox [ 0 0 1e9 1e9 ]"
    )
    assert b"1e9" in content
    decoded = decode(Kind.PDF, content)
    assert decoded.refusal or (decoded.picture and len(decoded.picture.thumbnail) < 4 / 3 * 64 * 1024 + 4)


def test_this_process_keeps_its_memory() -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    decode(Kind.IMAGE, png_that_says(60_000, 60_000))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MEMORY_OF_THE_REST


@pytest.mark.parametrize(
    "said", [b"", b"[]", b'{"table": 3}', b'{"picture": {"width": 1, "height": 1, "page_count": 1, "thumbnail": "<"}}']
)
def test_nothing_that_the_decoder_says_is_believed(said: bytes) -> None:
    assert bounded._checked(said).refusal


def test_a_thumbnail_may_not_be_large() -> None:
    said = b'{"picture": {"width": 1, "height": 1, "page_count": 1, "thumbnail": "' + b"A" * 100_000 + b'"}}'
    assert bounded._checked(said).refusal
