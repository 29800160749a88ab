"""Which paths a file may have, and the many spellings of those that it may not."""

from __future__ import annotations

import unicodedata

import pytest

from apps.artifacts.paths import ancestors, clean_folder, clean_path, parent_and_name
from apps.common.errors import InvalidInput
from tests.unit.artifacts.traversal import TRAVERSALS


def test_there_are_many_traversals() -> None:
    assert len(set(TRAVERSALS)) >= 60


@pytest.mark.parametrize("path", TRAVERSALS, ids=ascii)
def test_traversal_is_refused(path: str) -> None:
    with pytest.raises(InvalidInput):
        clean_path(path)


@pytest.mark.parametrize("path", TRAVERSALS, ids=ascii)
@pytest.mark.parametrize("place", ["{}/model.pkl", "model/{}", "a/{}/b"])
def test_traversal_leads_nowhere_wherever_it_stands(path: str, place: str) -> None:
    try:
        stored = clean_path(place.format(path))
    except InvalidInput:
        return
    assert ".." not in unicodedata.normalize("NFKC", stored).split("/")
    assert "\\" not in stored


@pytest.mark.parametrize(
    "path",
    [
        "model.pkl",
        "a/b/c/d.txt",
        "with space.txt",
        " leading and trailing ",
        "plots/train + test (1).png",
        "100%.txt",
        "50% of 100%25.csv",
        "a?b=c&d.txt",
        "données/été.csv",
        "日本語/ファイル.txt",
        "😀/👩‍👩‍👧.png",
        "..hidden",
        "a..b/c...",
        ".config/.env",
        "wait….txt",
        "ﬁle.txt",
        "images/loss+step+3+timestamp+1700000000000+2f00-5c.png",
        "images/loss%step%23%timestamp%1700000000000%00ab5c2f.png",
        "at 12:30/c:d",
        "con",
        "-rf",
        "'; DROP TABLE artifacts; --",
        "<script>alert(1)</script>.html",
        "x" * 255,
        "/".join(["d" * 100] * 10),
    ],
)
def test_other_names_are_fine_and_stay_as_they_are(path: str) -> None:
    assert clean_path(path) == path


def test_composed_and_decomposed_letters_name_one_file() -> None:
    assert clean_path("e\u0301te\u0301") == "\u00e9t\u00e9"


@pytest.mark.parametrize(
    "path", ["x" * 256, "é" * 128, "/".join(["d" * 100] * 11), "/".join("d" * 65), "😀" * 64], ids=len
)
def test_long_paths_are_refused(path: str) -> None:
    with pytest.raises(InvalidInput, match=r"longer|more than"):
        clean_path(path)


def test_folder_may_be_the_root_and_end_with_a_slash() -> None:
    assert [clean_folder(path) for path in ("", "/", "a/", "a/b")] == ["", "", "a", "a/b"]


def test_parts_of_a_path() -> None:
    assert parent_and_name("a/b/c") == ("a/b", "c")
    assert parent_and_name("c") == ("", "c")
    assert ancestors("a/b") == ["", "a", "a/b"]
    assert ancestors("") == [""]
