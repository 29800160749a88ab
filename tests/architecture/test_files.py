"""What stands where. Imports inside functions and relative imports are ruff's (PLC0415, TID252)."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from tests.architecture.source import ROOT, modules, places, repository_files

CATCH_ALLS = {"utils", "util", "helpers", "helper", "misc", "shared", "stuff"}
HTTP = ("django.http", "rest_framework", "django.shortcuts")
BELOW_HTTP = {"models", "queries", "services"}
# Absolute homes and work folders of people and machines.
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:home|Users|root|work)/(?!me\b|user\b|you\b)[\w.-]+")
MAX_LINES = 400
# Long because they are one table or one grammar; nothing else may be.
LONG_FILES: dict[str, str] = {}


def test_no_module_is_a_catch_all() -> None:
    found = [module.path for module in modules() if Path(module.path).stem in CATCH_ALLS]
    assert not found, f"Name the file after what it is about: {found}"


def test_models_queries_and_services_know_no_http() -> None:
    found = [
        f"{module.path}:{node.lineno}"
        for module in modules()
        if _layer(module.path) in BELOW_HTTP
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ImportFrom | ast.Import) and _imports_http(node)
    ]
    assert not found, f"Raise a DomainError and return values; the edge turns them into HTTP: {found}"


def test_managers_are_used_by_queries_and_services_alone() -> None:
    found = [
        f"{place}:{node.lineno}"
        for module in modules()
        if _layer(module.path) in {"views", "api"}
        for place, node in places(module)
        if isinstance(node, ast.Attribute) and node.attr in {"objects", "unscoped"}
    ]
    assert not found, f"Ask a function of queries.py or services.py instead: {found}"


def test_no_file_outgrows_a_screenful_of_ideas() -> None:
    long = {m.path for m in modules() if len((ROOT / m.path).read_text().splitlines()) > MAX_LINES}
    assert not long - LONG_FILES.keys(), f"Over {MAX_LINES} lines, make a package of it: {long - LONG_FILES.keys()}"
    assert not LONG_FILES.keys() - long, f"Short by now, take it off LONG_FILES: {LONG_FILES.keys() - long}"


def test_no_file_names_a_path_of_some_machine() -> None:
    found = []
    for file in repository_files():
        try:
            text = file.read_text()
        except UnicodeDecodeError:
            continue
        found += [f"{file.relative_to(ROOT)}: {match[0]}" for match in MACHINE_PATH.finditer(text)]
    assert not found, f"Derive the path from the file's own place, or make it a setting: {found}"


def _layer(path: str) -> str:
    """`services` for apps/runs/services.py and everything in apps/runs/services/."""
    parts = Path(path).with_suffix("").parts
    return parts[2] if len(parts) > 2 and parts[0] == "apps" else ""


def _imports_http(node: ast.Import | ast.ImportFrom) -> bool:
    names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
    return any(name == http or name.startswith(f"{http}.") for name in names for http in HTTP)
