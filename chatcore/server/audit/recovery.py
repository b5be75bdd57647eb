"""The log of a tracker that replays entries which it may have logged before: lines in the log are not written twice.

The logs of all trackers of a chat have the same lines in the same order, except for the lines that each writes for
itself. So the lines after a known place are compared with the lines to be written; where the log ends, writing begins.

Without a known place, and after a gap line, the log may lack some of the lines: a line that is older than the log's
next one is then left out.
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
    """Cut off an incomplete last line of the log at `path`: it will be written again in full.

    Does nothing if another tracker is using the log, or if it fails.
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
    """An AuditLog that first skips lines that it already has. For delivery, or the main thread before it."""

    _recovery: _Recovery | None = None

    def place(self) -> str:
        """Return the place after the last line written or recognised, as one word; '' if there is none."""
        with contextlib.suppress(*DAMAGE):
            place = self._recovery.place() if self._recovery else self._end()
            return str(place) if place else ""
        return ""

    def has(self, place: str) -> bool:
        """Return whether the log has the place of this word. Raises OSError."""
        found = parse_place(place)
        return found is not None and files_after(self.path, found) is not None

    def is_empty(self) -> bool:
        """Return whether no file of the log has a line. Raises OSError."""
        return not any(map(first_line, log_files(self.path)))

    def note_gap(self, first: int, last: int, time: float) -> None:
        """Log that lines may be missing at these positions, up to this Unix time (s). Raises ConfigError."""
        if not self.write([gap_line(first, last, time)]):
            raise ConfigError(f"cannot write the log {self.path}: {self.problem}")

    def recover(self, word: str, gap: str = "") -> None:
        """Expect the lines after this place to be written again; skip those that the log has. Raises OSError.

        If `word` is '', begin wherever the first such line is found. If the log has none, `gap` is written first.
        """
        place = parse_place(word)
        files = [(path, 0) for path in log_files(self.path)] if place is None else files_after(self.path, place) or []
        self._recovery = _Recovery(files, self._tell, is_known=place is not None, gap=gap)

    def write(self, texts: list[str]) -> int:
        """See AuditLog.write. Lines that the log already has count as written."""
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
        """See AuditLog.follow. The log stays in one file until the recovery has ended."""
        return self._recovery is None and super().follow()

    def end_recovery(self) -> str:
        """End the recovery; return the first line that the log has beyond the replayed ones, '' if there is none.

        A gap line that is still pending, because no line was written, is written now.
        """
        recovery = self._recovery
        if recovery is not None and recovery.gap and not super().write([recovery.gap]):
            return ""  # it will be written before the next line
        self._recovery = None
        return recovery.left_over().decode(errors="replace") if recovery else ""

    def _end(self) -> LogPlace | None:
        """Return the place at the end of the log. Uses the open file, as the path may lead elsewhere by now."""
        if size := os.fstat(self._fd).st_size:
            before = os.pread(self._fd, BEFORE_BYTES, max(0, size - BEFORE_BYTES))
            first = first_line_of(self._fd)
            return LogPlace(digest(first), size, digest(before)) if first else None
        left = [path for path in log_files(self.path) if path.stat().st_size]
        first = first_line(left[-1]) if left else b""
        return LogPlace(digest(first)) if first else None if left else LogPlace()


class _Outcome(Enum):
    """The result of comparing a line to be written with the log."""

    IS_THERE = auto()
    IS_MISSING = auto()  # the log lacks it, and has later lines
    COMES_NEXT = auto()  # the log ends before it
    DIFFERS = auto()


class _Recovery:
    """The lines of the log that are still to be compared, and the new lines that could not be written yet."""

    def __init__(self, files: list[tuple[Path, int]], tell: Callable[[str], None], *, is_known: bool, gap: str) -> None:
        self._lines: Iterator[_Found] | None = _found_lines(files)
        self._tell = tell
        self._may_lack = not is_known  # the log may lack lines before its next one
        self._lacks = False  # it does
        self._gap = gap
        self._last = _Found(b"", *files[0]) if files and is_known else None  # the last line known to be right
        self._next = _Found(b"", Path(), 0)  # the line being compared
        self._ahead: deque[_Found] = deque()  # lines to compare again
        self._unwritten: deque[tuple[str, str]] = deque()  # texts that will come again, and the part to write of each

    @property
    def is_over(self) -> bool:
        """Return whether nothing is left to skip."""
        return self._lines is None and not self._unwritten

    @property
    def gap(self) -> str:
        """Return the gap line to write before the first new line; '' if none is needed."""
        return "" if self._lacks else self._gap

    def place(self) -> LogPlace | None:
        """Return the place after the last recognised line; None if there is none. Raises OSError."""
        if self._last is None or self._may_lack:
            return None
        _, path, end = self._last
        with open_log_file(path) as file:
            return LogPlace(digest(first_line(path)), end, digest_before(file, end))

    def left_over(self) -> bytes:
        """Return the log's next line; b'' if there is none, or if nothing was compared."""
        return self._next.line if (self._lacks or not self._may_lack) and self._take() else b""

    def rests(self, texts: list[str]) -> list[str]:
        """Return the part of each text that is not in the log yet."""
        return [self._rest_again(text) for text in texts]

    def give_back(self, texts: Sequence[str], rests: Sequence[str]) -> None:
        """Keep what could not be written; the texts will come again."""
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
        passed: list[_Found] = []  # lines of the same time, which may belong after this one
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
        """Go to the log's next line that is common to all trackers; return False at the end."""
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
        """Skip past the log's next repeat line, which follows an earlier difference; return False if there is none."""
        return any(kind_of(found.line) == NoteKind.REPEAT.value for found in self._lines or ())

    def _repeat(self, lines: list[str]) -> str:
        """Return the lines to be written after the ones that differ, with a repeat line first; tell the operator."""
        self._lines = None
        found = self._next.line.removesuffix(_LINE_END).decode(errors="replace")
        self._tell(
            "The log is not what it should be: it has the second of these lines in place of the first. From there on, "
            f"it is written again at its end:\n{lines[0]}{found}"
        )
        time = lines[0].partition(" ")[0]
        return "".join((f"{time} {NoteKind.REPEAT.value}\n", *lines))


class _Found(NamedTuple):
    """A line, and where it ends."""

    line: bytes
    path: Path
    end: int


def _found_lines(files: list[tuple[Path, int]]) -> Iterator[_Found]:
    """Yield the whole lines of files. A read error ends a file."""
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
    """Return the line which says that lines may be missing at these positions, up to this Unix time (s)."""
    return f"{format_time(time)} {NoteKind.GAP.value} {first} {last}\n"


def _ends_line(file: BinaryIO, offset: int) -> bool:
    file.seek(offset - 1)
    return file.read(1) == b"\n"
