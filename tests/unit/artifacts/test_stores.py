"""What every store does, asked of the real ones: a folder of this machine, and a server that speaks S3."""

from __future__ import annotations

import os
import threading
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import requests

from apps.artifacts.stores import ArtifactStore, ObjectMissing, PartsRefused
from apps.artifacts.stores.disk import DiskStore
from apps.artifacts.stores.s3 import PART_BYTES, S3Store
from apps.common.errors import NotImplementedYet, StorageUnavailable
from tests.servers.buckets import new_bucket
from tests.servers.seaweedfs import S3Server

MIB = 1024 * 1024


@pytest.fixture(params=["disk", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ArtifactStore:
    if request.param == "disk":
        return DiskStore(tmp_path / "artifacts")
    return s3_store(request.getfixturevalue("s3_server"))


@pytest.fixture
def direct(s3_server: S3Server) -> ArtifactStore:
    return s3_store(s3_server, public_endpoint_url=s3_server.endpoint_url)


def s3_store(server: S3Server, **more: str) -> S3Store:
    return S3Store(**new_bucket(server), prefix="files/", **more)


@pytest.fixture
def key() -> str:
    return f"teams/{uuid.uuid4()}/projects/{uuid.uuid4()}/blobs/ab/{uuid.uuid4()}"


def content(store: ArtifactStore, key: str, **part: Any) -> bytes:
    chunks = store.get(key, **part)
    try:
        return b"".join(chunks)
    finally:
        chunks.close()


def test_a_store_that_is_there_says_so(store: ArtifactStore) -> None:
    store.ping()


def test_a_store_that_is_not_there_says_so(s3_server: S3Server, tmp_path: Path) -> None:
    options = new_bucket(s3_server)
    for changed in ({"bucket": "absent"}, {"secret_key": "wrong"}, {"endpoint_url": "http://127.0.0.1:9"}):
        with pytest.raises(StorageUnavailable):
            S3Store(**{**options, **changed}).ping()
    (tmp_path / "file").touch()
    with pytest.raises((StorageUnavailable, ObjectMissing)):
        DiskStore(tmp_path / "file" / "artifacts").ping()


@pytest.mark.parametrize("size", [0, 1, 300_000, PART_BYTES, PART_BYTES + 1, 3 * PART_BYTES])
def test_an_object_comes_back_as_it_went(store: ArtifactStore, key: str, size: int) -> None:
    data = os.urandom(size)
    store.put(key, (data[at : at + 100_000] for at in range(0, size, 100_000)), length=size)
    assert store.head(key) == size
    assert content(store, key) == data


@pytest.mark.parametrize(
    ("start", "length", "expected"),
    [(0, 4, b"0123"), (3, 2, b"34"), (3, None, b"3456789"), (9, 1, b"9"), (0, 0, b""), (5, 100, b"56789")],
)
def test_a_range(store: ArtifactStore, key: str, start: int, length: int | None, expected: bytes) -> None:
    store.put(key, [b"0123456789"], length=10)
    assert content(store, key, start=start, length=length) == expected


def test_what_is_absent_is_missing(store: ArtifactStore, key: str) -> None:
    assert store.head(key) is None
    with pytest.raises(ObjectMissing):
        store.get(key)
    with pytest.raises(ObjectMissing):
        store.copy(key, key + "0")
    store.delete(key)
    store.discard(key)


@pytest.mark.parametrize("size", [10, 3 * PART_BYTES])
def test_an_interrupted_put_leaves_nothing(store: ArtifactStore, key: str, size: int, tmp_path: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield b"x" * size
        raise InterruptedByTestError

    with pytest.raises(InterruptedByTestError):
        store.put(key, broken(), length=size + 1)
    assert store.head(key) is None
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_an_object_is_replaced_as_a_whole(store: ArtifactStore, key: str) -> None:
    store.put(key, [b"first, and longer"], length=17)
    reader = store.get(key)
    store.put(key, [b"second"], length=6)
    assert content(store, key) == b"second"
    reader.close()


def test_delete_and_copy(store: ArtifactStore, key: str) -> None:
    store.put(key, [b"abc"], length=3)
    store.copy(key, key + "0")
    store.delete(key)
    assert (store.head(key), content(store, key + "0")) == (None, b"abc")


def test_parts_make_an_object(store: ArtifactStore, key: str) -> None:
    first, last = os.urandom(5 * MIB), b"the end"
    multipart = store.begin_multipart(key)
    sent = [
        store.put_part(key, multipart, 2, [last], length=len(last)),
        store.put_part(key, multipart, 1, [first[:100], first[100:]], length=len(first)),
    ]
    assert store.head(key) is None
    assert store.parts(key, multipart) == sorted(sent, key=lambda part: part.number)
    store.complete_multipart(key, multipart, [(part.number, part.etag) for part in store.parts(key, multipart)])
    assert content(store, key) == first + last
    assert store.parts(key, multipart) == []
    with suppress(ObjectMissing):
        store.complete_multipart(key, multipart, [(1, sent[1].etag)])
    assert content(store, key) == first + last


def test_a_part_sent_again_takes_the_place_of_the_first(store: ArtifactStore, key: str) -> None:
    multipart = store.begin_multipart(key)
    store.put_part(key, multipart, 1, [b"wrong"], length=5)
    part = store.put_part(key, multipart, 1, [b"right"], length=5)
    store.complete_multipart(key, multipart, [(1, part.etag)])
    assert content(store, key) == b"right"


def test_parts_that_are_not_there_are_refused(store: ArtifactStore, key: str) -> None:
    multipart = store.begin_multipart(key)
    part = store.put_part(key, multipart, 1, [b"x"], length=1)
    for named in ([], [(2, part.etag)], [(1, "0" * 32)]):
        with pytest.raises(PartsRefused):
            store.complete_multipart(key, multipart, named)
    assert store.head(key) is None


@pytest.mark.parametrize("left", [[], [1], [0, 1]])
def test_parts_joined_by_a_process_that_was_killed_are_joined_once(key: str, left: list[int], tmp_path: Path) -> None:
    """It had made the object and removed none, some or all of its parts; and one before it had not come so far."""
    store = DiskStore(tmp_path / "artifacts")
    multipart = store.begin_multipart(key)
    sent = [store.put_part(key, multipart, number, [b"x" * number], length=number) for number in (1, 2)]
    files = sorted(path for path in tmp_path.rglob("*") if path.is_file())
    contents = [file.read_bytes() for file in files]
    store.complete_multipart(key, multipart, [(part.number, part.etag) for part in sent])
    for number in left:
        files[number].parent.mkdir(exist_ok=True)
        files[number].write_bytes(contents[number])
    (tmp_path / "artifacts" / f"{key}.0123456789abcdef.incoming").write_bytes(b"x")
    for named in (sent, store.parts(key, multipart) or sent):
        store.complete_multipart(key, multipart, [(part.number, part.etag) for part in named])
        assert content(store, key) == b"xxx"
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [tmp_path / "artifacts" / key]


@pytest.mark.parametrize("end", ["abort", "discard"])
def test_given_up_parts_are_gone(store: ArtifactStore, key: str, end: str, tmp_path: Path) -> None:
    multipart = store.begin_multipart(key)
    store.put_part(key, multipart, 1, [b"x"], length=1)
    if end == "abort":
        store.abort_multipart(key, multipart)
        store.abort_multipart(key, multipart)
    else:
        store.discard(key)
    assert store.parts(key, multipart) == []
    with pytest.raises(ObjectMissing):
        store.put_part(key, multipart, 1, [b"x"], length=1)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_many_at_once(store: ArtifactStore) -> None:
    keys = [f"teams/{uuid.uuid4()}/blobs/{number % 4}/{uuid.uuid4()}" for number in range(24)]

    def put(some: list[str]) -> None:
        for each in some:
            store.put(each, [each.encode()], length=len(each))

    threads = [threading.Thread(target=put, args=(keys[start::4],)) for start in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [content(store, each).decode() for each in keys] == keys


def test_a_store_that_is_not_direct_presigns_nothing(store: ArtifactStore, key: str) -> None:
    assert not store.is_direct
    with pytest.raises(NotImplementedYet, match=r"^Presigned download is not supported for the current artifact"):
        store.presign_get(key, seconds=60, file_name="x", media_type="text/plain")
    with pytest.raises(NotImplementedYet):
        store.presign_put(key, seconds=60)
    with pytest.raises(NotImplementedYet):
        store.presign_part(key, "1", 1, seconds=60)


def test_presigned_addresses_work_for_what_they_say_alone(direct: ArtifactStore, key: str) -> None:
    put = direct.presign_put(key, seconds=60)
    assert requests.put(put, data=b"direct").status_code == 200
    get = direct.presign_get(key, seconds=60, file_name="ä b.txt", media_type="text/plain")
    answer = requests.get(get, headers={"Range": "bytes=1-3"})
    assert (answer.status_code, answer.content) == (206, b"ire")
    assert "attachment" in answer.headers["Content-Disposition"]
    assert requests.put(get, data=b"x").status_code == 403
    assert requests.get(put).status_code == 403
    assert requests.get(get.replace(key, key[:-1] + "0")).status_code == 403
    assert requests.get(get.split("?")[0]).status_code == 403


def test_presigned_parts(direct: ArtifactStore, key: str) -> None:
    multipart = direct.begin_multipart(key)
    answer = requests.put(direct.presign_part(key, multipart, 1, seconds=60), data=b"a part")
    direct.complete_multipart(key, multipart, [(1, answer.headers["ETag"])])
    assert content(direct, key) == b"a part"


def test_presigned_addresses_expire(direct: ArtifactStore, key: str) -> None:
    direct.put(key, [b"x"], length=1)
    address = direct.presign_get(key, seconds=1, file_name="x", media_type="text/plain")
    wait = threading.Event()
    wait.wait(2.5)
    assert requests.get(address).status_code == 403


def test_a_server_that_does_not_answer_is_unavailable(key: str) -> None:
    store = S3Store(bucket="b", endpoint_url="http://127.0.0.1:9", access_key="a", secret_key="s")
    with pytest.raises(StorageUnavailable):
        store.put(key, [b"x"], length=1)
    with pytest.raises(StorageUnavailable):
        store.get(key)


@pytest.mark.parametrize("place", ["teams", "teams/t", "teams/t/secret"])
def test_a_folder_follows_no_symbolic_link(tmp_path: Path, place: str) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    (outside / "t").mkdir(parents=True)
    (outside / "t" / "secret").write_text("secret")
    (outside / "secret").write_text("secret")
    link = root / place
    link.parent.mkdir(parents=True)
    link.symlink_to({"teams": outside, "teams/t": outside, "teams/t/secret": outside / "secret"}[place])
    store = DiskStore(root)
    with pytest.raises(ObjectMissing):
        store.get("teams/t/secret")
    if place != "teams/t/secret":
        with pytest.raises(ObjectMissing):
            store.put("teams/t/other", [b"x"], length=1)
    assert not (outside / "t" / "other").exists()


@pytest.mark.parametrize("key", ["", "/etc/passwd", "../x", "a/../b", "a//b", "a/.parts/b", "a b", "ä", "a\x00"])
def test_a_folder_takes_no_keys_but_ours(tmp_path: Path, key: str) -> None:
    store = DiskStore(tmp_path / "root")
    with pytest.raises(ValueError, match="No key of ours"):
        store.put(key, [b"x"], length=1)
    with pytest.raises(ValueError, match="No key of ours"):
        store.get(key)


class InterruptedByTestError(Exception):
    pass
