"""Sets aside archive files that cannot be used: they are renamed, never deleted."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

_COMPANIONS = ("", "-wal", "-shm")


def set_aside(path: Path) -> Path:
    """Rename a database, with SQLite's files beside it, so that nothing reads it; return its path. Raises OSError."""
    number = 1
    while (free := path.with_name(f"{path.name}.aside{f'-{number}' if number > 1 else ''}")).exists():
        number += 1
    for companion in _COMPANIONS:
        with suppress(FileNotFoundError):
            Path(f"{path}{companion}").rename(f"{free}{companion}")
    return free
