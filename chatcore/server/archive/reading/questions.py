"""Runs queries on the archive: two at a time, each for at most two seconds, including the wait for its turn."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TypeVar

from chatcore.errors import ArchiveUnavailable
from chatcore.server.archive.reading.volume import DamagedFile, TooLate, Volume
from chatcore.server.archive.storage import schema
from chatcore.server.archive.storage.files import HistoryFile, HistoryFiles

AT_ONCE = 2
TIME_S = 2.0
MAX_IDLE = 16
"""The maximum number of idle connections, each with a cache of at most 2 MB."""

_BUSY = "The archive is busy, try again in a moment"
_Answer = TypeVar("_Answer")


class _FileGone(Exception):
    """A file was removed or rewritten before the question came to it."""


class Question:
    """One query while it runs: the archive's files, each opened when it is needed."""

    def __init__(self, questions: Questions, deadline: float) -> None:
        self.files = questions.files.all()
        self._questions = questions
        self._deadline = deadline
        self._volumes: dict[HistoryFile, Volume] = {}

    def volumes(self, *, is_backward: bool) -> Iterator[Volume]:
        """Yield the files that are not empty, oldest first or newest first. Raises what `Volume` raises."""
        for file in reversed(self.files) if is_backward else self.files:
            if (volume := self._volume(file)).end > 1:
                yield volume

    @property
    def newest_id(self) -> int:
        """Return the id up to which the archive has everything; 0 if it is empty."""
        return self._volume(self.files[-1]).newest_id if self.files else 0

    def is_late(self) -> bool:
        """Return whether the question has taken too long. SQLite calls this while it works."""
        return self._questions.clock() > self._deadline

    def close(self) -> None:
        """Return all connections."""
        for volume in self._volumes.values():
            volume.close()
            self._questions.put_back(volume.file, volume.connection)

    def _volume(self, file: HistoryFile) -> Volume:
        """Return a file, opened. Raises _FileGone, DamagedFile, sqlite3.Error."""
        if file not in self._volumes:
            self._volumes[file] = self._open(file)
        return self._volumes[file]

    def _open(self, file: HistoryFile) -> Volume:
        connection = None
        try:
            connection = self._questions.take(file)
            return Volume(file, connection, self.is_late)
        except (sqlite3.Error, DamagedFile, TooLate) as error:
            if connection is not None:
                connection.close()
            self._questions.files.drop_lost()
            if file not in self._questions.files.all():
                raise _FileGone from error
            if isinstance(error, sqlite3.Error) and schema.is_damage(error):
                raise DamagedFile(file) from error
            raise


class Questions:
    """Gives questions their turns and their connections to the files. Any thread."""

    def __init__(self, files: HistoryFiles, clock: Callable[[], float] = monotonic) -> None:
        self.files = files
        self.clock = clock
        self._turns = threading.BoundedSemaphore(AT_ONCE)
        self._lock = threading.Lock()  # guards the next; no connection is opened or closed under it
        self._idle: dict[HistoryFile, list[sqlite3.Connection]] = {}

    def ask(self, question: Callable[[Question], _Answer], too_late: str) -> _Answer:
        """Run a question and return its answer. It is repeated without a file that is damaged or gone.

        Raises ArchiveUnavailable, with the text `too_late` if it takes too long.
        """
        deadline = self.clock() + TIME_S
        if not self._turns.acquire(timeout=TIME_S):
            raise ArchiveUnavailable(_BUSY)
        try:
            while True:
                try:
                    return self._asked(question, deadline)
                except DamagedFile as error:
                    self.files.leave_out(error.file)
                except _FileGone:  # a rewritten file is read in its new revision
                    continue
        except TooLate as error:
            raise ArchiveUnavailable(too_late) from error
        except sqlite3.Error as error:
            is_late = getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_INTERRUPT
            raise ArchiveUnavailable(too_late if is_late else f"The archive cannot be read: {error}") from error
        finally:
            self._turns.release()

    def take(self, file: HistoryFile) -> sqlite3.Connection:
        """Return an idle connection to a file, or a new one. Raises sqlite3.Error."""
        with self._lock:
            idle = self._idle.get(file)
            if idle:
                return idle.pop()
        return schema.open_to_read(file.path)

    def put_back(self, file: HistoryFile, connection: sqlite3.Connection) -> None:
        """Keep a connection for the next question. Close the connections to files that are gone."""
        with self._lock:
            self._idle.setdefault(file, []).append(connection)
        self.forget_removed()

    def forget_removed(self) -> None:
        """Close idle connections to files that are gone, which would keep them on the disk, and excess ones."""
        files = self.files.all()
        with self._lock:
            gone = [old for old in self._idle if old not in files]
            unused = [each for old in gone for each in self._idle.pop(old)]
            while sum(map(len, self._idle.values())) > MAX_IDLE:  # old files are rarely needed: close theirs first
                unused.append(next(self._idle[old] for old in files if self._idle.get(old)).pop())
        for each in unused:
            each.close()

    def close(self) -> None:
        """Close all idle connections."""
        with self._lock:
            idle, self._idle = self._idle, {}
        for connections in idle.values():
            for connection in connections:
                connection.close()

    def _asked(self, ask: Callable[[Question], _Answer], deadline: float) -> _Answer:
        with self._opened(deadline) as question:
            return ask(question)

    @contextmanager
    def _opened(self, deadline: float) -> Iterator[Question]:
        question = Question(self, deadline)
        try:
            yield question
        finally:
            question.close()
