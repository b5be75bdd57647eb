"""The thread that seals the log.

Lines are sealed after 15 seconds, or as soon as there are many of them, when the log is rotated, and at the end. The
chat never waits for it.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path
from time import monotonic, time

from chatcore.errors import ConfigError
from chatcore.server.audit.rotated import SEAL_SUFFIX, rotated_name
from chatcore.server.audit.sealing.chain import Begun, Chain, Misfit, continue_chain
from chatcore.server.audit.sealing.handover import Begin, Handover, Step
from chatcore.server.audit.sealing.key_file import SEAL_KEY_FILE, KeyFile
from chatcore.server.audit.sealing.records import Record, Span
from chatcore.server.audit.sealing.writer import SealWriter

SEAL_S = 15.0
SEAL_BYTES = 4 << 20
RETRY_S = 15.0
_FORGET_S = 10.0
_logger = logging.getLogger(__name__)


class Sealer(threading.Thread):
    """The witness of a log, and its thread, called "sealer".

    `begin`, `wrote` and `leave` as in `Witness`; `start` and `close` are for the main thread, `forget` for any.
    """

    def __init__(
        self,
        log: Path,
        chain: Chain,
        last: Record | None,
        tell: Callable[[str], None],
        clock: Callable[[], float],
        now: Callable[[], float],
    ) -> None:
        """`last` is the chain's newest record; `clock` and `now` are as in `open_sealer`."""
        super().__init__(name="sealer")
        self._chain = chain
        self._tell = tell
        self._clock = clock
        self._handover = Handover()
        self.begin, self.wrote, self.leave = self._handover.begin, self._handover.wrote, self._handover.leave
        self._writer = SealWriter(log, chain, last, now)
        self._steps: deque[Step] = deque()
        self._due_at: float | None = None
        self._problem = ""
        self._is_stopping = False
        self._has_failed = False  # permanently
        self._now = now
        self.sealed_at: float | None = None
        """When something was last sealed in this run (Unix time, s). Any thread may read it."""

    @property
    def needs_key(self) -> bool:
        """Return whether a new chain must begin: then call `begin_chain` before `start`."""
        return self._chain.is_new

    def begin_chain(self, chain: str, key: bytes) -> None:
        """Begin a new chain with this id and this key for its record 0 (`keys.begin_keys`). Main thread."""
        self._chain.begin(chain, key)

    @property
    def is_working(self) -> bool:
        """Return whether the log is being sealed. Any thread."""
        return not (self._problem or self._has_failed)

    def forget(self, path: Path) -> None:
        """Record that a rotated file is about to be removed. Raises OSError if that cannot be done soon.

        Never delivery's thread: this waits.
        """
        is_recorded = self._handover.forget(path)
        if is_recorded is not None and not is_recorded.wait(_FORGET_S):
            raise OSError(errno.EAGAIN, "its removal cannot be recorded in the seals")

    def run(self) -> None:
        """Seal until closed."""
        try:
            while not self._is_stopping:
                due_at = self._due_at
                seconds = None if due_at is None else max(0.0, due_at - self._clock())
                self._handover.wait(seconds, wants_any=due_at is None)
                self.turn()
        except Exception as error:
            self._has_failed = True
            _logger.exception("sealing has ended")
            self._tell(f"Sealing has ended because of a fault in this program: {error!r}. Logging itself continues.")

    def close(self) -> None:
        """Seal the rest, record the end, and end the thread. After the log's `leave`."""
        self._is_stopping = True
        self._handover.hurry()
        if self.ident is not None:
            self.join()
            if not self._has_failed:
                self.finish()
        self._take()
        for step in self._steps:
            if isinstance(step, Begin):
                step.close()
        self._writer.close()

    def finish(self) -> None:
        """Seal the rest and record the end. After the thread has ended and nothing more is handed over."""
        self._take()
        self._try(lambda: self._writer.carry_out(self._steps))
        if not self._problem:
            self._try(self._writer.end)

    def turn(self) -> None:
        """Take what was handed over, and seal it if it is due. The sealer's thread."""
        now = self._clock()
        self._take()
        waiting = sum(step.bytes for step in self._steps if isinstance(step, Span))
        is_urgent = waiting >= SEAL_BYTES or any(not isinstance(step, Span) for step in self._steps)
        if self._due_at is None and self._steps:
            self._due_at = now + SEAL_S
        if self._due_at is None or not (now >= self._due_at or (is_urgent and not self._problem)):
            return
        self._due_at = None
        self._try(lambda: self._writer.carry_out(self._steps))
        if self._problem:
            self._due_at = now + RETRY_S
        else:
            self.sealed_at = self._now()

    def _take(self) -> None:
        """Add what was handed over to the steps; of text, only digests are kept."""
        for step in self._handover.take():
            if not isinstance(step, bytes):
                self._steps.append(step)
                if isinstance(step, Begin):
                    with contextlib.suppress(OSError):  # retried when the step is carried out
                        self._writer.look_at(step)
                continue
            last = self._steps[-1] if self._steps else None
            if not isinstance(last, Span) or not last.has_digests:
                last = Span()
                self._steps.append(last)
            last.add(step)

    def _try(self, work: Callable[[], None]) -> None:
        """Do some work; tell the operator when it begins to fail, and when it works again."""
        before = self._problem
        try:
            work()
        except OSError as error:
            self._problem = error.strerror or "unknown error"
            if not before:
                self._tell(f"The log cannot be sealed ({self._problem}). Logging continues; sealing will catch up.")
        else:
            self._problem = ""
            if before:
                self._tell("The log is sealed again.")


def open_sealer(
    log: Path,
    state_dir: Path,
    tell: Callable[[str], None],
    clock: Callable[[], float] = monotonic,
    now: Callable[[], float] = time,
) -> Sealer:
    """Return a sealer for a log, which continues its chain if possible. Nothing is written yet. Raises ConfigError.

    `clock` is monotonic, `now` the Unix time, both in s.
    """
    if log.exists() and not log.is_file():
        raise ConfigError(f"--seal needs the log to be a file, and {log} is not one")
    path, keys = log.with_name(log.name + SEAL_SUFFIX), KeyFile(state_dir / SEAL_KEY_FILE)
    try:
        begun, reason = _find(path, keys)
        aside = _free_name(path) if begun.state is None and path.exists() else None
    except OSError as error:
        raise ConfigError(f"cannot read the seals: {error.filename or path}: {error.strerror}") from error
    if reason:
        kept = f"; the old seals are kept as {aside.absolute()}" if aside else ""
        tell(f"The chain of seals cannot continue, {reason}: a new one begins, with a new verification key{kept}")
    return Sealer(log, Chain(path, keys, begun, aside), begun.last, tell, clock, now)


def _find(path: Path, keys: KeyFile) -> tuple[Begun, str]:
    """Return the chain and, if an old one cannot be continued, the reason. Raises OSError, StateTooNew."""
    state = keys.read()
    if state is None:
        is_damaged = keys.path.exists()
        reason = f"as {keys.path.absolute()} is damaged" if is_damaged else ""
        return Begun(), reason or (f"as {keys.path.absolute()} is missing" if path.exists() else "")
    try:
        return continue_chain(path, state), ""
    except Misfit as misfit:
        return Begun(), f"as {path.absolute()} does not fit its key: {misfit}"


def _free_name(path: Path) -> Path:
    """Return an unused name for old seals."""
    second = int(time())
    while (aside := rotated_name(path, second)).exists():
        second += 1
    return aside
