"""What pages of runs read from their address."""

from __future__ import annotations

from django.http import QueryDict

from apps.common.errors import InvalidInput
from apps.runs.chart_data import ChartRequest, XAxis

MOST_KEYS = 64
DEFAULT_BUCKETS = 300
MOST_BUCKETS = 4_000
MOST_X = 2**63 - 1


def chart_request(query: QueryDict) -> ChartRequest:
    """The charts that an address asks for: `key` (several), `x`, `points`, `from` and `to`.

    Raises:
        InvalidInput: too many keys, an unknown axis, or a number that is none.
    """
    keys = list(dict.fromkeys(query.getlist("key")))
    if len(keys) > MOST_KEYS:
        raise InvalidInput("too_many_keys", f"Ask for at most {MOST_KEYS} metrics at once.", field="key")
    axis = query.get("x", XAxis.STEP)
    if axis not in set(XAxis):
        raise InvalidInput("invalid_axis", "x is step or time.", field="x")
    buckets = _whole_number(query, "points") or DEFAULT_BUCKETS
    return ChartRequest(
        keys=keys,
        axis=XAxis(axis),
        buckets=min(max(1, buckets), MOST_BUCKETS),
        low=_whole_number(query, "from"),
        high=_whole_number(query, "to"),
    )


def _whole_number(query: QueryDict, name: str) -> int | None:
    text = query.get(name)
    if text is None:
        return None
    try:
        return max(-MOST_X, min(int(text), MOST_X))
    except ValueError:
        raise InvalidInput("invalid_number", f"{name} is a whole number.", field=name) from None
