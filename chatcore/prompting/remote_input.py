"""Keys that another thread gives as text, without any descriptor: prompt_toolkit's input for a terminal elsewhere."""

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
"""So much may wait for a prompt; what is typed beyond is dropped, as a terminal's driver does."""

_numbers = count()


class _Reader(NamedTuple):
    loop: asyncio.AbstractEventLoop | None
    act: Callable[[], None]


class RemoteInput(Input):
    """`feed`, `end`, `hold` and `release` are for any thread, all else for the one that has the prompts."""

    def __init__(self, on_read: Callable[[int], None]) -> None:
        """`on_read` is told how many characters were read, by the thread that has the prompts."""
        self.take_out: Callable[[str], str] = lambda text: text
        """What all that is typed passes through."""
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
        """Take what is typed."""
        with self._changed:
            self._typed = (self._typed + text)[:MOST_CHARS]
            self._tell()

    def end(self) -> None:
        """Take note that nothing more is typed."""
        with self._changed:
            self._has_ended = True
            self._tell()

    def hold(self) -> None:
        """Have what is typed wait, but for its end."""
        with self._changed:
            self._is_held = True

    def release(self) -> None:
        """Have it wait no longer."""
        with self._changed:
            self._is_held = False
            self._tell()

    @property
    def closed(self) -> bool:
        """Whether nothing more comes: prompts raise EOFError then."""
        return self._has_ended and (self._is_held or not self._typed)

    def watch(self, act: Callable[[], None] | None) -> None:
        """Have `act` called whenever something is typed, by the thread that brings it. Instead of all prompts."""
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
        """Return what might have been the beginning of more, such as Escape."""
        self._parser.flush()
        return self._taken()

    def wait(self, within_s: float) -> None:
        """Wait until something is typed, or it has ended."""
        with self._changed:
            self._changed.wait_for(lambda: self._has_news, within_s)

    def fileno(self) -> int:
        """There is no descriptor."""
        raise NotImplementedError

    def typeahead_hash(self) -> str:
        """See Input: by this prompt_toolkit finds the keys that one prompt has left to the next."""
        return self._name

    def raw_mode(self) -> AbstractContextManager[None]:
        """It always is."""
        return nullcontext()

    def cooked_mode(self) -> AbstractContextManager[None]:
        """It never is."""
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
        """Have whoever reads look, with the lock held."""
        self._changed.notify_all()
        if self._reader is None or not self._has_news:
            return
        if self._reader.loop is None:
            self._reader.act()
        else:
            with suppress(RuntimeError):  # the loop was just closed
                self._reader.loop.call_soon_threadsafe(self._look, self._reader)

    def _look(self, reader: _Reader) -> None:
        """Have it read, in its event loop, if it is still the one."""
        if reader is self._reader and self._has_news:
            reader.act()

    def _taken(self) -> list[KeyPress]:
        keys = self._keys[:]
        self._keys.clear()
        return keys
