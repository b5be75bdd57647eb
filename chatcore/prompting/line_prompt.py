"""Prompts on a terminal, one for each line, with text written above the line being typed without disturbing it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Collection
from typing import Any

from prompt_toolkit import PromptSession
from prompt_toolkit.application import create_app_session, run_in_terminal
from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import AnyFormattedText
from prompt_toolkit.history import DummyHistory
from prompt_toolkit.key_binding import KeyBindings, KeyBindingsBase, merge_key_bindings
from prompt_toolkit.output import Output

from chatcore.prompting.choice import choice_prompt
from chatcore.prompting.graphemes import edit_by_graphemes, keys
from chatcore.prompting.interruption import Terminated, Woken
from chatcore.prompting.line_height import bound_height
from chatcore.prompting.own_terminal import OwnTerminal
from chatcore.prompting.pending import Pending
from chatcore.prompting.possession import Possession
from chatcore.prompting.prompt_loop import PromptLoop
from chatcore.prompting.terminal import Terminal
from chatcore.prompting.terminal_keys import HALF_TYPED_QUIET_S, QUIET_S


class LinePrompt:
    """Reads lines that a person types, one after another.

    Written text is kept until it is on the terminal, so a prompt that is just ending cannot lose any of it, as it could
    with patch_stdout. During a prompt on our own terminal only its event loop writes, because prompt_toolkit's output
    is not thread-safe; so a stopped terminal keeps no writer waiting. Between prompts, the calling thread writes.

    One thread reads and asks; any thread may write, clear, wake, put back and redraw.
    """

    def __init__(
        self,
        message: AnyFormattedText,
        terminal: Terminal | None = None,
        *,
        own_keys: KeyBindingsBase | None = None,
        keys_everywhere: KeyBindingsBase | None = None,
        stop: Callable[[], None] | None = None,
        on_left: Callable[[str], None] = lambda text: None,
        on_taken: Callable[[], str] = str,
        on_given_back: Callable[[], str] = str,
        **options: Any,
    ) -> None:
        """`message` stands before the line. The default terminal is our own.

        `own_keys` are for lines, `keys_everywhere` for questions too. `on_left` is given the text of a line that
        `wake` has ended. `on_taken` and `on_given_back` are for Possession. `stop` is called by Ctrl+Z and returns when
        the program goes on; None where a program cannot be stopped. `options` are for prompt_toolkit's PromptSession.
        """
        self._on_left = on_left
        self._writing = threading.RLock()  # held while writing between prompts, and taken before the next
        self._lock = threading.RLock()  # guards the six below
        self._pending = Pending()
        self._put_back = ""
        self._is_prompting = False
        self._is_changed = False  # what stands around the line
        self._loop = PromptLoop(self._draw)
        self._is_woken = False
        self._terminal = terminal or OwnTerminal()
        self._terminal.on_change(self._look_again)
        self._possession = Possession(self._terminal, on_taken, on_given_back)
        stopping = KeyBindings()
        stopping.add("c-z")(lambda _: self._suspend(stop))
        self._everywhere = merge_key_bindings([stopping, *([] if keys_everywhere is None else [keys_everywhere])])
        bindings = merge_key_bindings([keys, self._everywhere, *([] if own_keys is None else [own_keys])])
        keyboard, screen = self._terminal.input, self._terminal.output
        self.session: PromptSession[str] = PromptSession(
            message, erase_when_done=True, key_bindings=bindings, input=keyboard, output=screen, **options
        )
        edit_by_graphemes(self.session.default_buffer)
        bound_height(self.session)
        self._terminal.watch(self.session)
        self._prompt = self.session
        self._has_prompted = False
        self._has_half_a_line = False  # the last prompt was ended with something in its line

    @property
    def output(self) -> Output:
        """The terminal's output. Only for the prompt's event loop, or between prompts."""
        return self.session.output

    @property
    def text(self) -> str:
        """The text being typed. Only for the prompt's event loop."""
        return self.session.default_buffer.text

    @text.setter
    def text(self, text: str) -> None:
        self.session.default_buffer.document = Document(text)

    def begin(self, text: str) -> None:
        """Replace the line, and reload what the arrow keys recall. Only for the prompt's event loop."""
        buffer = self.session.default_buffer
        buffer.reset(Document(text))
        buffer.on_text_changed.fire()

    def __enter__(self) -> LinePrompt:
        """Prepare the terminal for the time between prompts."""
        self._possession.take()
        return self

    def __exit__(self, kind: type[BaseException] | None, *error: object) -> None:
        """Restore the terminal, and drop unread keys: the shell would run them."""
        if kind is not None and not issubclass(kind, KeyboardInterrupt):
            self.swallow_keys()
        self._write_pending()
        self._possession.give_back()

    def swallow_keys(self) -> None:
        """Drop the keys of a person who has not noticed yet that there is no prompt any more. After the last prompt."""
        if self._has_prompted:
            self._terminal.swallow_keys(HALF_TYPED_QUIET_S if self._has_half_a_line else QUIET_S)
            self._has_prompted = False

    def ask(self, question: str, *, is_secret: bool = False) -> str:
        """Ask a question in a prompt of its own, so that no key can recall a secret in a later one.

        Raises KeyboardInterrupt, EOFError, Woken.
        """
        bindings = merge_key_bindings([keys, self._everywhere])
        prompt: PromptSession[str] = PromptSession(
            question,
            is_password=is_secret,
            history=DummyHistory(),
            key_bindings=bindings,
            input=self._terminal.input,
            output=self._terminal.output,
        )
        edit_by_graphemes(prompt.default_buffer)
        self._terminal.watch(prompt)
        return self._run(prompt)

    def choose(self, question: str, letters: Collection[str], *, default: str, refusal: str) -> str:
        """Ask a question answered by one key: see `choice`. Raises KeyboardInterrupt, EOFError, Woken."""
        prompt = choice_prompt(question, letters, self._everywhere, self._terminal, default=default, refusal=refusal)
        self._terminal.watch(prompt)
        return self._run(prompt)

    def read_line(self) -> str:
        """Return a typed line, or several pasted ones. Raises KeyboardInterrupt, EOFError, Woken."""
        return self._run(self.session)

    def write(self, text: str) -> None:
        """Write whole lines of text above the line being typed. Any thread."""
        with self._lock:
            self._pending.add(text)
            if self._is_prompting:
                if not self._loop.draw_at_once(self._write_above):
                    self._loop.ask_for_drawing()
                return
        self._write_between_prompts()

    def clear(self) -> None:
        """Scroll everything on the screen out of sight. Any thread."""
        self.write("\n" * self.output.get_size().rows + self._terminal.home)

    def redraw(self) -> None:
        """Draw the line and what is around it again. Any thread."""
        with self._lock:
            self._is_changed = True
            self._loop.ask_for_drawing()

    def put_back(self, text: str) -> None:
        """Put text into the current line, or that of the next prompt, unless something is typed there. Any thread."""
        with self._lock:
            self._put_back = text
            self._loop.call(self._fill_line)

    def wake(self) -> None:
        """Make the current prompt, or the next one, raise Woken. Any thread."""
        with self._lock:
            self._is_woken = True
            self._loop.call(self._leave_prompt)

    def terminate(self, signum: int) -> None:
        """End the current prompt, or raise at once if there is none. Only for a signal handler: it takes no lock."""
        if not self._loop.is_running:
            raise Terminated(signum)
        self._loop.call(lambda: self._exit_prompt(Terminated(signum)))

    def resume(self) -> None:
        """Take the terminal again after we were stopped, whatever others have done to it. Only for a signal handler."""
        if self._loop.is_running:
            self._loop.call(lambda: run_in_terminal(self._possession.take_again))
        else:
            self._terminal.hold_keys()

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
            with create_app_session(self._terminal.input, self._terminal.output):
                return self._terminal.run(prompt, self._started)
        except OSError as error:  # the terminal has gone
            raise EOFError from error
        finally:
            with self._lock:
                self._loop.end()
                self._is_prompting = False
            self._write_between_prompts()

    def _started(self) -> None:
        """Run at the start of a prompt, in its event loop."""
        with self._lock:
            self._loop.begin(self._end_at_fault)
            if self._pending:
                self._loop.ask_for_drawing()
            self._fill_line()
            self._leave_prompt()

    def _draw(self) -> None:
        """Draw pending text and the prompt. Only for the prompt's event loop."""
        app = self._prompt.app
        if self._terminal.is_full or app.is_done:
            return  # `on_change` comes when it is no longer full; pending text is written after the prompt
        with self._lock:
            if self._pending and self._write_above():
                return
            has_text, self._is_changed = bool(self._pending), False
        if has_text:
            run_in_terminal(self._write_pending)
        else:
            app.invalidate()

    def _write_above(self) -> bool:
        """Write pending text above the prompt's last drawing; return whether that was possible. Under the lock."""
        if self._is_changed or self._terminal.is_full:
            return False
        text = self._pending.take()
        is_done = self._terminal.write_above(text)
        if not is_done:
            self._pending.add(text)
        return is_done

    def _look_again(self) -> None:
        """Draw anew, because the terminal has changed. Any thread."""
        with self._lock:
            if self._is_prompting:
                self._loop.call(self._prompt.app._on_resize)
                self._loop.ask_for_drawing()
                return
        self._write_between_prompts()

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
        """End the prompt with an exception from its loop; prompt_toolkit would print it, maybe to no terminal."""
        if "exception" in context:
            self._exit_prompt(context["exception"])
        else:
            loop.default_exception_handler(context)

    def _write_between_prompts(self) -> None:
        with self._writing:
            if not (self._is_prompting or self._terminal.is_full):  # otherwise the new prompt writes it
                self._write_pending()

    def _write_pending(self) -> None:
        """Write everything pending. Not while a prompt is on the terminal."""
        with self._lock:
            text = self._pending.take()
        if text:
            self.output.enable_autowrap()
            self.output.write_raw(text)
            self.output.flush()
