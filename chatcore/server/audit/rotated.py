"""The files of a log: the one that is written, and the rotated ones beside it, whoever rotated them.

The tracker calls a rotated file `chat.log-20261126T101530Z`, after the time at which it was left (UTC), and adds `.gz`
when it is compressed. logrotate's names (`chat.log.1`, `chat.log-20261126.gz`) are found as well.
"""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path
from typing import BinaryIO, cast

SEAL_SUFFIX = ".seal"
GZIP_SUFFIX = ".gz"
UNFINISHED_SUFFIX = ".tmp"  # a compressed file that is being written
_OTHERS = (SEAL_SUFFIX, UNFINISHED_SUFFIX)
_FIRST_LINE_BYTES = 1 << 16


def log_files(path: Path) -> list[Path]:
    """Return the files of the log at `path` in the order in which they were written, as far as they are there.

    That is the order of the times on their first lines. A file that lies there both compressed and not is returned
    once. Raises OSError. Any thread.
    """
    beside = (found for found in path.parent.iterdir() if is_rotated(found, path) and found.is_file())
    rotated = {found.name.removesuffix(GZIP_SUFFIX): found for found in sorted(beside, reverse=True)}
    ordered = sorted((first_line(found)[:24], found.name, found) for found in rotated.values())
    return [*(found for _, _, found in ordered), *([path] if path.exists() else [])]


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
    """Return the first line of a file, b'' if it cannot be read or has none."""
    try:
        with open_log_file(path) as file:
            return file.readline(_FIRST_LINE_BYTES)
    except (OSError, EOFError, zlib.error):  # the last two if it is damaged
        return b""
