"""History from before we entered a room: a line with the number of messages, or the latest ones. Pure.

It is fetched when the room is first looked at, so that entering many rooms does not fetch all their history.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial

from chatcore.protocol.message import Message
from chatcore.terminal.session.batches import Dropped, History, begin, last_messages
from chatcore.terminal.session.effects import Answer, Effect, Rule, Told
from chatcore.terminal.session.rooms import Room
from chatcore.terminal.session.said import stamp
from chatcore.terminal.session.session import Session

LABEL = "arrival-"
MOST_COUNTED = 100

_NEEDS = ("draft/chathistory", "batch", "labeled-response", "message-tags")


def plan(session: Session) -> None:
    """Schedule fetching the current room's history, if that has not happened yet."""
    room = session.room
    if room is None or not room.is_listed or room.is_past_known or session.absence is not None:
        return
    room.is_past_known = True
    wanted = session.memory.history_on_arrival
    if wanted is not None and not room.is_returned_to and all(map(session.has, _NEEDS)):
        session.clock.call_in(0.0, f"the past of {room.name}", partial(_ask, session, room, wanted))


def receive_answer(session: Session, message: Message) -> Iterator[Effect]:
    """Handle the answer, a batch. A refusal is not shown, as nobody has typed anything."""
    room, wanted = session.looking.arrivals.pop(message.tags["label"], (None, 0))
    if message.command != "BATCH":
        return
    if room is None:
        batch: Dropped | Counted | Lately = Dropped()
    else:
        batch = Lately(room.name) if wanted else Counted(room, _most(session), session.memory.markers.get(room.name))
    yield from begin(session, message.params[0][1:], batch)


class Counted:
    """A batch of which only the number of messages is shown."""

    commands: tuple[str, ...] = ("PRIVMSG", "NOTICE")

    def __init__(self, room: Room, most: int, marker: str) -> None:
        self.held_chars = 0
        self._room = room
        self._most = most
        self._marker = marker
        self._count = self._received = 0

    def take(self, session: Session, message: Message) -> int:
        msgid = message.tags.get("msgid", "")  # only the first line of a message has one
        self._received += bool(msgid)
        self._count += bool(msgid) and session.memory.quotes.get(msgid, self._room.name) is None
        return 0

    def part(self, _session: Session) -> Iterator[Effect]:
        yield from ()

    def end(self, _session: Session) -> Iterator[Effect]:
        """Show the number, unless it is 0 or the tracker has already sent the last messages by itself."""
        if not self._count or self._room.has_history:
            return
        count = f"{self._count} or more" if self._received >= self._most else f"{self._count}"
        if self._marker:
            told = f"{count} new since you were here"
        else:
            told = f"{count} message{'s' if count != '1' else ''} before you"
        yield Told(f"{told}; /history", None, (self._room.name,))


class Lately(History):
    """The latest messages, without those heard since we entered."""

    def take(self, session: Session, message: Message) -> int:
        if session.memory.quotes.get(message.tags.get("msgid", ""), self.name) is not None:
            return 0
        return super().take(session, message)

    def end(self, session: Session) -> Iterator[Effect]:
        if self.said:
            yield Answer(f"{last_messages(len(self.said), self.name)}:", (self.name,))
            marker = session.memory.markers.get(self.name)
            new = [said for said in self.said if marker and stamp(said.time) > marker]
            yield from self.said[: len(self.said) - len(new)]
            yield from [Rule("new", is_new=True)] if new else []
            yield from new


def _ask(session: Session, room: Room, wanted: int) -> Iterable[Effect]:
    if session.rooms.get(room.name) is not room or room.has_history:
        return []
    session.looking.arrivals_asked += 1
    label = f"{LABEL}{session.looking.arrivals_asked}"
    session.looking.arrivals[label] = room, wanted
    marker = session.memory.markers.get(room.name)
    since = f"timestamp={marker}" if marker and not wanted else "*"
    count = str(_most(session, wanted))
    return [Message("CHATHISTORY", ("LATEST", room.name, since, count), tags={"label": label})]


def _most(session: Session, wanted: int = 0) -> int:
    most = wanted or MOST_COUNTED
    return min(most, session.supported.history_limit or most)
