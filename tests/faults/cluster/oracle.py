"""From chat.log to what everybody must have been sent, in which order: the rules of the protocol, written again.

Knows nothing of how the program does it. A log that contradicts itself raises Contradiction.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from tests.faults.cluster.lines import IrcLine, LogLine


class Contradiction(Exception):
    """The log says something that cannot be after what it said before."""


class Seen(NamedTuple):
    """A line that somebody is sent: at what time, what, by whom ('' is a tracker), with which parameters."""

    time: str
    command: str
    nick: str
    params: tuple[str, ...]


class Expected(NamedTuple):
    """What is to be sent because of the line of the log with this number (from 0), to those who have the capability.

    Or who lack it, if it begins with a dash.
    """

    number: int
    seen: Seen
    capability: str = ""


class Said(NamedTuple):
    """A message of a room's history."""

    time: str
    nick: str
    text: str


@dataclass(eq=False)
class Person:
    """One visit that the log tells of. `ended_at` is the number of the line that says so."""

    nick: str
    address: str
    key: tuple[str, str]
    """The nick that it came in with, and its address."""
    account: str = ""
    rooms: set[str] = field(default_factory=set)
    away: str | None = None
    expected: list[Expected] = field(default_factory=list)
    ended_at: int | None = None


COMPARED = frozenset({"JOIN", "PART", "KICK", "QUIT", "NICK", "TOPIC", "MODE", "PRIVMSG", "NOTICE", "INVITE", "REDACT"})
COMPARED |= {"AWAY"}
_HISTORY = ("chathistory", "draft/chathistory", "chatcore/search")


def is_compared(line: IrcLine, batches: dict[str, str]) -> bool:
    """Return whether a received line says what happens now; `batches` are kinds of batches by name, kept up to date."""
    if line.command == "BATCH" and line.params[0].startswith("+"):
        batches[line.params[0][1:]] = line.params[1]
    if line.command not in COMPARED or batches.get(line.tags.get("batch", ""), "") in _HISTORY:
        return False
    return bool(line.nick) or (line.command == "MODE" and line.params[0].startswith("#"))


class Oracle:
    """Reads a log: who came, was told what, and how things are at the end."""

    def __init__(self, lines: Iterable[LogLine], *, is_alone: bool = False) -> None:
        """Raise Contradiction. A tracker alone begins without anybody; one of several finds the others' people."""
        self._is_alone = is_alone
        self.people: dict[tuple[str, str], Person] = {}
        """All visits, by the nick that they came in with and their address."""
        self.present: dict[str, Person] = {}
        """Who is here, by nick."""
        self.topics: dict[str, str] = {}
        """Of each room that has one."""
        self.said: dict[str, list[Said]] = {}
        """What the history of each room has. None of them is ever closed, so the next of the same name has it too."""
        self.taken_back: Counter[tuple[str, str, str]] = Counter()
        """How many messages were taken back: in which room, whose, said when. Several may have one time."""
        self._empty: set[str] = set()
        self._waiting: dict[str, list[Expected]] = {}
        self._number = 0
        self._time = ""
        for self._number, line in enumerate(lines):
            self._time = line.time
            reader = _READERS.get(line.kind)
            if reader is not None:
                try:
                    reader(self, line.words, line.text or "")
                except (KeyError, ValueError) as error:
                    raise Contradiction(f"{line}: {error!r}") from error

    def members(self, room: str) -> set[str]:
        """Return the nicks of who is in a room at the end."""
        return {person.nick for person in self.present.values() if room in person.rooms}

    def _seen(self, command: str, nick: str, *params: str) -> Seen:
        return Seen(self._time, command, "" if nick == "*" else nick, params)

    def _tell(self, people: Iterable[Person], seen: Seen, capability: str = "") -> None:
        for person in people:
            person.expected.append(Expected(self._number, seen, capability))

    def _in(self, room: str) -> list[Person]:
        return [person for person in self.present.values() if room in person.rooms]

    def _neighbours(self, person: Person) -> list[Person]:
        return [other for other in self.present.values() if other is not person and other.rooms & person.rooms]

    def connect(self, words: tuple[str, ...], text: str) -> None:
        """Somebody comes in."""
        nick, address, *account = words
        if nick in self.present:
            raise Contradiction(f"a second {nick} is let in at {self._time}")
        person = Person(nick, address, (nick, address), account[0] if account else "")
        self.people[person.key] = person
        self.present[nick] = person
        if person.account:
            self._hand_over(person)

    def start(self, words: tuple[str, ...], text: str) -> None:
        """A tracker begins."""
        if self._is_alone:
            for person in self.present.values():
                self._empty |= person.rooms
                person.rooms.clear()
            self.present.clear()

    def account(self, words: tuple[str, ...], text: str) -> None:
        """Somebody logs in, or out."""
        nick, account = words
        self.present[nick].account = "" if account == "*" else account
        self._hand_over(self.present[nick])

    def _hand_over(self, person: Person) -> None:
        for waiting in self._waiting.pop(person.account, ()):
            said = waiting.seen
            for capability, text in (
                ("server-time", said.params[1]),
                ("-server-time", f"[{said.time}] {said.params[1]}"),
            ):
                seen = said._replace(params=(person.nick, text))
                person.expected.append(Expected(self._number, seen, capability))

    def join(self, words: tuple[str, ...], text: str) -> None:
        """Somebody enters a room."""
        room, nick, _ = words
        person = self.present[nick]
        if room in person.rooms:
            raise Contradiction(f"{nick} joins {room} twice")
        if room in self._empty:
            self._empty.remove(room)
            self.topics.pop(room, None)
        person.rooms.add(room)
        self._tell(self._in(room), self._seen("JOIN", nick, room))
        if person.away is not None:
            others = [member for member in self._in(room) if member is not person]
            self._tell(others, self._seen("AWAY", nick, person.away), "away-notify")

    def part(self, words: tuple[str, ...], text: str) -> None:
        """Somebody leaves a room."""
        room, nick = words
        self._tell(self._in(room), self._seen("PART", nick, room, *((text,) if text else ())))
        self._leave(self.present[nick], room)

    def kick(self, words: tuple[str, ...], text: str) -> None:
        """Somebody is made to leave."""
        room, nick, target = words
        self._tell(self._in(room), self._seen("KICK", nick, room, target, text))
        self._leave(self.present[target], room)

    def _leave(self, person: Person, room: str) -> None:
        person.rooms.remove(room)
        if not self._in(room):
            self._empty.add(room)

    def restore(self, words: tuple[str, ...], text: str) -> None:
        """A room that was empty is again as it was."""
        self._empty.discard(words[0])
        if text:
            self.topics[words[0]] = text
        else:
            self.topics.pop(words[0], None)

    def forget(self, words: tuple[str, ...], text: str) -> None:
        """A room that was empty is no more."""
        self._empty.discard(words[0])
        self.topics.pop(words[0], None)

    def nick(self, words: tuple[str, ...], text: str) -> None:
        """Somebody takes another nick."""
        before, after = words
        if after in self.present:
            raise Contradiction(f"{after} is given to a second one at {self._time}")
        person = self.present.pop(before)
        self.present[after] = person
        self._tell((person, *self._neighbours(person)), self._seen("NICK", before, after))
        person.nick = after

    def quit(self, words: tuple[str, ...], text: str) -> None:
        """Somebody is gone."""
        nick, address = words
        person = self.present.pop(nick)
        if person.address != address:
            raise Contradiction(f"{nick} leaves from {address}, and came from {person.address}")
        self._tell(self._neighbours(person), self._seen("QUIT", nick, text))
        person.ended_at = self._number
        for room in tuple(person.rooms):
            self._leave(person, room)

    def topic(self, words: tuple[str, ...], text: str) -> None:
        """A topic."""
        room, nick = words
        self.topics[room] = text
        self._tell(self._in(room), self._seen("TOPIC", nick, room, text))

    def mode(self, words: tuple[str, ...], text: str) -> None:
        """Modes of a room."""
        room, nick, *modes = words
        self._tell(self._in(room), self._seen("MODE", nick, room, *modes))

    def message(self, words: tuple[str, ...], text: str) -> None:
        """What is said in a room."""
        self._said("PRIVMSG", words, text)

    def notice(self, words: tuple[str, ...], text: str) -> None:
        """The same that no program should answer."""
        self._said("NOTICE", words, text)

    def _said(self, command: str, words: tuple[str, ...], text: str) -> None:
        room, nick = words
        sender = self.present[nick]
        self.said.setdefault(room, []).append(Said(self._time, nick, text))
        seen = self._seen(command, nick, room, text)
        self._tell([sender], seen, "echo-message")
        self._tell([member for member in self._in(room) if member is not sender], seen)

    def private_message(self, words: tuple[str, ...], text: str) -> None:
        """What is said to one person, or to an account whose owner is not here."""
        nick, target = words
        seen = self._seen("PRIVMSG", nick, target, text)
        self._tell([self.present[nick]], seen, "echo-message")
        if target in self.present:
            self._tell([self.present[target]], seen)
            return
        owners = [person for person in self.present.values() if person.account == target]
        for owner in owners:
            self._tell([owner], seen._replace(params=(owner.nick, text)))
        if not owners:
            self._waiting.setdefault(target, []).append(Expected(self._number, seen))

    def invite(self, words: tuple[str, ...], text: str) -> None:
        """Somebody is asked to come."""
        room, nick, target = words
        if target in self.present:
            self._tell([self.present[target]], self._seen("INVITE", nick, target, room))

    def away(self, words: tuple[str, ...], text: str) -> None:
        """Somebody is away, or back."""
        person = self.present[words[0]]
        person.away = text or None
        seen = self._seen("AWAY", person.nick, *((text,) if text else ()))
        self._tell(self._neighbours(person), seen, "away-notify")

    def redact(self, words: tuple[str, ...], text: str) -> None:
        """Something is taken back."""
        room, nick, author, said_at = words
        doer = self.present[nick]
        self.taken_back[room, author, said_at] += 1
        seen = self._seen("REDACT", nick, room, *((text,) if text else ()))
        self._tell(
            [doer, *(member for member in self._in(room) if member is not doer)], seen, "draft/message-redaction"
        )


_READERS: dict[str, Callable[[Oracle, tuple[str, ...], str], None]] = {
    "connect": Oracle.connect,
    "start": Oracle.start,
    "account": Oracle.account,
    "join": Oracle.join,
    "part": Oracle.part,
    "kick": Oracle.kick,
    "restore": Oracle.restore,
    "forget": Oracle.forget,
    "nick": Oracle.nick,
    "quit": Oracle.quit,
    "lost": Oracle.quit,
    "topic": Oracle.topic,
    "mode": Oracle.mode,
    "message": Oracle.message,
    "notice": Oracle.notice,
    "private-message": Oracle.private_message,
    "invite": Oracle.invite,
    "away": Oracle.away,
    "redact": Oracle.redact,
}
