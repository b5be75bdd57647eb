"""Keys that lead to another view."""

from __future__ import annotations

from collections.abc import Callable

from prompt_toolkit.enums import DEFAULT_BUFFER
from prompt_toolkit.filters import has_completions, has_focus
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

from chatcore.terminal.screen.screen import Turn
from chatcore.terminal.session.places import Views

_HIGHEST = 9


def turning_keys(turn: Callable[[Turn], None]) -> KeyBindings:
    """Return the bindings: Alt+1 to Alt+9, Ctrl+N and Ctrl+P for neighbours, Alt+A for unread messages.

    They run in a prompt's event loop.
    """
    keys = KeyBindings()
    where = has_focus(DEFAULT_BUFFER)

    def to(number: int) -> Callable[[KeyPressEvent], None]:
        return lambda event: turn(lambda views: views.at(number))

    for number in range(1, _HIGHEST + 1):
        keys.add("escape", str(number), filter=where)(to(number))

    @keys.add("c-n", filter=where & ~has_completions)
    def _next(event: KeyPressEvent) -> None:
        turn(lambda views: views.beside(1))

    @keys.add("c-p", filter=where & ~has_completions)
    def _before(event: KeyPressEvent) -> None:
        turn(lambda views: views.beside(-1))

    @keys.add("escape", "a", filter=where)
    def _waiting(event: KeyPressEvent) -> None:
        turn(Views.waiting)

    return keys
