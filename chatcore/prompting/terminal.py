"""What prompts need of a terminal: our own (`own_terminal`), or one at the other end of a connection.

The latter is `remote_terminal`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol, TypeVar

from prompt_toolkit import PromptSession
from prompt_toolkit.input import Input
from prompt_toolkit.key_binding import KeyPress
from prompt_toolkit.output import Output

_T = TypeVar("_T")


class Terminal(Protocol):
    """One terminal. Methods are for the prompts' thread unless they say otherwise, and raise nothing if it has gone.

    The caller makes sure that meanwhile nobody writes and no prompt is drawn.
    """

    environment: Mapping[str, str]
    """The variables that describe the terminal: TERM, COLORTERM, NO_COLOR, COLORFGBG, TMUX and the like."""

    @property
    def input(self) -> Input:
        """The keys typed."""

    @property
    def output(self) -> Output:
        """The terminal's display."""

    @property
    def home(self) -> str:
        """The escape sequence that moves to where prompts begin in an empty window."""

    @property
    def is_full(self) -> bool:
        """Whether to write nothing at the moment, because earlier output is still pending. Any thread."""

    def on_change(self, act: Callable[[], None]) -> None:
        """Call `act`, in any thread, when the size changes without a signal or the terminal is no longer full."""

    def run(self, prompt: PromptSession[_T], started: Callable[[], None]) -> _T:
        """Run a prompt and return what is typed; `started` is called in its event loop. Raises as the prompt does."""

    def filter_typed(self, take_out: Callable[[str], str]) -> bool:
        """Pass everything typed through `take_out`; return whether the terminal can do that."""

    def read_keys(self, within_s: float) -> list[KeyPress]:
        """Return the keys typed within this time, between two prompts; maybe none. Raises EOFError, OSError."""

    def take(self) -> None:
        """From now on, keep keys for the next prompt without echoing them."""

    def give_back(self) -> None:
        """Restore the terminal's state from before, and drop unread keys: the shell would run them."""

    def watch(self, prompt: PromptSession[str]) -> None:
        """Note the terminal's state and what is drawn during a prompt. To be called before the prompt's first run."""

    def write_above(self, text: str) -> bool:
        """Write text and the prompt, unchanged, below it; return False if the drawing is not known. Any thread."""

    def lend(self) -> None:
        """Restore the terminal's state from before for a while, during a prompt."""

    def take_again(self) -> None:
        """Set the terminal as it is during a prompt, whatever others have done to it."""

    def hold_keys(self) -> None:
        """Set the terminal as it is between two prompts, whatever others have done to it. For a signal handler."""

    def swallow_keys(self, quiet_s: float) -> None:
        """Drop keys until none is typed for `quiet_s`, or for less after Enter. Ctrl+C ends this at once."""
