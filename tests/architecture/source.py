"""The product's own source, read once: files, their syntax trees, and where in them something stands."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("apps", "config")


@dataclass(frozen=True, slots=True)
class Module:
    """One Python file; `path` is relative to the repository."""

    path: str
    tree: ast.Module


@cache
def modules() -> tuple[Module, ...]:
    """Every Python file of the product, migrations left out."""
    files = sorted(file for package in PACKAGES for file in (ROOT / package).rglob("*.py"))
    return tuple(
        Module(str(file.relative_to(ROOT)), ast.parse(file.read_text()))
        for file in files
        if "migrations" not in file.parts
    )


def places(module: Module) -> Iterator[tuple[str, ast.AST]]:
    """Every node with the place where it stands: `path::function`, or `path` at the top of the file."""
    yield from _places(module.tree, module.path, "")


def _places(node: ast.AST, path: str, scope: str) -> Iterator[tuple[str, ast.AST]]:
    for child in ast.iter_child_nodes(node):
        inner = scope
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            inner = f"{scope}.{child.name}" if scope else child.name
        yield (f"{path}::{inner}" if inner else path), child
        yield from _places(child, path, inner)


def repository_files() -> Iterator[Path]:
    """Every file that is, or could be, in the repository."""
    kept_hidden = {".ci", ".github"}
    skipped = {"node_modules", "vendor", "__pycache__", "results", "static-collected"}
    for folder, folders, files in os.walk(ROOT):
        folders[:] = sorted(
            name for name in folders if name in kept_hidden or not (name.startswith(".") or name in skipped)
        )
        yield from (Path(folder, name) for name in sorted(files) if name != ".git")
