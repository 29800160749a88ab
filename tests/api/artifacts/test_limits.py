"""How much a project and a team may keep."""

from __future__ import annotations

from pytest_django import Settings

from tests.api.artifacts.files import Files


def test_over_the_limit_is_413_with_the_numbers(files: Files, settings: Settings) -> None:
    settings.PROJECT_STORAGE_LIMIT_BYTES = 10
    assert files.put("a", b"12345678").status == 200
    refusal = files.put("b", b"123")
    assert (refusal.status, refusal.code) == (413, "INVALID_PARAMETER_VALUE")
    assert refusal.message.startswith("The project may keep 10 bytes of artifacts: 8 are used, and this needs 3 more.")
    assert files.names() == ["a"]


def test_the_team_has_a_limit_of_its_own(files: Files, settings: Settings) -> None:
    settings.TEAM_STORAGE_LIMIT_BYTES = 5
    refusal = files.put("a", b"123456")
    assert (refusal.status, refusal.message.split(":")[0]) == (413, "The team may keep 5 bytes of artifacts")


def test_room_comes_back(files: Files, settings: Settings) -> None:
    settings.PROJECT_STORAGE_LIMIT_BYTES = 10
    assert files.put("a", b"12345").status == 200
    # While it arrives nobody can know that these are the same bytes; afterwards they count once.
    assert files.put("b", b"12345").status == 200
    assert files.put("c", b"54321").status == 200
    assert files.put("d", b"!").status == 413
    assert files.delete("a").status == 200
    assert files.put("d", b"!").status == 413
    assert files.delete("b").status == 200
    assert files.put("d", b"!").status == 200


def test_large_bodies_of_other_routes_are_still_refused(files: Files, settings: Settings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000
    content = b"x" * 100_000
    assert files.put("a", content).status == 200
    assert files.get("a").content == content
    assert files.caller.send("POST", "runs/log-inputs", content).status == 400
