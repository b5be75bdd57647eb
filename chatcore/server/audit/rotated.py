"""The files of a log: the one that is written, and the rotated ones beside it, whoever rotated them.

The tracker calls a rotated file `chat.log-20261126T101530Z`, after the time at which it was left (UTC), and adds `.gz`
when it is compressed. logrotate's names (`chat.log.1`, `chat.log-20261126.gz`) are found as well.
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
"""What reading a file raises that is damaged, or cannot be read; the last two only if it is compressed."""
TIME_CHARS = len("2026-11-26T10:15:30.000Z")
_OTHERS = (SEAL_SUFFIX, UNFINISHED_SUFFIX)
_FIRST_LINE_BYTES = 1 << 16
_NAME = "-%Y%m%dT%H%M%SZ"


def log_files(path: Path) -> list[Path]:
    """Return the files of the log at `path` in the order in which they were written, as far as they are there.

    That is the order of the times on their first lines, but our own never come before one that was left earlier: the
    clock may have been set back. A file that lies there both compressed and not is returned once. Raises OSError. Any
    thread.
    """
    beside = (found for found in path.parent.iterdir() if is_rotated(found, path) and found.is_file())
    rotated = {found.name.removesuffix(GZIP_SUFFIX): found for found in sorted(beside, reverse=True)}
    ordered = sorted(_with_times(rotated.values(), path))
    return [*(found for _, _, found in ordered), *([path] if path.exists() else [])]


def own_rotated(path: Path) -> list[Path]:
    """Return the files that this program has left of the log at `path`, oldest first. Raises OSError. Any thread.

    A file that lies there both compressed and not is in it twice.
    """
    return sorted(found for found in path.parent.iterdir() if second_left(found, path))


def rotated_name(path: Path, second: int) -> Path:
    """Return the path of what is left at this Unix time (s) of the file at `path`."""
    return path.with_name(path.name + strftime(_NAME, gmtime(second)))


def second_left(found: Path, path: Path) -> int:
    """Return the Unix time (s) in the name of a rotated file, 0 if it is not one of ours."""
    name = found.name.removesuffix(GZIP_SUFFIX).removeprefix(path.name)
    try:
        moment = strptime(name, _NAME)
    except ValueError:
        return 0
    # Strictly: what strptime takes for a time may be written otherwise.
    return timegm(moment) if strftime(_NAME, moment) == name else 0


def is_rotated(found: Path, path: Path) -> bool:
    """Return whether a file is, by its name, a rotated one of the log at `path`."""
    rest = found.name.removeprefix(path.name)
    if found.name == rest or not rest.startswith(("-", ".")):
        return False
    return not any(part in _OTHERS for part in found.suffixes) and rest.lstrip("-.")[:1].isdigit()


def open_log_file(path: Path) -> BinaryIO:
    """Open one of the files to be read, unpacking it if it is compressed. Raises OSError."""
    if path.suffix == GZIP_SUFFIX:
        return cast("BinaryIO", gzip.GzipFile(path, "rb"))
    return path.open("rb")


def first_line(path: Path) -> bytes:
    """Return the first line of a file with its end; b'' if it cannot be read, or has no whole one."""
    try:
        with open_log_file(path) as file:
            line = file.readline(_FIRST_LINE_BYTES)
    except DAMAGE:
        return b""
    return line if line.endswith(b"\n") else b""


def first_line_of(descriptor: int) -> bytes:
    """Return the first line of an open file with its end; b'' if it has no whole one. Raises OSError."""
    data = os.pread(descriptor, _FIRST_LINE_BYTES, 0)
    return data[: data.find(b"\n") + 1]


def _with_times(rotated: Iterable[Path], path: Path) -> Iterator[tuple[bytes, str, Path]]:
    """Yield each file behind what it is put in order by."""
    latest = b""
    for found in sorted(rotated):
        time = first_line(found)[:TIME_CHARS]
        if second_left(found, path):
            time = latest = max(time, latest)
        yield time, found.name, found
