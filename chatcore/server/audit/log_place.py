"""A place in the log that is found again, whatever became of its files: rotated, compressed, copied."""

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
"""Lines of these kinds are one tracker's alone."""

BEFORE_BYTES = 1 << 12
"""Of what is before a place, so much tells it from others."""

_END = -1
_NOTHING = "-"


class LogPlace(NamedTuple):
    """A place in a log, under whatever names its files are now: behind so many bytes of one of them, or (-1) all of it.

    `first` is the digest of that file's first line ("-": the place is before all files), `before` of what is right
    before the place.
    """

    first: str = _NOTHING
    offset: int = _END
    before: str = _NOTHING

    def __str__(self) -> str:
        """Return it as one word."""
        return f"{self.first}:{self.offset}:{self.before}"


def parse_place(word: str) -> LogPlace | None:
    """Return the place that was written as this word; None if it is no place."""
    try:
        first, offset, before = word.split(":")
        return LogPlace(first, int(offset), before)
    except ValueError:
        return None


def files_after(path: Path, place: LogPlace) -> list[tuple[Path, int]] | None:
    """Return the files of the log at `path` after a place, and where to begin in each; None if it is not there.

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
    """Return what a place has of some bytes."""
    return hashlib.blake2b(data, digest_size=12).hexdigest()


def digest_before(file: BinaryIO, offset: int) -> str:
    """Return the digest of what is right before an offset. Raises as DAMAGE says."""
    start = max(0, offset - BEFORE_BYTES)
    file.seek(start)
    return digest(file.read(offset - start))


def _begins_with_gap(path: Path) -> bool:
    """Return whether a file lacks what came before its first line that all trackers have: an older one was lost."""
    with contextlib.suppress(*DAMAGE), open_log_file(path) as file:
        for line in file:
            kind = kind_of(line)
            if kind == NoteKind.GAP.value or kind not in OWN_KINDS:
                return kind == NoteKind.GAP.value
    return False


def _has(path: Path, place: LogPlace) -> bool:
    """Return whether a file has what is right before a place."""
    if place.offset == _END:
        return True
    with contextlib.suppress(*DAMAGE), open_log_file(path) as file:
        return digest_before(file, place.offset) == place.before
    return False
