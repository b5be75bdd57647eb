"""The client's screen with keys from a pipe, on a terminal that records its text."""

import io
from collections.abc import Callable

from prompt_toolkit.input import PipeInput
from prompt_toolkit.output.vt100 import Vt100_Output

from chatcore.terminal.screen.prompt import TerminalScreen
from tests.support.emulator import Emulator

COLUMNS = 100


def paste(text: str) -> str:
    """Return what a terminal sends for a paste."""
    return f"\x1b[200~{text}\x1b[201~"


class Output(Vt100_Output):
    """A terminal that is not asked where its cursor is: the status line is drawn at once."""

    has_gone = False
    on_flush: Callable[[], object] = staticmethod(lambda: None)

    def flush(self) -> None:
        self.on_flush()
        if self.has_gone:
            raise OSError(5, "Input/output error")
        super().flush()

    def get_rows_below_cursor_position(self) -> int:
        return 10


class Terminal:
    """A screen, its keyboard, and its content."""

    def __init__(self, keys: PipeInput, text: io.StringIO, output: Output) -> None:
        self.on_stop: Callable[[], None] = lambda: None
        self.screen = TerminalScreen(stop=self._stop)
        self.output = output
        self.keys = keys
        self._text = text

    def once_drawn(self, text: str, act: Callable[[], object]) -> None:
        """Do something when the chat's prompt has been drawn and `text` is on the screen."""
        app = self.screen.prompt.session.app

        def look(_: object) -> None:
            if text in self.text and waiting:
                waiting.clear()
                act()

        waiting = [text]
        app.after_render += look

    def _stop(self) -> None:
        self.on_stop()

    @property
    def raw(self) -> str:
        return self._text.getvalue()

    @property
    def text(self) -> str:
        """What the user sees now."""
        emulator = Emulator(COLUMNS)
        emulator.feed(self.raw.replace("\n", "\r\n"))  # as a terminal's driver does
        return emulator.text
