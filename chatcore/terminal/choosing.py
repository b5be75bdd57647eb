"""Asking where to go, of whoever has not said it: one of the last trackers, another, or an invitation's link."""

from __future__ import annotations

from collections.abc import Sequence

from chatcore.errors import ConfigError
from chatcore.prompting.interruption import Woken
from chatcore.terminal.destination import Destination, parse_destination
from chatcore.terminal.recent import Visited
from chatcore.terminal.screen.screen import Screen
from chatcore.terminal.session.effects import Answer, Problem

QUESTION = "Tracker, or the link you were sent: "
QUESTION_WITH_LIST = "Tracker (Enter: 1), or the link you were sent: "
NOT_CHOSEN = "which HOST? (--help shows the usage)"


def choose(screen: Screen, visited: Sequence[Visited], *, can_ask_again: bool) -> tuple[Destination, Visited | None]:
    """Return where to go, and what is remembered of it if it was chosen from the list.

    Raises EOFError and KeyboardInterrupt of whoever leaves, and ConfigError where nobody can be asked again.
    """
    for number, each in enumerate(visited, 1):
        screen.show(Answer(f"{number}  {each.address}  as {each.account or each.name}"))
    while True:
        try:
            typed = screen.ask(QUESTION_WITH_LIST if visited else QUESTION).strip()
        except Woken:
            continue
        if visited and (typed == "" or (typed.isascii() and typed.isdigit() and 0 < int(typed[:3]) <= len(visited))):
            chosen = visited[int(typed or 1) - 1]
            return Destination(chosen.host, chosen.port), chosen
        try:
            if not typed:
                raise ConfigError(NOT_CHOSEN)
            return parse_destination(typed), None
        except ConfigError as error:
            if not can_ask_again:
                raise
            if typed:
                screen.show(Problem(str(error)))
