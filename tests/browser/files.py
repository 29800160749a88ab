"""A run with a file of each kind that pages show, some of them made by somebody who means ill."""

from __future__ import annotations

import base64
import io
import json
from urllib.parse import quote

import pyarrow as pa
import pyarrow.parquet as pq
import requests
from PIL import Image, ImageDraw

from tests.browser.visitor import Visitor

MARKDOWN = """# Model card

Trained on **taxis**, see [the paper](https://example.test/paper).

| metric | value |
|--------|------:|
| rmse   | 0.71  |

- one
- two

```python
model.fit(x, y)
```

![tracker](https://example.test/pixel.png) <script>canary("markdown")</script>
"""
CSV = "city,trips,note\n" + "".join(f"city {n},{n * 17},<b>{n}</b>\n" for n in range(300))
LOGGED_TABLE = {"columns": ["prompt", "score"], "data": [["What is <i>this</i>?", 0.5], ["And that?", None]]}


def plot() -> bytes:
    """A picture."""
    picture = Image.new("RGB", (800, 500), "white")
    draw = ImageDraw.Draw(picture)
    points = [(20 + x * 7.6, 470 - 430 / (1 + x / 12)) for x in range(100)]
    draw.line(points, fill="#4251d4", width=4)
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def document() -> bytes:
    """Two pages."""
    page = Image.open(io.BytesIO(plot()))
    out = io.BytesIO()
    page.save(out, "PDF", save_all=True, append_images=[page])
    return out.getvalue()


def parquet() -> bytes:
    """Five hundred rows."""
    out = io.BytesIO()
    numbers = list(range(500))
    pq.write_table(
        pa.table({"id": numbers, "name": [f"row {n}" for n in numbers], "loss": [1 / (1 + n) for n in numbers]}), out
    )
    return out.getvalue()


def notebook() -> bytes:
    """A markdown cell, a code cell with a text and a picture, an output of a kind that is not shown."""
    outputs = [
        {"output_type": "stream", "name": "stdout", "text": ["epoch 1\n", "epoch 2\n"]},
        {"output_type": "display_data", "data": {"image/png": base64.b64encode(plot()).decode()}},
        {"output_type": "display_data", "data": {"text/html": "<script>canary('notebook')</script>"}},
    ]
    cells = [
        {"cell_type": "markdown", "source": ["# Exploration\n", "<img src=x onerror=canary('cell')>"]},
        {"cell_type": "code", "execution_count": 3, "source": "plot(loss)", "outputs": outputs},
    ]
    return json.dumps({"cells": cells, "nbformat": 4}).encode()


def files() -> dict[str, bytes]:
    """Every kind by its path."""
    config = {"model": {"depth": 6, "name": "xgb", "tags": ["a", "b"], "is_final": True, "parent": None}, "seed": 7}
    return {
        "config.json": json.dumps(config).encode(),
        "data/cities.csv": CSV.encode(),
        "data/scores.parquet": parquet(),
        "data/table.json": json.dumps(LOGGED_TABLE).encode(),
        "exploration.ipynb": notebook(),
        "model/MLmodel": b"flavors:\n  python_function:\n    loader_module: mlflow.sklearn\n",
        "model/model.pkl": b"\x80\x04\x95\x00\x00",
        "model/card.md": MARKDOWN.encode(),
        "plots/loss.png": plot(),
        "plots/report.pdf": document(),
        "plots/été <b>& co</b>.txt": b"plain <b>text</b>\nsecond line\n",
        "train.py": b"import mlflow\n\nmlflow.log_param('a', 1)\n",
    }


def log_files(visitor: Visitor, run_id: str, found: dict[str, bytes]) -> None:
    """Upload them through the stock protocol."""
    for path, content in found.items():
        answer = requests.put(
            f"{visitor.project_url}/api/2.0/mlflow-artifacts/artifacts/0/{run_id}/artifacts/{quote(path)}",
            data=content,
            headers={"Authorization": f"Bearer {visitor.token}"},
            timeout=30,
        )
        assert answer.ok, answer.text
