"""The thread that takes the journal into SQLite, and those who wait for it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from time import monotonic
from typing import Protocol

from chatcore.errors import ArchiveUnavailable
from chatcore.server.archive.journal.journal import Journal, JournalReader, Place
from chatcore.server.archive.journal.records import ArchiveRecord, FactRecord, Record

PACE_S = 0.5
_LOOK_S = 0.05
_IDLE_S = 3600.0  # so that what is too old goes, also if nobody says anything
_REST = 4
"""It rests this many times as long as it worked: while much is said, those who ask often wait for more at once."""
RETRY_S = 2.0
PATIENCE_S = 2.0
_logger = logging.getLogger(__name__)


class Lines(Protocol):
    """Where lines and presences go (`writer.Writer`)."""

    def write(self, records: Sequence[ArchiveRecord]) -> None:
        """Take them, but for those that it has. Raises ArchiveUnavailable."""

    def sync(self) -> None:
        """Force onto the disk what was taken. Raises OSError."""

    def close(self) -> None:
        """Close the files."""


class Facts(Protocol):
    """Where facts go."""

    def apply(self, records: Sequence[FactRecord]) -> None:
        """Take them, but for those that it has. Raises ArchiveUnavailable."""

    def close(self) -> None:
        """Close the file."""


class Archivist(threading.Thread):
    """Takes what the journal has, twice a second while it grows, and at once for whoever asks.

    `catch_up` is for any thread, `take_all` for the main thread before `start` and after `stop`. Duties are carried out
    between two takes, for those who must not do so while something is written.
    """

    def __init__(
        self,
        journal: Journal,
        reader: JournalReader,
        lines: Lines | None,
        facts: Facts,
        tell: Callable[[str], None],
    ) -> None:
        """Without `lines` those that an earlier run has left are dropped. `tell` is for the operator."""
        super().__init__(name="archivist")
        self._journal = journal
        self._reader = reader
        self._lines = lines
        self._facts = facts
        self._tell = tell
        self._duties: list[Callable[[], None]] = []
        self.problem = ""
        """Why SQLite cannot take what there is; '' if it can."""
        self._damaged = 0
        self._stopping = threading.Event()
        self._hurry = threading.Event()  # somebody waits
        self._caught_up = threading.Condition()  # guards the next two
        self._taken = Place(0, 0)
        self._position = 0

    @property
    def position(self) -> int:
        """Return the stream's position up to which all that is to be kept is in SQLite. Any thread."""
        position = self._journal.position  # before the end: what is up to it is before the end
        with self._caught_up:
            return position if self._taken == self._journal.end else self._position

    def add_duty(self, duty: Callable[[], None]) -> None:
        """Have something done after each take. Before `start`."""
        self._duties.append(duty)

    @property
    def is_stopping(self) -> bool:
        """Return whether it was told to stop. Any thread."""
        return self._stopping.is_set()

    def is_awaited(self) -> bool:
        """Return whether somebody has begun to wait since the last time. For its duties."""
        is_awaited = self._hurry.is_set()
        self._hurry.clear()
        return is_awaited

    def pause(self, seconds: float) -> bool:
        """Wait; return whether it was told to stop. For its duties."""
        return self._stopping.wait(seconds)

    def wake(self) -> None:
        """Have the duties done soon. Any thread."""
        self._journal.has_grown.set()
        self._hurry.set()

    def catch_up(self, position: int, timeout_s: float = PATIENCE_S) -> int:
        """Wait until all up to this position of the stream is in SQLite; return up to which it is.

        That is less if it takes too long, or if SQLite cannot be written.
        """
        deadline = monotonic() + timeout_s
        with self._caught_up:
            while (taken := self.position) < position and not self.problem and (left := deadline - monotonic()) > 0:
                self.wake()
                self._caught_up.wait(min(left, _LOOK_S))
            return taken

    def stop(self) -> None:
        """End the thread and wait for it."""
        self._stopping.set()
        self.wake()
        self.join()

    def close(self) -> None:
        """Close all files."""
        self._reader.close()
        self._facts.close()
        if self._lines is not None:
            self._lines.close()

    def run(self) -> None:
        """Take what there is until stopped."""
        while not self._stopping.is_set():
            self._journal.has_grown.wait(_IDLE_S)
            self._hurry.wait(RETRY_S if self.problem else PACE_S)
            self._hurry.clear()
            self._journal.has_grown.clear()
            began = monotonic()
            self.take_all()
            self._stopping.wait(min(PACE_S, _REST * (monotonic() - began)))
            for duty in self._duties:
                try:
                    duty()
                except Exception:
                    _logger.exception("a duty of the archivist failed")
            if self.problem:
                self._journal.has_grown.set()  # so that it is tried again

    def take_all(self) -> bool:
        """Take what the journal has by now; return whether that worked. Its thread, or the main one."""
        position = self._journal.position  # before the end: what is up to it is before the end
        end = self._journal.end
        try:
            while self._reader.place < end and self._take():
                pass
            if self._reader.place < end:  # it goes on with the next segment
                raise ArchiveUnavailable("a file of the journal is no longer in the state folder")
            self._forget_taken()
        except (ArchiveUnavailable, OSError) as error:
            self._fail(str(error))
            return False
        except Exception:
            _logger.exception("the archivist failed")
            self._fail("a fault in this program")
            return False
        self._succeed()
        with self._caught_up:
            self._position, self._taken = position, end
            self._caught_up.notify_all()
        return True

    def _forget_taken(self) -> None:
        """Delete what was taken, once a power loss cannot undo that: there would be a hole before what comes after it.

        Raises OSError.
        """
        if self._reader.has_more_than_needed:
            if self._lines is not None:
                self._lines.sync()
            self._reader.forget_before(self._reader.place)

    def _take(self) -> bool:
        """Take some records; return False if there are none. Raises ArchiveUnavailable, OSError; then it took none."""
        before, damaged = self._reader.place, self._reader.damaged
        records = self._reader.read()
        try:
            self._apply(records)
        except BaseException:
            self._reader.go_back(before)
            self._reader.damaged = damaged  # they are read again
            raise
        return bool(records) or self._reader.place != before

    def _apply(self, records: list[Record]) -> None:
        facts = [record for record in records if isinstance(record, FactRecord)]
        if facts:
            self._facts.apply(facts)
        lines = [record for record in records if not isinstance(record, FactRecord)]
        if lines and self._lines is not None:
            self._lines.write(lines)

    def _fail(self, problem: str) -> None:
        if not self.problem:
            self._tell(f"What is said waits to be archived: {problem}. The chat goes on.")
        with self._caught_up:
            self.problem = problem
            self._caught_up.notify_all()

    def _succeed(self) -> None:
        if self.problem:
            self._tell("What is said is archived again.")
            self.problem = ""
        if self._reader.damaged > self._damaged:
            self._tell(f"Damaged lines of the journal, which are left out: {self._reader.damaged - self._damaged}")
            self._damaged = self._reader.damaged
