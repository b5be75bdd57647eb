"""The screen on a terminal: a line being typed, undisturbed by arriving text, and a status line below it."""

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

from chatcore.terminal.commands.completion import candidates
from chatcore.terminal.commands.typed import is_secret
from chatcore.terminal.screen.editing import Recall, edit_by_graphemes, keys
from chatcore.terminal.screen.render import as_ansi, as_text, harmless, render_for_terminal
from chatcore.terminal.screen.screen import Completions, Terminated, Woken
from chatcore.terminal.session.effects import Item, Problem
from chatcore.terminal.session.session import Status


class TerminalScreen:
    """Prompts with prompt_toolkit, one prompt for each line.

    What is shown is kept until it is on the terminal, so that a prompt that is just ending cannot lose any of it, as
    it could with patch_stdout. During a prompt only its event loop writes, above the prompt: the output is not made for
    two threads. Between prompts, whoever shows something writes it.
    """

    is_interactive = True

    def __init__(self, *, has_colours: bool = True) -> None:
        self._has_colours = has_colours
        self._lock = threading.RLock()  # guards the six below, and is held while writing
        self._pending: list[str] = []
        self._put_back = ""
        self._is_prompting = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._context: Context | None = None  # by which prompt_toolkit finds the running prompt
        self._is_woken = False
        self._status = Status()
        self._completions: Completions = lambda: ([], [])
        # Or the terminal would echo keys and swallow Ctrl+D while text is written above the line being typed.
        get_app_session().input.cooked_mode = nullcontext  # type: ignore[method-assign]
        # Or a paste between two prompts, or while text is written, would arrive without brackets, as if typed.
        self._end_pastes = get_app_session().output.disable_bracketed_paste
        # Or prompt_toolkit would wait forever for its output when the terminal is gone; its input notices that too.
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
            history=Recall(),
            key_bindings=keys,
        )
        edit_by_graphemes(self._chatting.default_buffer)
        self._prompt = self._chatting
        self._attributes_before: list[Any] | None = None

    def __enter__(self) -> TerminalScreen:
        """Prepare the terminal for the time between prompts."""
        colorama.just_fix_windows_console()
        self._chatting.output.enable_bracketed_paste()
        self._chatting.output.flush()
        self._attributes_before = _leave_keys_to_prompts()
        return self

    def __exit__(self, *error: object) -> None:
        """Restore the terminal."""
        self._end_pastes()
        self._chatting.output.flush()
        _restore_terminal(self._attributes_before)

    def ask(self, question: str, *, is_secret: bool = False) -> str:
        """Ask one question in a prompt of its own, so that no key can recall a secret in a later one.

        Raises KeyboardInterrupt, EOFError, Woken.
        """
        prompt: PromptSession[str] = PromptSession(
            question, is_password=is_secret, history=DummyHistory(), key_bindings=keys
        )
        edit_by_graphemes(prompt.default_buffer)
        return self._run(prompt)

    def read_line(self) -> str:
        """Return a typed line, or several pasted ones. Raises KeyboardInterrupt, EOFError, Woken."""
        return self._run(self._chatting)

    def show(self, item: Item) -> None:
        """Show one item above the line being typed. Any thread."""
        fragments = render_for_terminal(item, datetime.now().astimezone())
        line = as_ansi(fragments) if self._has_colours else as_text(fragments)
        with self._lock:
            self._pending.append(line + "\n")
            if not self._is_prompting:
                self._write_pending()
            elif len(self._pending) == 1:  # otherwise a write is on its way
                self._call(lambda: run_in_terminal(self._write_pending))

    def show_status(self, status: Status) -> None:
        """Change the status line. Any thread."""
        if status != self._status:
            self._status = status
            with self._lock:
                self._call(self._chatting.app.invalidate)

    def put_back(self, text: str) -> None:
        """Put a text into the line, or into that of the next prompt, unless something is being typed. Any thread."""
        with self._lock:
            self._put_back = text
            self._call(self._fill_line)

    def complete_from(self, completions: Completions) -> None:
        """Set where Tab gets its names from."""
        self._completions = completions

    def wake(self) -> None:
        """Have the current prompt, or the next, raise Woken. Any thread."""
        with self._lock:
            self._is_woken = True
            self._call(self._leave_prompt)

    def terminate(self, signum: int) -> None:
        """End the current prompt, or raise at once if there is none. Only for a signal handler: it takes no lock."""
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
            self._fill_line()
            self._leave_prompt()

    def _fill_line(self) -> None:
        buffer = self._chatting.default_buffer
        if self._prompt is not self._chatting or not self._put_back:
            return
        if not buffer.text:
            buffer.document = Document(self._put_back)
        self._put_back = ""

    def _leave_prompt(self) -> None:
        if self._is_woken:
            self._is_woken = False
            text = self._chatting.default_buffer.text
            if self._prompt is self._chatting and text.strip() and not is_secret(text):
                self.show(Problem(f"not sent: {text}"))
            self._exit_prompt(Woken())

    def _exit_prompt(self, exception: BaseException) -> None:
        if not self._prompt.app.is_done:
            self._prompt.app.exit(exception=exception)

    def _end_at_fault(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """End the prompt with what failed in its loop; prompt_toolkit would print it to a terminal that may be gone."""
        if "exception" in context:
            self._exit_prompt(context["exception"])
        else:
            loop.default_exception_handler(context)

    def _call(self, function: Callable[[], object]) -> None:
        """Have the prompt's event loop, if any, call `function`. The caller holds the lock."""
        if self._loop is not None:
            try:
                self._loop.call_soon_threadsafe(function, context=self._context)
            except RuntimeError:
                pass  # it was just closed; `_run` does the rest

    def _write_pending(self) -> None:
        """Write everything pending. Not while a prompt is on the terminal."""
        with self._lock:
            text = "".join(self._pending)
            self._pending.clear()
            if text:
                output = self._chatting.output
                output.enable_autowrap()
                output.write_raw(text)
                output.flush()

    def _toolbar(self) -> StyleAndTextTuples:
        nick, room, members, unread, absence = self._status
        where = f"{harmless(room)} ({members})" if room else "in no room"
        news = "  ".join(f"{harmless(name)}: {count} new" for name, count in unread)
        if absence:
            news = absence
        lines = [line for line in self._chatting.default_buffer.text.split("\n") if line.strip()]
        if len(lines) > 1:
            news = f"{len(lines)} lines: Enter says all, Ctrl+U none"
        return [("", f" {harmless(nick)}  {where}  "), ("bold", news)]


class _SessionCompleter(Completer):
    """What `completion` offers for Tab, in prompt_toolkit's form."""

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
    """Have the terminal keep keys, even Ctrl+D, for the next prompt without echoing them; Ctrl+C stays a signal.

    Return its attributes from before; None where there are none (Windows).
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
