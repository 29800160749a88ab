"""Parts of files, and files that the client has already."""

from __future__ import annotations

import pytest

from tests.api.artifacts.files import Files, sha256

CONTENT = b"0123456789"
ETAG = f'"{sha256(CONTENT)}"'


@pytest.fixture
def digits(files: Files) -> Files:
    files.put("digits", CONTENT)
    return files


@pytest.mark.parametrize(
    ("asked", "content", "range_"),
    [
        ("bytes=0-3", b"0123", "bytes 0-3/10"),
        ("bytes=4-", b"456789", "bytes 4-9/10"),
        ("bytes=-3", b"789", "bytes 7-9/10"),
        ("bytes=-30", CONTENT, "bytes 0-9/10"),
        ("bytes=9-100", b"9", "bytes 9-9/10"),
    ],
)
def test_a_range_is_answered_with_206(digits: Files, asked: str, content: bytes, range_: str) -> None:
    answer = digits.get("digits", Range=asked)
    assert (answer.status_code, answer.content) == (206, content)
    assert (answer.headers["Content-Range"], answer.headers["Content-Length"]) == (range_, str(len(content)))
    assert answer.headers["ETag"] == ETAG


@pytest.mark.parametrize("asked", ["bytes=10-", "bytes=100-200", "bytes=-0"])
def test_a_range_beyond_the_end_is_416(digits: Files, asked: str) -> None:
    answer = digits.get("digits", Range=asked)
    assert (answer.status_code, answer.content, answer.headers["Content-Range"]) == (416, b"", "bytes */10")


@pytest.mark.parametrize("asked", ["bytes=3-1", "bytes=-", "bytes=a-b", "lines=1-2", "bytes=0-1,3-4", ""])
def test_what_is_no_single_range_gets_the_whole_file(digits: Files, asked: str) -> None:
    answer = digits.get("digits", Range=asked)
    assert (answer.status_code, answer.content) == (200, CONTENT)


def test_a_range_on_condition_of_the_same_content(digits: Files) -> None:
    assert digits.get("digits", Range="bytes=0-0", If_Range=ETAG).status_code == 206
    assert digits.get("digits", Range="bytes=0-0", If_Range='"other"').status_code == 200


@pytest.mark.parametrize("known", [ETAG, f"W/{ETAG}", f'"other", {ETAG}', "*"])
def test_a_known_file_is_304(digits: Files, known: str) -> None:
    answer = digits.get("digits", If_None_Match=known)
    assert (answer.status_code, answer.content, answer.headers["ETag"]) == (304, b"", ETAG)


def test_an_unknown_file_is_sent(digits: Files) -> None:
    assert digits.get("digits", If_None_Match='"other"').status_code == 200


def test_a_large_range(files: Files) -> None:
    content = bytes(range(256)) * 4_000
    files.put("large", content)
    answer = files.get("large", Range="bytes=1000-901000")
    assert (answer.status_code, answer.content) == (206, content[1000:901001])
