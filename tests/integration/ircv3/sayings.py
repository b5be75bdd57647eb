"""Metadata of people and rooms, in the model of `world`: who hears of which change."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from chatcore.config import Config

if TYPE_CHECKING:
    from tests.integration.ircv3.world import Person, World

KEY = "url"
AWARE = frozenset({"draft/metadata-3", "batch"})
_SERVER = Config().server_name


class Sayings:
    """Values of the one key that they all use. `by_accounts` outlives a world, as accounts do."""

    def __init__(self, world: World, by_accounts: dict[str, str]) -> None:
        self._world = world
        self._by_accounts = by_accounts
        self._by_visits: dict[int, str] = {}
        self._by_rooms: dict[int, str] = {}
        self._subscribed: set[int] = set()
        self._order: list[int] = []  # people by arrival or login: the order in which those of an account are announced

    def of(self, person: Person) -> str:
        """Return somebody's value; '' for none."""
        if person.account:
            return self._by_accounts.get(person.account, "")
        return self._by_visits.get(id(person), "")

    def come(self, person: Person) -> None:
        """Note that somebody has arrived, or has another identity."""
        self._order = [*(one for one in self._order if one != id(person)), id(person)]

    def resume(self, person: Person) -> None:
        """Have somebody resume a visit: with the value of their account, and no subscription."""
        self._by_visits.pop(id(person), None)
        self._subscribed.discard(id(person))
        self.come(person)

    def say(self, person: Person, value: str) -> None:
        """Have somebody set their value."""
        self._answer(person, person.nick, value)
        if value != self.of(person):
            self._say(person, value)

    def say_of_room(self, person: Person, room: str, value: str) -> None:
        """Have an operator set the value of a room."""
        members = self._world.rooms[room]
        self._answer(person, room, value)
        if value != self._by_rooms.get(id(members), ""):
            self._by_rooms[id(members)] = value
            self._tell((member for member in members if member is not person), room, value)

    def subscribe(self, person: Person) -> None:
        """Have somebody hear of all changes from now on."""
        self._subscribed.add(id(person))

    def negotiate(self, person: Person) -> None:
        """End the subscription of somebody who no longer has the capabilities."""
        if not person.caps >= AWARE:
            self._subscribed.discard(id(person))

    def enter(self, person: Person, room: str) -> None:
        """Have a room's members hear the value of somebody who joins; the first member makes it a new room."""
        members = self._world.rooms[room]
        if len(members) == 1:
            self._by_rooms.pop(id(members), None)
        if self.of(person):
            self._tell((member for member in members if member is not person), person.nick, self.of(person))

    def log_in(self, person: Person, account: str) -> None:
        """Give somebody the account's value, and then the account their own, unless that was another account's."""
        before, own = self.of(person), "" if person.account else self.of(person)
        person.account = account
        self.come(person)
        if self.of(person) != before:
            self._tell(self._observers_of(person), person.nick, self.of(person))
        if own and own != self.of(person):
            self._say(person, own)

    def _say(self, person: Person, value: str) -> None:
        if person.account:
            self._by_accounts[person.account] = value
        else:
            self._by_visits[id(person)] = value
        here = [other for other in self._world.people if other.is_here and self._is_same(other, person)]
        for one in sorted(here, key=lambda other: self._order.index(id(other))):
            self._tell((other for other in self._observers_of(one) if other is not person), one.nick, value)

    @staticmethod
    def _is_same(one: Person, other: Person) -> bool:
        return one is other or (one.account == other.account != "")

    def _observers_of(self, person: Person) -> list[Person]:
        watchers = (other for other in self._world.people if other.is_here and other.watched == person.nick)
        return [*dict.fromkeys((person, *self._world.neighbours(person), *watchers))]

    def _answer(self, person: Person, target: str, value: str) -> None:
        person.hears(*_line(person, target, value))

    def _tell(self, people: Iterable[Person], target: str, value: str) -> None:
        for person in people:
            if id(person) in self._subscribed:
                person.hears(*_line(person, target, value))


def _line(person: Person, target: str, value: str) -> tuple[str, ...]:
    if value:
        return ("761", _SERVER, person.nick, target, KEY, "*", value)
    return ("766", _SERVER, person.nick, target, KEY, "Key not set")
