"""chat.log: appended to, whole lines only, before anything is delivered."""

from __future__ import annotations

import os
from pathlib import Path

from chatcore.errors import ConfigError


class AuditLog:
    """The log file. `write` belongs to delivery; `is_writable` may be read by any thread."""

    def __init__(self, path: Path, *, fsync: bool) -> None:
        """Open the log, making its folder; a torn last line is ended. Raises ConfigError."""
        self.path = path
        self.is_writable = True
        self.problem = ""
        self._fsync = fsync
        self._needs_newline = False
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._fd = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise ConfigError(f"cannot write the log {path}: {error.strerror}") from error
        try:
            self._needs_newline = not self._ends_with_newline()
        except OSError as error:
            os.close(self._fd)
            raise ConfigError(f"cannot write the log {path}: {error.strerror}") from error

    def write(self, texts: list[str]) -> int:
        """Append the texts, each whole lines of one entry; return how many are in the log to stay.

        Fewer than given means that the log cannot be written: what was written of the others is cut off again.
        """
        chunks = [text.encode() for text in texts]
        data = b"".join(chunks)
        if not data:
            return len(texts)
        newline = b"\n" if self._needs_newline else b""
        written = self._append(newline + data)
        if written:
            self._needs_newline = False
        kept, torn = _count_whole(chunks, max(0, written - len(newline)))
        if self._fsync and kept and not self.sync():
            kept, torn = 0, max(0, written - len(newline))
        if torn:
            self._cut(torn)
        if kept == len(texts):
            self.is_writable = True
        return kept

    def sync(self) -> bool:
        """Force what was written onto the disk; tell whether that worked."""
        try:
            os.fsync(self._fd)
        except OSError as error:
            self._fail(error)
            return False
        return True

    def close(self) -> None:
        """Close the file."""
        os.close(self._fd)

    def _append(self, data: bytes) -> int:
        """Write as much as goes; return how many bytes."""
        view = memoryview(data)
        written = 0
        while written < len(data):
            try:
                written += os.write(self._fd, view[written:])
            except OSError as error:
                self._fail(error)
                break
        return written

    def _cut(self, count: int) -> None:
        """Cut the last `count` bytes off the file."""
        try:
            os.ftruncate(self._fd, os.fstat(self._fd).st_size - count)
        except OSError as error:
            self._fail(error)
            self._needs_newline = True

    def _fail(self, error: OSError) -> None:
        self.is_writable = False
        self.problem = error.strerror or "unknown error"

    def _ends_with_newline(self) -> bool:
        size = os.fstat(self._fd).st_size
        return size == 0 or os.pread(self._fd, 1, size - 1) == b"\n"


def _count_whole(chunks: list[bytes], written: int) -> tuple[int, int]:
    """Return how many chunks are wholly among the bytes that were written, and how many bytes are left over."""
    for count, chunk in enumerate(chunks):
        if len(chunk) > written:
            return count, written
        written -= len(chunk)
    return len(chunks), 0
