"""The thread that moves records from the journal into SQLite, and the means to wait for it."""

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
_IDLE_S = 3600.0  # so that old files are removed even if nobody says anything
_REST = 4
"""It rests this many times as long as it worked, so that in a busy chat each take covers more records."""
RETRY_S = 2.0
PATIENCE_S = 2.0
_logger = logging.getLogger(__name__)


class Lines(Protocol):
    """Where lines and presences go (`writer.Writer`)."""

    def write(self, records: Sequence[ArchiveRecord]) -> None:
        """Store the records that are not stored yet. Raises ArchiveUnavailable."""

    def sync(self) -> None:
        """Force what was stored onto the disk. Raises OSError."""

    def close(self) -> None:
        """Close the files."""


class Facts(Protocol):
    """Where facts go."""

    def apply(self, records: Sequence[FactRecord]) -> None:
        """Apply the facts that were not applied yet. Raises ArchiveUnavailable."""

    def close(self) -> None:
        """Close the file."""


class Archivist(threading.Thread):
    """Takes the journal's records, twice a second while it grows, and at once when somebody waits.

    `catch_up` is for any thread, `take_all` for the main thread before `start` and after `stop`. Duties run between two
    takes: they are for work that must not overlap with writing.
    """

    def __init__(
        self,
        journal: Journal,
        reader: JournalReader,
        lines: Lines | None,
        facts: Facts,
        tell: Callable[[str], None],
    ) -> None:
        """Without `lines`, lines that an earlier run left in the journal are dropped. `tell` informs the operator."""
        super().__init__(name="archivist")
        self._journal = journal
        self._reader = reader
        self._lines = lines
        self._facts = facts
        self._tell = tell
        self._duties: list[Callable[[], None]] = []
        self.problem = ""
        """Why records cannot be stored in SQLite; '' if they can."""
        self._damaged = 0
        self._stopping = threading.Event()
        self._hurry = threading.Event()  # somebody waits
        self._caught_up = threading.Condition()  # guards the next two
        self._taken = Place(0, 0)
        self._position = 0

    @property
    def position(self) -> int:
        """Return the stream position up to which SQLite has everything that is to be kept. Any thread."""
        position = self._journal.position  # read before `end`, so that everything up to it lies before `end`
        with self._caught_up:
            return position if self._taken == self._journal.end else self._position

    def add_duty(self, duty: Callable[[], None]) -> None:
        """Run a function after each take. Before `start`."""
        self._duties.append(duty)

    @property
    def is_stopping(self) -> bool:
        """Return whether the thread was told to stop. Any thread."""
        return self._stopping.is_set()

    def is_awaited(self) -> bool:
        """Return whether somebody has begun to wait since the last call. For duties."""
        is_awaited = self._hurry.is_set()
        self._hurry.clear()
        return is_awaited

    def pause(self, seconds: float) -> bool:
        """Wait; return whether the thread was told to stop. For duties."""
        return self._stopping.wait(seconds)

    def wake(self) -> None:
        """Run the duties soon. Any thread."""
        self._journal.has_grown.set()
        self._hurry.set()

    def catch_up(self, position: int, timeout_s: float = PATIENCE_S) -> int:
        """Wait until SQLite has everything up to this stream position; return the position that it has reached.

        The result is lower if that takes too long or SQLite cannot be written.
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
        """Take new records until stopped."""
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
                self._journal.has_grown.set()  # try again

    def take_all(self) -> bool:
        """Take everything that is in the journal now; return whether that worked. Its own thread or the main one."""
        position = self._journal.position  # read before `end`, so that everything up to it lies before `end`
        end = self._journal.end
        try:
            while self._reader.place < end and self._take():
                pass
            if self._reader.place < end:  # the next attempt goes on with the next segment
                raise ArchiveUnavailable("a journal file is no longer in the state folder")
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
        """Delete the segments that were taken, after a sync: a power loss must not leave a hole. Raises OSError."""
        if self._reader.has_more_than_needed:
            if self._lines is not None:
                self._lines.sync()
            self._reader.forget_before(self._reader.place)

    def _take(self) -> bool:
        """Take some records; return False if there are none. Raises ArchiveUnavailable, OSError; then none is taken."""
        before, damaged = self._reader.place, self._reader.damaged
        records = self._reader.read()
        try:
            self._apply(records)
        except BaseException:
            self._reader.go_back(before)
            self._reader.damaged = damaged  # the same lines are read again
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
            self._tell(f"New messages cannot be archived yet: {problem}. The chat goes on.")
        with self._caught_up:
            self.problem = problem
            self._caught_up.notify_all()

    def _succeed(self) -> None:
        if self.problem:
            self._tell("New messages are archived again.")
            self.problem = ""
        if self._reader.damaged > self._damaged:
            self._tell(f"Damaged journal lines skipped: {self._reader.damaged - self._damaged}")
            self._damaged = self._reader.damaged
