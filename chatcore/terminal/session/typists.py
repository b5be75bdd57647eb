"""Typing notices of others (https://ircv3.net/specs/client-tags/typing). Pure."""

from __future__ import annotations

from collections.abc import Sequence

from chatcore.protocol.names import casefold

TAG = "+typing"
TELLING = "that we are typing"
"""The name of our own scheduled notice on the session's clock."""
LASTS_S = 6.0
"""How long a notice lasts if no other follows."""

MOST_TYPISTS = 200
MOST_NAMED = 2
MOST_NICK_CHARS = 20


class Typists:
    """The people typing in any room or conversation. Times are in seconds, by one clock."""

    def __init__(self) -> None:
        self._until: dict[tuple[str, str], tuple[float, str]] = {}  # by casefolded place and nick, oldest first

    def take(self, place: str, nick: str, state: str, now: float) -> None:
        """Handle a notice; only the state `active` means typing."""
        self.stop(nick, place)
        if state == "active":
            if len(self._until) >= MOST_TYPISTS:
                del self._until[next(iter(self._until))]
            self._until[casefold(place), casefold(nick)] = (now + LASTS_S, nick)

    def stop(self, nick: str, place: str | None = None) -> None:
        """Note that somebody is no longer typing, in one place or everywhere."""
        for where, who in list(self._until):
            if who == casefold(nick) and (place is None or where == casefold(place)):
                del self._until[where, who]

    def leaves_in(self, now: float) -> float | None:
        """Forget expired notices; return the seconds until the next one expires, None if nobody is typing."""
        self._until = {key: each for key, each in self._until.items() if each[0] > now}
        return min((until - now for until, _ in self._until.values()), default=None)

    def in_place(self, place: str, now: float) -> list[str]:
        """Return the nicks of those who are typing in a room or conversation."""
        return [nick for (where, _), (until, nick) in self._until.items() if where == casefold(place) and until > now]


def told(nicks: Sequence[str]) -> str:
    """Return the line that says who is typing; '' if nobody is."""
    if not nicks:
        return ""
    named = [nick if len(nick) <= MOST_NICK_CHARS else f"{nick[:MOST_NICK_CHARS]}\u2026" for nick in nicks[:MOST_NAMED]]
    others = len(nicks) - len(named)
    if others:
        return f"{', '.join(named)} and {others} more are typing"
    return f"{' and '.join(named)} {'is' if len(named) == 1 else 'are'} typing"
