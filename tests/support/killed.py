"""The files of a running tracker, as a kill -9 would leave them."""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path


def copy_as_killed(folder: Path, copy: Path) -> Path:
    """Copy a folder that the tracker may be changing, without the files that it removes meanwhile; return the copy."""
    return Path(shutil.copytree(folder, copy, copy_function=_copy_unless_removed))


def _copy_unless_removed(source: str, target: str) -> None:
    with suppress(FileNotFoundError):
        shutil.copy2(source, target)
