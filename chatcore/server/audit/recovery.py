"""The log of a tracker that runs again what it has run before: what is in the log already is not written twice.

The logs of all trackers of a chat have the same lines in the same order, but for those that each has of its own. So the
lines that follow a known place are compared with those that are to be written; from where they end, lines are written.

Without a known place, and after a line that says that something may be missing, the log may lack some of them: what is
older than the next line that it has is left out then.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from enum import Enum, auto
from pathlib import Path
from typing import BinaryIO, NamedTuple

from chatcore.errors import ConfigError
from chatcore.protocol.timestamp import format_time
from chatcore.server.audit.log import AuditLog
from chatcore.server.audit.log_place import (
    BEFORE_BYTES,
    OWN_KINDS,
    LogPlace,
    digest,
    digest_before,
    files_after,
    kind_of,
    parse_place,
)
from chatcore.server.audit.rotated import DAMAGE, TIME_CHARS, first_line, first_line_of, log_files, open_log_file
from chatcore.server.file_lock import try_lock
from chatcore.state.notes import NoteKind

_LINE_END = b"\n"


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

    def is_empty(self) -> bool:
        """Return whether it has no line, in no file. Raises OSError."""
        return not any(map(first_line, log_files(self.path)))

    def note_gap(self, first: int, last: int, time: float) -> None:
        """Write that what came at these positions, up to this Unix time (s), may be missing. Raises ConfigError."""
        if not self.write([gap_line(first, last, time)]):
            raise ConfigError(f"cannot write the log {self.path}: {self.problem}")

    def recover(self, word: str, gap: str = "") -> None:
        """From now on the lines after the place of this word are written again, which the log has. Raises OSError.

        '': wherever the first of them is found. If the log ends before them, the line `gap` comes first.
        """
        place = parse_place(word)
        files = [(path, 0) for path in log_files(self.path)] if place is None else files_after(self.path, place) or []
        self._recovery = _Recovery(files, self._tell, is_known=place is not None, gap=gap)

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
        """Return the first line that the log has beyond all that was written again; '' if there is none.

        If nothing came that would be logged, what is missing before that is noted now.
        """
        recovery = self._recovery
        if recovery is not None and recovery.gap and not super().write([recovery.gap]):
            return ""  # it will come before the next line
        self._recovery = None
        return recovery.left_over().decode(errors="replace") if recovery else ""

    def _end(self) -> LogPlace | None:
        """Return where the log ends. By the open file: the path may lead elsewhere by now."""
        if size := os.fstat(self._fd).st_size:
            before = os.pread(self._fd, BEFORE_BYTES, max(0, size - BEFORE_BYTES))
            first = first_line_of(self._fd)
            return LogPlace(digest(first), size, digest(before)) if first else None
        left = [path for path in log_files(self.path) if path.stat().st_size]
        first = first_line(left[-1]) if left else b""
        return LogPlace(digest(first)) if first else None if left else LogPlace()


class _Outcome(Enum):
    """What becomes of a line that is to be written."""

    IS_THERE = auto()
    IS_MISSING = auto()  # and the log goes on after it
    COMES_NEXT = auto()
    DIFFERS = auto()


class _Recovery:
    """What is left of the lines that are in the log, and what could not be written of those that are not."""

    def __init__(self, files: list[tuple[Path, int]], tell: Callable[[str], None], *, is_known: bool, gap: str) -> None:
        self._lines: Iterator[_Found] | None = _found_lines(files)
        self._tell = tell
        self._may_lack = not is_known  # lines that are older than its next
        self._lacks = False
        self._gap = gap
        self._last = _Found(b"", *files[0]) if files and is_known else None  # that is known to be right
        self._next = _Found(b"", Path(), 0)  # that is compared
        self._ahead: deque[_Found] = deque()  # that will be compared again
        self._unwritten: deque[tuple[str, str]] = deque()  # texts that will come again, and what to write of them

    @property
    def is_over(self) -> bool:
        """Return whether nothing is left to skip."""
        return self._lines is None and not self._unwritten

    @property
    def gap(self) -> str:
        """Return the line that is to be written before the first that comes, if the log ends before that; or ''."""
        return "" if self._lacks else self._gap

    def place(self) -> LogPlace | None:
        """Return the place behind the line that was found last; None if there is none. Raises OSError."""
        if self._last is None or self._may_lack:
            return None
        _, path, end = self._last
        with open_log_file(path) as file:
            return LogPlace(digest(first_line(path)), end, digest_before(file, end))

    def left_over(self) -> bytes:
        """Return the next line; b'' if there is none, or if nothing was compared."""
        return self._next.line if (self._lacks or not self._may_lack) and self._take() else b""

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
        if all(kind_of(line.encode()) in OWN_KINDS for line in lines):
            return text
        for index, line in enumerate(lines):
            outcome = self._compare(line.encode())
            if outcome is _Outcome.COMES_NEXT:
                gap, self._gap = self._gap, ""
                return gap + "".join(lines[index:])
            if outcome is _Outcome.DIFFERS:
                return self._repeat(lines[index:])
        return ""

    def _compare(self, line: bytes) -> _Outcome:
        passed: list[_Found] = []  # of the same time: they may come after it
        while self._take():
            found = self._next.line
            if found == line:
                self._last, self._may_lack, self._gap = self._next, False, ""
                return _Outcome.IS_THERE
            if not self._may_lack:
                if not self._go_on_after_repeat():
                    return _Outcome.DIFFERS
            elif found[:TIME_CHARS] > line[:TIME_CHARS]:
                self._ahead.extend((*passed, self._next))
                self._lacks = True
                return _Outcome.IS_MISSING
            elif found[:TIME_CHARS] == line[:TIME_CHARS]:
                passed.append(self._next)
        return _Outcome.DIFFERS if passed else _Outcome.COMES_NEXT

    def _take(self) -> bool:
        """Go to the next line that all trackers have; return False at the end."""
        while not self._ahead:
            found = next(self._lines, None) if self._lines else None
            if found is None:
                self._lines = None
                return False
            kind = kind_of(found.line)
            self._may_lack |= kind == NoteKind.GAP.value
            if kind not in OWN_KINDS:
                self._next = found
                return True
        self._next = self._ahead.popleft()
        return True

    def _go_on_after_repeat(self) -> bool:
        """Go to where the log says that it repeats what was not as it should be; return False if it never does."""
        return any(kind_of(found.line) == NoteKind.REPEAT.value for found in self._lines or ())

    def _repeat(self, lines: list[str]) -> str:
        """Have the lines written after those that should be the same, and say so, here and there."""
        self._lines = None
        found = self._next.line.removesuffix(_LINE_END).decode(errors="replace")
        self._tell(
            "The log is not what it should be: instead of the first of these lines it has the second. From there on it "
            f"is written again at its end:\n{lines[0]}{found}"
        )
        time = lines[0].partition(" ")[0]
        return "".join((f"{time} {NoteKind.REPEAT.value}\n", *lines))


class _Found(NamedTuple):
    """A line, and where it ends."""

    line: bytes
    path: Path
    end: int


def _found_lines(files: list[tuple[Path, int]]) -> Iterator[_Found]:
    """Yield the whole lines of files. What cannot be read ends a file."""
    for path, start in files:
        if not path.is_file():
            continue
        with contextlib.suppress(*DAMAGE), open_log_file(path) as file:
            end = file.seek(start)
            for line in file:
                end += len(line)
                if line.endswith(_LINE_END):
                    yield _Found(line, path, end)


def gap_line(first: int, last: int, time: float) -> str:
    """Return the line that says that what came at these positions, up to this Unix time (s), may be missing."""
    return f"{format_time(time)} {NoteKind.GAP.value} {first} {last}\n"


def _ends_line(file: BinaryIO, offset: int) -> bool:
    file.seek(offset - 1)
    return file.read(1) == b"\n"
