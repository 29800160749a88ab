"""Numbers and nouns as people write them."""

from __future__ import annotations


def counted(count: int, noun: str) -> str:
    """So many of something: "1 run", "2,000 runs"."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
