"""A run's files as pages: who sees them, what stands on them, and what an uploader cannot do with them."""

from __future__ import annotations

import io
import json
import re
from typing import Any
from urllib.parse import quote

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.test import Client
from PIL import Image

from apps.artifacts.models import Preview
from apps.artifacts.owners import OwnerRef
from apps.artifacts.services import delete_artifacts
from apps.jobs.models import Job, JobState
from apps.jobs.worker import run_next
from apps.projects.tenancy import bound
from apps.runs.models import Run
from apps.runs.services import create_run, delete_run
from tests.budgets import Budget
from tests.factories.artifacts import make_artifact
from tests.factories.cast import Cast
from tests.factories.runs import START_MS

HOSTILE = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>"
HOSTILE_NAME = "a\"'><img src=x onerror=alert(1)>&amp; <b>.txt"
HTML = b"<h1>Report</h1><script>alert(1)</script>"


@pytest.fixture
def run(cast: Cast) -> Run:
    return create_run(cast.owner.access(), experiment_number=0, name="first", start_time_ms=START_MS)[0]


def address(run: Run, path: str = "", part: str = "", project: str = "acme/vision") -> str:
    return f"/{project}/runs/{run.pk.hex}/artifacts{part}" + (f"?path={quote(path)}" if path else "")


def page(client: Client, run: Run, path: str = "", part: str = "") -> str:
    answer = client.get(address(run, path, part))
    assert answer.status_code == 200, answer.content
    return answer.content.decode()


def add(cast: Cast, run: Run, path: str, content: bytes) -> None:
    make_artifact(cast.owner.access(), run.pk, path, content)


def png() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 20), "teal").save(out, "PNG")
    return out.getvalue()


def parquet(count: int = 3) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.table({"city": [f"<b>city {n}</b>" for n in range(count)]}), out)
    return out.getvalue()


def work() -> None:
    """What a worker does until nothing is left."""
    while run_next():
        pass


@pytest.mark.parametrize("part", ["", "/preview", "/download", "/raw"])
def test_the_team_sees_files_and_strangers_see_nothing(cast: Cast, run: Run, part: str) -> None:
    add(cast, run, "page.html", HTML)
    path = address(run, "page.html", part)
    for person in (cast.owner, cast.member, cast.viewer):
        assert person.browser().get(path).status_code == 200
    stranger = cast.stranger.browser()
    assert stranger.get(path).status_code == 404
    assert stranger.get(address(run, "page.html", part, project="rival/vision")).status_code == 404
    nothing = f"/acme/vision/runs/nothing/artifacts{part}?path=page.html"
    assert stranger.get(path).content == stranger.get(nothing).content
    assert cast.anonymous.get(path)["Location"].startswith("/accounts/sign-in")


def test_a_run_without_files_says_what_to_paste(cast: Cast, run: Run) -> None:
    assert "mlflow.log_artifact(" in page(cast.viewer.browser(), run)


def test_folders_say_what_is_in_them(cast: Cast, run: Run) -> None:
    add(cast, run, "plots/a/one.txt", b"x" * 2048)
    add(cast, run, "plots/two.txt", b"y" * 1024)
    add(cast, run, "top.csv", b"a\n1\n")
    browser = cast.viewer.browser()
    root = page(browser, run)
    for text in ("3 files, 3.08 KB", "2 files", "top.csv", "text/csv", "?path=plots"):
        assert text in root, text
    inner = page(browser, run, "plots")
    assert "2 files, 3.07 KB" in inner
    assert "?path=plots%2Fa" in inner
    assert "top.csv" not in inner


def test_a_long_folder_comes_in_pages(cast: Cast, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apps.artifacts.browsing.PAGE_SIZE", 2)
    for name in "abcde":
        add(cast, run, f"many/{name}.txt", b"x")
    browser, seen, following = cast.viewer.browser(), [], address(run, "many")
    while following:
        text = browser.get(following).content.decode()
        seen += re.findall(r"<span>(\w)\.txt</span>", text)
        found = re.search(r'href="([^"]+)"[^>]*>Next page', text)
        following = address(run) + found[1].replace("&amp;", "&").removeprefix(address(run)) if found else ""
    assert seen == list("abcde")


def test_folders_come_as_fragments(cast: Cast, run: Run) -> None:
    add(cast, run, "plots/one.txt", b"x")
    browser = cast.viewer.browser()
    fragment = browser.get(address(run, "plots"), headers={"HX-Request": "true"}).content.decode()
    assert fragment.lstrip().startswith("<div")
    assert "autofocus" in fragment
    assert (
        "<html"
        in browser.get(
            address(run, "plots"), headers={"HX-Request": "true", "HX-History-Restore-Request": "true"}
        ).content.decode()
    )


@pytest.mark.parametrize("path", ["absent", "plots/absent.txt", "plots/one.txt/below"])
def test_what_is_not_there_is_not_found(cast: Cast, run: Run, path: str) -> None:
    add(cast, run, "plots/one.txt", b"x")
    for part in ("", "/preview", "/raw", "/download"):
        assert cast.owner.browser().get(address(run, path, part)).status_code == 404, part


@pytest.mark.parametrize("path", ["../x", "/etc/passwd", "a//b", "%2e%2e/x", "a\x00b", "x" * 2000])
def test_paths_that_lead_elsewhere_are_refused(cast: Cast, run: Run, path: str) -> None:
    for part in ("", "/preview", "/raw", "/download"):
        assert cast.owner.browser().get(address(run, path, part)).status_code == 400, part


def test_files_of_a_deleted_run_are_seen(cast: Cast, run: Run) -> None:
    add(cast, run, "one.txt", b"still here")
    delete_run(cast.owner.access(), run_id=run.pk)
    text = page(cast.viewer.browser(), run, "one.txt")
    assert "still here" in text
    assert "deleted" in text


HOSTILE_FILES: dict[str, bytes] = {
    "a.txt": HOSTILE.encode(),
    "a.md": f"{HOSTILE}\n\n[x](javascript:alert(1)) ![y](https://evil.test/{HOSTILE})".encode(),
    "a.csv": f"{HOSTILE},b\n{HOSTILE},1\n".encode(),
    "a.tsv": f"{HOSTILE}\tb\n{HOSTILE}\t1\n".encode(),
    "a.json": json.dumps({HOSTILE: [HOSTILE, {HOSTILE: 1}]}).encode(),
    "table.json": json.dumps({"columns": [HOSTILE], "data": [[HOSTILE]]}).encode(),
    "a.yaml": f"a: !!python/object/apply:os.system ['true']\nb: {HOSTILE}".encode(),
    "a.ipynb": json.dumps(
        {
            "cells": [
                {"cell_type": "markdown", "source": HOSTILE},
                {"cell_type": "code", "execution_count": HOSTILE, "source": [HOSTILE], "outputs": [
                    {"output_type": "stream", "text": HOSTILE},
                    {"data": {"text/html": HOSTILE, HOSTILE: 1}},
                    {"data": {"image/png": HOSTILE}},
                    {"data": {"image/svg+xml": HOSTILE}},
                    {"output_type": "error", "traceback": [HOSTILE]},
                ]},
            ]
        }
    ).encode(),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(HOSTILE_FILES))
def test_contents_are_shown_as_text(cast: Cast, run: Run, name: str) -> None:
    add(cast, run, name, HOSTILE_FILES[name])
    text = page(cast.viewer.browser(), run, name)
    assert "&lt;script&gt;" in text
    assert "<script>" not in text
    assert "onerror=alert(1)>" not in text.replace("onerror=alert(1)&gt;", "")
    assert not re.search(r'href="(?!/|#|http)', text)
    assert not re.search(r'src="(?!/|data:image/(png|jpeg|gif|webp);base64,)', text)


def test_names_are_shown_as_text(cast: Cast, run: Run) -> None:
    add(cast, run, f"<script>x/{HOSTILE_NAME}".replace("/x", "x"), b"content")
    browser = cast.viewer.browser()
    folder = f"<script>x/{HOSTILE_NAME}".rpartition("/")[0]
    for path in ("", folder, f"<script>x/{HOSTILE_NAME}"):
        text = page(browser, run, path)
        assert "<script>x" not in text
        assert "<img" not in text


def test_kinds_look_like_what_they_are(cast: Cast, run: Run) -> None:
    files = {
        "table.csv": (b"city;trips\nrome;1\n", ['<th scope="col">city</th>', "<td>rome</td>", "1 row, 2 columns", '<td class="num">1</td>', '<th scope="col" class="num">trips']),
        "cut.csv": (b"a,b\n" + b"1,2\n" * 300, ["First 100 rows, 2 columns"]),
        "logged.json": (b'{"columns": ["p"], "data": [["q"]]}', ["<td>q</td>"]),
        "deep.json": (b'{"a": {"b": [1, null]}}', ["<details open>", ">null<"]),
        "broken.json": (b'{"a": ', ["<code>{&quot;a&quot;:"]),
        "card.md": (b"# Title\n\n**bold**", ["<h3>Title</h3>", "<strong>bold</strong>"]),
        "MLmodel": (b"flavors:\n", ["<code>flavors:"]),
        "model.pkl": (b"\x80\x04", ["have no preview"]),
        "unknown.xyz": (b"\x00\x01", ["have no preview"]),
        "empty.txt": (b"", ["The file is empty."]),
        "page.html": (HTML, ['<iframe class="preview-frame" sandbox=""', "They are not run here"]),
        "image.svg": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", ["/artifacts/raw?path=image.svg"]),
    }  # fmt: skip
    browser = cast.viewer.browser()
    for name, (content, expected) in files.items():
        add(cast, run, name, content)
        text = page(browser, run, name)
        for each in expected:
            assert each in text, (name, each)


def test_only_the_beginning_of_a_long_text_is_read(cast: Cast, run: Run) -> None:
    add(cast, run, "long.log", b"line\n" * 300_000)
    text = page(cast.viewer.browser(), run, "long.log")
    assert "Only the beginning is shown" in text
    assert len(text) < 3_500_000


def test_an_image_is_decoded_by_a_job_and_then_seen(cast: Cast, run: Run) -> None:
    add(cast, run, "plot.png", png())
    browser = cast.viewer.browser()
    for _ in range(2):
        assert "Preparing the preview" in page(browser, run, "plot.png")
    with bound(cast.owner.access()):
        assert Job.objects.in_project(cast.owner.access()).filter(kind="build_preview").count() == 1
    work()
    text = page(browser, run, "plot.png", "/preview")
    assert "40 \u00d7 20 pixels" in text
    assert 'src="' + address(run, part="/raw") + "?path=plot.png" in text


def test_a_parquet_is_decoded_once_for_all_files_of_its_content(cast: Cast, run: Run) -> None:
    add(cast, run, "a.parquet", parquet(200))
    add(cast, run, "b.parquet", parquet(200))
    browser = cast.viewer.browser()
    page(browser, run, "a.parquet")
    work()
    text = page(browser, run, "b.parquet")
    assert "&lt;b&gt;city 99&lt;/b&gt;" in text
    assert "First 100 of 200 rows, 1 column" in text


def test_what_cannot_be_decoded_says_why(cast: Cast, run: Run) -> None:
    add(cast, run, "broken.parquet", b"PAR1 nothing")
    browser = cast.viewer.browser()
    page(browser, run, "broken.parquet")
    work()
    assert "It cannot be read" in page(browser, run, "broken.parquet")


def test_a_job_that_failed_is_not_asked_for_again(cast: Cast, run: Run) -> None:
    add(cast, run, "plot.png", png())
    browser = cast.viewer.browser()
    page(browser, run, "plot.png")
    access = cast.owner.access()
    with bound(access):
        Job.objects.in_project(access).update(state=JobState.FAILED)
    assert "could not be made" in page(browser, run, "plot.png")
    with bound(access):
        assert Job.objects.in_project(access).count() == 1


def test_a_preview_goes_with_its_bytes(cast: Cast, run: Run, django_capture_on_commit_callbacks: Any) -> None:
    add(cast, run, "plot.png", png())
    page(cast.viewer.browser(), run, "plot.png")
    work()
    access = cast.owner.access()
    with django_capture_on_commit_callbacks(execute=True):
        delete_artifacts(access, owner=OwnerRef(run.pk), path="plot.png")
    with bound(access):
        assert not Preview.objects.in_project(access).exists()


def test_a_job_that_finds_another_file_changes_nothing(cast: Cast, run: Run) -> None:
    add(cast, run, "plot.png", png())
    browser = cast.viewer.browser()
    page(browser, run, "plot.png")
    add(cast, run, "plot.png", b"another")
    work()
    assert "Preparing the preview" in page(browser, run, "plot.png")
    work()
    assert "It cannot be read" in page(browser, run, "plot.png")


SHOWN = {
    "a.png": ("image/png", png()),
    "a.svg": ("image/svg+xml", b"<svg/>"),
    "a.html": ("text/html; charset=utf-8", HTML),
}


@pytest.mark.parametrize("name", sorted(SHOWN))
def test_bytes_are_shown_in_a_sandbox_alone(cast: Cast, run: Run, name: str) -> None:
    content_type, content = SHOWN[name]
    add(cast, run, name, content)
    answer: Any = cast.viewer.browser().get(address(run, name, "/raw"))
    assert answer.content == content
    assert answer["Content-Type"] == content_type
    directives = {part.split()[0]: part.split()[1:] for part in answer["Content-Security-Policy"].split("; ")}
    assert directives["sandbox"] == []
    assert directives["default-src"] == ["'none'"]
    assert directives["form-action"] == ["'none'"]
    assert not {"script-src", "connect-src", "frame-src"} & directives.keys()
    assert not re.search(r"https?:|\*|'self'", " ".join(directives.get("img-src", [])))
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert answer["Cache-Control"].startswith("private")
    assert answer["Content-Disposition"].startswith("inline")
    assert not answer.cookies


def test_a_picture_is_shown_as_one_whatever_its_name(cast: Cast, run: Run) -> None:
    add(cast, run, "plot.txt", png())
    browser = cast.viewer.browser()
    page(browser, run, "plot.txt")
    work()
    assert 'src="' + address(run, part="/raw") + "?path=plot.txt" in page(browser, run, "plot.txt", "/preview")
    assert browser.get(address(run, "plot.txt", "/raw"))["Content-Type"] == "image/png"


@pytest.mark.parametrize("name", ["a.png", "a.webp", "a.pdf", "a.parquet"])
def test_a_page_that_is_named_like_a_picture_is_shown_as_nothing(cast: Cast, run: Run, name: str) -> None:
    add(cast, run, name, HTML)
    browser = cast.viewer.browser()
    page(browser, run, name)
    work()
    assert "It cannot be read" in page(browser, run, name, "/preview")
    assert browser.get(address(run, name, "/raw")).status_code == 404
    assert browser.get(address(run, name, "/download"))["Content-Type"] == "application/octet-stream"


def test_a_page_of_binary_bytes_is_shown_as_nothing(cast: Cast, run: Run) -> None:
    add(cast, run, "a.html", b"\x00\x01<p>")
    browser = cast.viewer.browser()
    assert "not what its name says" in page(browser, run, "a.html", "/preview")
    assert browser.get(address(run, "a.html", "/raw")).status_code == 404


@pytest.mark.parametrize("name", ["a.js", "a.mjs", "a.css", "a.txt", "a.pdf", "a.xml", "a.xhtml", "a", "a.html.txt"])
def test_other_files_are_never_shown_raw(cast: Cast, run: Run, name: str) -> None:
    add(cast, run, name, HTML)
    assert cast.owner.browser().get(address(run, name, "/raw")).status_code == 404


@pytest.mark.parametrize("name", ["a.js", "a.mjs", "a.css", "a.html", "a.svg"])
def test_downloads_are_nothing_that_a_page_could_run(cast: Cast, run: Run, name: str) -> None:
    add(cast, run, name, HTML)
    answer: Any = cast.viewer.browser().get(address(run, name, "/download"))
    assert answer.content == HTML
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"] == f'attachment; filename="{name}"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert not answer.cookies


def test_only_pages_of_files_may_have_frames(cast: Cast, run: Run) -> None:
    browser = cast.viewer.browser()
    assert "frame-src 'self'" in browser.get(address(run))["Content-Security-Policy"]
    assert "frame-src" not in browser.get(f"/acme/vision/runs/{run.pk.hex}")["Content-Security-Policy"]


def test_statements_do_not_grow_with_files(cast: Cast, run: Run, query_budget: Budget) -> None:
    browser = cast.owner.browser()
    for number in range(5):
        add(cast, run, f"plots/{number}.txt", b"x")
    add(cast, run, "table.parquet", parquet())
    with query_budget("page/artifacts"):
        page(browser, run, "plots")
    with query_budget("page/artifacts of a file"):
        page(browser, run, "plots/1.txt")
    page(browser, run, "table.parquet")
    work()
    with query_budget("page/artifacts of a built preview"):
        page(browser, run, "table.parquet")
