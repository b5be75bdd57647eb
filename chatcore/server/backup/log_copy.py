"""The files of a log as they were at one moment, open: whatever becomes of their names, what is in them can be read."""

from __future__ import annotations

import errno
import os
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO, NamedTuple

from chatcore.errors import ConfigError
from chatcore.server.audit.rotated import GZIP_SUFFIX, SEAL_SUFFIX, is_rotated, log_files
from chatcore.server.backup.parcel import open_file

_TRIES = 20
_LOOK_BYTES = 1 << 16


class LogFile(NamedTuple):
    """One of the files, and how many bytes of it are to be copied."""

    name: str
    file: BinaryIO
    size: int
    changed_at: float


def open_log(path: Path, opened: ExitStack) -> list[LogFile]:
    """Return the files of the log at `path`, rotated ones and seal too, to be closed with `opened`. Raises ConfigError.

    What is written since is not in them. The seal is as old as the log, or older: all that it is about is there.
    """
    for _ in range(_TRIES):
        with ExitStack() as attempt:
            try:
                found = _open_all(path, attempt)
            except FileNotFoundError:  # compressed, removed or given another name meanwhile
                continue
            except OSError as error:
                raise ConfigError(f"cannot read {error.filename or path}: {error.strerror}") from error
            if found is not None:
                opened.push(attempt.pop_all())
                return found
    raise ConfigError(f"the files of the log {path} change all the time: try again later")


def _open_all(path: Path, opened: ExitStack) -> list[LogFile] | None:
    """Return all files; None if the log was rotated meanwhile. Raises OSError."""
    if not path.parent.is_dir():
        return []
    if path.exists() and not path.is_file():  # as /dev/null
        return []
    before = _rotated_names(path)
    seals = [_open(seal, opened) for seal in sorted(path.parent.iterdir()) if is_seal(seal, path)]
    present = _open(path, opened) if path.exists() else None
    rotated = [_open(found, opened) for found in log_files(path) if found != path]
    if not before <= {_plain_name(Path(found.name)) for found in rotated}:
        return None  # the seal may name one that was removed since
    # It is what it was before the others were looked for, so none is missing, and none there twice.
    if present is None:
        return None if path.exists() else [*seals, *rotated]
    if not os.path.samestat(path.stat(), os.fstat(present.file.fileno())):
        return None
    return [*seals, *rotated, present._replace(size=_whole_lines(present.file.fileno()))]


def is_seal(found: Path, path: Path) -> bool:
    """Return whether a file has, by its name, seals of the log at `path`: those of now, or of an earlier chain."""
    return found.name.startswith(path.name + SEAL_SUFFIX)


def _rotated_names(path: Path) -> set[str]:
    """Return the names of rotated files, whether compressed or not yet."""
    return {_plain_name(found) for found in path.parent.iterdir() if is_rotated(found, path) and found.is_file()}


def _plain_name(path: Path) -> str:
    return path.name.removesuffix(GZIP_SUFFIX)


def _open(path: Path, opened: ExitStack) -> LogFile:
    file = open_file(path)
    if file is None:
        raise OSError(errno.EINVAL, "it is no file", str(path))
    found = os.fstat(opened.enter_context(file).fileno())
    size = found.st_size if path.suffix == GZIP_SUFFIX else _whole_lines(file.fileno())
    return LogFile(path.name, file, size, found.st_mtime)


def _whole_lines(descriptor: int) -> int:
    """Return how many bytes a file has up to the end of its last line."""
    end = os.fstat(descriptor).st_size
    while end > 0:
        start = max(0, end - _LOOK_BYTES)
        newline = os.pread(descriptor, end - start, start).rfind(b"\n")
        if newline >= 0:
            return start + newline + 1
        end = start
    return 0
