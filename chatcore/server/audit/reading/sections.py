"""Finds the parts of the log's files that must be read for the lines of a span of time.

The clock may have been set back, so times may be out of order. No line is missed for that reason unless the clock was
wrong by more than a day: files and parts of files are chosen with a day's margin at either end, and a file whose
sampled times are out of order is read completely.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from chatcore.protocol.timestamp import parse_time
from chatcore.server.audit.reading.lines import parse_line
from chatcore.server.audit.rotated import GZIP_SUFFIX, first_line, first_line_of, log_files, open_log_file

CLOCK_ERROR_MS = 86_400_000
PROBES = 256
WORTH_PROBING_BYTES = 1 << 24
_PROBE_BYTES = 1 << 13


class Section(NamedTuple):
    """A part of a file from `start` to `stop` (bytes), where lines begin; a compressed file is always one section."""

    path: Path
    start: int
    stop: int
    file: BinaryIO | None = None  # if it is open already

    @property
    def size(self) -> int:
        """Return how much there is to read, in bytes as stored."""
        return self.stop - self.start

    def open(self) -> tuple[BinaryIO, int | None]:
        """Open the file at the section's start; return it, and the offset to stop at (None: its end). Raises OSError.

        A file that has just been compressed is found under its new name and read completely.
        """
        try:
            file = self.file or open_log_file(self.path)
        except FileNotFoundError:
            return open_log_file(_compressed(self.path)), None
        if self.path.suffix == GZIP_SUFFIX:
            return file, None
        file.seek(self.start)
        return file, self.stop


def sections(path: Path, current: BinaryIO | None, since_ms: int, until_ms: int) -> list[Section]:
    """Return the sections of the log at `path` to read, in order. Raises OSError.

    `current` is the log's current file, opened before, so that no file is missed if the log is rotated now.
    """
    found = [_section(rotated, None, since_ms, until_ms) for rotated in _rotated(path, current)]
    if current or path.exists():  # one that is compressed cannot be the current one
        found.append(_section(path, current, since_ms, until_ms))
    return [section for section in found if section]


def _rotated(path: Path, current: BinaryIO | None) -> Iterator[Path]:
    """Yield the rotated files, except `current` if it has just become one of them."""
    beginning = first_line_of(current.fileno()) if current else b""
    for found in log_files(path):
        if found != path and not (beginning and first_line(found) == beginning):
            yield found


def _section(path: Path, file: BinaryIO | None, since_ms: int, until_ms: int) -> Section | None:
    """Return the section of a file to read, None if there is nothing to read."""
    try:
        found = os.fstat(file.fileno()) if file else path.stat()
    except FileNotFoundError:  # it has just been compressed or removed
        return Section(path, 0, 0)
    if not stat.S_ISREG(found.st_mode):
        return None
    # Its last line is no later than its modification time. (A copy may have a later one; then it is read.)
    if file is None and found.st_mtime * 1000 < since_ms - CLOCK_ERROR_MS:
        return None
    begins = _time_of(first_line_of(file.fileno()) if file else first_line(path))
    if begins is not None and begins >= until_ms + CLOCK_ERROR_MS:
        return None
    whole = Section(path, 0, found.st_size, file)
    if path.suffix == GZIP_SUFFIX or found.st_size < WORTH_PROBING_BYTES:
        return whole
    return _narrowed(whole, since_ms, until_ms)


def _narrowed(whole: Section, since_ms: int, until_ms: int) -> Section:
    """Return the part with the lines of a span of time, or everything if the times are out of order."""
    file = whole.file or whole.path.open("rb")
    try:
        probes = list(_probe(file.fileno(), whole.stop))
    finally:
        if file is not whole.file:
            file.close()
    times = [time for _, time in probes]
    if times != sorted(times):
        return whole
    start = max((at for at, time in probes if time < since_ms - CLOCK_ERROR_MS), default=0)
    stop = min((at for at, time in probes if time >= until_ms + CLOCK_ERROR_MS), default=whole.stop)
    return whole._replace(start=start, stop=max(start, stop))


def _probe(descriptor: int, size: int) -> Iterator[tuple[int, int]]:
    """Yield the offsets of sampled lines, and their times (Unix, ms)."""
    for number in range(PROBES):
        around = size * number // PROBES
        data = os.pread(descriptor, _PROBE_BYTES, around)
        begins = data.find(b"\n") + 1 if around else 0
        time = _time_of(data[begins : data.find(b"\n", begins) + 1])
        if time is not None and (begins or not around):
            yield around + begins, time


def _time_of(line: bytes) -> int | None:
    time = parse_line(line.removesuffix(b"\n")).time
    return parse_time(time) if time else None


def _compressed(path: Path) -> Path:
    return path.with_name(path.name + GZIP_SUFFIX)
