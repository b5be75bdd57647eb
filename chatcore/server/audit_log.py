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
        if self._needs_newline:
            data = b"\n" + data
        written = self._append(data)
        if written < len(data):
            return self._keep_whole(chunks, written)
        if self._fsync and not self.sync():
            return self._keep_whole([], written)
        self._needs_newline = False
        self.is_writable = True
        return len(texts)

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

    def _keep_whole(self, chunks: list[bytes], written: int) -> int:
        """Cut the file after the last chunk that is in it wholly; return how many chunks are."""
        kept = 0
        left = written - (1 if self._needs_newline and written else 0)
        for chunk in chunks:
            if len(chunk) > left:
                break
            left -= len(chunk)
            kept += 1
        if left > 0:
            try:
                os.ftruncate(self._fd, os.fstat(self._fd).st_size - left)
            except OSError as error:
                self._fail(error)
                self._needs_newline = True
                return kept
        if written:
            self._needs_newline = False
        return kept

    def _fail(self, error: OSError) -> None:
        self.is_writable = False
        self.problem = error.strerror or "unknown error"

    def _ends_with_newline(self) -> bool:
        size = os.fstat(self._fd).st_size
        return size == 0 or os.pread(self._fd, 1, size - 1) == b"\n"
