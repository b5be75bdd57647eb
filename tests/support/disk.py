"""A disk that fills up: replaces os.write, os.fsync and os.ftruncate in the tests of the log."""

from __future__ import annotations

import errno
import os
import stat

import pytest


class Disk:
    """Has `free` bytes left (None: no end), writes at most `most_at_once`, and fails to sync or cut when told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.free: int | None = None
        self.most_at_once: int | None = None
        self.cannot_sync = False
        self.cannot_cut = False
        self.calls: list[str] = []
        self._write, self._fsync, self._ftruncate = os.write, os.fsync, os.ftruncate
        monkeypatch.setattr(os, "write", self.write)
        monkeypatch.setattr(os, "fsync", self.fsync)
        monkeypatch.setattr(os, "ftruncate", self.ftruncate)

    def write(self, descriptor: int, data: bytes) -> int:
        """Write as much as there is room for; raise ENOSPC when there is none."""
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return self._write(descriptor, data)
        self.calls.append("write")
        if self.free == 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        bounds = [bound for bound in (self.free, self.most_at_once) if bound is not None]
        written = self._write(descriptor, data[: min(bounds)] if bounds else data)
        if self.free is not None:
            self.free -= written
        return written

    def fsync(self, descriptor: int) -> None:
        """Sync, or raise EIO."""
        self.calls.append("sync")
        if self.cannot_sync:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        self._fsync(descriptor)

    def ftruncate(self, descriptor: int, length: int) -> None:
        """Cut the file, or raise EIO. The cut part is free again."""
        self.calls.append("cut")
        if self.cannot_cut:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        if self.free is not None:
            self.free += os.fstat(descriptor).st_size - length
        self._ftruncate(descriptor, length)
