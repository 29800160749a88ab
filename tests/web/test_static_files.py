"""Static files: what is vendored, what the checks of the JavaScript say, and names with hashes."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import override_settings

from tests.servers.fixtures import unavailable

ROOT = Path(settings.BASE_DIR)
HASHED = settings.STORAGES | {"staticfiles": {"BACKEND": "apps.common.static_files.HashedStaticFiles"}}
IMPORT = re.compile(r"""(?:from|import)\s*\(?["'](\.[^"']+)["']""")


def node(*words: str) -> None:
    if shutil.which("node") is None or not (ROOT / "node_modules").exists():
        unavailable("This needs node, and `npm ci` in the repository.")
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def test_vendored_files_are_what_a_rebuild_makes() -> None:
    node("node", "scripts/vendor.mjs", "--check")


def test_javascript_has_no_type_errors() -> None:
    node("node", "node_modules/typescript/bin/tsc", "--noEmit")


def test_javascript_units() -> None:
    node("node", "--test", *map(str, sorted((ROOT / "tests" / "js").glob("*.test.js"))))


def test_vendored_libraries_keep_their_licences() -> None:
    without = [path.name for path in (ROOT / "static" / "vendor").iterdir() if not (path / "LICENSE").exists()]
    assert not without, f"Add the licence in scripts/vendor.mjs: {without}"


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("static")
    with override_settings(STORAGES=HASHED, STATIC_ROOT=target):
        call_command("collectstatic", interactive=False, verbosity=0, ignore_patterns=["drf_spectacular_sidecar"])
    return target


def test_modules_import_one_another_by_hashed_names(collected: Path) -> None:
    hashed = re.compile(r"\.[0-9a-f]{12}\.js$")
    modules = [path for path in (collected / "js").rglob("*.js") if hashed.search(path.name)]
    assert len(modules) > 15
    wrong = [
        f"{module.name} imports {name}"
        for module in modules
        for name in IMPORT.findall(module.read_text())
        if not hashed.search(name) or not (module.parent / name).exists()
    ]
    assert not wrong
