"""The file that a backup is: a tar, compressed or not, which is there whole, or not at all."""

from __future__ import annotations

import contextlib
import gzip
import io
import os
import stat
import sys
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, cast

from chatcore.errors import ConfigError
from chatcore.server.file_lock import try_lock
from chatcore.transport.private_files import PRIVATE_FILE, PRIVATE_FOLDER, open_private, sync_folder

STANDARD_OUTPUT = Path("-")
UNFINISHED = ".part"
_COMPRESSED, _PLAIN = (".tar.gz", ".tgz"), (".tar",)
_LEVEL = 1  # 6 makes it a twentieth smaller, and takes two and a half times as long
_CHUNK_BYTES = 1 << 18


class Parcel:
    """Takes files, one after the other. Raises ConfigError if it cannot be written, OSError if a file cannot be read.

    One thread.
    """

    def __init__(self, tar: tarfile.TarFile, owner: os.stat_result, on_bytes: Callable[[int], None]) -> None:
        """All is `owner`'s in it. `on_bytes` is told how many bytes it has taken since the last time."""
        self._tar = tar
        self._owner = owner
        self._on_bytes = on_bytes

    def add_folder(self, name: str) -> None:
        """Add a folder, mode 0700."""
        entry = self._entry(name, PRIVATE_FOLDER, self._owner.st_mtime)
        entry.type = tarfile.DIRTYPE
        self._tar.addfile(entry)

    def add_bytes(self, name: str, data: bytes, changed_at: float) -> None:
        """Add a file that was changed last at that time (Unix, s), mode 0600."""
        self.add_file(name, io.BytesIO(data), len(data), changed_at)

    def add_file(self, name: str, file: BinaryIO, size: int, changed_at: float) -> None:
        """Add so many bytes of an open file, from where it stands. Raises OSError if there are fewer."""
        entry = self._entry(name, PRIVATE_FILE, changed_at)
        entry.size = size
        self._tar.addfile(entry, cast("BinaryIO", _Counted(file, self._on_bytes)))

    def _entry(self, name: str, mode: int, changed_at: float) -> tarfile.TarInfo:
        entry = tarfile.TarInfo(name)
        entry.mode, entry.mtime = mode, int(changed_at)
        entry.uid, entry.gid = self._owner.st_uid, self._owner.st_gid
        entry.uname, entry.gname = _names(self._owner)
        return entry


@contextlib.contextmanager
def parcel(path: Path, owner: os.stat_result, on_bytes: Callable[[int], None], *, force: bool) -> Iterator[Parcel]:
    """Begin a backup; it is at `path`, and on the disk, once the block has ended without an exception.

    Unless `force`, a file that is there stays. Raises ConfigError.
    """
    check_name(path)
    with _opened(path, force=force) as raw:
        sink = _Sink(raw, path)
        if path.name.endswith(_PLAIN):
            with _tar(sink) as tar:
                yield Parcel(tar, owner, on_bytes)
        else:
            with gzip.GzipFile("", "wb", _LEVEL, sink) as packed, _tar(packed) as tar:
                yield Parcel(tar, owner, on_bytes)
        with sink.problems_told():
            raw.flush()


def check_name(path: Path) -> None:
    """Raise ConfigError if no backup can have this name, or go where it would."""
    if path == STANDARD_OUTPUT:
        if sys.stdout is None:
            raise ConfigError("standard output is closed")
        if sys.stdout.isatty():
            raise ConfigError("a backup does not go to a terminal: name a file, or pipe it somewhere")
    elif not path.name.endswith((*_COMPRESSED, *_PLAIN)) or path.name in (*_COMPRESSED, *_PLAIN):
        raise ConfigError(f"{path} should end in .tar.gz, or in .tar not to be compressed")


def check_free(path: Path) -> None:
    """Raise ConfigError if there is a file already."""
    if path != STANDARD_OUTPUT and os.path.lexists(path):
        raise ConfigError(f"{path} is there already (--force replaces it)")


@contextlib.contextmanager
def _opened(path: Path, *, force: bool) -> Iterator[BinaryIO]:
    if path == STANDARD_OUTPUT:
        yield sys.stdout.buffer
        return
    if not force:
        check_free(path)
    unfinished = path.with_name(path.name + UNFINISHED)
    try:
        file = _begin(unfinished)
    except OSError as error:
        raise ConfigError(f"cannot write {path}: {error.strerror}") from error
    with file:
        try:
            yield file
            _finish(file, unfinished, path, force=force)
        except BaseException:
            unfinished.unlink(missing_ok=True)
            raise


def _begin(unfinished: Path) -> BinaryIO:
    """Open a file for this process alone, without what one that was killed has left. Raises OSError, ConfigError."""
    file = os.fdopen(open_private(unfinished, os.O_RDWR | os.O_NOFOLLOW), "r+b")
    try:
        if not try_lock(file.fileno()) or not _is_at(unfinished, file):
            raise ConfigError(f"another backup is being written to {unfinished}")
        file.truncate()
        os.fchmod(file.fileno(), PRIVATE_FILE)
    except BaseException:
        file.close()
        raise
    return file


def _is_at(path: Path, file: BinaryIO) -> bool:
    """Return whether a path leads to an open file still: whoever had it locked has given it another name."""
    with contextlib.suppress(FileNotFoundError):
        return os.path.samestat(path.lstat(), os.fstat(file.fileno()))
    return False


def _finish(file: BinaryIO, unfinished: Path, path: Path, *, force: bool) -> None:
    """Give a file its name once it is on the disk. Raises ConfigError."""
    try:
        file.flush()
        os.fsync(file.fileno())
        if not force:
            check_free(path)  # it has taken a while
        unfinished.rename(path)
    except OSError as error:
        raise ConfigError(f"cannot write {path}: {error.strerror}") from error
    sync_folder(path.parent)


@contextlib.contextmanager
def _tar(sink: io.RawIOBase | gzip.GzipFile) -> Iterator[tarfile.TarFile]:
    tar = tarfile.TarFile(fileobj=sink, mode="w", format=tarfile.PAX_FORMAT, copybufsize=_CHUNK_BYTES)
    yield tar
    tar.close()  # which writes the end: not after an exception


class _Sink(io.RawIOBase):
    """Passes on what is written; a failure to do so is a ConfigError, unlike one to read what is copied."""

    def __init__(self, raw: BinaryIO, path: Path) -> None:
        self._raw = raw
        self._path = path
        self._written = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._written

    def write(self, data: Any, /) -> int:
        with self.problems_told():
            count = self._raw.write(data)
        self._written += count
        return count

    @contextlib.contextmanager
    def problems_told(self) -> Iterator[None]:
        """Name the file that cannot be written."""
        try:
            yield
        except OSError as error:
            where = "standard output" if self._path == STANDARD_OUTPUT else self._path
            raise ConfigError(f"cannot write {where}: {error.strerror}") from error


class _Counted:
    """A file to be read, which says how much was."""

    def __init__(self, file: BinaryIO, on_bytes: Callable[[int], None]) -> None:
        self._file = file
        self._on_bytes = on_bytes

    def read(self, size: int) -> bytes:
        data = self._file.read(size)
        self._on_bytes(len(data))
        return data


def _names(owner: os.stat_result) -> tuple[str, str]:
    """Return what owner and group are called here, '' if they have no name."""
    import grp  # not on Windows, where no tracker runs
    import pwd

    user = group = ""
    with contextlib.suppress(KeyError):
        user = pwd.getpwuid(owner.st_uid).pw_name
    with contextlib.suppress(KeyError):
        group = grp.getgrgid(owner.st_gid).gr_name
    return user, group


def open_file(path: Path) -> BinaryIO | None:
    """Open a file to be read; None if it is a folder, a pipe or a device. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return os.fdopen(descriptor, "rb")
    os.close(descriptor)
    return None
