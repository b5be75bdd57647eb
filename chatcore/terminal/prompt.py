"""The screen on a terminal: a line being typed, which no arriving text breaks, and a status line below."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import nullcontext, suppress
from contextvars import Context, copy_context
from datetime import datetime
from typing import Any

import colorama
from prompt_toolkit import PromptSession
from prompt_toolkit.application import get_app_session, run_in_terminal
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.history import DummyHistory
from prompt_toolkit.shortcuts import CompleteStyle

from chatcore.terminal.completion import candidates
from chatcore.terminal.editing import edit_by_graphemes, keys
from chatcore.terminal.effects import Item
from chatcore.terminal.render import as_ansi, as_text, harmless, render_for_terminal
from chatcore.terminal.screen import Completions, Terminated, Woken
from chatcore.terminal.session import Status


class TerminalScreen:
    """Prompts with prompt_toolkit, one prompt a line.

    What is shown is kept until it is on the terminal: a prompt that is just ending cannot lose any of it, as
    it could with patch_stdout. From a prompt's start to its end only its event loop writes, above it: the output is not
    made for two threads. Else who shows, writes.
    """

    is_interactive = True

    def __init__(self, *, has_colours: bool = True) -> None:
        self._has_colours = has_colours
        self._lock = threading.RLock()  # guards the five below, and is held while writing
        self._pending: list[str] = []
        self._is_prompting = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._context: Context | None = None  # prompt_toolkit finds the running prompt by it
        self._is_woken = False
        self._status = Status()
        self._completions: Completions = lambda: ([], [])
        # Else the terminal would show keys, and swallow Ctrl+D, while text is written above the line being typed.
        get_app_session().input.cooked_mode = nullcontext  # type: ignore[method-assign]
        # Else a paste between two prompts, or while text is written, would come without brackets, as if it were typed.
        self._end_pastes = get_app_session().output.disable_bracketed_paste
        # Else prompt_toolkit waits for ever for what it was writing when the terminal went; its input says so, too.
        get_app_session().output.flush = _unless_gone(get_app_session().output.flush)  # type: ignore[method-assign]
        get_app_session().output.disable_bracketed_paste = lambda: None  # type: ignore[method-assign]
        self._chatting: PromptSession[str] = PromptSession(
            "> ",
            bottom_toolbar=self._toolbar,
            completer=_SessionCompleter(self),
            complete_while_typing=False,
            complete_style=CompleteStyle.MULTI_COLUMN,
            reserve_space_for_menu=4,
            erase_when_done=True,
            key_bindings=keys,
        )
        edit_by_graphemes(self._chatting.default_buffer)
        self._prompt = self._chatting
        self._attributes_before: list[Any] | None = None

    def __enter__(self) -> TerminalScreen:
        """Prepare the terminal for the time between two prompts."""
        colorama.just_fix_windows_console()
        self._chatting.output.enable_bracketed_paste()
        self._chatting.output.flush()
        self._attributes_before = _leave_keys_to_prompts()
        return self

    def __exit__(self, *error: object) -> None:
        """Leave the terminal as it was."""
        self._end_pastes()
        self._chatting.output.flush()
        _restore_terminal(self._attributes_before)

    def ask(self, question: str, *, is_secret: bool = False) -> str:
        """Ask one question, in a prompt of its own: no key brings a secret back into a later one.

        Raises KeyboardInterrupt, EOFError, Woken.
        """
        prompt: PromptSession[str] = PromptSession(
            question, is_password=is_secret, history=DummyHistory(), key_bindings=keys
        )
        edit_by_graphemes(prompt.default_buffer)
        return self._run(prompt)

    def read_line(self) -> str:
        """Return a typed line, or several that were pasted. Raises KeyboardInterrupt, EOFError, Woken."""
        return self._run(self._chatting)

    def show(self, item: Item) -> None:
        """Show one item above the line being typed. Any thread may call this."""
        fragments = render_for_terminal(item, datetime.now().astimezone())
        line = as_ansi(fragments) if self._has_colours else as_text(fragments)
        with self._lock:
            self._pending.append(line + "\n")
            if not self._is_prompting:
                self._write_pending()
            elif len(self._pending) == 1:  # otherwise it is on its way
                self._call(lambda: run_in_terminal(self._write_pending))

    def show_status(self, status: Status) -> None:
        """Change the status line. Any thread may call this."""
        if status != self._status:
            self._status = status
            with self._lock:
                self._call(self._chatting.app.invalidate)

    def complete_from(self, completions: Completions) -> None:
        """Say where Tab gets its names from."""
        self._completions = completions

    def wake(self) -> None:
        """Have the prompt under way, or the next, raise Woken. Any thread may call this."""
        with self._lock:
            self._is_woken = True
            self._call(self._leave_prompt)

    def terminate(self, signum: int) -> None:
        """End the prompt under way, or else raise at once. Only for a signal handler: it takes no lock."""
        loop = self._loop
        if loop is None:
            raise Terminated(signum)
        loop.call_soon_threadsafe(self._exit_prompt, Terminated(signum))

    def completions(self) -> tuple[list[str], list[str]]:
        return self._completions()

    def _run(self, prompt: PromptSession[str]) -> str:
        self._prompt = prompt
        with self._lock:
            self._is_prompting = True
        try:
            return prompt.prompt(pre_run=self._started)
        except OSError as error:  # the terminal has gone
            raise EOFError from error
        finally:
            with self._lock:
                self._loop = None
                self._is_prompting = False
                self._write_pending()

    def _started(self) -> None:
        """Run at the start of a prompt, in its event loop."""
        with self._lock:
            self._loop = asyncio.get_running_loop()
            self._loop.set_exception_handler(self._end_at_fault)
            self._context = copy_context()
            if self._pending:
                self._call(lambda: run_in_terminal(self._write_pending))
            self._leave_prompt()

    def _leave_prompt(self) -> None:
        if self._is_woken:
            self._is_woken = False
            self._exit_prompt(Woken())

    def _exit_prompt(self, exception: BaseException) -> None:
        if not self._prompt.app.is_done:
            self._prompt.app.exit(exception=exception)

    def _end_at_fault(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """End the prompt with what failed in its loop. prompt_toolkit would show it, on a terminal that may be gone."""
        if "exception" in context:
            self._exit_prompt(context["exception"])
        else:
            loop.default_exception_handler(context)

    def _call(self, function: Callable[[], object]) -> None:
        """Have the prompt's event loop, if there is one, call `function`. The lock is held."""
        if self._loop is not None:
            try:
                self._loop.call_soon_threadsafe(function, context=self._context)
            except RuntimeError:
                pass  # it has just been closed; `_run` does what remains

    def _write_pending(self) -> None:
        """Write all that waits. Not while a prompt is on the terminal."""
        with self._lock:
            text = "".join(self._pending)
            self._pending.clear()
            if text:
                output = self._chatting.output
                output.enable_autowrap()
                output.write_raw(text)
                output.flush()

    def _toolbar(self) -> StyleAndTextTuples:
        nick, room, members, unread = self._status
        where = f"{harmless(room)} ({members})" if room else "in no room"
        news = "  ".join(f"{harmless(name)}: {count} new" for name, count in unread)
        lines = [line for line in self._chatting.default_buffer.text.split("\n") if line.strip()]
        if len(lines) > 1:
            news = f"{len(lines)} lines: Enter says all, Ctrl+U none"
        return [("", f" {harmless(nick)}  {where}  "), ("bold", news)]


class _SessionCompleter(Completer):
    """Tab: what `completion` offers, in prompt_toolkit's form."""

    def __init__(self, screen: TerminalScreen) -> None:
        self._screen = screen

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterator[Completion]:
        before = document.current_line_before_cursor
        rooms, nicks = self._screen.completions()
        start = -len(before.rpartition(" ")[2])
        for text in candidates(before, rooms, nicks):
            yield Completion(text, start, display=text.strip())


def _unless_gone(flush: Callable[[], None]) -> Callable[[], None]:
    """Return a `flush` that does nothing on a terminal that has gone."""

    def flush_or_not() -> None:
        with suppress(OSError):
            flush()

    return flush_or_not


def _leave_keys_to_prompts() -> list[Any] | None:
    """Have the terminal keep keys for the next prompt, Ctrl+D too, and not show them; Ctrl+C stays a signal.

    Return its attributes before, None where there are none (Windows).
    """
    if sys.platform == "win32":
        return None
    import termios

    try:
        before = termios.tcgetattr(sys.stdin.fileno())
        waiting = termios.tcgetattr(sys.stdin.fileno())
        waiting[3] &= ~(termios.ECHO | termios.ICANON)
        termios.tcsetattr(sys.stdin.fileno(), termios.TCSADRAIN, waiting)
    except termios.error:
        return None
    return before


def _restore_terminal(attributes: list[Any] | None) -> None:
    if sys.platform == "win32" or attributes is None:
        return
    import termios

    try:
        termios.tcsetattr(sys.stdin.fileno(), termios.TCSADRAIN, attributes)
    except termios.error:
        pass  # it has gone
