"""Choosing a tracker when none was named: one visited before, one announced nearby, another address, or a link.

Anybody can announce anything. So an announcement is only shown, with its address and the start of its key, and the
client never connects to one by itself. As always, the login proves whether a tracker is the right one.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import NamedTuple

from chatcore.errors import ConfigError
from chatcore.prompting.interruption import Woken
from chatcore.protocol.names import format_address
from chatcore.terminal.destination import Destination, parse_destination
from chatcore.terminal.nearby import Found
from chatcore.terminal.recent import Visited
from chatcore.terminal.screen.screen import Screen
from chatcore.terminal.session.effects import Answer, Problem
from chatcore.transport.fingerprint import in_pairs

QUESTION = "Tracker, or the link you were sent: "
QUESTION_WITH_LIST = "Tracker (Enter: 1), or the link you were sent: "
NOT_CHOSEN = "which HOST? (--help shows the usage)"
MOST_FOUND = 20
"""How many announced trackers get numbers, besides those at addresses visited before."""

_MOST_KNOWN = 3  # more for each known tracker: announcing one many times must not crowd out the others
_MOST_TOLD = 200
_SHOWN_DIGITS = 16  # of the pin: enough bits that nobody can make another key to match
_TOO_MANY = "more chats are announced on this network than are shown here"


class Offer(NamedTuple):
    """A numbered choice: where it leads, and what is remembered of the tracker that it is, or claims to be."""

    destination: Destination
    known: Visited | None


class Offers:
    """All numbered choices; a number never changes. Any thread."""

    def __init__(self, screen: Screen, visited: Sequence[Visited]) -> None:
        """Show the trackers visited before."""
        self._screen = screen
        self._visited = visited
        self._lock = threading.Lock()  # guards the four below, and the order in which numbers are shown
        self._offers: list[Offer] = []
        self._announced: set[int] = set()  # numbers of visited trackers announced at their old address
        self._told: dict[tuple[str, int], set[str]] = {}  # by pin and port: the addresses announced
        self._left = {each.key: _MOST_KNOWN for each in visited} | {"": MOST_FOUND}
        for each in visited:
            self._offer(Offer(Destination(each.host, each.port), each), _who(each))

    @property
    def has_first(self) -> bool:
        """Return whether Enter alone chooses the tracker visited last; it never chooses one that was only announced."""
        return bool(self._visited)

    def chosen(self, typed: str) -> Offer | None:
        """Return the choice with a typed number, None if there is none."""
        text = typed or ("1" if self.has_first else "")
        with self._lock:
            is_number = text.isascii() and text.isdigit() and 0 < int(text[:4]) <= len(self._offers)
            return self._offers[int(text) - 1] if is_number else None

    def note(self, found: Found) -> None:
        """Show an announced tracker, unless it was shown already."""
        with self._lock:
            known = [(number, each) for number, each in enumerate(self._visited, 1) if each.key == found.pin]
            here = [number for number, each in known if each.port == found.port and each.host in found.hosts]
            for number in here:
                self._show_announced(number)
            told = self._told.setdefault((found.pin, found.port), set()) if len(self._told) < _MOST_TOLD else set()
            is_new = not here and told.isdisjoint(found.hosts)
            told.update(found.hosts)
            if is_new:
                self._show_found(found, known)

    def _show_announced(self, number: int) -> None:
        if number not in self._announced:
            self._announced.add(number)
            self._screen.show(Answer(f"{number}  {self._visited[number - 1].address}  is announced nearby"))

    def _show_found(self, found: Found, known: list[tuple[int, Visited]]) -> None:
        kind = found.pin if known else ""
        self._left[kind] -= 1
        if self._left[kind] < 0:
            if self._left[kind] == -1 and not known:
                self._screen.show(Answer(_TOO_MANY))
            return
        destination = Destination(found.hosts[0], found.port)
        if known:
            number, each = known[0]
            self._offer(Offer(destination, each), f"{_who(each)}  claims to be {number}, at another address")
        else:
            self._offer(Offer(destination, None), f"unknown, key {in_pairs(found.pin[:_SHOWN_DIGITS])}")

    def _offer(self, offer: Offer, what: str) -> None:
        self._offers.append(offer)
        where = format_address(offer.destination.host, offer.destination.port or 0)
        self._screen.show(Answer(f"{len(self._offers)}  {where}  {what}"))


def choose(screen: Screen, offers: Offers, *, can_ask_again: bool) -> Offer:
    """Return where to go, and what is remembered of it if it was chosen by its number.

    Raises EOFError or KeyboardInterrupt if the person leaves, and ConfigError where nobody can be asked again.
    """
    while True:
        try:
            typed = screen.ask(QUESTION_WITH_LIST if offers.has_first else QUESTION).strip()
        except Woken:
            continue
        offer = offers.chosen(typed)
        if offer is not None:
            return offer
        try:
            if not typed:
                raise ConfigError(NOT_CHOSEN)
            return Offer(parse_destination(typed), None)
        except ConfigError as error:
            if not can_ask_again:
                raise
            if typed:
                screen.show(Problem(str(error)))


def _who(known: Visited) -> str:
    return f"as {known.account or known.name}"
