"""A backup's file: a tar archive, compressed or not, which is either complete or not there at all."""

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
    """Collects files, one after the other. One thread.

    Raises ConfigError if the backup cannot be written, OSError if a file cannot be read.
    """

    def __init__(self, tar: tarfile.TarFile, owner: os.stat_result, on_bytes: Callable[[int], None]) -> None:
        """All entries belong to `owner`. `on_bytes` is called with the number of further bytes taken."""
        self._tar = tar
        self._owner = owner
        self._on_bytes = on_bytes

    def add_folder(self, name: str) -> None:
        """Add a folder, mode 0700."""
        entry = self._entry(name, PRIVATE_FOLDER, self._owner.st_mtime)
        entry.type = tarfile.DIRTYPE
        self._tar.addfile(entry)

    def add_bytes(self, name: str, data: bytes, changed_at: float) -> None:
        """Add a file, mode 0600, last changed at this time (Unix, s)."""
        self.add_file(name, io.BytesIO(data), len(data), changed_at)

    def add_file(self, name: str, file: BinaryIO, size: int, changed_at: float) -> None:
        """Add `size` bytes of an open file, from its current position. Raises OSError if there are fewer."""
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
    """Begin a backup. It appears at `path`, safely on the disk, once the block ends without an exception.

    An existing file is only replaced if `force` is given. Raises ConfigError.
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
    """Raise ConfigError if a backup cannot have this name or be written there."""
    if path == STANDARD_OUTPUT:
        if sys.stdout is None:
            raise ConfigError("standard output is closed")
        if sys.stdout.isatty():
            raise ConfigError("a backup does not go to a terminal: name a file, or pipe it somewhere")
    elif not path.name.endswith((*_COMPRESSED, *_PLAIN)) or path.name in (*_COMPRESSED, *_PLAIN):
        raise ConfigError(f"{path} should end in .tar.gz, or in .tar to be left uncompressed")


def check_free(path: Path) -> None:
    """Raise ConfigError if the file exists."""
    if path != STANDARD_OUTPUT and os.path.lexists(path):
        raise ConfigError(f"{path} already exists (--force replaces it)")


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
    """Open and lock the unfinished file, empty it and make it private. Raises OSError, ConfigError."""
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
    """Return whether a path still leads to an open file: its previous owner may have renamed it."""
    with contextlib.suppress(FileNotFoundError):
        return os.path.samestat(path.lstat(), os.fstat(file.fileno()))
    return False


def _finish(file: BinaryIO, unfinished: Path, path: Path, *, force: bool) -> None:
    """Force a file onto the disk, then give it its final name. Raises ConfigError."""
    try:
        file.flush()
        os.fsync(file.fileno())
        if not force:
            check_free(path)  # again, as writing has taken a while
        unfinished.rename(path)
    except OSError as error:
        raise ConfigError(f"cannot write {path}: {error.strerror}") from error
    sync_folder(path.parent)


@contextlib.contextmanager
def _tar(sink: io.RawIOBase | gzip.GzipFile) -> Iterator[tarfile.TarFile]:
    tar = tarfile.TarFile(fileobj=sink, mode="w", format=tarfile.PAX_FORMAT, copybufsize=_CHUNK_BYTES)
    yield tar
    tar.close()  # writes the end of the archive: not after an exception


class _Sink(io.RawIOBase):
    """Passes on what is written. A failed write raises ConfigError, unlike a failed read of a copied file."""

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
        """Turn OSError into a ConfigError that names the file."""
        try:
            yield
        except OSError as error:
            where = "standard output" if self._path == STANDARD_OUTPUT else self._path
            raise ConfigError(f"cannot write {where}: {error.strerror}") from error


class _Counted:
    """A readable file that reports how much was read."""

    def __init__(self, file: BinaryIO, on_bytes: Callable[[int], None]) -> None:
        self._file = file
        self._on_bytes = on_bytes

    def read(self, size: int) -> bytes:
        data = self._file.read(size)
        self._on_bytes(len(data))
        return data


def _names(owner: os.stat_result) -> tuple[str, str]:
    """Return the names of owner and group, '' for those without a name."""
    import grp  # not available on Windows, where trackers do not run
    import pwd

    user = group = ""
    with contextlib.suppress(KeyError):
        user = pwd.getpwuid(owner.st_uid).pw_name
    with contextlib.suppress(KeyError):
        group = grp.getgrgid(owner.st_gid).gr_name
    return user, group


def open_file(path: Path) -> BinaryIO | None:
    """Open a file for reading; return None if it is a folder, a pipe or a device. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return os.fdopen(descriptor, "rb")
    os.close(descriptor)
    return None
