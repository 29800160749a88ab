"""What is different between MLflow's answer and ours."""

from __future__ import annotations

from typing import Any

from tests.mlflow_client.differential.case import Compare
from tests.mlflow_client.differential.normalise import Answer


def differences(expected: Answer, actual: Answer, how: Compare, *, match_message: bool = False) -> list[str]:
    """Return one line for each difference; none when the answers agree.

    Errors agree in status and `error_code`, and in text when `match_message`. Successes agree
    in status and, when `how` is SHAPE, in the shape, else in every value kept of the answer.
    With STATUS the status is all.
    """
    if expected.status != actual.status:
        return [f"status {actual.status}, expected {expected.status}: {_short(actual.body)}"]
    if how is Compare.STATUS:
        return []
    if expected.status != 200:
        return _error_differences(expected, actual, match_message=match_message)
    if how is Compare.SHAPE:
        return _tree_differences(_shape(expected.body), _shape(actual.body), "body")
    return _tree_differences(expected.body, actual.body, "body")


def _error_differences(expected: Answer, actual: Answer, *, match_message: bool) -> list[str]:
    found = []
    if expected.error_code != actual.error_code:
        found.append(f"error_code {actual.error_code}, expected {expected.error_code}: {_short(actual.message)}")
    if match_message and expected.message != actual.message:
        found.append(f"message {_short(actual.message)}, expected {_short(expected.message)}")
    return found


def _tree_differences(expected: Any, actual: Any, path: str) -> list[str]:
    if isinstance(expected, dict) and isinstance(actual, dict):
        found = [f"{path}.{key}: missing" for key in expected if key not in actual]
        found += [f"{path}.{key}: not expected" for key in actual if key not in expected]
        for key in expected.keys() & actual.keys():
            found += _tree_differences(expected[key], actual[key], f"{path}.{key}")
        return found
    if isinstance(expected, list) and isinstance(actual, list):
        if len(expected) != len(actual):
            return [f"{path}: {len(actual)} items, expected {len(expected)}"]
        pairs = zip(expected, actual, strict=True)
        return [
            line
            for index, (one, other) in enumerate(pairs)
            for line in _tree_differences(one, other, f"{path}[{index}]")
        ]
    is_same = expected == actual and isinstance(expected, bool) == isinstance(actual, bool)
    return [] if is_same else [f"{path}: {_short(actual)}, expected {_short(expected)}"]


def _shape(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _shape(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_shape(value[0])] if value else []
    return "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 240 else text[:240] + "..."
