"""A pipe that wakes a thread waiting in `poll`."""

from __future__ import annotations

import contextlib
import os

_READ_BYTES = 4096


class WakePipe:
    """Any thread or signal handler may wake it; one thread polls and drains it.

    A context manager. Waking a closed pipe does nothing.
    """

    def __init__(self) -> None:
        """Open the pipe. Raises OSError if there is no descriptor left."""
        self._read_end, self._write_end = os.pipe()
        os.set_blocking(self._read_end, False)
        os.set_blocking(self._write_end, False)

    def __enter__(self) -> WakePipe:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def fileno(self) -> int:
        """Return the descriptor that becomes readable; -1 once closed."""
        return self._read_end

    def wake_fileno(self) -> int:
        """Return the descriptor to write to in order to wake (signal.set_wakeup_fd); -1 once closed."""
        return self._write_end

    def wake(self) -> None:
        """Make the pipe readable. A full one already is."""
        with contextlib.suppress(OSError):
            os.write(self._write_end, b".")

    def drain(self) -> None:
        """Read what made it readable. After thousands of wakes some is left, and the next poll returns at once."""
        with contextlib.suppress(BlockingIOError):
            os.read(self._read_end, _READ_BYTES)

    def close(self) -> None:
        """Close the descriptors. Closing twice is harmless."""
        ends = self._read_end, self._write_end
        self._read_end = self._write_end = -1
        for end in ends:
            if end != -1:
                os.close(end)
