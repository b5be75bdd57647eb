"""By what a change of an SQLite database can be told without opening it."""

from __future__ import annotations

import os
from pathlib import Path

Signature = tuple[tuple[int, ...] | None, tuple[int, ...] | None]
"""What changes when the database or its write-ahead log does."""


def _wal_of(path: Path) -> Path:
    """Return where SQLite keeps the write-ahead log: beside the file itself, not beside a link to it."""
    return Path(f"{os.path.realpath(path) if path.is_symlink() else path}-wal")


def signature_of(path: Path) -> Signature:
    """Return what changes whenever the file does. Empty files count as missing: SQLite has yet to write them.

    Raises OSError.
    """
    file = _stamp_of(path)
    return file, _stamp_of(_wal_of(path)) if file else None


def _stamp_of(file: Path) -> tuple[int, ...] | None:
    try:
        status = file.stat()
    except FileNotFoundError:
        return None
    return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns) if status.st_size else None
