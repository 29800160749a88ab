"""Bytes in a folder of this machine, or of a file system that all web servers share."""

# The port's signatures say more than a folder needs, and pathlib knows no folders by descriptor.
# ruff: noqa: ARG002, PTH123, PTH208

from __future__ import annotations

import errno
import hashlib
import os
import re
import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self

from apps.artifacts.stores.port import CHUNK_BYTES, ObjectMissing, Part, PartsRefused, not_direct
from apps.artifacts.stores.writeback import Writeback
from apps.common.errors import StorageUnavailable

_KEY = re.compile(r"[a-z0-9-]+(?:/[a-z0-9-]+)*")
_PART = re.compile(r"(\d{5})-([0-9a-f]{64})-(\d+)")
_INCOMING = ".incoming"  # the end of the name of what is not whole yet
_PARTS = ".parts"
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class DiskStore:
    """A file an object. Written beside, then renamed into place, so that a name always stands for all of its bytes.

    Every folder on the way is opened without following symbolic links. With `fsync` an acknowledged object survives a
    power cut.
    """

    is_direct = False

    def __init__(self, root: Path, *, fsync: bool = True) -> None:
        self._root = root
        self._fsync = fsync

    def ping(self) -> None:
        """See ArtifactStore."""
        with _failures(), self._folder((), create=True):
            if not os.access(self._root, os.W_OK):
                raise StorageUnavailable("store_failed", "The folder of artifacts cannot be written to.")

    def put(self, key: str, chunks: Iterable[bytes], *, length: int) -> None:
        """See ArtifactStore."""
        with _failures(), self._folder(_parent(key), create=True) as folder:
            self._write(chunks, folder, _name(key))

    def get(self, key: str, *, start: int = 0, length: int | None = None) -> FileChunks:
        """See ArtifactStore."""
        with _failures(), self._folder(_parent(key)) as folder:
            return FileChunks(os.open(_name(key), _READ, dir_fd=folder), start, length)

    def head(self, key: str) -> int | None:
        """See ArtifactStore."""
        try:
            with _failures(), self._folder(_parent(key)) as folder:
                return os.stat(_name(key), dir_fd=folder, follow_symlinks=False).st_size
        except ObjectMissing:
            return None

    def copy(self, source: str, target: str) -> None:
        """See ArtifactStore."""
        chunks = self.get(source)
        try:
            self.put(target, chunks, length=0)
        finally:
            chunks.close()

    def delete(self, key: str) -> None:
        """See ArtifactStore."""
        with suppress(ObjectMissing), _failures(), self._folder(_parent(key)) as folder:
            os.unlink(_name(key), dir_fd=folder)

    def discard(self, key: str) -> None:
        """See ArtifactStore."""
        self.delete(key)
        with suppress(ObjectMissing), _failures(), self._folder(_parent(key)) as folder:
            _remove_unfinished(folder, _name(key))
        self._remove_parts(key)

    def begin_multipart(self, key: str) -> str:
        """See ArtifactStore. The key says all there is to say: the id is a constant."""
        with _failures(), self._folder(_parts_folder(key), create=True):
            return "parts"

    def put_part(self, key: str, multipart_id: str, number: int, chunks: Iterable[bytes], *, length: int) -> Part:
        """See ArtifactStore. The etag is the part's SHA-256."""
        digest = hashlib.sha256()
        sizes = []

        def measured() -> Iterator[bytes]:
            for chunk in chunks:
                digest.update(chunk)
                sizes.append(len(chunk))
                yield chunk

        with _failures(), self._folder(_parts_folder(key)) as folder:
            with self._unfinished(folder, "part", measured()) as temporary:
                part = Part(number, digest.hexdigest(), sum(sizes))
                earlier = [name for name, other in _parts_in(folder) if other.number == number]
                os.rename(temporary, _part_name(part), src_dir_fd=folder, dst_dir_fd=folder)
            for name in earlier:
                if name != _part_name(part):
                    os.unlink(name, dir_fd=folder)
            self._sync(folder)
        return part

    def parts(self, key: str, multipart_id: str) -> list[Part]:
        """See ArtifactStore."""
        try:
            with _failures(), self._folder(_parts_folder(key)) as folder:
                return [part for _, part in _parts_in(folder)]
        except ObjectMissing:
            return []

    def complete_multipart(self, key: str, multipart_id: str, parts: Sequence[tuple[int, str]]) -> None:
        """See ArtifactStore.

        An object that is there is whole, and what was killed after making it has left any number of its parts: they are
        not asked again. What was killed before has left what it had written: the next one to end removes it.
        """
        if not parts:
            raise PartsRefused("An object is made of one part at least.")
        if self.head(key) is None:
            self._join(key, parts)
        with _failures(), self._folder(_parent(key)) as folder:
            _remove_unfinished(folder, _name(key))
        self._remove_parts(key)

    def abort_multipart(self, key: str, multipart_id: str) -> None:
        """See ArtifactStore."""
        self._remove_parts(key)

    def presign_get(self, key: str, *, seconds: int, file_name: str, media_type: str) -> str:
        """Not for a folder."""
        raise not_direct("Presigned download")

    def presign_put(self, key: str, *, seconds: int) -> str:
        """Not for a folder."""
        raise not_direct("Presigned upload")

    def presign_part(self, key: str, multipart_id: str, number: int, *, seconds: int, length: int | None = None) -> str:
        """Not for a folder."""
        raise not_direct("Presigned upload")

    def _join(self, key: str, parts: Sequence[tuple[int, str]]) -> None:
        with _failures(), self._folder(_parts_folder(key)) as source:
            names = {(part.number, part.etag): name for name, part in _parts_in(source)}
            absent = [number for number, etag in parts if (number, etag) not in names]
            if absent:
                raise PartsRefused(f"These parts are not there as named: {absent}.")
            joined = _joined(source, [names[part] for part in parts])
            with self._folder(_parent(key), create=True) as folder:
                self._write(joined, folder, _name(key))

    def _write(self, chunks: Iterable[bytes], folder: int, name: str) -> None:
        with self._unfinished(folder, name, chunks) as temporary:
            os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
        self._sync(folder)

    @contextmanager
    def _unfinished(self, folder: int, name: str, chunks: Iterable[bytes]) -> Iterator[str]:
        """A file with these bytes, beside its place and to be renamed into it; on any failure nothing is left."""
        temporary = f"{name}.{secrets.token_hex(8)}{_INCOMING}"
        descriptor = os.open(temporary, _CREATE, 0o600, dir_fd=folder)
        try:
            with open(descriptor, "wb", buffering=0) as file:
                writeback = Writeback(file.fileno()) if self._fsync else None
                for chunk in chunks:
                    _write_all(file.fileno(), chunk)
                    if writeback is not None:
                        writeback.added(len(chunk))
                self._sync(file.fileno())
            yield temporary
        except BaseException:
            with suppress(FileNotFoundError):
                os.unlink(temporary, dir_fd=folder)
            raise

    def _sync(self, descriptor: int) -> None:
        if self._fsync:
            os.fsync(descriptor)

    @contextmanager
    def _folder(self, path: tuple[str, ...], *, create: bool = False) -> Iterator[int]:
        """A descriptor of a folder below the root, opened step by step."""
        if create:
            self._root.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(self._root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            for name in path:
                if create and _make(name, descriptor):
                    self._sync(descriptor)
                inner = os.open(name, _DIRECTORY, dir_fd=descriptor)
                os.close(descriptor)
                descriptor = inner
            yield descriptor
        finally:
            os.close(descriptor)

    def _remove_parts(self, key: str) -> None:
        *above, own = _parts_folder(key)
        try:
            with _failures(), self._folder((*above, own)) as folder:
                for name in os.listdir(folder):
                    with suppress(FileNotFoundError):
                        os.unlink(name, dir_fd=folder)
            with _failures(), self._folder(tuple(above)) as parent, suppress(OSError):
                os.rmdir(own, dir_fd=parent)  # a part that arrives at this very moment keeps it: removed by the next
        except ObjectMissing:
            return


class FileChunks:
    """A range of an open file, read as it is asked for."""

    def __init__(self, descriptor: int, start: int, length: int | None) -> None:
        self._file = open(descriptor, "rb", buffering=0)  # noqa: SIM115 - closed by its reader
        self._left = length
        self._file.seek(start)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> bytes:
        wanted = CHUNK_BYTES if self._left is None else min(CHUNK_BYTES, self._left)
        chunk = self._file.read(wanted) if wanted else b""
        if not chunk:
            self.close()
            raise StopIteration
        if self._left is not None:
            self._left -= len(chunk)
        return chunk

    def close(self) -> None:
        """Close the file."""
        self._file.close()


@contextmanager
def _failures() -> Iterator[None]:
    """Errors of the file system as the port has them."""
    try:
        yield
    except (FileNotFoundError, NotADirectoryError):
        raise ObjectMissing from None
    except OSError as exc:
        if exc.errno == errno.ELOOP:
            raise ObjectMissing from exc
        raise StorageUnavailable("store_failed", "The artifact store does not answer: try again.") from exc


def _segments(key: str) -> list[str]:
    if not _KEY.fullmatch(key):
        raise ValueError(f"No key of ours: {key!r}")
    return key.split("/")


def _parent(key: str) -> tuple[str, ...]:
    return tuple(_segments(key)[:-1])


def _name(key: str) -> str:
    return _segments(key)[-1]


def _parts_folder(key: str) -> tuple[str, ...]:
    return (_PARTS, *_segments(key))


def _part_name(part: Part) -> str:
    return f"{part.number:05d}-{part.etag}-{part.size_bytes}"


def _make(name: str, parent: int) -> bool:
    try:
        os.mkdir(name, 0o700, dir_fd=parent)
    except FileExistsError:
        return False
    return True


def _remove_unfinished(folder: int, name: str) -> None:
    for other in os.listdir(folder):
        if other.startswith(f"{name}.") and other.endswith(_INCOMING):
            with suppress(FileNotFoundError):
                os.unlink(other, dir_fd=folder)


def _parts_in(folder: int) -> list[tuple[str, Part]]:
    found = []
    for name in sorted(os.listdir(folder)):
        match = _PART.fullmatch(name)
        if match:
            found.append((name, Part(int(match[1]), match[2], int(match[3]))))
    return found


def _joined(folder: int, names: Iterable[str]) -> Iterator[bytes]:
    for name in names:
        chunks = FileChunks(os.open(name, _READ, dir_fd=folder), 0, None)
        try:
            yield from chunks
        finally:
            chunks.close()


def _write_all(descriptor: int, chunk: bytes) -> None:
    view = memoryview(chunk)
    while view:
        view = view[os.write(descriptor, view) :]
