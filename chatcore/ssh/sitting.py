"""A person at the terminal: the terminal client, run in a thread of its own over a line inside the tracker."""

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

_STACK_BYTES = 1 << 20  # prompt_toolkit is deep
_FAILED = 70  # EX_SOFTWARE of sysexits.h
_logger = logging.getLogger(__name__)
_starting = threading.Lock()  # the size of stacks is set for all threads


class Line(Protocol):
    """The way from a terminal client to the tracker. Any thread; nothing waits."""

    def say(self, data: bytes) -> None:
        """Take lines of IRC."""

    def listen(self) -> None:
        """Have `take` called with what is said from now on."""

    def note_read(self, size: int) -> None:
        """Take note of how much of what was typed has been read."""

    def hang_up(self) -> None:
        """Have `take` told of the end."""

    def finish(self, status: int) -> None:
        """Take note that it is over, and with which status."""


class Sitting:
    """One visit. Any thread, unless a method says otherwise."""

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
        """Begin. Raises RuntimeError or MemoryError if there is no thread left."""
        with _starting:
            before = threading.stack_size(_STACK_BYTES)
            try:
                _thread.start_new_thread(self._run, ())
            finally:
                threading.stack_size(before)

    @property
    def is_listening(self) -> bool:
        """Whether it can be handed what was said."""
        return self._line is not None

    def take(self, lines: bytes, *, is_end: bool) -> None:
        """Take lines of IRC, and whether no more are said. One thread, without a lock."""
        if self._line is not None and lines:
            self._line.take(lines)
        if self._line is not None and is_end:
            self._line.end()

    def feed(self, data: bytes) -> int:
        """Take what was typed; return how much that is, as `Line.note_read` will be told. The loop's thread."""
        if self._terminal is not None:
            text = self._decoder.decode(data)
            self._terminal.feed(text)
            return len(text)
        if self._streams is not None and data:
            self._streams.feed(data)
        return len(data)

    def end_keys(self) -> None:
        """Take note that nothing more is typed. The loop's thread."""
        if self._terminal is not None:
            self._terminal.end()
        elif self._streams is not None:
            self._streams.end_input()

    def draw_on(self) -> None:
        """Go on with what had to wait until the outlet is ready. The loop's thread."""
        if self._terminal is not None and self._terminal.is_full:
            self._terminal.resume_writing()

    def resize(self, size: Size) -> None:
        """Take note of another size of the terminal."""
        if self._terminal is not None:
            self._terminal.resize(*size)

    def _run(self) -> None:
        """The whole of its thread."""
        status = _FAILED
        try:
            status = guest.run(self._screen(), self._open, self._nick)
        except Exception:  # a fault of ours costs one person the visit, and nobody else
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
            if self._outlet.is_ready():  # it has become so in this moment
                self._terminal.resume_writing()
