"""Files of the archive that cannot be used: they are given another name, and never deleted."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

_COMPANIONS = ("", "-wal", "-shm")


def set_aside(path: Path) -> Path:
    """Give a database, and what SQLite has beside it, a name under which nobody looks; return that. Raises OSError."""
    number = 1
    while (free := path.with_name(f"{path.name}.aside{f'-{number}' if number > 1 else ''}")).exists():
        number += 1
    for companion in _COMPANIONS:
        with suppress(FileNotFoundError):
            Path(f"{path}{companion}").rename(f"{free}{companion}")
    return free
