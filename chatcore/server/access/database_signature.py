"""Detects that an SQLite database has changed, without opening it."""

from __future__ import annotations

import os
from pathlib import Path

Signature = tuple[tuple[int, ...] | None, tuple[int, ...] | None]
"""Stamps of the database and of its write-ahead log."""


def _wal_of(path: Path) -> Path:
    """Return where SQLite keeps the write-ahead log: beside the file itself, not beside a link to it."""
    return Path(f"{os.path.realpath(path) if path.is_symlink() else path}-wal")


def signature_of(path: Path) -> Signature:
    """Return a signature that changes whenever the database does. Empty files count as missing: they are being created.

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
