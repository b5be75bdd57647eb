"""Erases messages from the archive's files: a file is rewritten without them, or removed if nothing is left."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from typing import NamedTuple

from chatcore.errors import ArchiveUnavailable
from chatcore.server.archive.journal.records import LineRecord, ReactionRecord
from chatcore.server.archive.reading.volume import DamagedFile, Volume
from chatcore.server.archive.storage import schema
from chatcore.server.archive.storage.files import HistoryFile, HistoryFiles
from chatcore.server.archive.storage.rewriting import rewrite
from chatcore.server.archive.storage.writer import Writer
from chatcore.state.erasure import Erasure

MANY_ROWS = 20_000
"""If the current file has more rows, erasing from it takes so long that new lines go into another file."""
_STEP_ROWS = 64
_ROOMS = "SELECT number FROM audience WHERE room = ?"
_MATCHING = "SELECT m.place & 1, count(*) FROM message AS m WHERE m.id <= ? AND m.time_ms < ?"
_REACTIONS = "SELECT count(*) FROM reaction AS m WHERE m.id <= ? AND m.time_ms < ?"
_NO_END_MS = (1 << 63) - 1

Step = Callable[[float, int, bool], None]
"""Called often with the progress (0 to 1), the number of files, and whether the archive may be written to meanwhile.

An exception ends the work and leaves the file that is being rewritten as it was.
"""


class Erased(NamedTuple):
    """How many messages were erased, and in words what could not be erased."""

    messages: int
    problems: tuple[str, ...]


class _Plan(NamedTuple):
    """The work on one file: `lost` of its rows are to be erased, `messages` of these are messages."""

    file: HistoryFile
    rows: int
    lost: int
    messages: int


class _Progress:
    """Counts the rows that were processed; each is processed twice."""

    def __init__(self, plans: Sequence[_Plan], step: Step) -> None:
        self.is_free = False
        self._files = len(plans)
        self._rows = max(sum(plan.rows for plan in plans) * 2, 1)
        self._done = 0
        self._step = step

    def count(self) -> None:
        self._done += 1
        if not self._done % _STEP_ROWS:
            self.tell()

    def tell(self) -> None:
        self._step(min(self._done / self._rows, 1.0), self._files, self.is_free)


def erase(files: HistoryFiles, writer: Writer, erasure: Erasure, up_to: int, step: Step) -> Erased:
    """Erase the matching lines up to this id. Archivist only; takes about 20 s for each million lines of a file.

    A file that cannot be rewritten stays as it was; the other files are still processed.
    """
    plans: list[_Plan] = []
    problems: list[str] = []
    for file in files.all():
        try:
            plans += _plan(file, erasure, up_to)
        except (sqlite3.Error, DamagedFile) as error:
            problems.append(f"{file.path.name} cannot be read: {error}")
    messages = 0
    progress = _Progress(plans, step)
    for plan in plans:
        try:
            _carry_out(files, writer, plan, erasure, up_to, progress)
            messages += plan.messages
        except (ArchiveUnavailable, OSError) as error:
            problems.append(str(error))
    return Erased(messages, (*problems, *_left_aside(files)))


def _plan(file: HistoryFile, erasure: Erasure, up_to: int) -> Iterable[_Plan]:
    """Return the plan for a file, or nothing if it has no matches. Raises sqlite3.Error, DamagedFile."""
    with closing(schema.open_to_read(file.path)) as connection, closing(Volume(file, connection)) as volume:
        conditions, of_reactions = [_MATCHING], [_REACTIONS]
        if erasure.nick:
            sources = volume.select("SELECT number, source, account FROM source")
            conditions.append(f"m.source IN ({_numbers(row[0] for row in sources if erasure.is_by(row[1], row[2]))})")
            of_reactions.append(conditions[-1])
        if erasure.room:
            rooms = _numbers(row[0] for row in volume.select(_ROOMS, (erasure.room,)))
            conditions.append(f"m.place >> 1 IN ({rooms})")
            of_reactions.append(f"m.audience IN ({rooms})")
        before_ms = _NO_END_MS if erasure.before_ms is None else erasure.before_ms
        counts: dict[int, int] = dict(volume.select(f"{' AND '.join(conditions)} GROUP BY 1", (up_to, before_ms)))
        ((reactions,),) = volume.select(" AND ".join(of_reactions), (up_to, before_ms))
        lost = sum(counts.values())
        there = "SELECT 1 FROM presence WHERE room = ? LIMIT 1"
        if lost or reactions or (_is_all_of_a_room(erasure) and list(volume.select(there, (erasure.room,)))):
            return [_Plan(file, volume.end - 1, lost, counts.get(0, 0))]
        return []


def _carry_out(
    files: HistoryFiles, writer: Writer, plan: _Plan, erasure: Erasure, up_to: int, progress: _Progress
) -> None:
    """Erase from one file. Raises ArchiveUnavailable, OSError."""
    file = plan.file
    if file is writer.file and plan.rows > MANY_ROWS:
        writer.begin_file()
    progress.is_free = file is not writer.file
    if progress.is_free and plan.lost == plan.rows:
        files.remove(file)
        return

    def keep(record: LineRecord | ReactionRecord) -> bool:
        progress.count()
        return not record.is_erased(erasure, up_to)

    def keep_presence(room: str, account_id: str, to_id: int | None) -> bool:
        """Return whether to keep a presence. One that has not ended decides what an account may read from now on."""
        is_here = to_id is None and file is writer.file
        return is_here or room != erasure.room or not _is_all_of_a_room(erasure)

    progress.tell()
    rewrite(files, writer, file, keep, keep_presence)


def _is_all_of_a_room(erasure: Erasure) -> bool:
    return bool(erasure.room) and not erasure.nick and erasure.before_ms is None


def _numbers(numbers: Iterable[int]) -> str:
    return ",".join(map(str, numbers))


def _left_aside(files: HistoryFiles) -> list[str]:
    """Name the files that cannot be read and may still contain what was to be erased."""
    known = {file.path.name for file in files.all()}
    found = (path.name for path in files.folder.glob("history-*.sqlite*") if not path.name.endswith(("-wal", "-shm")))
    return [
        f"{name} in the state folder is damaged and may still contain erased messages: delete it if you can spare it"
        for name in sorted(found)
        if name not in known
    ]
