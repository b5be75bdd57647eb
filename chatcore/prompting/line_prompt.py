"""Prompts on a terminal, one for each line, with text above the line being typed that cannot disturb it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Collection
from contextlib import nullcontext, suppress
from contextvars import Context, copy_context
from typing import Any

import colorama
from prompt_toolkit import PromptSession
from prompt_toolkit.application import get_app_session, run_in_terminal
from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import AnyFormattedText
from prompt_toolkit.history import DummyHistory
from prompt_toolkit.key_binding import KeyBindings, KeyBindingsBase, merge_key_bindings
from prompt_toolkit.output import Output

from chatcore.prompting.choice import choice_prompt
from chatcore.prompting.graphemes import edit_by_graphemes, keys
from chatcore.prompting.interruption import Terminated, Woken
from chatcore.prompting.line_height import bound_height
from chatcore.prompting.pending import Pending
from chatcore.prompting.possession import Possession
from chatcore.prompting.terminal_keys import (
    HALF_TYPED_QUIET_S,
    QUIET_S,
    leave_keys_to_prompts,
    swallow_keys,
)

_HOME = "\x1b[H"


class LinePrompt:
    """One line after the other, typed by a person.

    What is written is kept until it is on the terminal, so that a prompt that is just ending cannot lose any of it, as
    it could with patch_stdout. During a prompt only its event loop writes, above the prompt: the output is not made for
    two threads. Between prompts, whoever writes something does it. So during a prompt nobody who writes is kept waiting
    by a terminal that is stopped.

    One thread reads and asks; any thread may write, clear, wake, put back and redraw.
    """

    def __init__(
        self,
        message: AnyFormattedText,
        *,
        own_keys: KeyBindingsBase | None = None,
        keys_everywhere: KeyBindingsBase | None = None,
        stop: Callable[[], None] | None = None,
        on_left: Callable[[str], None] = lambda text: None,
        on_taken: Callable[[], str] = str,
        on_given_back: Callable[[], str] = str,
        **options: Any,
    ) -> None:
        """`message` stands before the line. `on_left` is given what was typed in a line that `wake` has ended.

        `own_keys` are for lines, `keys_everywhere` for questions too. `on_taken` and `on_given_back` are Possession's.
        `stop` is called by Ctrl+Z, and returns when the program goes on; None where there is no such thing. `options`
        are for prompt_toolkit's PromptSession.
        """
        self._on_left = on_left
        self._writing = threading.RLock()  # held while writing between prompts, and taken before the next
        self._lock = threading.RLock()  # guards the seven below
        self._pending = Pending()
        self._is_redraw_due = False
        self._put_back = ""
        self._is_prompting = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._context: Context | None = None  # by which prompt_toolkit finds the running prompt
        self._is_woken = False
        # Or the terminal would echo keys and swallow Ctrl+D while text is written above the line being typed.
        get_app_session().input.cooked_mode = nullcontext  # type: ignore[method-assign]
        # Or prompt_toolkit would wait forever for its output when the terminal is gone; its input notices that too.
        get_app_session().output.flush = _unless_gone(get_app_session().output.flush)  # type: ignore[method-assign]
        self._possession = Possession(get_app_session().output, on_taken, on_given_back)
        stopping = KeyBindings()
        stopping.add("c-z")(lambda _: self._suspend(stop))
        self._everywhere = merge_key_bindings([stopping, *([] if keys_everywhere is None else [keys_everywhere])])
        bindings = merge_key_bindings([keys, self._everywhere, *([] if own_keys is None else [own_keys])])
        self.session: PromptSession[str] = PromptSession(
            message, erase_when_done=True, key_bindings=bindings, **options
        )
        self.session.app.after_render += self._possession.note_prompt
        edit_by_graphemes(self.session.default_buffer)
        bound_height(self.session)
        self._prompt = self.session
        self._has_prompted = False
        self._has_half_a_line = False  # the last prompt was ended with something in its line

    @property
    def output(self) -> Output:
        """The terminal. Only for the prompt's event loop, or between prompts."""
        return self.session.output

    @property
    def text(self) -> str:
        """What is being typed. Only for the prompt's event loop."""
        return self.session.default_buffer.text

    @text.setter
    def text(self, text: str) -> None:
        self.session.default_buffer.document = Document(text)

    def begin(self, text: str) -> None:
        """Type something else from now on, with what the arrow keys bring back for that. In the prompt's event loop."""
        buffer = self.session.default_buffer
        buffer.reset(Document(text))
        buffer.on_text_changed.fire()

    def __enter__(self) -> LinePrompt:
        """Prepare the terminal for the time between prompts."""
        colorama.just_fix_windows_console()
        self._possession.take()
        return self

    def __exit__(self, kind: type[BaseException] | None, *error: object) -> None:
        """Restore the terminal. What was typed and not read is dropped, or the shell would run it."""
        if kind is not None and not issubclass(kind, KeyboardInterrupt):
            self.swallow_keys()
        self._possession.give_back()

    def swallow_keys(self) -> None:
        """Drop what a person types on who has not noticed yet that nobody asks any more. After the last prompt."""
        if self._has_prompted:
            swallow_keys(HALF_TYPED_QUIET_S if self._has_half_a_line else QUIET_S)
            self._has_prompted = False

    def ask(self, question: str, *, is_secret: bool = False) -> str:
        """Ask one question in a prompt of its own, so that no key can recall a secret in a later one.

        Raises KeyboardInterrupt, EOFError, Woken.
        """
        bindings = merge_key_bindings([keys, self._everywhere])
        prompt: PromptSession[str] = PromptSession(
            question, is_password=is_secret, history=DummyHistory(), key_bindings=bindings
        )
        prompt.app.after_render += self._possession.note_prompt
        edit_by_graphemes(prompt.default_buffer)
        return self._run(prompt)

    def choose(self, question: str, letters: Collection[str], *, default: str, refusal: str) -> str:
        """Ask a question that one key answers: see `choice`. Raises KeyboardInterrupt, EOFError, Woken."""
        return self._run(choice_prompt(question, letters, self._everywhere, default=default, refusal=refusal))

    def read_line(self) -> str:
        """Return a typed line, or several pasted ones. Raises KeyboardInterrupt, EOFError, Woken."""
        return self._run(self.session)

    def write(self, text: str) -> None:
        """Write text, which ends with a line end, above the line being typed. Any thread."""
        with self._lock:
            is_first = not self._pending
            self._pending.add(text)
            if self._is_prompting:
                if is_first:  # otherwise a write is on its way
                    self._call(lambda: run_in_terminal(self._write_pending))
                return
        self._write_between_prompts()

    def clear(self) -> None:
        """Move all that is on the screen out of sight, to where the terminal scrolls back to. Any thread."""
        self.write("\n" * self.output.get_size().rows + _HOME)

    def redraw(self) -> None:
        """Draw the line, and what stands around it, again. Any thread."""
        with self._lock:
            if not self._is_redraw_due:  # a stopped terminal must not let them pile up
                self._is_redraw_due = self._loop is not None
                self._call(self._redraw_now)

    def put_back(self, text: str) -> None:
        """Put a text into the line, or into that of the next prompt, unless something is being typed. Any thread."""
        with self._lock:
            self._put_back = text
            self._call(self._fill_line)

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

    def resume(self) -> None:
        """Take the terminal again after we were stopped, whatever others have done to it. Only for a signal handler."""
        loop = self._loop
        if loop is None:
            leave_keys_to_prompts()
            return
        with suppress(RuntimeError):  # it was just closed
            loop.call_soon_threadsafe(lambda: run_in_terminal(self._possession.take_again), context=self._context)

    def _suspend(self, stop: Callable[[], None] | None) -> None:
        """Give the terminal back until `stop` returns. Only for the prompt's event loop."""
        if stop is not None:
            run_in_terminal(lambda: self._possession.lend(stop))

    def _run(self, prompt: PromptSession[str]) -> str:
        self._prompt = prompt
        self._has_prompted, self._has_half_a_line = True, False
        with self._writing, self._lock:
            self._is_prompting = True
        try:
            return prompt.prompt(pre_run=self._started)
        except OSError as error:  # the terminal has gone
            raise EOFError from error
        finally:
            with self._lock:
                self._loop = None
                self._is_prompting = False
            self._write_between_prompts()

    def _started(self) -> None:
        """Run at the start of a prompt, in its event loop."""
        with self._lock:
            self._loop = asyncio.get_running_loop()
            self._loop.set_exception_handler(self._end_at_fault)
            self._is_redraw_due = False
            self._context = copy_context()
            if self._pending:
                self._call(lambda: run_in_terminal(self._write_pending))
            self._fill_line()
            self._leave_prompt()

    def _redraw_now(self) -> None:
        with self._lock:
            self._is_redraw_due = False
        self.session.app.invalidate()

    def _fill_line(self) -> None:
        if self._prompt is not self.session or not self._put_back:
            return
        if not self.text:
            self.text = self._put_back
        self._put_back = ""

    def _leave_prompt(self) -> None:
        if self._is_woken:
            self._is_woken = False
            self._has_half_a_line = bool(self._prompt.default_buffer.text)
            if self._prompt is self.session and self.text.strip():
                self._on_left(self.text)
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

    def _write_between_prompts(self) -> None:
        with self._writing:
            if not self._is_prompting:  # otherwise the prompt that has just begun writes it
                self._write_pending()

    def _write_pending(self) -> None:
        """Write everything pending. Not while a prompt is on the terminal."""
        with self._lock:
            text = self._pending.take()
        if text:
            self.output.enable_autowrap()
            self.output.write_raw(text)
            self.output.flush()


def _unless_gone(flush: Callable[[], None]) -> Callable[[], None]:
    """Return a `flush` that does nothing on a terminal that has gone."""

    def flush_or_not() -> None:
        with suppress(OSError):
            flush()

    return flush_or_not
