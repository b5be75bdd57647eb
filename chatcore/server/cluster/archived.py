"""The position up to which the archive is certainly complete, even after a power loss.

The log itself shows how far it goes, but the archive does not: it may have later events and lack earlier ones. So a
file holds the position, updated for each checkpoint once the archive is on the disk up to there.
"""

from __future__ import annotations

from pathlib import Path

from chatcore.server.archive.holdings import Holdings
from chatcore.transport.private_files import replace_private

_ALL = 1 << 62


class Archived:
    """One tracker's. Delivery's thread notes checkpoints, the archivist's has `tick`; the rest is for before them."""

    def __init__(self, folder: Path, chat: str, holdings: Holdings, *, is_on: bool) -> None:
        """Read it. What is of another chat, damaged or not there says nothing: then the archive is taken as it is."""
        self._path = folder / "archived"
        self._chat = chat
        self._holdings = holdings
        self._is_on = is_on
        self._checkpoint = 0, 0  # its position, and that of the journal then
        self._noted = 0
        self.position = self._read() if is_on else _ALL
        """Where a tracker may begin so that nothing is missing in its archive: no later than here."""

    def begin(self, position: int) -> None:
        """Note that all up to this position is there, or known to be missing. Raises OSError."""
        if self._is_on:
            self._write(position)

    def note_checkpoint(self, position: int) -> None:
        """Have the archive synced to the disk up to a checkpoint."""
        self._checkpoint = position, self._holdings.journal.position
        self._holdings.archivist.wake()

    def tick(self) -> None:
        """Do so, once all is in SQLite. Raises OSError."""
        position, journal = self._checkpoint
        if self._is_on and position > self._noted and self._holdings.has_all(journal):
            self._holdings.sync()
            self._write(position)

    def _write(self, position: int) -> None:
        replace_private(self._path, f"{self._chat} {position}\n".encode())
        self._noted = position

    def _read(self) -> int:
        try:
            chat, position = self._path.read_text(encoding="ascii").split()
            return int(position) if chat == self._chat else _ALL
        except (OSError, ValueError):
            return _ALL
