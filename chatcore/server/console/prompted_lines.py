"""The operator's lines from a prompt with history and Tab. Output never disturbs the line being typed.

The prompt has a thread of its own, so that a stopped terminal does not block the rest of the tracker. This module is
imported only if there is a terminal, because prompt_toolkit costs memory and a third of a second.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextvars import copy_context
from types import FrameType
from typing import Any

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

from chatcore.prompting.interruption import Woken
from chatcore.prompting.line_prompt import LinePrompt
from chatcore.protocol.escape import escape_for_screen
from chatcore.server.console.line_source import LineSource
from chatcore.transport.wake_pipe import WakePipe

PROMPT = "> "
_STACK_BYTES = 1 << 20  # other threads have less, but prompt_toolkit nests deeply
_LOOK_AGAIN_S = 1.0  # between checks whether a shell has brought us back to the foreground
_ENDING_S = 2.0  # how long the prompt may take to restore the terminal; a stopped one is left as it is
_logger = logging.getLogger(__name__)


class Suspended(Exception):
    """Ctrl+Z was pressed while waiting for a line. `text` is what had been typed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class PromptedLines:
    """Takes the place of a LineSource, with a prompt for each line. Main thread, except for `write`.

    While the context is entered, the terminal belongs to the prompt.
    """

    has_terminal = True

    def __init__(self, lines: LineSource, offers: Callable[[str], Iterable[str]]) -> None:
        """Start with what `lines` has already read; `offers` returns what Tab offers after the beginning of a line."""
        self._lines = lines
        self._typed = deque(lines.ready())
        self._half_a_line = ""  # what was being typed when a prompt ended
        self._has_ended = False  # by the person, or because the terminal is gone
        self._continued = threading.Event()  # set after a stop, for the prompt's thread
        self._has_continued = False  # the same for the main thread
        self._is_over = threading.Event()
        self._pipe = WakePipe()
        self._prompt = LinePrompt(
            PROMPT, own_keys=_keys, on_left=self._keep, completer=_Completer(offers), complete_while_typing=False
        )
        self._thread = threading.Thread(target=copy_context().run, args=(self._run,), name="prompt", daemon=True)
        self._on_continue_before: Any = None
        self.is_open = True

    def __enter__(self) -> PromptedLines:
        self._on_continue_before = signal.signal(signal.SIGCONT, self._on_continue)
        before = threading.stack_size(_STACK_BYTES)
        try:
            self._thread.start()
        finally:
            threading.stack_size(before)
        return self

    def __exit__(self, *error: object) -> None:
        """End the prompt, and give the terminal back."""
        signal.signal(signal.SIGCONT, self._on_continue_before)
        self._is_over.set()
        self._prompt.wake()
        self._thread.join(_ENDING_S)
        self._pipe.close()

    def fileno(self) -> int:
        """See LineSource."""
        return self._pipe.fileno()

    def read(self) -> None:
        """See LineSource."""
        self._pipe.drain()
        self.is_open = not self._has_ended
        if self._has_continued:
            self._has_continued = False
            self._prompt.wake()  # the shell may have changed the terminal meanwhile

    def ready(self) -> list[str]:
        """See LineSource."""
        return [self._typed.popleft() for _ in range(len(self._typed))]

    def write(self, line: str) -> None:
        """Write a line above the one being typed. Any thread."""
        self._prompt.write(line + "\n")

    def _keep(self, text: str) -> None:
        self._half_a_line = text

    def _on_continue(self, number: int, frame: FrameType | None) -> None:
        self._has_continued = True
        self._continued.set()
        self._pipe.wake()

    def _run(self) -> None:
        try:
            while not self._is_over.is_set():
                if self._lines.has_person:
                    self._converse()
                else:  # taking the terminal from a shell would stop us
                    self._is_over.wait(_LOOK_AGAIN_S)
        except EOFError:
            pass
        except Exception:
            _logger.exception("the prompt of the console failed")
        self._has_ended = True
        self._pipe.wake()

    def _converse(self) -> None:
        """Read lines until the prompt ends, or the tracker is stopped and continued. Raises EOFError."""
        with self._prompt:
            self._prompt.put_back(self._half_a_line)
            self._half_a_line = ""
            end = self._read_lines()
        if isinstance(end, Suspended):
            self._keep(end.text)
            self._continued.clear()
            os.kill(0, signal.SIGTSTP)
            self._continued.wait(_LOOK_AGAIN_S)  # not all threads stop at once; or there is no shell to continue us
        elif isinstance(end, KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)  # as a terminal does on Ctrl+C outside a prompt
            self._is_over.wait()
        elif isinstance(end, EOFError):
            raise end

    def _read_lines(self) -> BaseException:
        """Read lines until something else happens; return that as an exception."""
        try:
            while True:
                self._take(self._prompt.read_line())
        except (Woken, Suspended, KeyboardInterrupt, EOFError) as end:
            return end

    def _take(self, text: str) -> None:
        for line in text.split("\n"):
            self._prompt.write(f"{PROMPT}{escape_for_screen(line)}\n")
            self._typed.append(line)
        self._pipe.wake()


class _Completer(Completer):
    def __init__(self, offers: Callable[[str], Iterable[str]]) -> None:
        self._offers = offers

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterator[Completion]:
        before = document.current_line_before_cursor
        start = -len(before.rpartition(" ")[2])
        for text in self._offers(before):
            yield Completion(text, start, display=text.strip())


_keys = KeyBindings()


@_keys.add("c-z")
def _suspend(event: KeyPressEvent) -> None:
    event.app.exit(exception=Suspended(event.current_buffer.text))
