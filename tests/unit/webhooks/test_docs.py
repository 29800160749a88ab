"""The code in docs/webhooks.md does what it says, and its tables leave out no event."""

from __future__ import annotations

import re
import time
from pathlib import Path

from apps.webhooks.events import MLFLOW_EVENTS, Event
from apps.webhooks.payloads import EXAMPLES
from apps.webhooks.signing import signature

DOCS = (Path(__file__).parents[3] / "docs" / "webhooks.md").read_text()
BODY, SECRET = b'{"a": 1}', "the secret"


def is_genuine(*, secret: str = SECRET, body: bytes = BODY, age_seconds: int = 0) -> bool:
    """The function to paste, on a delivery signed by the product."""
    (code,) = (block for block in re.findall(r"```python\n(.*?)```", DOCS, re.DOTALL) if "def is_genuine" in block)
    pasted: dict[str, object] = {}
    exec(code, pasted)  # noqa: S102 - our own documentation
    timestamp = str(int(time.time()) - age_seconds)
    headers = {
        "X-MLflow-Delivery-Id": "019ab1c2",
        "X-MLflow-Timestamp": timestamp,
        "X-MLflow-Signature": signature(SECRET, delivery_id="019ab1c2", timestamp=timestamp, body=BODY),
    }
    return bool(pasted["is_genuine"](headers, body, secret))  # type: ignore[operator]


def test_the_code_that_verifies_signatures() -> None:
    assert is_genuine()
    assert not is_genuine(secret="another")
    assert not is_genuine(body=b'{"a": 2}')
    assert not is_genuine(age_seconds=600)


def test_every_event_and_field_is_in_the_table() -> None:
    rows = [line for line in DOCS.splitlines() if line.startswith("| `") and "RUNFOLD" not in line]
    for event in Event:
        (row,) = (row for row in rows if names(row, event))
        assert ("*" in row) == (event not in MLFLOW_EVENTS), row
        if "the same" not in row:
            assert all(f"`{field}`" in row for field in EXAMPLES[event]), (event, row)


def names(row: str, event: Event) -> bool:
    """Whether a row names an event, in full or as `entity.action`, `.action`."""
    first, *others = re.findall(r"`([\w.]+)`", row.split("|")[1])
    entity = first.partition(".")[0]
    return event in {first, *(f"{entity}{other}" if other.startswith(".") else other for other in others)}
