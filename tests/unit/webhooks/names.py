"""Name servers that a test can tell what to answer."""

from __future__ import annotations

import time

PUBLIC, PRIVATE = "93.184.215.14", "10.0.0.7"
NAMES: dict[str, list[str]] = {
    "good.example": [PUBLIC],
    "two.example": [PUBLIC, "2606:2800:21f:cb07:6820:80da:af6b:8b2c"],
    "inside.example": [PRIVATE],
    "half.example": [PUBLIC, PRIVATE],
    "metadata.example": ["169.254.169.254"],
    "mapped.example": ["::ffff:10.0.0.7"],
    "empty.example": [],
    "receiver.test": ["127.0.0.1"],
    "other.test": ["127.0.0.1"],
}


def fixed(host: str, port: int) -> list[str]:
    """As the table has it."""
    if host not in NAMES:
        raise OSError("no such name")
    return NAMES[host]


def slow(host: str, port: int) -> list[str]:
    """Never in time."""
    time.sleep(5)
    return [PUBLIC]


class Rebinding:
    """Its first answer is public, the next is not: what an attacker's name server does."""

    def __init__(self) -> None:
        self.answers: list[str] = []

    def begin(self, *answers: str) -> None:
        """What the next look-ups find."""
        self.answers = list(answers)

    def __call__(self, *_question: object) -> list[str]:
        """The next answer; none when there are no more."""
        return [self.answers.pop(0)] if self.answers else []


rebinding = Rebinding()
FIXED, SLOW, REBINDING = f"{__name__}.fixed", f"{__name__}.slow", f"{__name__}.rebinding"
