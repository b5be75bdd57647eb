"""The archive's files in the state folder, one or more a month, and which of them can be read.

A file has the lines of one month by the clock. The month in its name is that of the order time, which never goes back,
so that names sort: after a clock that was years ahead, the files of several months have the same month in their names.
"""

from __future__ import annotations

import re
import sqlite3
import sys
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from chatcore.errors import ArchiveUnavailable
from chatcore.server.archive.storage import schema
from chatcore.server.archive.storage.aside import set_aside
from chatcore.server.disk_room import has_room
from chatcore.transport.private_files import sync_file, sync_folder

MAX_FILE_BYTES = 1 << 29
"""The limit for one file: work on a whole file never takes long, whatever the archive's limit."""

_PARTS = 8  # one file takes at most an eighth of the archive's limit, as whole files are removed
_NAME = re.compile(r"history-([0-9]{4}-[0-9]{2})(?:-([0-9]{1,6}))?(?:\.([0-9]{1,6}))?\.sqlite")
_COMPANIONS = ("-wal", "-shm")
_UNFINISHED = ".new"
_MAX_MS = 253_402_300_799_000  # the end of the year 9999, the last that file names can express


@dataclass(frozen=True, eq=False)
class HistoryFile:
    """One file. `number` counts the files of a month, `revision` how often it was rewritten. Compared by identity."""

    path: Path
    month: str
    number: int
    revision: int
    is_indexed: bool

    @property
    def order(self) -> tuple[str, int]:
        """Return the key that sorts files by the order of their lines."""
        return self.month, self.number


class HistoryFiles:
    """All files of one folder. Any thread, but only the archivist adds, replaces and removes files."""

    def __init__(self, folder: Path, max_bytes: int, tell: Callable[[str], None]) -> None:
        """Open each file once. `max_bytes` limits their total size (0: no limit); `tell` informs the operator.

        Files that are damaged or not ours are set aside. Raises StateTooNew, ArchiveUnavailable if the newest file
        cannot be opened, OSError if the folder cannot be read.
        """
        self.folder = folder
        self.tell = tell
        self.max_bytes = max_bytes
        self.max_file_bytes = min(max_bytes // _PARTS, MAX_FILE_BYTES) if max_bytes else MAX_FILE_BYTES
        self._lock = threading.Lock()  # guards changes of the next
        self._files: tuple[HistoryFile, ...] = ()
        self._left_out: frozenset[HistoryFile] = frozenset()
        self._lost: frozenset[HistoryFile] = frozenset()
        self._scan()

    def all(self) -> tuple[HistoryFile, ...]:
        """Return the files that can be read, oldest first."""
        return self._files

    def is_left_out(self, file: HistoryFile) -> bool:
        """Return whether a file was found to be damaged."""
        return file in self._left_out

    def leave_out(self, file: HistoryFile) -> None:
        """Stop reading a damaged file. Any thread; the operator is told once."""
        with self._lock:
            is_news = file not in self._left_out and file in self._files
            self._left_out |= {file}
            self._files = tuple(other for other in self._files if other is not file)
        if is_news:
            self.tell(f"{file.path.name} in the state folder is damaged: answers leave out its messages from now on")

    def is_lost(self, file: HistoryFile) -> bool:
        """Return whether a file was removed by somebody else."""
        return file in self._lost

    def drop_lost(self) -> None:
        """Stop reading files that somebody else has removed. Any thread; the operator is told once."""
        for file in [file for file in self._files if not file.path.exists()]:
            with self._lock:
                is_news = file in self._files  # else it was this program
                self._lost |= {file} if is_news else set()
                self._files = tuple(other for other in self._files if other is not file)
            if is_news:
                self.tell(f"{file.path.name} is no longer in the state folder: its messages can no longer be read")

    def begin(self, month: str) -> HistoryFile:
        """Return the next file of a month, not created yet, under an unused name. Raises OSError."""
        numbers = [found[1] for path in self.folder.iterdir() if (found := _parse(path.name)) and found[0] == month]
        # When the last connection to a lost file is closed, SQLite removes the files beside it by name: don't reuse it.
        numbers += [file.number for file in self._lost if file.month == month]
        number = max(numbers, default=0) + 1
        return HistoryFile(self.folder / _name(month, number, 0), month, number, 0, schema.can_search())

    def add(self, file: HistoryFile) -> None:
        """Add a file, the newest of all; it is read from now on."""
        with self._lock:
            self._files = (*self._files, file)

    def set_aside(self, file: HistoryFile, why: str) -> None:
        """Rename a file that is damaged or not ours, so that nothing reads it, and tell the operator."""
        with self._lock:
            self._files = tuple(other for other in self._files if other is not file)
            self._left_out -= {file}
        try:
            aside = set_aside(file.path)
        except OSError as error:
            self.tell(f"{file.path.name} in the state folder is {why} and cannot be renamed: {error.strerror}")
            return
        self.tell(f"{file.path.name} in the state folder is {why}: it was renamed {aside.name} and is not read")

    def remove(self, file: HistoryFile) -> None:
        """Remove a file, whether it was added or not. Raises OSError."""
        with self._lock:
            self._files = tuple(other for other in self._files if other is not file)
        _unlink(file.path)

    def rewritten(self, file: HistoryFile) -> HistoryFile:
        """Return the next revision of a file; until it is complete, it is written at the path of `unfinished`."""
        revision = file.revision + 1
        path = self.folder / _name(file.month, file.number, revision)
        return HistoryFile(path, file.month, file.number, revision, schema.can_search())

    def replace(self, file: HistoryFile, by: HistoryFile) -> None:
        """Replace a file by its rewritten version, which is closed, at `unfinished(by)`. Raises OSError."""
        unfinished(by).rename(by.path)
        with self._lock:
            self._files = tuple(by if other is file else other for other in self._files)
        _unlink(file.path)

    def sync(self) -> None:
        """Force everything written so far onto the disk. Raises OSError.

        Only the write-ahead logs are synced here; SQLite syncs a file itself when it checkpoints.
        """
        for file in self._files:
            with suppress(FileNotFoundError):
                sync_file(Path(f"{file.path}-wal"))
        sync_folder(self.folder)

    def size(self, file: HistoryFile) -> int:
        """Return the size of a file on disk in bytes, with the files beside it. Raises OSError."""
        total = 0
        for companion in ("", *_COMPANIONS):
            with suppress(FileNotFoundError):
                total += Path(f"{file.path}{companion}").stat().st_size
        return total

    def _scan(self) -> None:
        latest: dict[tuple[str, int], HistoryFile] = {}
        for path in sorted(self.folder.iterdir()):
            found = _parse(path.name.removesuffix(_UNFINISHED))
            if found is None:
                continue
            if path.name.endswith(_UNFINISHED):  # the program ended while it was writing the file
                _unlink(path)
                continue
            file = HistoryFile(path, *found, False)
            older = latest.get(file.order)
            if older is not None:  # ... or after that, before it removed the old revision
                older, file = sorted((older, file), key=lambda each: each.revision)
                _unlink(older.path)
            latest[file.order] = file
        for _, file in sorted(latest.items(), reverse=True):
            opened = self._open(file)
            self._files = (*([opened] if opened else []), *self._files)

    def _open(self, file: HistoryFile) -> HistoryFile | None:
        """Return the file if it can be used, upgraded if need be. Raises StateTooNew, ArchiveUnavailable.

        ArchiveUnavailable is for the newest file: without it, lines that are archived already would be archived again.
        """
        try:
            with closing(schema.open_to_write(file.path)) as connection:
                is_indexed = schema.is_indexed(connection)
        except schema.NotOurs as error:
            self.set_aside(file, str(error))
            return None
        except (OSError, sqlite3.Error) as error:
            # On a full disk, SQLite just reports an I/O error.
            full = "" if _has_room_beside(file.path) else " (there is no room on its disk)"
            words = f"cannot read {file.path.name} in the state folder: {error}{full}"
            if not self._files:
                raise ArchiveUnavailable(words) from error
            self.tell(words)
            return None
        return HistoryFile(file.path, file.month, file.number, file.revision, is_indexed)


def _has_room_beside(path: Path) -> bool:
    try:
        with path.open("rb") as opened:
            return has_room(opened.fileno())
    except OSError:
        return True


def files_in(folder: Path) -> list[HistoryFile]:
    """Return the files in a folder by their names, oldest first, each in its latest revision. Raises OSError.

    No file is opened or changed, and `is_indexed` is always False: this is for a process other than the tracker.
    """
    latest: dict[tuple[str, int], HistoryFile] = {}
    for path in folder.iterdir():
        if (found := _parse(path.name)) is not None:
            file = HistoryFile(path, *found, False)
            older = latest.get(file.order)
            latest[file.order] = file if older is None or older.revision < file.revision else older
    return [file for _, file in sorted(latest.items())]


def unfinished(file: HistoryFile) -> Path:
    """Return the path of a file until it is complete."""
    return file.path.with_name(file.path.name + _UNFINISHED)


def remove_unfinished(file: HistoryFile) -> None:
    """Remove an incomplete file. Raises OSError."""
    _unlink(unfinished(file))


def month_of(order_ms: int) -> str:
    """Return the month of a time (Unix, ms) as it is written in file names."""
    return datetime.fromtimestamp(min(order_ms, _MAX_MS) / 1000, UTC).strftime("%Y-%m")


def month_span_ms(ms: int) -> tuple[int, int]:
    """Return when the month of a time begins and when the next one does (Unix, ms)."""
    year, number = map(int, month_of(ms).split("-"))
    begin = int(datetime(year, number, 1, tzinfo=UTC).timestamp()) * 1000
    if (year, number) == (9999, 12):
        return begin, sys.maxsize
    end = datetime(year + number // 12, number % 12 + 1, 1, tzinfo=UTC)
    return begin, int(end.timestamp()) * 1000


def _name(month: str, number: int, revision: int) -> str:
    return f"history-{month}{f'-{number}' if number > 1 else ''}{f'.{revision}' if revision else ''}.sqlite"


def _parse(name: str) -> tuple[str, int, int] | None:
    """Return the month, number and revision in a file's name; None for other files."""
    found = _NAME.fullmatch(name)
    return (found[1], int(found[2] or 1), int(found[3] or 0)) if found else None


def _unlink(path: Path) -> None:
    """Remove a file and its companions. Raises OSError."""
    for companion in (*_COMPANIONS, ""):
        Path(f"{path}{companion}").unlink(missing_ok=True)
