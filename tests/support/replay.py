"""What every client must have been sent, according to chat.log: the oracle of tests with many clients.

Reads the log line by line as delivery reads the stream, and writes down for each client, by its address, every chat
line, join, leave, nick, topic and mode that it was entitled to, in order. Tests then compare whole sequences: order
across channels, nothing twice, nothing from before a JOIN or after a PART are all in that one comparison.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from chatcore.protocol.message import Message, parse_source
from chatcore.protocol.names import casefold

Seen = tuple[str, ...]
"""A line as compared: its command, the nick it came from, its parameters."""


@dataclass(eq=False)
class Person:
    """One client of the log, from its connect to its end."""

    nick: str
    address: str
    rooms: set[str] = field(default_factory=set)
    seen: list[tuple[Seen, bool]] = field(default_factory=list)  # and whether it echoes a message of its own


NOT_COMPARED = frozenset(
    {
        *(
            "account",
            "announce",
            "away",
            "ban",
            "clock-step",
            "erase",
            "forget",
            "gap",
            "invite",
            "invitation-made",
            "invitation-revoked",
            "invited",
            "key",
            "kill",
            "log-opened",
            "log-resumed",
            "metadata",
        ),
        *(
            "notice",
            "oper",
            "override",
            "private-notice",
            "private-redact",
            "realname",
            "redact",
            "refused",
            "register",
            "repeat",
            "restore",
            "resume",
            "shut-out",
            "start",
            "stop",
            "unban",
            "wallops",
        ),
    }
)
"""Kinds of lines that clients do not see, or not in the messages that are compared."""


class Replay:
    """What the lines of a log say. `people` are all clients ever, by their first nick and address; `present` who is
    here, by nick; `most` how many were in each room at one moment, at most.

    A log that contradicts itself (a second holder of one nick, a line of somebody who is not here) fails the test, as
    does a kind of line that is not known here.
    """

    def __init__(self, lines: Iterable[str]) -> None:
        self.people: dict[tuple[str, str], Person] = {}
        self.present: dict[str, Person] = {}
        self.most: dict[str, int] = {}
        self.readers: dict[str, Callable[[list[str], str], None]] = {
            "connect": self._connect,
            "join": self._join,
            "part": self._part,
            "kick": self._kick,
            "rename": self._rename,
            "nick": self._nick,
            "quit": self._quit,
            "lost": self._quit,
            "topic": self._topic,
            "mode": self._mode,
            "message": self._message,
            "private-message": self._private_message,
        }
        for line in lines:
            self._read(line)

    def seen_by(self, nick: str, address: str, *, echo: bool = True) -> list[Seen]:
        """Return what the client that came in with this nick from this address must have been sent.

        Nothing for one that the log does not know; own messages only with echo-message.
        """
        person = self.people.get((nick, address))
        return [seen for seen, is_echo in person.seen if echo or not is_echo] if person else []

    def members(self, room: str) -> set[str]:
        """Return the nicks of the members of a room."""
        return {person.nick for person in self.present.values() if room in person.rooms}

    def _read(self, line: str) -> None:
        _, _, rest = line.partition(" ")
        head, _, text = rest.partition(" :")
        kind, *words = head.split(" ")
        if kind not in NOT_COMPARED:
            self.readers[kind](words, text)

    def _connect(self, words: list[str], text: str) -> None:
        nick, address = words
        assert nick not in self.present, f"the log lets a second {nick} in"
        self.people[nick, address] = self.present[nick] = Person(nick, address)

    def _join(self, words: list[str], text: str) -> None:
        room, nick, _ = words
        person = self.present[nick]
        assert room not in person.rooms, f"the log has {nick} join {room} twice"
        person.rooms.add(room)
        self.most[room] = max(self.most.get(room, 0), len(self.members(room)))
        self._tell_room(room, ("JOIN", nick, room))

    def _part(self, words: list[str], text: str) -> None:
        room, nick = words
        self._tell_room(room, ("PART", nick, room, *([text] if text else ())))
        self.present[nick].rooms.remove(room)

    def _kick(self, words: list[str], text: str) -> None:
        room, nick, target = words
        self._tell_room(room, ("KICK", nick, room, target, text))
        self.present[target].rooms.remove(room)

    def _rename(self, words: list[str], text: str) -> None:
        room, _, new = words
        for person in self.present.values():
            if room in person.rooms:
                person.rooms.remove(room)
                person.rooms.add(new)
                if casefold(room) != casefold(new):
                    self._tell([person], ("PART", person.nick, room, *([text] if text else ())))
                    self._tell([person], ("JOIN", person.nick, new))

    def _nick(self, words: list[str], text: str) -> None:
        before, after = words
        assert after not in self.present, f"the log gives {after} to a second client"
        person = self.present.pop(before)
        self.present[after] = person
        self._tell((person, *self._neighbours(person)), ("NICK", before, after))
        person.nick = after

    def _quit(self, words: list[str], text: str) -> None:
        nick, address = words
        person = self.present.pop(nick)
        assert person.address == address
        self._tell(self._neighbours(person), ("QUIT", nick, text))

    def _topic(self, words: list[str], text: str) -> None:
        room, nick = words
        self._tell_room(room, ("TOPIC", nick, room, text))

    def _mode(self, words: list[str], text: str) -> None:
        room, nick, *modes = words
        self._tell_room(room, ("MODE", nick, room, *modes))

    def _message(self, words: list[str], text: str) -> None:
        room, nick = words
        sender = self.present[nick]
        assert room in sender.rooms
        self._tell_room(room, ("PRIVMSG", nick, room, text), sender)

    def _private_message(self, words: list[str], text: str) -> None:
        nick, target = words
        seen = ("PRIVMSG", nick, target, text)
        self.present[nick].seen.append((seen, True))
        self._tell([self.present[target]], seen)

    def _neighbours(self, person: Person) -> list[Person]:
        return [other for other in self.present.values() if other is not person and other.rooms & person.rooms]

    def _tell_room(self, room: str, seen: Seen, sender: Person | None = None) -> None:
        self._tell([person for person in self.present.values() if room in person.rooms], seen, sender)

    @staticmethod
    def _tell(people: Iterable[Person], seen: Seen, sender: Person | None = None) -> None:
        for person in people:
            person.seen.append((seen, person is sender))


def replay(log_path: Path) -> Replay:
    """Read a log; a last line without a line end is torn, and ignored."""
    return Replay(log_path.read_text(encoding="utf-8").split("\n")[:-1])


def seen_in(messages: Iterable[Message]) -> list[Seen]:
    """Return the received messages that people caused, in the form of a replay."""
    return [
        (message.command, parse_source(message.source).nick, *message.params)
        for message in messages
        if message.source is not None and "!" in message.source
    ]
