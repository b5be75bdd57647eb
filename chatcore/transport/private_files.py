"""Files and folders that only their owner can read, whatever the umask: the state folder, its files, and the log."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700


def make_private_folder(path: Path) -> None:
    """Make a folder and any missing parents, mode 0700. Raises OSError. Any thread."""
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    for folder in reversed(missing):
        folder.mkdir(PRIVATE_FOLDER, exist_ok=True)


def open_private(path: Path, flags: int) -> int:
    """Open a file, creating it with mode 0600 if missing; return the descriptor. Raises OSError. Any thread."""
    return os.open(path, flags | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE)


def replace_private(path: Path, data: bytes) -> None:
    """Create or atomically replace a file, mode 0600.

    A link is replaced, not followed. The data is on the disk when this returns. Raises OSError. Any thread.
    """
    descriptor, name = tempfile.mkstemp(prefix=f"{path.stem}.", dir=path.parent)  # mode 0600
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink()
        raise
    sync_folder(path.parent)


def make_private(path: Path) -> None:
    """Make one of our files private. A link is left alone, because it may lead anywhere. Raises OSError."""
    mode = path.lstat().st_mode
    if stat.S_ISREG(mode) and mode & 0o077:
        path.chmod(PRIVATE_FILE)


def exposure(name: str, path: Path) -> Iterator[str]:
    """Yield a warning for the operator if others can write to the file or folder called `name`. Any thread."""
    try:
        found = path.stat()
    except OSError:
        return
    by_all, by_group = found.st_mode & stat.S_IWOTH, found.st_mode & stat.S_IWGRP
    if by_all or (by_group and not _is_own_group(found.st_gid)):
        who = "Everyone on this machine" if by_all else "A group"
        yield f"{who} can write to {name} and change what is in it: chmod go-w {path.absolute()}"


def sync_folder(path: Path) -> None:
    """Flush a folder's entries to the disk, if the file system supports it. Any thread."""
    with contextlib.suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def sync_file(path: Path) -> None:
    """Flush a file to the disk. Raises OSError. Not for one that is locked with fcntl: closing it would unlock it."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_synced(descriptor: int, data: bytes) -> None:
    """Write all data and flush it to the disk. If it raises OSError, part may have been written. Any thread."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
    os.fsync(descriptor)


def _is_own_group(gid: int) -> bool:
    """Return whether a group is the private group that many systems give each user. Root's does not count."""
    import grp  # missing on Windows, where the client never gets here
    import pwd

    try:
        return gid != 0 and grp.getgrgid(gid).gr_name == pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return False
