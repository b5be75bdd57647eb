"""Reads the files of the log in order for `chat-tracker log`: all lines, the last ones, and new ones."""

from __future__ import annotations

import os
import stat
import time
from collections import deque
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import BinaryIO

from chatcore.errors import ConfigError
from chatcore.server.audit.reading.blocks import BlockReader, stored_offset
from chatcore.server.audit.reading.following import Follower
from chatcore.server.audit.reading.identities import Visits
from chatcore.server.audit.reading.lines import LogLine
from chatcore.server.audit.reading.sections import Section, sections
from chatcore.server.audit.reading.sought import MAX_MS, Selection, Sought
from chatcore.server.audit.rotated import DAMAGE, GZIP_SUFFIX
from chatcore.server.cli.progress import Progress

FOLLOW_S = 0.25
TAIL_BYTES = 1 << 20
_TAIL_GROWTH = 8
_LINES_AT_ONCE = 500  # printing a few at a time takes a tenth longer...
_BLOCKS_AT_ONCE = 64  # ...but the reader should not wait long for them


class LogReading:
    """Reads the lines that are sought from the log at `path`. `problems` says which parts could not be read."""

    def __init__(self, path: Path, sought: Sought, *, shows_progress: bool = False) -> None:
        """Find the files of the log, and the current end of the last one. Raises ConfigError, OSError."""
        self.problems: list[str] = []
        self._path = path
        self._sought = sought
        self._shows_progress = shows_progress
        self._selection = Selection(sought)
        self._current = _open_current(path)
        size = os.fstat(self._current.fileno()).st_size if self._current else 0
        self._end = _whole_lines(self._current, size) if self._current else 0
        self.is_unfinished = self._end < size  # the last line is still being written, or was cut off
        # Lines of any time can tell who is who.
        span = (0, MAX_MS) if sought.people else (sought.since_ms, sought.until_ms)
        found = sections(path, self._current, *span) if path.parent.is_dir() else []
        self._sections = [s._replace(stop=min(s.stop, self._end)) if s.file else s for s in found]

    @property
    def is_there(self) -> bool:
        """Return whether there is a file with the log's name, or anything to read."""
        return self._current is not None or bool(self._sections)

    def close(self) -> None:
        """Close what is open."""
        if self._current:
            self._current.close()

    def lines(self) -> Iterator[list[LogLine]]:
        """Yield all lines that are sought, some at a time. Raises KeyboardInterrupt."""
        passes = 2 if self._sought.people else 1
        total = passes * sum(section.size for section in self._sections)
        with Progress(total, is_wanted=self._shows_progress) as progress:
            if self._sought.people:
                visits = Visits(self._sought.people)
                for block in self._blocks(progress):
                    visits.foresee(block)
                self._selection = Selection(self._sought, Visits(self._sought.people, visits.meant))
                self.problems.clear()
            found: list[LogLine] = []
            for count, block in enumerate(self._blocks(progress)):
                found += self._selection.select(block)
                if len(found) > _LINES_AT_ONCE or (found and count % _BLOCKS_AT_ONCE == 0):
                    yield found
                    found = []
            if found:
                yield found

    def last(self, count: int) -> Iterator[list[LogLine]]:
        """Yield the last `count` lines that are sought."""
        if self._sought.people:
            kept: deque[LogLine] = deque(maxlen=count)
            for found in self.lines():
                kept.extend(found)
            yield list(kept)
            return
        parts: list[list[LogLine]] = []
        left = count
        for section in reversed(self._sections):
            if left > 0:
                parts.append(self._last_of(section, left))
                left -= len(parts[-1])
        yield from reversed(parts)

    def follow(self) -> Iterator[list[LogLine]]:
        """Yield lines that are sought as they are written, for ever; an empty list when there are no more for now."""
        current, self._current = self._current, None
        with closing(Follower(self._path, current, self._end)) as follower:
            while True:
                try:
                    for block in follower.blocks():
                        yield self._selection.select(block)
                except DAMAGE as error:
                    self._note(self._path, error)
                yield []
                time.sleep(FOLLOW_S)

    def _blocks(self, progress: Progress) -> Iterator[bytes]:
        for section in self._sections:
            done = 0
            for reader, block in self._section_blocks(section):
                yield block
                before, done = done, stored_offset(reader.file) - section.start
                progress.add(done - before)
            progress.add(section.size - done)

    def _section_blocks(self, section: Section) -> Iterator[tuple[BlockReader, bytes]]:
        """Yield the blocks of a section, as far as it can be read."""
        try:
            file, stop = section.open()
            try:
                reader = BlockReader(file, stop)
                for block in reader.blocks():
                    yield reader, block
                for block in reader.finish():
                    yield reader, block
            finally:
                if file is not self._current:
                    file.close()
        except DAMAGE as error:
            self._note(section.path, error)

    def _last_of(self, section: Section, count: int) -> list[LogLine]:
        """Return the last lines of a section. Read a small part of it first, and more if needed."""
        tail = TAIL_BYTES
        while True:
            is_all = tail >= section.size or section.path.suffix == GZIP_SUFFIX
            part = section if is_all else section._replace(start=section.stop - tail)
            kept: deque[LogLine] = deque(maxlen=count)
            selection, skips = Selection(self._sought), not is_all
            for _, block in self._section_blocks(part):
                kept.extend(selection.select(block[block.find(b"\n") + 1 :] if skips else block))
                skips = False
            if is_all or len(kept) == count:
                return list(kept)
            tail *= _TAIL_GROWTH

    def _note(self, path: Path, error: BaseException) -> None:
        problem = f"cannot read {path}: {getattr(error, 'strerror', None) or error}"
        if problem not in self.problems:
            self.problems.append(problem)


def _open_current(path: Path) -> BinaryIO | None:
    """Open the log; return None if there is none. Raises ConfigError if it is not a file, OSError."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise ConfigError(f"{path} is not a file")
        return path.open("rb") if path.suffix != GZIP_SUFFIX else None
    except FileNotFoundError:
        return None


def _whole_lines(file: BinaryIO, size: int) -> int:
    """Return where the last whole line of a file ends; the file's size if no line ends near its end."""
    start = max(0, size - TAIL_BYTES)
    end = os.pread(file.fileno(), size - start, start).rfind(b"\n")
    return start + end + 1 if end >= 0 else (size if start else 0)
