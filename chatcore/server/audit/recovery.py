"""The log of a tracker that runs again what it has run before: what is in the log already is not written twice.

The logs of all trackers of a chat have the same lines in the same order, but for those that each has of its own. So the
lines that follow a known place are compared with those that are to be written; from where they end, lines are written.
Files that were rotated or compressed meanwhile are found by their first line.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, NamedTuple

from chatcore.server.audit.grammar import FactKind
from chatcore.server.audit.log import AuditLog
from chatcore.server.audit.rotated import DAMAGE, first_line, first_line_of, log_files, open_log_file
from chatcore.server.file_lock import try_lock
from chatcore.state.notes import NoteKind

OWN_KINDS = frozenset(
    {
        *(NoteKind.START.value, NoteKind.LOG_OPENED.value, NoteKind.LOG_RESUMED.value),
        *(NoteKind.GAP.value, NoteKind.REPEAT.value, FactKind.STOP.value, FactKind.CLOCK_STEP.value),
    }
)
"""Lines of these kinds are one tracker's alone."""

_END = -1
_LINE_END = b"\n"
_NOTHING = "-"
_BEFORE_BYTES = 1 << 12


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
        return [(file, 0) for file in files]
    for index, file in enumerate(files):
        if _digest(first_line(file)) == place.first and _has(file, place):
            here = [] if place.offset == _END else [(file, place.offset)]
            return [*here, *((later, 0) for later in files[index + 1 :])]
    return None


def cut_torn(path: Path) -> None:
    """Cut off the beginning of a line at the end of the log at `path`: it will be written again, whole.

    Not of a log that another tracker is using, and not if that fails.
    """
    with contextlib.suppress(OSError), path.open("r+b") as file:
        if stat.S_ISREG(os.fstat(file.fileno()).st_mode) and try_lock(file.fileno()):
            size = file.seek(0, os.SEEK_END)
            whole = size
            while whole > 0 and not _ends_line(file, whole):
                whole -= 1
            if whole < size:
                file.truncate(whole)


class RecoveringLog(AuditLog):
    """An AuditLog that first skips what is in it. All is for delivery, or for the main thread before it."""

    _recovery: _Recovery | None = None

    def place(self) -> str:
        """Return the place behind what was written last, or is known to be there, as one word; '' if it has none."""
        with contextlib.suppress(*DAMAGE):
            place = self._recovery.place() if self._recovery else self._end()
            return str(place) if place else ""
        return ""

    def has(self, place: str) -> bool:
        """Return whether the log has the place of this word. Raises OSError."""
        found = parse_place(place)
        return found is not None and files_after(self.path, found) is not None

    def recover(self, word: str, gap: str = "") -> None:
        """From now on the lines after the place of this word are written again, which the log has. Raises OSError.

        '': wherever the first of them is found. If it is not, the log ends before them, and the line `gap` comes next.
        """
        place = parse_place(word)
        files = [(path, 0) for path in log_files(self.path)] if place is None else files_after(self.path, place) or []
        self._recovery = _Recovery(files, self._tell, is_sought=place is None, gap=gap)

    def write(self, texts: list[str]) -> int:
        """See AuditLog.write. What is there already counts as written."""
        recovery = self._recovery
        if recovery is None:
            return super().write(texts)
        rests = recovery.rests(texts)
        kept = super().write(rests)
        recovery.give_back(texts[kept:], rests[kept:])
        if recovery.is_over:
            self._recovery = None
        return kept

    def follow(self) -> bool:
        """See AuditLog.follow. It stays in one file until all that it has is known."""
        return self._recovery is None and super().follow()

    def end_recovery(self) -> str:
        """Return the first line that the log has beyond all that was written again; '' if there is none."""
        recovery, self._recovery = self._recovery, None
        return recovery.left_over().decode(errors="replace") if recovery else ""

    def _end(self) -> LogPlace | None:
        """Return where the log ends. By the open file: the path may lead elsewhere by now."""
        if size := os.fstat(self._fd).st_size:
            before = os.pread(self._fd, _BEFORE_BYTES, max(0, size - _BEFORE_BYTES))
            first = first_line_of(self._fd)
            return LogPlace(_digest(first), size, _digest(before)) if first else None
        left = [path for path in log_files(self.path) if path.stat().st_size]
        first = first_line(left[-1]) if left else b""
        return LogPlace(_digest(first)) if first else None if left else LogPlace()


class _Recovery:
    """What is left of the lines that are in the log, and what could not be written of those that are not."""

    def __init__(
        self, files: list[tuple[Path, int]], tell: Callable[[str], None], *, is_sought: bool, gap: str
    ) -> None:
        self._lines: Iterator[_Found] | None = _shared_lines(files)
        self._tell = tell
        self._is_sought = is_sought
        self._gap = gap
        self._last = _Found(b"", *files[0]) if files and not is_sought else None
        self._unwritten: deque[tuple[str, str]] = deque()  # texts that will come again, and what to write of them

    @property
    def is_over(self) -> bool:
        """Return whether nothing is left to skip."""
        return self._lines is None and not self._unwritten

    def place(self) -> LogPlace | None:
        """Return the place behind the line that was found last; None if there is none. Raises OSError."""
        if self._last is None:
            return None
        _, path, end = self._last
        with open_log_file(path) as file:
            return LogPlace(_digest(first_line(path)), end, _digest_before(file, end))

    def left_over(self) -> bytes:
        """Return the next line; b'' if there is none."""
        return b"" if self._is_sought else self._next_line()

    def rests(self, texts: list[str]) -> list[str]:
        """Return what is to be written of each."""
        return [self._rest_again(text) for text in texts]

    def give_back(self, texts: Sequence[str], rests: Sequence[str]) -> None:
        """Note what could not be written."""
        self._unwritten.extendleft(reversed([*zip(texts, rests, strict=True)]))

    def _rest_again(self, text: str) -> str:
        if self._unwritten and self._unwritten[0][0] == text:
            return self._unwritten.popleft()[1]
        return self._rest(text)

    def _rest(self, text: str) -> str:
        lines = [f"{line}\n" for line in text.split("\n")[:-1]]
        if all(map(_is_own, lines)):
            return text
        for index, line in enumerate(lines):
            found = self._seek(line.encode()) if self._is_sought else self._next_line()
            if not found:
                gap, self._gap = self._gap, ""
                return gap + "".join(lines[index:])
            if found != line.encode():
                return self._repeat(found, lines[index:])
        return ""

    def _next_line(self) -> bytes:
        """Take the next line; b'' if there is none."""
        found = next(self._lines, None) if self._lines else None
        if found is None:
            self._lines = None
            return b""
        self._last = found
        return found.line

    def _seek(self, line: bytes) -> bytes:
        """Go to where a line is, and return it; b'' if it is nowhere."""
        self._is_sought = False
        while (found := self._next_line()) and found != line:
            pass
        if found:
            self._gap = ""
        return found

    def _repeat(self, found: bytes, lines: list[str]) -> str:
        """Have the lines written after those that should be the same, and say so, here and there."""
        self._lines = None
        self._tell(
            "The log is not what it should be: instead of the first of these lines it has the second. From there on it "
            f"is written again at its end:\n{lines[0]}{found.removesuffix(_LINE_END).decode(errors='replace')}"
        )
        time = lines[0].partition(" ")[0]
        return "".join((f"{time} {NoteKind.REPEAT.value}\n", *lines))


class _Found(NamedTuple):
    """A line, and where it ends."""

    line: bytes
    path: Path
    end: int


def _shared_lines(files: list[tuple[Path, int]]) -> Iterator[_Found]:
    """Yield the whole lines of files that all trackers have. What cannot be read ends a file."""
    for path, start in files:
        if not path.is_file():
            continue
        with contextlib.suppress(*DAMAGE), open_log_file(path) as file:
            end = file.seek(start)
            for line in file:
                end += len(line)
                if line.endswith(_LINE_END) and not _is_own(line.decode(errors="replace")):
                    yield _Found(line, path, end)


def _is_own(line: str) -> bool:
    words = line.rstrip("\n").split(" ", 2)
    return len(words) > 1 and words[1] in OWN_KINDS


def _has(path: Path, place: LogPlace) -> bool:
    """Return whether a file has what is right before a place."""
    if place.offset == _END:
        return True
    with contextlib.suppress(*DAMAGE), open_log_file(path) as file:
        return _digest_before(file, place.offset) == place.before
    return False


def _digest_before(file: BinaryIO, offset: int) -> str:
    start = max(0, offset - _BEFORE_BYTES)
    file.seek(start)
    return _digest(file.read(offset - start))


def _digest(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=12).hexdigest()


def _ends_line(file: BinaryIO, offset: int) -> bool:
    file.seek(offset - 1)
    return file.read(1) == b"\n"
