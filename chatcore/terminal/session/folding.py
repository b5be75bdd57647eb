"""Reactions to one message, folded into one line (`reactions`). Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from chatcore.protocol.names import casefold
from chatcore.terminal.session.effects import Effect, Told

MOST_NAMED = 3
MOST_VALUES = 5
MOST_NICKS = 500


@dataclass
class Folding:
    """The reactions to one message that have not been shown yet: nicks by reaction."""

    msgid: str
    about: str
    place: str
    where: str
    time: datetime | None = None
    nicks: dict[str, dict[str, str]] = field(default_factory=dict)

    def add(self, nick: str, value: str) -> None:
        """Add a reaction, unless there are too many."""
        if value in self.nicks or len(self.nicks) < MOST_VALUES:
            nicks = self.nicks.setdefault(value, {})
            if len(nicks) < MOST_NICKS:
                nicks[casefold(nick)] = nick

    def take_back(self, nick: str, value: str) -> bool:
        """Drop a reaction that has not been shown; return whether there was one."""
        return self.nicks.get(value, {}).pop(casefold(nick), None) is not None

    def line(self) -> Iterator[Effect]:
        """Show the reactions, and start over."""
        told = [(value, list(nicks.values())) for value, nicks in self.nicks.items() if nicks]
        self.nicks = {}
        if told:
            parts = [f"{_people(nicks)}{' reacted' if not n else ''} {value}" for n, (value, nicks) in enumerate(told)]
            yield Told(f"{', '.join(parts)} to {self.about}", self.time, (self.place,), self.where, self.msgid)


def _people(nicks: list[str]) -> str:
    named = nicks[:MOST_NAMED]
    others = len(nicks) - len(named)
    if others:
        return f"{', '.join(named)} and {others} more"
    return " and ".join([", ".join(named[:-1]), named[-1]] if len(named) > 1 else named)
