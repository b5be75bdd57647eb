"""The files of a log: the current one, and the rotated ones beside it, whether the tracker or logrotate rotated them.

The tracker names a rotated file `chat.log-20261126T101530Z`, after the time of the rotation (UTC), and adds `.gz` when
it is compressed. logrotate's names (`chat.log.1`, `chat.log-20261126.gz`) are recognised as well.
"""

from __future__ import annotations

import gzip
import os
import zlib
from calendar import timegm
from collections.abc import Iterable, Iterator
from pathlib import Path
from time import gmtime, strftime, strptime
from typing import BinaryIO, cast

SEAL_SUFFIX = ".seal"
GZIP_SUFFIX = ".gz"
UNFINISHED_SUFFIX = ".tmp"  # a compressed file that is being written
DAMAGE = (OSError, EOFError, zlib.error)
"""The exceptions of reading a damaged or unreadable file; the last two only come from compressed ones."""
TIME_CHARS = len("2026-11-26T10:15:30.000Z")
_OTHERS = (SEAL_SUFFIX, UNFINISHED_SUFFIX)
_FIRST_LINE_BYTES = 1 << 16
_NAME = "-%Y%m%dT%H%M%SZ"


def log_files(path: Path) -> list[Path]:
    """Return the existing files of the log at `path` in the order in which they were written.

    They are sorted by the times on their first lines, but our own rotated files always stay in the order of their
    rotation: the clock may have been set back. A file that exists both compressed and uncompressed is returned once.
    Raises OSError. Any thread.
    """
    beside = (found for found in path.parent.iterdir() if is_rotated(found, path) and found.is_file())
    rotated = {found.name.removesuffix(GZIP_SUFFIX): found for found in sorted(beside, reverse=True)}
    ordered = sorted(_with_times(rotated.values(), path))
    return [*(found for _, _, found in ordered), *([path] if path.exists() else [])]


def own_rotated(path: Path) -> list[Path]:
    """Return the files that this program rotated of the log at `path`, oldest first. Raises OSError. Any thread.

    A file that exists both compressed and uncompressed is returned twice.
    """
    return sorted(found for found in path.parent.iterdir() if second_left(found, path))


def rotated_name(path: Path, second: int) -> Path:
    """Return the path that the file at `path` gets when it is rotated at this Unix time (s)."""
    return path.with_name(path.name + strftime(_NAME, gmtime(second)))


def second_left(found: Path, path: Path) -> int:
    """Return the Unix time (s) in the name of a rotated file, 0 if it is not one of ours."""
    name = found.name.removesuffix(GZIP_SUFFIX).removeprefix(path.name)
    try:
        moment = strptime(name, _NAME)
    except ValueError:
        return 0
    # strptime is too lenient: it accepts other spellings of a time.
    return timegm(moment) if strftime(_NAME, moment) == name else 0


def is_rotated(found: Path, path: Path) -> bool:
    """Return whether a file is, by its name, a rotated file of the log at `path`."""
    rest = found.name.removeprefix(path.name)
    if found.name == rest or not rest.startswith(("-", ".")):
        return False
    return not any(part in _OTHERS for part in found.suffixes) and rest.lstrip("-.")[:1].isdigit()


def open_log_file(path: Path) -> BinaryIO:
    """Open one of the files for reading, decompressing it if needed. Raises OSError."""
    if path.suffix == GZIP_SUFFIX:
        return cast("BinaryIO", gzip.GzipFile(path, "rb"))
    return path.open("rb")


def first_line(path: Path) -> bytes:
    """Return a file's first line with its line end; b'' if it cannot be read or has no whole line."""
    try:
        with open_log_file(path) as file:
            line = file.readline(_FIRST_LINE_BYTES)
    except DAMAGE:
        return b""
    return line if line.endswith(b"\n") else b""


def first_line_of(descriptor: int) -> bytes:
    """Return an open file's first line with its line end; b'' if it has no whole line. Raises OSError."""
    data = os.pread(descriptor, _FIRST_LINE_BYTES, 0)
    return data[: data.find(b"\n") + 1]


def _with_times(rotated: Iterable[Path], path: Path) -> Iterator[tuple[bytes, str, Path]]:
    """Yield each file with its sort key before it."""
    latest = b""
    for found in sorted(rotated):
        time = first_line(found)[:TIME_CHARS]
        if second_left(found, path):
            time = latest = max(time, latest)
        yield time, found.name, found
