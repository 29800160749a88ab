from __future__ import annotations

import pytest

from apps.common.filters.lookups import Wildcard, escaped, glob, pattern_parts


@pytest.mark.parametrize(
    ("pattern", "parts"),
    [
        ("a%_", ["a", Wildcard.ANY, Wildcard.ONE]),
        (r"\%\_\\", ["%", "_", "\\"]),
        (r"C:\new\\%", ["C", ":", "\\n", "e", "w", "\\", Wildcard.ANY]),
        ("a\\", ["a", "\\"]),
    ],
)
def test_a_backslash_makes_wildcards_and_itself_ordinary(pattern: str, parts: list[str | Wildcard]) -> None:
    assert pattern_parts(pattern) == parts


def test_patterns_of_sqlite() -> None:
    assert glob(r"a%b_c*?[x]\%") == "a*b?c[*][?][[]x]%"


def test_patterns_with_every_backslash_an_escape() -> None:
    assert escaped(r"a%_\%C:\n\\" + "\\") == "a%_\\%C:\\\\n\\\\\\\\"
