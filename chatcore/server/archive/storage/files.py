"""The archive's files in the state folder, one a month or more, and which of them can be read.

What is in one was said in one month by the clock. Its name has the month of the time that questions go by, which never
goes back, so that names sort: after a clock that was years ahead, one month follows the other under the same name.
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
"""So that what must be done with a whole file never takes long, whatever the archive's bound."""

_PARTS = 8  # of the archive's bound; one of them is removed at a time
_NAME = re.compile(r"history-([0-9]{4}-[0-9]{2})(?:-([0-9]{1,6}))?(?:\.([0-9]{1,6}))?\.sqlite")
_COMPANIONS = ("-wal", "-shm")
_UNFINISHED = ".new"
_MAX_MS = 253_402_300_799_000  # the year 9999, the last that has a name


@dataclass(frozen=True, eq=False)
class HistoryFile:
    """One file. `number` counts those of a month, `revision` how often it was written anew. Compared by identity."""

    path: Path
    month: str
    number: int
    revision: int
    is_indexed: bool

    @property
    def order(self) -> tuple[str, int]:
        """Return what sorts files in the order of what was said."""
        return self.month, self.number


class HistoryFiles:
    """All files of one folder. Any thread, but for what only the archivist does: to add, replace and remove."""

    def __init__(self, folder: Path, max_bytes: int, tell: Callable[[str], None]) -> None:
        """Open each file once. `max_bytes` bounds all together (0: no bound); the operator is told by `tell`.

        What is damaged or not ours is set aside. Raises StateTooNew, ArchiveUnavailable if the newest cannot be opened,
        OSError for a folder that cannot be read.
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
        """Return whether a file turned out to be damaged."""
        return file in self._left_out

    def leave_out(self, file: HistoryFile) -> None:
        """Read a damaged file no more. Any thread; the operator is told once."""
        with self._lock:
            is_news = file not in self._left_out and file in self._files
            self._left_out |= {file}
            self._files = tuple(other for other in self._files if other is not file)
        if is_news:
            self.tell(
                f"{file.path.name} in the state folder is damaged: what it holds is left out of answers from now on"
            )

    def is_lost(self, file: HistoryFile) -> bool:
        """Return whether somebody else has removed a file."""
        return file in self._lost

    def drop_lost(self) -> None:
        """Read files no more that somebody else has removed from the folder. Any thread; the operator is told once."""
        for file in [file for file in self._files if not file.path.exists()]:
            with self._lock:
                is_news = file in self._files  # else it was this program
                self._lost |= {file} if is_news else set()
                self._files = tuple(other for other in self._files if other is not file)
            if is_news:
                self.tell(f"{file.path.name} is no longer in the state folder: what it had cannot be read any more")

    def begin(self, month: str) -> HistoryFile:
        """Return a file that is not made yet, the next of a month, under a name that none had. Raises OSError."""
        numbers = [found[1] for path in self.folder.iterdir() if (found := _parse(path.name)) and found[0] == month]
        # SQLite removes files beside a lost one by their names, when the last connection to it is closed.
        numbers += [file.number for file in self._lost if file.month == month]
        number = max(numbers, default=0) + 1
        return HistoryFile(self.folder / _name(month, number, 0), month, number, 0, schema.can_search())

    def add(self, file: HistoryFile) -> None:
        """Have a file read from now on, the newest of all."""
        with self._lock:
            self._files = (*self._files, file)

    def set_aside(self, file: HistoryFile, why: str) -> None:
        """Give a file that is damaged, or not ours, another name, under which nobody looks at it, and say so."""
        with self._lock:
            self._files = tuple(other for other in self._files if other is not file)
            self._left_out -= {file}
        try:
            aside = set_aside(file.path)
        except OSError as error:
            self.tell(f"{file.path.name} in the state folder is {why}, and cannot be renamed: {error.strerror}")
            return
        self.tell(f"{file.path.name} in the state folder is {why}: it is called {aside.name} now, and is not read")

    def remove(self, file: HistoryFile) -> None:
        """Remove a file, whether it was added or not. Raises OSError."""
        with self._lock:
            self._files = tuple(other for other in self._files if other is not file)
        _unlink(file.path)

    def rewritten(self, file: HistoryFile) -> HistoryFile:
        """Return what a file will be when it has been written anew, at the path of `unfinished`."""
        revision = file.revision + 1
        path = self.folder / _name(file.month, file.number, revision)
        return HistoryFile(path, file.month, file.number, revision, schema.can_search())

    def replace(self, file: HistoryFile, by: HistoryFile) -> None:
        """Put a file written anew, at `unfinished(by)`, closed, into the place of the old one. Raises OSError."""
        unfinished(by).rename(by.path)
        with self._lock:
            self._files = tuple(by if other is file else other for other in self._files)
        _unlink(file.path)

    def sync(self) -> None:
        """Force onto the disk what was written, by now in a file or beside it. Raises OSError.

        SQLite itself syncs a file when it moves into it what is beside it.
        """
        for file in self._files:
            with suppress(FileNotFoundError):
                sync_file(Path(f"{file.path}-wal"))
        sync_folder(self.folder)

    def size(self, file: HistoryFile) -> int:
        """Return how many bytes a file takes on disk. Raises OSError."""
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
            if path.name.endswith(_UNFINISHED):  # the program ended while it wrote a file anew
                _unlink(path)
                continue
            file = HistoryFile(path, *found, False)
            older = latest.get(file.order)
            if older is not None:  # ... or when it had, and the old one was to be removed
                older, file = sorted((older, file), key=lambda each: each.revision)
                _unlink(older.path)
            latest[file.order] = file
        for _, file in sorted(latest.items(), reverse=True):
            opened = self._open(file)
            self._files = (*([opened] if opened else []), *self._files)

    def _open(self, file: HistoryFile) -> HistoryFile | None:
        """Return the file if it can be used, upgraded if need be. Raises StateTooNew, ArchiveUnavailable.

        The latter for the newest: without it nobody knows what has been archived, and some would be a second time.
        """
        try:
            with closing(schema.open_to_write(file.path)) as connection:
                is_indexed = schema.is_indexed(connection)
        except schema.NotOurs as error:
            self.set_aside(file, str(error))
            return None
        except (OSError, sqlite3.Error) as error:
            full = (
                "" if _has_room_beside(file.path) else " (there is no room on its disk)"
            )  # SQLite says just I/O error
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
    """Return the files that there are by their names, oldest first, the newest of each. Raises OSError.

    None is opened or changed, nor known to be indexed: for another process than the tracker.
    """
    latest: dict[tuple[str, int], HistoryFile] = {}
    for path in folder.iterdir():
        if (found := _parse(path.name)) is not None:
            file = HistoryFile(path, *found, False)
            older = latest.get(file.order)
            latest[file.order] = file if older is None or older.revision < file.revision else older
    return [file for _, file in sorted(latest.items())]


def unfinished(file: HistoryFile) -> Path:
    """Return where a file is while it is written anew."""
    return file.path.with_name(file.path.name + _UNFINISHED)


def remove_unfinished(file: HistoryFile) -> None:
    """Remove what there is of a file that was to be written anew. Raises OSError."""
    _unlink(unfinished(file))


def month_of(order_ms: int) -> str:
    """Return the month of a time (Unix, ms), as files have it in their names."""
    return datetime.fromtimestamp(min(order_ms, _MAX_MS) / 1000, UTC).strftime("%Y-%m")


def month_span_ms(ms: int) -> tuple[int, int]:
    """Return when the month of a time begins, and when it has ended (Unix, ms)."""
    year, number = map(int, month_of(ms).split("-"))
    begin = int(datetime(year, number, 1, tzinfo=UTC).timestamp()) * 1000
    if (year, number) == (9999, 12):
        return begin, sys.maxsize
    end = datetime(year + number // 12, number % 12 + 1, 1, tzinfo=UTC)
    return begin, int(end.timestamp()) * 1000


def _name(month: str, number: int, revision: int) -> str:
    return f"history-{month}{f'-{number}' if number > 1 else ''}{f'.{revision}' if revision else ''}.sqlite"


def _parse(name: str) -> tuple[str, int, int] | None:
    """Return month, number and revision of a file by its name; None for other files."""
    found = _NAME.fullmatch(name)
    return (found[1], int(found[2] or 1), int(found[3] or 0)) if found else None


def _unlink(path: Path) -> None:
    """Remove a file and its companions. Raises OSError."""
    for companion in (*_COMPANIONS, ""):
        Path(f"{path}{companion}").unlink(missing_ok=True)
