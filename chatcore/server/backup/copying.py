"""Copies a tracker's files while it changes them, in an order that loses nothing and duplicates nothing.

Every delivered message is in the journal or, taken from there, in a database. So the journal is copied before the
databases; what is in both counts once, as after a kill -9. The archive's newest file says up to where records were
taken, so it must not claim records that the backup lacks: it is copied before the other files that were written since
the backup began, and files begun later are left out. Rooms come after the lines, which refer to closed rooms; accounts
come after everything that is kept for them; positions come after everything that has one; the log comes last. So the
backup has at least everything that was said before it began.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from stat import S_ISREG
from time import time

from chatcore.errors import ConfigError
from chatcore.server.access.accounts import ACCOUNTS_FILE
from chatcore.server.archive.erasing.erase_mail import ERASE_LOCK, EraseMail
from chatcore.server.archive.journal import positions
from chatcore.server.archive.journal.journal import segment_path, segments
from chatcore.server.archive.storage.files import files_in
from chatcore.server.archive.storage.rooms import ROOMS_FILE
from chatcore.server.audit.rotated import is_rotated
from chatcore.server.backup.contents import COPIED, is_known
from chatcore.server.backup.databases import database_copy
from chatcore.server.backup.log_copy import is_seal, open_log
from chatcore.server.backup.parcel import Parcel, open_file
from chatcore.server.file_lock import locked_at_once

STATE, LOGS = "state", "logs"


@dataclass
class Copied:
    """The contents of a backup: the files and bytes of each folder, and remarks for the operator."""

    files: dict[str, int] = field(default_factory=lambda: {STATE: 0, LOGS: 0})
    sizes: dict[str, int] = field(default_factory=lambda: {STATE: 0, LOGS: 0})
    remarks: list[str] = field(default_factory=list)


@contextmanager
def undisturbed(folder: Path) -> Iterator[None]:
    """Prevent erasing meanwhile, as the backup would keep part of what is erased. Raises ConfigError."""
    with ExitStack() as locked:
        try:
            locked.enter_context(locked_at_once(folder / ERASE_LOCK))
            _leave_to_owner(folder)
        except BlockingIOError as error:
            raise ConfigError("history is being erased, or another backup is running: try again later") from error
        except OSError as error:
            raise ConfigError(f"cannot use the state folder {folder.absolute()}: {error.strerror}") from error
        if EraseMail(folder).has_request:
            raise ConfigError("history is being erased: try again when that is done")
        yield


def _leave_to_owner(folder: Path) -> None:
    """Give the lock file to the folder's owner if root has created it."""
    owner = folder.stat()
    if os.geteuid() == 0 and (folder / ERASE_LOCK).lstat().st_uid != owner.st_uid:
        os.chown(folder / ERASE_LOCK, owner.st_uid, owner.st_gid, follow_symlinks=False)


def estimate(folder: Path, log: Path) -> int:
    """Return roughly how many bytes there are to copy."""
    files = [*_iterate(folder), *(path for path in _iterate(log.parent) if _is_of_the_log(path, log))]
    total = 0
    for path in files:
        with suppress(OSError):  # the file is gone
            found = path.stat()
            total += found.st_size if S_ISREG(found.st_mode) else 0
    return total


class Copying:
    """One backup of a state folder and a log. One thread."""

    def __init__(self, folder: Path, log: Path, into: Parcel, temporary: Path) -> None:
        """`temporary` is a path for a temporary file, as large as one of the archive's (up to 512 MB)."""
        self._folder = folder
        self._log = log
        self._into = into
        self._temporary = temporary
        self.copied = Copied()

    def run(self) -> Copied:
        """Copy everything; return what was copied. Raises ConfigError."""
        try:
            self._into.add_folder(STATE)
            self._copy_state()
            self._into.add_folder(LOGS)
            self._copy_log()
        except OSError as error:
            what = error.filename or "a file that became shorter while it was copied"
            raise ConfigError(f"cannot copy {what}: {error.strerror or error}") from error
        return self.copied

    def _copy_state(self) -> None:
        self._remark_on_others()
        done = [file.path.name for file in files_in(self._folder)[:-1]]  # nothing is added to these any more
        for name in done:
            self._copy_database(name)
        self._copy_journal()
        left = [file.path.name for file in reversed(files_in(self._folder)) if file.path.name not in done]
        for name in (*left, ROOMS_FILE, ACCOUNTS_FILE):
            self._copy_database(name)
        for pattern in COPIED:
            for path in sorted(self._folder.glob(pattern)):
                self._copy_file(path)
        data = positions.copied(self._folder)
        if data is not None:
            self._add_bytes(positions.POSITIONS_FILE, data, time())

    def _copy_journal(self) -> None:
        """Copy the segments, up to the last whole record. A segment that vanishes is in the databases by now."""
        for number in segments(self._folder):
            path = segment_path(self._folder, number)
            try:
                descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
            except FileNotFoundError:
                continue
            with os.fdopen(descriptor, "rb") as file:
                data = file.read()
                self._add_bytes(path.name, data[: data.rfind(b"\n") + 1], os.fstat(descriptor).st_mtime)

    def _copy_database(self, name: str) -> None:
        path = self._folder / name
        try:
            with database_copy(path, self._temporary) as (file, is_none):
                size, changed_at = os.fstat(file.fileno()).st_size, path.stat().st_mtime
                self._into.add_file(f"{STATE}/{name}", file, size, changed_at)
                self._count(STATE, size)
        except FileNotFoundError:  # it never existed, or was removed for its age
            return
        if is_none:
            self.copied.remarks.append(f"{path} is damaged, and was copied as it is")

    def _copy_file(self, path: Path) -> None:
        try:
            file = open_file(path)
        except FileNotFoundError:
            return
        if file is not None:
            with file:
                found = os.fstat(file.fileno())
                self._into.add_file(f"{STATE}/{path.name}", file, found.st_size, found.st_mtime)
                self._count(STATE, found.st_size)

    def _copy_log(self) -> None:
        with ExitStack() as opened:
            for found in open_log(self._log, opened):
                self._into.add_file(f"{LOGS}/{found.name}", found.file, found.size, found.changed_at)
                self._count(LOGS, found.size)
        if not self.copied.files[LOGS]:
            self.copied.remarks.append(f"there is no log at {self._log.absolute()} (--log names another)")

    def _add_bytes(self, name: str, data: bytes, changed_at: float) -> None:
        self._into.add_bytes(f"{STATE}/{name}", data, changed_at)
        self._count(STATE, len(data))

    def _count(self, folder: str, size: int) -> None:
        self.copied.files[folder] += 1
        self.copied.sizes[folder] += size

    def _remark_on_others(self) -> None:
        strange = [path.name for path in _iterate(self._folder) if not is_known(path.name)]
        others = [name for name in strange if not _is_of_the_log(self._folder / name, self._log)]
        if others:
            self.copied.remarks.append(f"left out, because not the tracker's: {', '.join(sorted(others))}")


def is_copied_from(path: Path, folder: Path, log: Path) -> bool:
    """Return whether a backup at this path would be part of itself: in the state folder, or named like the log."""
    where = path.parent.resolve()
    return where.is_relative_to(folder.resolve()) or (
        where == log.parent.resolve() and _is_of_the_log(log.with_name(path.name), log)
    )


def _is_of_the_log(path: Path, log: Path) -> bool:
    is_one = path.name == log.name or is_seal(path, log) or is_rotated(path, log)
    return is_one and path.parent.absolute() == log.parent.absolute()


def _iterate(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []
