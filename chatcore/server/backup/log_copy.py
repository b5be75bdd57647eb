"""Opens the files of a log as they are at one moment, so that they can be read even if they are renamed later."""

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
    """An open file of the log, and how many bytes of it to copy."""

    name: str
    file: BinaryIO
    size: int
    changed_at: float


def open_log(path: Path, opened: ExitStack) -> list[LogFile]:
    """Return the files of the log at `path`, with rotated files and seals; `opened` closes them. Raises ConfigError.

    Lines written later are not included. The seals are no newer than the log, so everything that they cover is there.
    """
    for _ in range(_TRIES):
        with ExitStack() as attempt:
            try:
                found = _open_all(path, attempt)
            except FileNotFoundError:  # compressed, removed or renamed meanwhile
                continue
            except OSError as error:
                raise ConfigError(f"cannot read {error.filename or path}: {error.strerror}") from error
            if found is not None:
                opened.push(attempt.pop_all())
                return found
    raise ConfigError(f"the files of the log {path} keep changing: try again later")


def _open_all(path: Path, opened: ExitStack) -> list[LogFile] | None:
    """Return all files; None if the log was rotated meanwhile. Raises OSError."""
    if not path.parent.is_dir():
        return []
    if path.exists() and not path.is_file():  # such as /dev/null
        return []
    before = _rotated_names(path)
    seals = [_open(seal, opened) for seal in sorted(path.parent.iterdir()) if is_seal(seal, path)]
    present = _open(path, opened) if path.exists() else None
    rotated = [_open(found, opened) for found in log_files(path) if found != path]
    if not before <= {_plain_name(Path(found.name)) for found in rotated}:
        return None  # the seals may cover a file that was removed since
    # If the current file is still the same, no rotated file is missing and none is included twice.
    if present is None:
        return None if path.exists() else [*seals, *rotated]
    if not os.path.samestat(path.stat(), os.fstat(present.file.fileno())):
        return None
    return [*seals, *rotated, present._replace(size=_whole_lines(present.file.fileno()))]


def is_seal(found: Path, path: Path) -> bool:
    """Return whether a file has seals of the log at `path`, by its name: of the current or an earlier chain."""
    return found.name.startswith(path.name + SEAL_SUFFIX)


def _rotated_names(path: Path) -> set[str]:
    """Return the names of the rotated files without the suffix for compression."""
    return {_plain_name(found) for found in path.parent.iterdir() if is_rotated(found, path) and found.is_file()}


def _plain_name(path: Path) -> str:
    return path.name.removesuffix(GZIP_SUFFIX)


def _open(path: Path, opened: ExitStack) -> LogFile:
    file = open_file(path)
    if file is None:
        raise OSError(errno.EINVAL, "it is not a file", str(path))
    found = os.fstat(opened.enter_context(file).fileno())
    size = found.st_size if path.suffix == GZIP_SUFFIX else _whole_lines(file.fileno())
    return LogFile(path.name, file, size, found.st_mtime)


def _whole_lines(descriptor: int) -> int:
    """Return the size of a file up to the end of its last whole line."""
    end = os.fstat(descriptor).st_size
    while end > 0:
        start = max(0, end - _LOOK_BYTES)
        newline = os.pread(descriptor, end - start, start).rfind(b"\n")
        if newline >= 0:
            return start + newline + 1
        end = start
    return 0
