"""One visit by ssh: the terminal client, in a thread of its own, connected to the tracker within the process."""

from __future__ import annotations

import _thread
import codecs
import logging
import threading
from typing import Protocol

from chatcore.prompting.remote_terminal import RemoteTerminal
from chatcore.ssh.channel import Pty, Size
from chatcore.ssh.outlet import Outlet
from chatcore.terminal import guest
from chatcore.terminal.connecting.inner import InnerConnection
from chatcore.terminal.screen.plain import PlainScreen
from chatcore.terminal.screen.screen import Screen
from chatcore.terminal.screen.standard_streams import RemoteStreams

_STACK_BYTES = 1 << 20  # prompt_toolkit nests calls deeply
_FAILED = 70  # EX_SOFTWARE of sysexits.h
_logger = logging.getLogger(__name__)
_starting = threading.Lock()  # the stack size is a setting of the whole process


class Line(Protocol):
    """The way from a terminal client to the tracker. Any thread; no method waits."""

    def say(self, data: bytes) -> None:
        """Send lines of IRC."""

    def listen(self) -> None:
        """Start calling `take` with lines from the tracker."""

    def note_read(self, size: int) -> None:
        """Note how much input the client has read."""

    def hang_up(self) -> None:
        """End the lines from the tracker; `take` is told."""

    def finish(self, status: int) -> None:
        """Note that the client has ended, with this exit status."""


class Sitting:
    """One visit. Methods are for any thread unless they say otherwise."""

    def __init__(self, nick: str, pty: Pty | None, outlet: Outlet, line: Line) -> None:
        self._nick = nick
        self._outlet = outlet
        self._to_tracker = line
        self._line: InnerConnection | None = None
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._terminal: RemoteTerminal | None = None
        self._streams: RemoteStreams | None = None
        if pty is None:
            self._streams = RemoteStreams(self._write, lambda text: self._write(text, is_error=True), line.note_read)
        else:
            self._terminal = RemoteTerminal(self._write, *pty.size, {"TERM": pty.term}, line.note_read)

    def start(self) -> None:
        """Start the thread. Raises RuntimeError or MemoryError if there can be no more threads."""
        with _starting:
            before = threading.stack_size(_STACK_BYTES)
            try:
                _thread.start_new_thread(self._run, ())
            finally:
                threading.stack_size(before)

    @property
    def is_listening(self) -> bool:
        """Whether the client is ready for lines of IRC."""
        return self._line is not None

    def take(self, lines: bytes, *, is_end: bool) -> None:
        """Take lines of IRC, and their end. There is no lock: only one thread may call this."""
        if self._line is not None and lines:
            self._line.take(lines)
        if self._line is not None and is_end:
            self._line.end()

    def feed(self, data: bytes) -> int:
        """Take what was typed; return its size in the unit of `Line.note_read`. The loop's thread."""
        if self._terminal is not None:
            text = self._decoder.decode(data)
            self._terminal.feed(text)
            return len(text)
        if self._streams is not None and data:
            self._streams.feed(data)
        return len(data)

    def end_keys(self) -> None:
        """Note that nothing more will be typed. The loop's thread."""
        if self._terminal is not None:
            self._terminal.end()
        elif self._streams is not None:
            self._streams.end_input()

    def draw_on(self) -> None:
        """Resume drawing, now that the outlet is ready. The loop's thread."""
        if self._terminal is not None and self._terminal.is_full:
            self._terminal.resume_writing()

    def resize(self, size: Size) -> None:
        """Note that the terminal's size has changed."""
        if self._terminal is not None:
            self._terminal.resize(*size)

    def _run(self) -> None:
        """Run the client. This is the thread's main function."""
        status = _FAILED
        try:
            status = guest.run(self._screen(), self._open, self._nick)
        except Exception:  # a bug ends this visit alone
            _logger.exception("the terminal of %s failed", self._nick)
        finally:
            self._to_tracker.finish(status)

    def _screen(self) -> Screen:
        if self._terminal is not None:
            return guest.screen_on(self._terminal)
        assert self._streams is not None
        return PlainScreen(self._streams)

    def _open(self) -> InnerConnection:
        self._line = line = InnerConnection(self._to_tracker.say, self._to_tracker.hang_up)
        self._to_tracker.listen()
        return line

    def _write(self, text: str, *, is_error: bool = False) -> None:
        self._outlet.write(text.encode(errors="replace"), is_error=is_error)
        if self._terminal is not None and not self._outlet.is_ready():
            self._terminal.pause_writing()
            if self._outlet.is_ready():  # it became ready just before the pause
                self._terminal.resume_writing()
