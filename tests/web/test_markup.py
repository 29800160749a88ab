"""What people write stays text, and no template needs a loophole in the content security policy."""

from __future__ import annotations

import re
from pathlib import Path

from django.conf import settings

from apps.projects.services import create_project, update_project
from apps.runs.services import MetricColumns, create_run, log_batch
from tests.factories.cast import Cast
from tests.factories.runs import START_MS, make_experiment

HOSTILE = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>"
INLINE = re.compile(
    r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=|javascript:|hx-on|hx-vals=.js|\|safe|autoescape off"
)
TEMPLATES = Path(settings.BASE_DIR, "templates")


def test_names_of_every_kind_are_shown_as_text(cast: Cast) -> None:
    access = cast.owner.access()
    update_project(access, name=HOSTILE, description=HOSTILE)
    access = cast.owner.access()
    experiment = make_experiment(access, HOSTILE).number
    run, _ = create_run(
        access, experiment_number=experiment, name=HOSTILE, user_name=HOSTILE, start_time_ms=START_MS,
        tags=[("mlflow.note.content", HOSTILE), ("mlflow.source.name", HOSTILE), ("mlflow.source.git.commit", HOSTILE),
              ("mlflow.parentRunId", HOSTILE)],
    )  # fmt: skip
    odd = "a b/c.d"
    metrics = MetricColumns([odd, odd], [0, 1], [START_MS] * 2, [1.0, 2.0])
    log_batch(access, run_id=run.pk, metrics=metrics, params=[(odd, HOSTILE)], tags=[(odd, HOSTILE)])
    browser = cast.owner.browser()
    paths = ["/", "/acme", "/acme/vision", "/acme/vision/settings", f"/acme/vision/experiments/{experiment}"]
    for path in [*paths, f"/acme/vision/runs/{run.pk.hex}", f"/acme/vision/experiments/{experiment}?q={HOSTILE}"]:
        page = browser.get(path).content.decode()
        assert "&lt;script&gt;" in page, path
        assert "<script>" not in page, path
        assert "<img" not in page, path


def test_a_project_is_no_stronger_than_its_name(cast: Cast) -> None:
    create_project(cast.owner.team_access(), slug="other", name=HOSTILE)
    assert "<script>" not in cast.owner.browser().get("/acme").content.decode()


def test_pages_have_a_strict_policy(cast: Cast) -> None:
    policy = cast.owner.browser().get("/")["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_templates_have_nothing_inline() -> None:
    found = [
        f"{path.relative_to(TEMPLATES)}: {match[0]}"
        for path in sorted(TEMPLATES.rglob("*.html"))
        for match in INLINE.finditer(path.read_text())
    ]
    assert not found, f"Move it to static/css or to an ES module that data-module names: {found}"
