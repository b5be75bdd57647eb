"""chat.log: whole lines, appended before anything is delivered.

The file may be rotated while the tracker runs: `look` notices that the path no longer leads to the open file, and
`follow` switches to the file that it leads to now.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Callable
from pathlib import Path

from chatcore.errors import ConfigError
from chatcore.server.audit.rotation import Rotation
from chatcore.server.audit.witness import NoWitness, Witness
from chatcore.server.disk_room import FULL, has_room
from chatcore.server.file_lock import try_lock
from chatcore.transport.private_files import exposure, make_private_folder, open_private

_DAY_BYTES = len("2026-11-26")
_TAKEN = "another tracker is using it (choose another with --log, and with --state-dir)"


class AuditLog:
    """The log file. `write` and `follow` are for delivery; `look` and the attributes are for any thread."""

    def __init__(
        self,
        path: Path,
        *,
        fsync: bool,
        tell: Callable[[str], None] = lambda text: None,
        witness: Witness | None = None,
        rotation: Rotation | None = None,
        on_left: Callable[[], None] = lambda: None,
    ) -> None:
        """Open and lock the log, creating its folder if needed; end a torn last line. Raises ConfigError.

        `tell` informs the operator, here and in `follow`; `witness` is told what is written. `rotation` says when the
        file is rotated (without it: never), and `on_left` is called afterwards.
        """
        self.path = path
        self.is_writable = True
        self.problem = ""
        self.has_moved = False  # the path seems to lead elsewhere, or a rotation is due; `follow` finds out
        self.written_bytes = 0  # the total for all files
        self._is_full = False  # the last failure was a full disk
        self._is_lost = False  # the file that the path leads to cannot be opened
        self._ends_whole = True  # the file ends at the end of a line
        self._whole_size: int | None = None  # the size to truncate the file to before the next write
        self._fsync = fsync
        self._tell = tell
        self._exposed: list[str] = []  # warnings already given about others who may write here
        self._witness = witness or NoWitness()
        self._rotation = rotation or Rotation(path, 0)
        self._on_left = on_left
        try:
            self._use(_open(path))
        except OSError as error:
            raise ConfigError(f"cannot write the log {path}: {error.strerror}") from error

    def write(self, texts: list[str]) -> int:
        """Append the texts, each the whole lines of one entry; return how many are in the log for good.

        Fewer than given means that the log cannot be written: a partly written entry is cut off again, and nothing more
        is written until that has succeeded.
        """
        data = "".join(texts).encode()
        if not data:
            return len(texts)
        if self._is_lost or not self._cut() or (self._is_full and not has_room(self._fd)):
            return 0
        newline = b"" if self._ends_whole else b"\n"
        data = newline + data
        written = self._append(data)
        if written:
            self._ends_whole = True
        kept, torn = len(texts), 0
        if written < len(data):
            kept, torn = _count_whole(texts, max(0, written - len(newline)))
        if self._fsync and kept and not self.sync():
            kept, torn = 0, max(0, written - len(newline))
        if torn:
            self._tear(torn)
        if written > torn:
            self.written_bytes += written - torn
            self._witness.wrote(data[: written - torn], torn)
        if kept == len(texts):
            self.is_writable, self._is_full = True, False
        return kept

    def look(self) -> None:
        """Notice if a rotation is due, or if the file was renamed, removed or replaced."""
        try:
            found = self.path.stat()
        except OSError:
            self.has_moved = True
        else:
            if _identity_of(found) != self._identity or self._is_due(found):
                self.has_moved = True

    def follow(self) -> bool:
        """Switch to the file that the path leads to now, or to a new one; return whether it is a different file.

        If a rotation is due, the current file is renamed first. While the path's file cannot be opened, nothing is
        written: messages must be in the log that people look at.
        """
        self.has_moved = False  # before anything else, so that `look` can set it again meanwhile
        left = self._leave()
        try:
            is_another = self._follow()
        except OSError as error:
            if left is not None and self._come_back(left, error):
                return False
            self._fail(error)
            self.has_moved = self._is_lost = True
            return False
        self._is_lost = False
        if left is not None:
            self._on_left()
        elif is_another:
            self._tell(f"The log was renamed or removed; it continues in a new file: {self.path.absolute()}")
        return is_another

    def sync(self) -> bool:
        """Force what was written onto the disk; return whether that worked."""
        try:
            os.fsync(self._fd)
        except OSError as error:
            self._fail(error)
            return False
        return True

    def close(self) -> None:
        """Close the file."""
        self._cut()
        self._witness.leave()
        os.close(self._fd)

    def _is_due(self, found: os.stat_result) -> bool:
        return stat.S_ISREG(found.st_mode) and self._rotation.is_due(found.st_size)

    def _leave(self) -> Path | None:
        """Rename the file if a rotation is due; return its new path. If that fails, the rotation is put off."""
        with contextlib.suppress(OSError):
            found = self.path.stat()
            if _identity_of(found) == self._identity and self._is_due(found) and self._cut():
                return self._rename()
        return None

    def _rename(self) -> Path | None:
        try:
            left = self._rotation.name()
            self.path.rename(left)
        except OSError as error:
            self._put_off(error)
            return None
        return left

    def _come_back(self, left: Path, error: OSError) -> bool:
        """Rename the file back because no new one can be opened; return whether that worked."""
        with contextlib.suppress(OSError):
            if not self.path.exists():
                left.rename(self.path)
                self._put_off(error)
                return True
        return False

    def _put_off(self, error: OSError) -> None:
        self._rotation.postpone()
        self._tell(f"The log cannot be rotated ({error.strerror}): it continues in the same file")

    def _follow(self) -> bool:
        descriptor, before = _open(self.path), self._fd
        if _identity_of(os.fstat(descriptor)) == self._identity:
            os.close(descriptor)
            return False
        # Entries that were not delivered must not stay in the old file, unless it was removed.
        if os.fstat(before).st_nlink and not self._cut():
            os.close(descriptor)
            raise OSError(errno.EIO, self.problem)
        self._use(descriptor, has_another=True)
        os.close(before)
        return True

    def _use(self, descriptor: int, *, has_another: bool = False) -> None:
        """Write to this file from now on. If another tracker has locked it, close it and raise OSError."""
        try:
            found = os.fstat(descriptor)
            if stat.S_ISREG(found.st_mode) and not try_lock(descriptor):
                raise OSError(errno.EWOULDBLOCK, _TAKEN)
            ends_whole = found.st_size == 0 or os.pread(descriptor, 1, found.st_size - 1) == b"\n"
        except OSError:
            os.close(descriptor)
            raise
        if has_another:
            self._witness.leave()
        self._fd, self._identity, self._ends_whole, self._whole_size = descriptor, _identity_of(found), ends_whole, None
        self._witness.begin(descriptor)
        self._rotation.begin(os.pread(descriptor, _DAY_BYTES, 0) if found.st_size else b"")
        if stat.S_ISREG(found.st_mode):
            exposed = [*exposure("the log", self.path), *exposure("the folder of the log", self.path.parent)]
            for line in exposed:
                if line not in self._exposed:
                    self._tell(line)
            self._exposed = exposed

    def _append(self, data: bytes) -> int:
        """Write as much as possible; return the number of bytes written."""
        view = memoryview(data)
        written = 0
        while written < len(data):
            try:
                written += os.write(self._fd, view[written:])
            except OSError as error:
                self._fail(error)
                break
        return written

    def _tear(self, count: int) -> None:
        """Cut off the last `count` bytes, an incomplete entry; if that fails, do so before the next write."""
        try:
            self._whole_size = max(0, os.fstat(self._fd).st_size - count)
        except OSError as error:
            self._fail(error)
            self._ends_whole = False
        else:
            self._cut()

    def _cut(self) -> bool:
        """Cut off an incomplete entry, if there is one; return whether the file now ends where it should.

        The file may be emptied at any moment (logrotate's copytruncate): cutting must never make it longer.
        """
        whole_size = self._whole_size
        if whole_size is None:
            return True
        try:
            if os.fstat(self._fd).st_size > whole_size:
                os.ftruncate(self._fd, whole_size)
                if whole_size and os.pread(self._fd, 1, whole_size - 1) == b"\0":  # emptied between the two calls
                    os.ftruncate(self._fd, 0)
        except OSError as error:
            self._fail(error)
            return False
        self._whole_size = None
        return True

    def _fail(self, error: OSError) -> None:
        self.is_writable, self._is_full = False, error.errno in FULL
        self.problem = error.strerror or "unknown error"


def _open(path: Path) -> int:
    make_private_folder(path.parent)
    return open_private(path, os.O_RDWR | os.O_APPEND)


def _identity_of(found: os.stat_result) -> tuple[int, int]:
    return found.st_dev, found.st_ino


def _count_whole(texts: list[str], written: int) -> tuple[int, int]:
    """Return how many texts fit completely into that many bytes, and how many bytes are left over."""
    for count, size in enumerate(len(text.encode()) for text in texts):
        if size > written:
            return count, written
        written -= size
    return len(texts), 0
