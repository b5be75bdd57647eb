"""A lookup of a room or a person, put together from the replies to WHO and WHOIS. Pure.

Only WHOIS (378) has the address with its port, so a room is looked up in two steps: a WHO for the names, then a WHOIS
for each of them, unless there are too many.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from chatcore.protocol.message import Message
from chatcore.protocol.names import casefold
from chatcore.terminal.session.rooms import MOST_NICK_CHARS

MOST_ASKED_SINGLY = 50
"""A room with more people than this is shown without ports, to spare the tracker a request for each."""

MOST_PEOPLE = 10_000
MOST_CHARS = 1000
"""The limit for each detail about a person. Longer ones are cut and end in dots."""


@dataclass
class Person:
    """What is known of a person; '' for what is unknown."""

    nick: str
    prefix: str = ""
    user_and_host: str = ""
    address: str = ""
    rooms: str = ""
    idle: str = ""
    away: str = ""

    def describe(self) -> str:
        """Return everything known in one line."""
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
    """The casefolded nicks whose WHOIS is pending."""
    left_out: int = 0
    """How many people were not remembered."""

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
        """Return a WHOIS for everybody seen; none if there are too many or they were already asked about."""
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
            return [f"nobody can be seen in {self.room}"]
        width = max(len(person.prefix + person.nick) for person in people)
        lines = [f"in {self.room}: {len(people) + self.left_out}"]
        for person in people:
            away = f"  away: {person.away}" if person.away else ""
            where = person.address or person.user_and_host
            lines.append(f"{(person.prefix + person.nick).ljust(width)}  {where}{away}")
        if self.left_out:
            lines.append(f"and {self.left_out} more")
        if len(people) > MOST_ASKED_SINGLY:
            lines.append("with so many people, only /who NAME shows the port")
        return lines


def short(text: str) -> str:
    """Cut a text that is too long to remember, ending it in dots."""
    return text if len(text) <= MOST_CHARS else text[:MOST_CHARS] + "..."
