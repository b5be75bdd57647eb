"""Opens the archive for a command while no tracker runs; the command holds the state folder's lock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from chatcore.errors import ArchiveUnavailable, ConfigError
from chatcore.server.archive.archivist import Archivist
from chatcore.server.archive.erasing.erase_duty import EraseDuty, Lines, cut_alone
from chatcore.server.archive.journal.journal import Journal, JournalReader
from chatcore.server.archive.storage.files import HistoryFiles
from chatcore.server.archive.storage.rooms import Rooms
from chatcore.server.archive.storage.writer import Writer


@contextmanager
def erasing_alone(folder: Path, max_bytes: int, tell: Callable[[str], None]) -> Iterator[EraseDuty]:
    """Yield a duty that can erase, with the journal of the last tracker taken over. Raises ConfigError.

    None of a tracker's other start-up work is done. `max_bytes` limits the archive's files (0: no limit).
    """
    with ExitStack() as opened:
        reader = JournalReader(folder)
        journal = Journal(folder, tell)
        opened.callback(journal.close)
        try:
            files = HistoryFiles(folder, max_bytes, tell)
            writer = Writer(files)
        except (ArchiveUnavailable, OSError) as error:
            raise ConfigError(f"cannot use the archive in {folder.absolute()}: {error}") from error
        rooms = Rooms(folder, tell)
        archivist = Archivist(journal, reader, writer, rooms, tell)
        opened.callback(archivist.close)
        lines = Lines(files, writer, None)
        yield EraseDuty(folder, archivist, lines, rooms, partial(cut_alone, journal), tell)
