"""A program of its own that decodes one hostile file: `python -I decoder.py <kind> <head bytes>`, the file on its standard input.

It has no environment, no secrets and no database; its memory, processor time and output are bounded before the first byte is
looked at, so that a file which expands hugely ends this process and nothing else. It prints one JSON object:
{"table": ...}, {"picture": ...} or {"refusal": "..."}. Who reads that trusts it no more than the file.
"""

from __future__ import annotations

import base64
import io
import json
import math
import resource
import sys
from typing import Any

from PIL import Image

MEMORY_BYTES = 1536 * 1024 * 1024
CPU_SECONDS = 10
OUTPUT_BYTES = 1024 * 1024

MAX_ROWS, MAX_COLUMNS, MAX_CELL = 100, 50, 200
MAX_PIXELS = 50_000_000
# Claimed by the footer; what claims less than it needs meets the bound on memory.
MAX_GROUP_BYTES = 512 * 1024 * 1024
THUMBNAIL_BYTES = 64 * 1024
THUMBNAIL_SIDES = (1200, 800, 480, 240)
TOO_LARGE = "It is too large to preview: it needs more memory or time than a preview may take."


class Refusal(Exception):
    """The file cannot be shown, for a reason that people may read."""


def decode_image() -> dict[str, Any]:
    """Size and thumbnail of an image of one of the common formats."""
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    with Image.open(sys.stdin.buffer, formats=("PNG", "JPEG", "GIF", "WEBP")) as image:
        width, height = image.size
        if width * height > MAX_PIXELS:
            raise Refusal(f"It is too large to preview: {width:,} by {height:,} pixels.")
        image.draft("RGB", (THUMBNAIL_SIDES[0], THUMBNAIL_SIDES[0]))
        return {"picture": {"width": width, "height": height, "page_count": 1, "thumbnail": thumbnail(image)}}


def decode_pdf() -> dict[str, Any]:
    """The first page of a document."""
    import pypdfium2  # noqa: PLC0415 - each kind of file loads what it needs alone

    document = pypdfium2.PdfDocument(sys.stdin.buffer.read())
    page = document[0]
    width, height = page.get_size()
    scale = min(2.0, THUMBNAIL_SIDES[0] / max(width, height, 1))
    image = page.render(scale=scale, may_draw_forms=False).to_pil()
    picture = {"width": round(width), "height": round(height), "page_count": len(document)}
    return {"picture": {**picture, "thumbnail": thumbnail(image)}}


def thumbnail(image: Image.Image) -> str:
    """A WebP of at most 64 KiB, in base64."""
    image.seek(0)
    has_alpha = image.has_transparency_data
    small = image.convert("RGBA" if has_alpha else "RGB")
    for side in THUMBNAIL_SIDES:
        small.thumbnail((side, side))
        for quality in (85, 60):
            out = io.BytesIO()
            small.save(out, "WEBP", quality=quality)
            if out.tell() <= THUMBNAIL_BYTES:
                return base64.b64encode(out.getvalue()).decode()
    raise Refusal(TOO_LARGE)


def decode_parquet() -> dict[str, Any]:
    """The first rows and columns of a file of which the first row group, and the footer, are there."""
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.parquet as pq  # noqa: PLC0415

    pa.set_cpu_count(1)
    file = pq.ParquetFile(sys.stdin.buffer, pre_buffer=False, memory_map=False)
    meta, names = file.metadata, file.schema_arrow.names
    rows: list[list[str]] = []
    if meta.num_row_groups and meta.num_rows:
        check_group(meta.row_group(0))
        batches = file.iter_batches(
            batch_size=MAX_ROWS,
            row_groups=[0],
            columns=names[:MAX_COLUMNS],
            use_threads=False,
            use_pandas_metadata=False,
        )
        batch = next(iter(batches), None)
        if batch is not None:
            columns = [[cell(value.as_py()) for value in column.slice(0, MAX_ROWS)] for column in batch.columns]
            rows = [list(row) for row in zip(*columns, strict=True)]
    types = [str(field.type)[:60] for field in file.schema_arrow][:MAX_COLUMNS]
    head = {"columns": [name[:MAX_CELL] for name in names[:MAX_COLUMNS]], "types": types, "rows": rows}
    return {"table": {**head, "row_count": meta.num_rows, "column_count": len(names)}}


def check_group(group: Any) -> None:
    """Refuse a first row group that says itself how large it is, or of which not all bytes are at hand."""
    head_bytes = int(sys.argv[2])
    columns = [group.column(index) for index in range(group.num_columns)]
    ends = [
        min(filter(None, (c.dictionary_page_offset, c.data_page_offset))) + c.total_compressed_size for c in columns
    ]
    if group.total_byte_size > MAX_GROUP_BYTES or max(ends) > head_bytes:
        raise Refusal("It is too large to preview: it was written in row groups of more than a preview may read.")


def cell(value: Any) -> str:
    """A value as text, cut."""
    if value is None:
        return ""
    if isinstance(value, float):
        return "NaN" if math.isnan(value) else repr(value)
    if isinstance(value, bytes):
        return f"{len(value):,} bytes"
    text = str(value)
    return text if len(text) <= MAX_CELL else text[:MAX_CELL] + "…"


def bound_myself() -> None:
    """Whatever the file does to the libraries, it ends here."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (OUTPUT_BYTES, OUTPUT_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


DECODERS = {"image": decode_image, "pdf": decode_pdf, "parquet": decode_parquet}


def main(kind: str) -> None:
    """Decode and print."""
    bound_myself()
    try:
        result = DECODERS[kind]()
    except Refusal as refusal:
        result = {"refusal": str(refusal)}
    except (MemoryError, Image.DecompressionBombError):
        result = {"refusal": TOO_LARGE}
    except Exception as exc:  # noqa: BLE001 - the libraries raise whatever they like for a file that is broken
        is_memory = any(word in str(exc).lower() for word in ("malloc", "memory", "realloc"))
        result = {"refusal": TOO_LARGE if is_memory else "It cannot be read: it is damaged, or not what its name says."}
    sys.stdout.write(json.dumps(result))


if __name__ == "__main__":
    main(sys.argv[1])
