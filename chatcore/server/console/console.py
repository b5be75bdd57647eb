"""The operator's console: commands typed where the tracker runs.

Runs in the main thread, which waits in one place for input, signals and the last client to leave.
"""

from __future__ import annotations

import select
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

from chatcore.protocol.escape import escape_for_screen
from chatcore.protocol.goodbye import BACK_SOON, TRACKER_LEFT
from chatcore.protocol.invitations import without_secrets
from chatcore.server.console.order_queue import Orders
from chatcore.server.console.result import Result
from chatcore.server.console.running import what_goes_on
from chatcore.server.console.slow import told_if_slow
from chatcore.server.console.table import carry_out, find_command
from chatcore.server.tracker import Tracker
from chatcore.transport.wake_pipe import WakePipe

_WAITING = "The engine does not answer yet; this waits for up to 10 s."
_LOOK_AGAIN_S = 1.0  # between checks whether somebody reads the output


class Lines(Protocol):
    """Where commands come from (LineSource, PromptedLines)."""

    @property
    def is_open(self) -> bool:
        """Return whether more lines may come."""

    @property
    def has_terminal(self) -> bool:
        """Return whether the lines are typed by a person."""

    def fileno(self) -> int:
        """Return the descriptor to poll while `is_open`."""

    def read(self) -> None:
        """Read once, when there is something to read."""

    def ready(self) -> list[str]:
        """Return the lines read so far."""


class Console:
    """Reads and carries out commands until the tracker should end. Main thread only."""

    def __init__(
        self,
        tracker: Tracker,
        lines: Lines,
        wake_pipe: WakePipe,
        write: Callable[[str], None],
        orders: Orders,
        is_read: Callable[[], bool] = lambda: True,
    ) -> None:
        """Print with `write`; `orders` are commands from `ctl`.

        `is_read` returns whether anybody reads the output: reports of who comes and leaves are not worth blocking for.
        """
        self._tracker = tracker
        self._orders = orders
        self._is_read = is_read
        self._lines = lines
        self._wake_pipe = wake_pipe
        self._write = write
        self._problem = ""
        self._farewell = ""

    def run(
        self,
        is_interrupted: Callable[[], bool],
        take_reload: Callable[[], bool] = lambda: False,
        reloading: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> str:
        """Serve the operator until `exit`, a signal, or everybody has left.

        `take_reload` returns whether there was a SIGHUP; the reload is done within `reloading`. Return the farewell to
        everybody who is still here; '' if it was a signal.
        """
        self._execute_lines()  # those that arrived together with the password
        while not (self._farewell or is_interrupted()):
            ends_in = self._tracker.ends_in()
            if ends_in == 0.0:
                return self._conclude()
            self._wait(self._seconds_until(ends_in))
            self.report()
            if take_reload():
                with reloading():
                    self.execute("reload")
            self._execute_lines()
            self._execute_orders()
        if not self._farewell:
            for text in what_goes_on(self._tracker):
                self._write(text)
        return self._farewell

    def _conclude(self) -> str:
        """Say why the tracker ends by itself; return the farewell to everybody who is still here."""
        if not self._tracker.has_failed:
            self._write("Everybody has left.")
            return TRACKER_LEFT
        self.report()
        self._write("This tracker cannot go on.")
        return BACK_SOON if self._tracker.config.cluster else TRACKER_LEFT

    def report(self) -> None:
        """Print what has happened since the last call."""
        self._report_log()
        while self._tracker.notices:
            self._write(escape_for_screen(self._tracker.notices.popleft()))
        if self._tracker.doorbell.next_in_s() == 0.0 and self._is_read():
            for line in self._tracker.doorbell.take():
                self._write(escape_for_screen(line))

    def execute(self, line: str) -> Result:
        """Carry out one command and print its result."""
        with self._told_if_slow(line):
            result = carry_out(self._tracker, line)
        for text in [result.problem] if result.problem else result.lines:
            self._write(escape_for_screen(text))
        self._farewell = self._farewell or result.farewell
        return result

    def _told_if_slow(self, line: str) -> AbstractContextManager[None]:
        """Return a context that tells the operator if a command that needs the engine has to wait for it."""
        command = find_command(line)
        may_wait = bool(self._tracker.config.cluster) and command is not None and command.is_for_all
        return told_if_slow(self._write, _WAITING) if may_wait else nullcontext()

    def _seconds_until(self, ends_in: float | None) -> float | None:
        """Return how long to wait: until the chat ends, or the doorbell has something to report; None for ever."""
        rings_in = self._tracker.doorbell.next_in_s()
        if rings_in == 0.0 and not self._is_read():
            rings_in = _LOOK_AGAIN_S
        return min((seconds for seconds in (ends_in, rings_in) if seconds is not None), default=None)

    def _wait(self, seconds: float | None) -> None:
        poller = select.poll()
        poller.register(self._wake_pipe, select.POLLIN)
        if self._lines.is_open:
            poller.register(self._lines.fileno(), select.POLLIN)
        for descriptor, _ in poller.poll(None if seconds is None else seconds * 1000 + 1):
            if descriptor == self._wake_pipe.fileno():
                self._wake_pipe.drain()
            else:
                self._read()

    def _execute_lines(self) -> None:
        for line in self._lines.ready():
            self.execute(line)

    def _execute_orders(self) -> None:
        """Carry out the orders from `ctl`, until one ends the tracker. Report those that change something."""
        while not self._farewell and (order := self._orders.take()):
            result = carry_out(self._tracker, order.line)
            order.answer(result)  # before anything is printed, as the terminal may be stopped
            command = find_command(order.line)
            if result.is_done and command and not command.is_question:
                self._write(escape_for_screen(f"By ctl: {without_secrets(order.line)}"))
            self._farewell = result.farewell

    def _read(self) -> None:
        self._lines.read()
        if not self._lines.is_open and self._lines.has_terminal:  # Ctrl+D
            self._write("No more commands are read; Ctrl+C closes the chat.")

    def _report_log(self) -> None:
        """Report once that the log cannot be written, and once that it can be again."""
        problem = "" if self._tracker.log.is_writable else self._tracker.log.problem
        if problem != self._problem:
            self._problem = problem
            self._write(
                f"The log cannot be written ({problem}): nothing is accepted until it can."
                if problem
                else "The log can be written again."
            )
