"""Every variable that is read is explained in .env.example and docs/operating.md, and no other one is."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
VARIABLE = re.compile(r"RUNFOLD_[A-Z0-9]+(?:_[A-Z0-9]+)*")
ASSIGNMENT = re.compile(r"^(?:# )?(RUNFOLD_\w+)=", re.MULTILINE)
INTERPOLATION = re.compile(r"\$\{(\w+)")
# Read by programs other than the server, and said where those are described.
OF_COMMANDS = {"RUNFOLD_NEW_PASSWORD"}


def text(*names: str) -> str:
    return "\n".join((ROOT / name).read_text() for name in names)


def read_by_config() -> set[str]:
    sources = "\n".join(path.read_text() for path in (ROOT / "config").rglob("*.py"))
    return set(VARIABLE.findall(sources))


def interpolated() -> set[str]:
    return set(INTERPOLATION.findall(text("docker-compose.yml"))) - {"HOSTNAME"}


def test_every_variable_is_in_the_example() -> None:
    explained = set(ASSIGNMENT.findall(text(".env.example")))
    missing = (read_by_config() | interpolated()) - explained
    assert not missing, f"Add to .env.example, with what it means: {sorted(missing)}"
    compose = set(VARIABLE.findall(text("docker-compose.yml", "deploy/caddy/Caddyfile", "deploy/postgres/roles.sh")))
    stale = explained - read_by_config() - compose
    assert not stale, f"Nothing reads these, remove them from .env.example: {sorted(stale)}"


def test_every_variable_is_in_the_handbook() -> None:
    handbook = set(VARIABLE.findall(text("docs/operating.md")))
    # A row may name several that differ in their end alone: `RUNFOLD_S3_ENDPOINT_URL`, `_REGION`.
    shortened = {f"RUNFOLD_S3{end}" for end in re.findall(r"`(_[A-Z_]+)`", text("docs/operating.md"))}
    missing = read_by_config() - handbook - shortened
    assert not missing, f"Add to the table in docs/operating.md: {sorted(missing)}"
    stale = handbook - read_by_config() - interpolated() - OF_COMMANDS
    assert not stale, f"Nothing reads these, remove them from docs/operating.md: {sorted(stale)}"


def test_no_example_is_a_working_secret() -> None:
    secrets = re.findall(
        r"^(RUNFOLD_\w*(?:PASSWORD|SECRET_KEY|ACCESS_KEY|TOKEN))=(.*)$", text(".env.example"), re.MULTILINE
    )
    assert len(secrets) > 6
    assert not [name for name, value in secrets if value]


def test_the_image_is_built_with_the_tools_of_the_makefile() -> None:
    def version(name: str) -> str:
        found = re.search(r"UV_VERSION\s*:?=\s*([\d.]+)", text(name))
        assert found
        return found[1]

    assert version("Dockerfile") == version("Makefile")
