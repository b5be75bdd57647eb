"""Lines from a descriptor, without ever waiting in a buffered read."""

from __future__ import annotations

import os


class LineSource:
    """Reads whole lines from a descriptor that the caller polls. One thread."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._pending = b""
        self.is_open = True

    def fileno(self) -> int:
        """Return the descriptor to poll while `is_open`."""
        return self._descriptor

    def read(self) -> None:
        """Read once; call when there is something. The end of input closes the source."""
        try:
            data = os.read(self._descriptor, 65536)
        except OSError:  # the terminal is gone
            data = b""
        if data:
            self._pending += data
            return
        self.is_open = False
        if self._pending and not self._pending.endswith(b"\n"):
            self._pending += b"\n"

    def ready(self) -> list[str]:
        """Return the whole lines that have been read, without line ends."""
        *lines, self._pending = self._pending.split(b"\n")
        return [line.removesuffix(b"\r").decode(errors="replace") for line in lines]

    def read_line(self) -> str | None:
        """Wait for one line and return it; None at the end of input."""
        while b"\n" not in self._pending:
            if not self.is_open:
                return None
            self.read()
        line, _, self._pending = self._pending.partition(b"\n")
        return line.removesuffix(b"\r").decode(errors="replace")
