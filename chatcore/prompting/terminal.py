"""What prompts need of a terminal: our own (`own_terminal`), or one at the other end of a line (`remote_terminal`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol, TypeVar

from prompt_toolkit import PromptSession
from prompt_toolkit.input import Input
from prompt_toolkit.key_binding import KeyPress
from prompt_toolkit.output import Output

_T = TypeVar("_T")


class Terminal(Protocol):
    """One terminal. For the thread that has the prompts, where nothing else is said. Nothing is raised if it has gone.

    Whoever calls sees to it that nobody writes meanwhile, nor is a prompt drawn.
    """

    environment: Mapping[str, str]
    """What is known of it: TERM, COLORTERM, NO_COLOR, COLORFGBG, TMUX and the like."""

    @property
    def input(self) -> Input:
        """What is typed."""

    @property
    def output(self) -> Output:
        """What is shown."""

    @property
    def home(self) -> str:
        """What goes to where prompts begin once the window was emptied."""

    @property
    def is_full(self) -> bool:
        """Whether nothing is to be written at the moment, as what was written before is not taken. Any thread."""

    def on_change(self, act: Callable[[], None]) -> None:
        """Have `act` called, by any thread, when the size has changed without a signal, or it is no longer full."""

    def run(self, prompt: PromptSession[_T], started: Callable[[], None]) -> _T:
        """Return what is typed at a prompt; `started` is called in its event loop. Raises what the prompt does."""

    def filter_typed(self, take_out: Callable[[str], str]) -> bool:
        """Have all that is typed pass through this; return whether that can be."""

    def read_keys(self, within_s: float) -> list[KeyPress]:
        """Return what is typed within this time, between two prompts: none if nothing is. Raises EOFError, OSError."""

    def take(self) -> None:
        """Have keys wait for the next prompt, and not be echoed, from now on."""

    def give_back(self) -> None:
        """Have it be as it was before, and drop what was typed and not read: the shell would run it."""

    def watch(self, prompt: PromptSession[str]) -> None:
        """Take note of how it is, and of what is drawn, during a prompt. Before its first run."""

    def write_above(self, text: str) -> bool:
        """Write text above the prompt, and that below as it was; return False if that is not known. Any thread."""

    def lend(self) -> None:
        """Have it be as it was before, for a while, during a prompt."""

    def take_again(self) -> None:
        """Have it be as during a prompt, whatever others have done to it."""

    def hold_keys(self) -> None:
        """Have it be as between two prompts, whatever others have done to it. For a signal handler."""

    def swallow_keys(self, quiet_s: float) -> None:
        """Drop what is typed until nothing is for so long, after Enter for a shorter time; Ctrl+C ends that at once."""
