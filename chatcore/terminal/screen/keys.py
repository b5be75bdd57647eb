"""Keys of the chat's input line, in addition to those that edit any line. They run in the prompt's event loop.

Ctrl+C is a key here: it undoes a completion, clears the line, or leaves from an empty one. A SIGINT from outside is
prompt_toolkit's and leaves at once.
"""

from __future__ import annotations

from collections.abc import Callable

from prompt_toolkit.buffer import Buffer, CompletionState
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document
from prompt_toolkit.enums import DEFAULT_BUFFER
from prompt_toolkit.filters import has_focus
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

from chatcore.prompting.graphemes import is_typing
from chatcore.terminal.commands.typed import begins_command, is_secret

AGAIN_LEAVES = "Ctrl+C again leaves; Ctrl+Y brings the line back"
AGAIN_LEAVES_FOR_GOOD = "Ctrl+C again leaves"
ONE_LINE = "a command must be a single line"
NOT_SUSPENDED = "there is no shell here to return to"

_is_chatting = has_focus(DEFAULT_BUFFER)


class LineKeys:
    """The key bindings, and a hint about the last key. `bindings` are prompt_toolkit's."""

    def __init__(self, clear: Callable[[], None], *, can_suspend: bool) -> None:
        """`clear` empties the window. With `can_suspend`, the prompt handles Ctrl+Z."""
        self.hint = ""
        """What the last key did; shown until the line changes."""
        self._completed = Document()
        """The line after its only completion was inserted: another Tab adds nothing."""
        self.bindings = KeyBindings()
        self.bindings.add("tab", filter=is_typing)(self._complete)
        self.bindings.add("c-c", filter=_is_chatting)(self._take_back)
        self.bindings.add("escape", "enter", filter=is_typing)(self._break_line)
        self.bindings.add("c-l")(lambda _: clear())
        if not can_suspend:
            self.bindings.add("c-z")(self._refuse_to_suspend)

    def watch(self, buffer: Buffer) -> None:
        """Clear the hint when the line changes."""
        buffer.on_text_changed += self._forget_hint

    def _forget_hint(self, _: Buffer) -> None:
        self.hint = ""

    def _complete(self, event: KeyPressEvent) -> None:
        """Insert the best completion at once, so that typing continues after it; pressed again, the next one."""
        buffer = event.current_buffer
        if buffer.complete_state is not None:
            buffer.complete_next(count=event.arg)
            return
        found = list(buffer.completer.get_completions(buffer.document, CompleteEvent(completion_requested=True)))
        if found and buffer.document != self._completed:
            buffer.complete_state = CompletionState(buffer.document, found)
            buffer.go_to_completion(0)
        if len(found) == 1:
            buffer.complete_state, self._completed = None, buffer.document

    def _take_back(self, event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        if buffer.complete_state is not None:
            buffer.cancel_completion()
        elif buffer.text:
            is_lost = is_secret(buffer.text)
            if not is_lost:
                event.app.clipboard.set_text(buffer.text)
            buffer.document = Document()
            self.hint = AGAIN_LEAVES_FOR_GOOD if is_lost else AGAIN_LEAVES
        else:
            event.app.exit(exception=KeyboardInterrupt)

    def _refuse_to_suspend(self, _: KeyPressEvent) -> None:
        self.hint = NOT_SUSPENDED

    def _break_line(self, event: KeyPressEvent) -> None:
        """Start a new line in the message. Refuse in a command: several lines are text, which goes to everybody."""
        if begins_command(event.current_buffer.text):
            self.hint = ONE_LINE
        else:
            event.current_buffer.insert_text("\n")
