"""Who somebody is: the replies to WHO and WHOIS put together. Pure.

The address with its port comes only with WHOIS (378), so a room is looked up in two steps: WHO for the names,
then a WHOIS for each, unless there are too many of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from chatcore.protocol.message import Message
from chatcore.protocol.names import casefold
from chatcore.terminal.session.rooms import MOST_NICK_CHARS

MOST_ASKED_SINGLY = 50
"""A room with more people than this is shown without ports, to spare the tracker a question about each."""

MOST_PEOPLE = 10_000
MOST_CHARS = 1000
"""Of each detail about somebody. Longer ones are cut, and end in dots."""


@dataclass
class Person:
    """What is known of somebody; '' for what is not."""

    nick: str
    prefix: str = ""
    user_and_host: str = ""
    address: str = ""
    rooms: str = ""
    idle: str = ""
    away: str = ""

    def describe(self) -> str:
        """Return all of it in one line."""
        details = [self.address or self.user_and_host or "not here"]
        details += [f"in {self.rooms}"] if self.rooms else []
        details += [f"idle {self.idle}"] if self.idle else []
        details += [f"away: {self.away}"] if self.away else []
        return f"{self.prefix}{self.nick}  {', '.join(details)}"


@dataclass
class Lookup:
    """One `/who`. `room` is None if it asks about one person."""

    room: str | None
    people: dict[str, Person] = field(default_factory=dict)
    open: set[str] = field(default_factory=set)
    """Whose WHOIS has not been answered yet."""
    left_out: int = 0
    """How many more there were than are remembered."""

    def take_who(self, params: tuple[str, ...]) -> None:
        """Take one RPL_WHOREPLY: target, channel, user, host, server, nick, flags, hops and realname."""
        _, _, user, host, _, nick, flags, *_ = params
        if casefold(nick) not in self.people and (len(self.people) >= MOST_PEOPLE or len(nick) > MOST_NICK_CHARS):
            self.left_out += 1
            return
        person = self.person(nick)
        person.user_and_host = short(f"{user}@{host}")
        person.prefix = next((character for character in flags if character in "~&@%+"), "")
        person.away = "yes" if flags.startswith("G") else ""

    def ask_singly(self) -> list[Message]:
        """Return a WHOIS for everybody seen; none if they are too many or were asked about already."""
        if len(self.people) > MOST_ASKED_SINGLY or self.open:
            return []
        self.open = set(self.people)
        return [Message("WHOIS", (person.nick,)) for person in self.people.values()]

    def person(self, nick: str) -> Person:
        return self.people.setdefault(casefold(nick), Person(nick))

    def finish(self, nick: str) -> bool:
        """Note the end of one WHOIS; return whether it was the last."""
        self.open.discard(casefold(nick))
        return not self.open

    def describe(self) -> list[str]:
        """Return the answer, one line for each person."""
        people = [self.people[key] for key in sorted(self.people)]
        if self.room is None:
            return [person.describe() for person in people]
        if not people:
            return [f"nobody is to be seen in {self.room}"]
        width = max(len(person.prefix + person.nick) for person in people)
        lines = [f"in {self.room}: {len(people) + self.left_out}"]
        for person in people:
            away = f"  away: {person.away}" if person.away else ""
            where = person.address or person.user_and_host
            lines.append(f"{(person.prefix + person.nick).ljust(width)}  {where}{away}")
        if self.left_out:
            lines.append(f"and {self.left_out} more")
        if len(people) > MOST_ASKED_SINGLY:
            lines.append("with so many, only /who NAME tells the port")
        return lines


def short(text: str) -> str:
    """Return a text short enough to remember, with dots for what was cut."""
    return text if len(text) <= MOST_CHARS else text[:MOST_CHARS] + "..."
