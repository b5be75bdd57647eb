"""Everything of the archive that a tracker holds open, and the state that the last run left in the journal."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Callable, Collection
from pathlib import Path
from time import time

from chatcore.config import Config
from chatcore.errors import ArchiveUnavailable, ConfigError
from chatcore.server.archive.archivist import Archivist
from chatcore.server.archive.erasing.erase_duty import REST_S, EraseDuty, Lines, StreamCut, summary
from chatcore.server.archive.gaps import GAPS_FILE, Gaps
from chatcore.server.archive.journal.journal import Cut, Journal, JournalReader, size_from
from chatcore.server.archive.journal.positions import Positions
from chatcore.server.archive.journal.records import PresenceRecord
from chatcore.server.archive.off import NoArchive
from chatcore.server.archive.reading.questions import Questions
from chatcore.server.archive.reading.reader import Reader
from chatcore.server.archive.storage.belongings import Belongings
from chatcore.server.archive.storage.files import HistoryFiles
from chatcore.server.archive.storage.retention import Retention
from chatcore.server.archive.storage.rooms import Rooms
from chatcore.server.archive.storage.writer import Writer
from chatcore.state.erasure import Erasure
from chatcore.state.facts import HistoryErased
from chatcore.state.history import LAST_INDEX, Gap, line_id

_MB = 1 << 20
_INSTANCE_BITS = 32  # the low bits of a room's number, which count the rooms of one run


class Holdings:
    """The open archive of one tracker. Main thread, unless a method says otherwise."""

    def __init__(
        self,
        config: Config,
        tell: Callable[[str], None],
        accounts: Collection[str] | None = None,
        visits: Collection[str] = (),
    ) -> None:
        """Open everything, and take over what the last run left. Raises ConfigError in words for the operator.

        `accounts` are the ids of all accounts, or None if they are not known; `visits` are the identities of the visits
        that may be resumed. Afterwards, `dormant_rooms` are the rooms of the last run, `belongings` is the stored state
        of accounts, `first_instance` is a number that no room has had, and `newest_order_ms` is the order time of the
        newest line.
        """
        self._config = config
        self._tell = tell
        folder = config.state_dir
        with contextlib.ExitStack() as opened:
            self.positions = Positions(folder, tell)
            opened.callback(self.positions.close)
            self._reader = reader = JournalReader(folder)
            self.journal = Journal(folder, tell)
            opened.callback(self.journal.close)
            self._writer = self._open_lines(folder, tell) if config.is_archive_on else None
            if self._writer is not None:
                opened.callback(self._questions.close)
            elif any(folder.glob("history-*.sqlite")):
                tell(f"Older history is still in {folder.absolute()}: nobody can read it, and it can be erased.")
            self._gaps = self._open_gaps(folder, tell)
            self._rooms = Rooms(folder, tell)
            self.archivist = Archivist(self.journal, reader, self._writer, self._rooms, tell)
            opened.callback(self.archivist.close)
            self._take_up(accounts, visits)
            self._opened = opened.pop_all()

    def _take_up(self, accounts: Collection[str] | None, visits: Collection[str]) -> None:
        """Move what the last run left into the archive, and begin this run. Raises ConfigError."""
        if not self.archivist.take_all():
            folder = self._config.state_dir.absolute()
            raise ConfigError(f"cannot take over what the last run left in {folder}: {self.archivist.problem}")
        try:
            self._begin_run(self._rooms, accounts, visits)
        except ArchiveUnavailable as error:
            raise ConfigError(str(error)) from error

    def answer(self, eras: frozenset[int], position: Callable[[], int]) -> Reader | NoArchive:
        """Return what answers clients, who may read these eras. `position` returns the last position in the stream."""
        if self._writer is None:
            return NoArchive()
        return Reader(
            self._questions,
            sequence=self.positions.sequence,
            eras=eras,
            days=self._config.history_days,
            catch_up=lambda: self.archivist.catch_up(position()),
            gaps=lambda: self._gaps.all,
        )

    def note_gap(self, first: int, last: int, to_ms: int, present: Collection[tuple[str, str]]) -> None:
        """Note that messages may be missing between these positions, up to this time (Unix, ms).

        All presences end before the gap. `present` says who is in which room after it: pairs of an account id and a
        room (casefolded). Before the archivist is started. Raises ArchiveUnavailable, OSError.
        """
        if self._writer is None or self._writer.newest_id >= line_id(last, 0):
            return
        first_id, last_id = max(line_id(first, 0), self._writer.newest_id + 1), line_id(last, LAST_INDEX)
        self._writer.close_presences(first_id - 1)
        self._writer.write([PresenceRecord(last_id, room, account_id, is_in=True) for account_id, room in present])
        self._gaps.add(Gap(first_id, last_id, self._writer.newest_order_ms, to_ms))

    def erasing(self, publish: Callable[[HistoryErased], None]) -> EraseDuty:
        """Return the duty that carries out erase requests in the archivist's thread. Before that thread starts."""
        lines = None if self._writer is None else Lines(self._files, self._writer, self._questions)
        number = secrets.randbits(40) if self._config.cluster else 0
        self._cut = cut = StreamCut(self.journal, self.archivist, publish, number)
        duty = EraseDuty(self._config.state_dir, self.archivist, lines, self._rooms, cut, self._tell, REST_S)
        duty.on_done = lambda answer: self._tell(summary(answer))
        self.archivist.add_duty(duty.carry_out)
        self._duty = duty
        return duty

    def note_erased(self, erasure: Erasure, up_to: int, cut: Cut | None = None) -> None:
        """Erase here too what another tracker was asked to erase; `cut` is where the journal was cut. Any thread."""
        cut = cut or Cut(0, up_to, self.journal.end.segment)
        if not self._cut.is_own(cut):
            self._duty.follow(erasure, cut)

    def close_presences(self) -> None:
        """End all presences of the last run. Before delivery runs. Raises ArchiveUnavailable."""
        if self._writer is not None:
            self._writer.close_presences(line_id(self.positions.first, 0) - 1)

    def leave_to_others(self) -> None:
        """Discard the state of the last run, as the other trackers provide it. At the start."""
        self.dormant_rooms.clear()
        self.belongings, self.newest_order_ms = Belongings(), 0

    def has_all(self, position: int) -> bool:
        """Return whether SQLite has everything that delivery wrote up to this position. Any thread."""
        return self.journal.is_complete and self.archivist.position >= position

    def sync(self) -> None:
        """Force the archived messages onto the disk. Any thread. Raises OSError."""
        if self._writer is not None:
            self._writer.sync()

    def backlog_bytes(self) -> int:
        """Return how many bytes of the journal are not in SQLite yet. Any thread. Raises OSError."""
        return size_from(self._config.state_dir, self._reader.place)

    def file_bytes(self) -> int:
        """Return the size of the archive's message files in bytes. Any thread. Raises OSError."""
        return 0 if self._writer is None else sum(self._files.size(file) for file in self._files.all())

    def close(self) -> None:
        """Take the rest of the journal and close everything. After delivery and the archivist have ended."""
        self.archivist.take_all()
        self._opened.close()

    def _open_gaps(self, folder: Path, tell: Callable[[str], None]) -> Gaps:
        try:
            return Gaps(folder, tell)
        except OSError as error:
            raise ConfigError(f"cannot read {folder / GAPS_FILE}: {error.strerror}") from error

    def _open_lines(self, folder: Path, tell: Callable[[str], None]) -> Writer:
        try:
            self._files = HistoryFiles(folder, self._config.history_mb * _MB, tell)
            self._questions = Questions(self._files)
            return Writer(self._files)
        except (ArchiveUnavailable, OSError) as error:
            raise ConfigError(f"cannot use the archive in {folder.absolute()}: {error}") from error

    def _begin_run(self, rooms: Rooms, accounts: Collection[str] | None, visits: Collection[str]) -> None:
        """Begin after everything stored, load the last run's state, end its presences. Raises ArchiveUnavailable."""
        newest_id = max(rooms.last_id, self._writer.newest_id if self._writer is not None else 0)
        self.positions.start_after(newest_id >> 16, rooms.last_instance >> _INSTANCE_BITS)
        self.first_instance = self.positions.run << _INSTANCE_BITS
        self.dormant_rooms = rooms.load(time(), visits)
        self.newest_order_ms = self._writer.newest_order_ms if self._writer is not None else 0
        self.belongings = rooms.load_belongings(accounts)
        if self._writer is None:
            self.belongings = Belongings(metadata=self.belongings.metadata)  # the others need a history
        else:
            if not self._config.cluster:
                self.close_presences()
            days = self._config.history_days
            self.archivist.add_duty(Retention(self._files, self._writer, days, rooms.forget_waiting).tidy)
