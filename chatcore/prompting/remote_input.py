"""Keys fed as text by another thread, without a descriptor: prompt_toolkit's input for a remote terminal."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from itertools import count
from typing import NamedTuple

from prompt_toolkit.input import Input
from prompt_toolkit.input.vt100_parser import Vt100Parser
from prompt_toolkit.key_binding import KeyPress

MOST_CHARS = 1 << 18
"""How much may wait for a prompt; more is dropped, as a terminal driver does."""

_numbers = count()


class _Reader(NamedTuple):
    loop: asyncio.AbstractEventLoop | None
    act: Callable[[], None]


class RemoteInput(Input):
    """`feed`, `end`, `hold` and `release` are for any thread, the rest for the prompts' thread."""

    def __init__(self, on_read: Callable[[int], None]) -> None:
        """`on_read` is told, in the prompts' thread, how many characters were read."""
        self.take_out: Callable[[str], str] = lambda text: text
        """A filter for everything typed."""
        self._on_read = on_read
        self._keys: list[KeyPress] = []
        self._parser = Vt100Parser(self._keys.append)
        self._name = f"remote-{next(_numbers)}"
        self._changed = threading.Condition()  # guards the four below
        self._typed = ""
        self._has_ended = False
        self._is_held = False
        self._reader: _Reader | None = None

    def feed(self, text: str) -> None:
        """Take what was typed."""
        with self._changed:
            self._typed = (self._typed + text)[:MOST_CHARS]
            self._tell()

    def end(self) -> None:
        """Note that nothing more will be typed."""
        with self._changed:
            self._has_ended = True
            self._tell()

    def hold(self) -> None:
        """Keep what is typed until `release`. The end of the input is not delayed."""
        with self._changed:
            self._is_held = True

    def release(self) -> None:
        """Let what was held be read."""
        with self._changed:
            self._is_held = False
            self._tell()

    @property
    def closed(self) -> bool:
        """Whether nothing more will be read: then prompts raise EOFError."""
        return self._has_ended and (self._is_held or not self._typed)

    def watch(self, act: Callable[[], None] | None) -> None:
        """Call `act` whenever something is typed, in the thread that feeds it, instead of telling a prompt."""
        with self._changed:
            self._reader = _Reader(None, act) if act is not None else None
            self._tell()

    def read_text(self) -> str:
        """Return what was typed."""
        with self._changed:
            text, self._typed = ("", self._typed) if self._is_held else (self._typed, "")
        if text:
            self._on_read(len(text))
        return self.take_out(text)

    def read_keys(self) -> list[KeyPress]:
        """Return the keys of what was typed."""
        self._parser.feed(self.read_text())
        return self._taken()

    def flush_keys(self) -> list[KeyPress]:
        """Return keys that might have begun an escape sequence, such as Escape itself."""
        self._parser.flush()
        return self._taken()

    def wait(self, within_s: float) -> None:
        """Wait until something is typed or the input ends."""
        with self._changed:
            self._changed.wait_for(lambda: self._has_news, within_s)

    def fileno(self) -> int:
        """Raise NotImplementedError: there is no descriptor."""
        raise NotImplementedError

    def typeahead_hash(self) -> str:
        """See Input. prompt_toolkit uses this to find keys that one prompt left for the next."""
        return self._name

    def raw_mode(self) -> AbstractContextManager[None]:
        """Do nothing: the terminal is always raw."""
        return nullcontext()

    def cooked_mode(self) -> AbstractContextManager[None]:
        """Do nothing: the terminal is never cooked."""
        return nullcontext()

    def attach(self, input_ready_callback: Callable[[], None]) -> AbstractContextManager[None]:
        """See Input."""
        return self._read_by(_Reader(asyncio.get_running_loop(), input_ready_callback))

    def detach(self) -> AbstractContextManager[None]:
        """See Input."""
        return self._read_by(None)

    @contextmanager
    def _read_by(self, reader: _Reader | None) -> Iterator[None]:
        with self._changed:
            before, self._reader = self._reader, reader
            self._tell()
        try:
            yield
        finally:
            with self._changed:
                self._reader = before
                self._tell()

    @property
    def _has_news(self) -> bool:
        return self._has_ended or (bool(self._typed) and not self._is_held)

    def _tell(self) -> None:
        """Tell the reader that there may be something to read. The lock is held."""
        self._changed.notify_all()
        if self._reader is None or not self._has_news:
            return
        if self._reader.loop is None:
            self._reader.act()
        else:
            with suppress(RuntimeError):  # the loop was just closed
                self._reader.loop.call_soon_threadsafe(self._look, self._reader)

    def _look(self, reader: _Reader) -> None:
        """Let a reader read, in its event loop, if it is still the current one."""
        if reader is self._reader and self._has_news:
            reader.act()

    def _taken(self) -> list[KeyPress]:
        keys = self._keys[:]
        self._keys.clear()
        return keys
