"""Places in the log that can be found again after its files were rotated, compressed or copied."""

from __future__ import annotations

import contextlib
import hashlib
from pathlib import Path
from typing import BinaryIO, NamedTuple

from chatcore.server.audit.grammar import FactKind
from chatcore.server.audit.rotated import DAMAGE, first_line, log_files, open_log_file
from chatcore.state.notes import NoteKind

OWN_KINDS = frozenset(
    {
        *(NoteKind.START.value, NoteKind.LOG_OPENED.value, NoteKind.LOG_RESUMED.value),
        *(NoteKind.GAP.value, NoteKind.REPEAT.value, FactKind.STOP.value, FactKind.CLOCK_STEP.value),
    }
)
"""The kinds of lines that each tracker writes for itself; all other lines are the same in every tracker's log."""

BEFORE_BYTES = 1 << 12
"""How much of the log before a place is used to recognise the place."""

_END = -1
_NOTHING = "-"


class LogPlace(NamedTuple):
    """A place in a log, independent of file names: after `offset` bytes of one file, or at its end (-1).

    `first` is the digest of that file's first line ("-": the place is before all files), `before` the digest of the
    bytes right before the place.
    """

    first: str = _NOTHING
    offset: int = _END
    before: str = _NOTHING

    def __str__(self) -> str:
        """Return the place as one word."""
        return f"{self.first}:{self.offset}:{self.before}"


def parse_place(word: str) -> LogPlace | None:
    """Parse a place from its word; return None if the word is not a place."""
    try:
        first, offset, before = word.split(":")
        return LogPlace(first, int(offset), before)
    except ValueError:
        return None


def files_after(path: Path, place: LogPlace) -> list[tuple[Path, int]] | None:
    """Return the files of the log at `path` after a place, with the offset to begin at; None if it is not found.

    Raises OSError.
    """
    files = log_files(path)
    if place.first == _NOTHING:
        return None if files and _begins_with_gap(files[0]) else [(file, 0) for file in files]
    for index, file in enumerate(files):
        if digest(first_line(file)) == place.first and _has(file, place):
            here = [] if place.offset == _END else [(file, place.offset)]
            return [*here, *((later, 0) for later in files[index + 1 :])]
    return None


def kind_of(line: bytes) -> str:
    """Return the kind of a line, '' if it has none."""
    return b"".join(line.rstrip(b"\n").split(b" ", 2)[1:2]).decode(errors="replace")


def digest(data: bytes) -> str:
    """Return the digest of some bytes, as it is used in places."""
    return hashlib.blake2b(data, digest_size=12).hexdigest()


def digest_before(file: BinaryIO, offset: int) -> str:
    """Return the digest of the bytes right before an offset. Raises what DAMAGE lists."""
    start = max(0, offset - BEFORE_BYTES)
    file.seek(start)
    return digest(file.read(offset - start))


def _begins_with_gap(path: Path) -> bool:
    """Return whether a file has a gap before its first line that is common to all trackers: older files were lost."""
    with contextlib.suppress(*DAMAGE), open_log_file(path) as file:
        for line in file:
            kind = kind_of(line)
            if kind == NoteKind.GAP.value or kind not in OWN_KINDS:
                return kind == NoteKind.GAP.value
    return False


def _has(path: Path, place: LogPlace) -> bool:
    """Return whether a file has the bytes right before a place."""
    if place.offset == _END:
        return True
    with contextlib.suppress(*DAMAGE), open_log_file(path) as file:
        return digest_before(file, place.offset) == place.before
    return False
