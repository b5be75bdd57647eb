"""The queue from delivery to the sealer. Delivery holds a lock only briefly and never waits.

The queue has the text that was logged, until the sealer takes it. While the sealer is stuck (a disk that does not
answer), only digests of further text are kept, so that memory stays bounded.
"""

from __future__ import annotations

import contextlib
import os
import stat
import threading
from dataclasses import dataclass, field
from pathlib import Path

from chatcore.server.audit.rotated import first_line
from chatcore.server.audit.sealing.records import NOTHING, Span, digest_of_first

WAKE_BYTES = 1 << 20
MAX_BYTES = 16 << 20


@dataclass(frozen=True, slots=True)
class Found:
    """What a file had in it when writing began."""

    first: str  # the digest of its first line, which identifies it
    goes_on: bool  # it is the file of the chain's last record
    span: Span  # the part that is not sealed


@dataclass(slots=True)
class Begin:
    """Another file is written from now on."""

    descriptor: int  # owned by the receiver; -1: no descriptor was available, or it is closed
    size: int  # the file's size at this point
    found: Found | None = None  # its contents, once they were read

    def close(self) -> None:
        """Close the descriptor. Idempotent."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1


@dataclass(frozen=True, slots=True)
class Leave:
    """Nothing more is written to the file."""


@dataclass(frozen=True, slots=True)
class Emptied:
    """The file was emptied by another program (logrotate's copytruncate) before the next text was written."""


@dataclass(frozen=True, slots=True)
class Forget:
    """Another file of the log, with this digest of its first line, is about to be removed."""

    first: str
    is_recorded: threading.Event = field(default_factory=threading.Event)


Step = Begin | Leave | Emptied | Forget | Span


class Handover:
    """The queue. `begin`, `wrote` and `leave` as in `Witness`; `forget` for any thread; the rest for the sealer."""

    def __init__(self) -> None:
        self._descriptor = -1  # delivery's
        self._size = 0  # the file's expected size, if nobody else changes it
        self._changed = threading.Condition()  # guards everything below
        self._steps: list[Step | bytes] = []
        self._bytes = 0  # the size of the text in `_steps`
        self._wants_any = False
        self._is_hurried = False

    def begin(self, descriptor: int) -> None:
        """See Witness. Only regular files are sealed."""
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            self._descriptor = -1
            return
        self._descriptor, self._size = descriptor, found.st_size
        own = -1
        with contextlib.suppress(OSError):
            own = os.dup(descriptor)
        self._put(Begin(own, found.st_size))

    def wrote(self, data: bytes, torn: int = 0) -> None:
        """See Witness."""
        if self._descriptor < 0:
            return
        # The file is opened for appending, so the descriptor's position is the file's end after this write.
        stop = os.lseek(self._descriptor, 0, os.SEEK_CUR) - torn
        if stop < self._size + len(data):
            if stop == len(data):
                self._put(Emptied())
            self._size = stop
        else:
            self._size += len(data)
        with self._changed:
            if self._bytes < MAX_BYTES:
                self._steps.append(data)
                self._bytes += len(data)
            else:
                self._fold(data)
            if self._wants_any or self._bytes >= WAKE_BYTES:
                self._changed.notify()

    def leave(self) -> None:
        """See Witness."""
        if self._descriptor >= 0:
            self._descriptor = -1
            self._put(Leave())

    def forget(self, path: Path) -> threading.Event | None:
        """Announce the removal of a rotated file. The event is set once that is recorded; None: it need not be."""
        first = digest_of_first(first_line(path))
        if first == NOTHING:
            return None
        step = Forget(first)
        self._put(step)
        return step.is_recorded

    def hurry(self) -> None:
        """Make the current or next `wait` return at once. Any thread."""
        with self._changed:
            self._is_hurried = True
            self._changed.notify()

    def wait(self, seconds: float | None, *, wants_any: bool) -> None:
        """Wait for a step other than text, for much text or, if `wants_any`, for any step; at most `seconds`."""
        with self._changed:
            self._wants_any = wants_any
            self._changed.wait_for(self._is_worth_it, seconds)
            self._wants_any = self._is_hurried = False

    def take(self) -> list[Step | bytes]:
        """Return the steps since the last call."""
        with self._changed:
            steps, self._steps, self._bytes = self._steps, [], 0
            self._is_hurried = False
        return steps

    def _is_worth_it(self) -> bool:
        return self._is_hurried or self._bytes >= WAKE_BYTES or (self._wants_any and bool(self._steps))

    def _put(self, step: Step) -> None:
        with self._changed:
            self._steps.append(step)
            self._is_hurried = True
            self._changed.notify()

    def _fold(self, data: bytes) -> None:
        """Keep only digests of some text."""
        last = self._steps[-1]
        if not isinstance(last, Span):
            last = Span(with_digests=False)
            self._steps.append(last)
        last.add(data)
