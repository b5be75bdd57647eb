"""Files and folders for their owner alone, whatever the umask: the state folder, all in it, and the log."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700


def make_private_folder(path: Path) -> None:
    """Make a folder, and those above it, where there is none: mode 0700. Raises OSError. Any thread."""
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    for folder in reversed(missing):
        folder.mkdir(PRIVATE_FOLDER, exist_ok=True)


def open_private(path: Path, flags: int) -> int:
    """Open a file, made with mode 0600 if there is none; return its descriptor. Raises OSError. Any thread."""
    return os.open(path, flags | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE)


def make_private(path: Path) -> None:
    """Take away what others may do with a file of ours, but for a link, which may lead anywhere. Raises OSError."""
    mode = path.lstat().st_mode
    if stat.S_ISREG(mode) and mode & 0o077:
        path.chmod(PRIVATE_FILE)


def exposure(name: str, path: Path) -> Iterator[str]:
    """Yield a line for the operator if others may write to a file or folder of this name. Any thread."""
    try:
        found = path.stat()
    except OSError:
        return
    by_all, by_group = found.st_mode & stat.S_IWOTH, found.st_mode & stat.S_IWGRP
    if by_all or (by_group and not _is_own_group(found.st_gid)):
        who = "Everybody" if by_all else "Its group"
        yield f"{who} may write to {name}, and so change what is in it: chmod go-w {path.absolute()}"


def _is_own_group(gid: int) -> bool:
    """Tell whether a group has this user alone, as many systems give to each. Root's never counts: it has others."""
    import grp  # not there on Windows, whose clients never come here
    import pwd

    try:
        return gid != 0 and grp.getgrgid(gid).gr_name == pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return False
