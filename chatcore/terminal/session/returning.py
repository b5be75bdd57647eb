"""Coming back after a lost connection: entering the rooms again and fetching what was missed. Pure.

Requests are sent a few at a time, each time with a PING, so that nothing is typed into a room that is not entered yet,
and the tracker's rate limit is not exceeded. Live messages are held until those before them have arrived.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from chatcore.protocol.message import Message
from chatcore.protocol.names import DEFAULT_CHANNEL, casefold, is_channel, parse_address
from chatcore.terminal.session.absence import Absence
from chatcore.terminal.session.batches import Dropped, begin, size_of
from chatcore.terminal.session.effects import Answer, Effect, Problem, Said, Told
from chatcore.terminal.session.postponed import say_again, unsaid_in
from chatcore.terminal.session.rooms import Room
from chatcore.terminal.session.said import hear, said_in
from chatcore.terminal.session.session import Session

LABEL = "missed-"
MOST_MISSED = 100
"""How many messages of each room are fetched: the last ones."""
MOST_CONVERSATIONS = 50
STEPS_AT_ONCE = 8

_NEEDS = ("draft/chathistory", "batch", "labeled-response")
_END_OF_TIME = "2100-01-01T00:00:00.000Z"

RESUMED = "back in the chat, as the same visitor"
NEW = "back in the chat, as a new visitor"
NOWHERE = "you are no longer in any room; /join ROOM enters one"


def whereto(session: Session) -> str:
    """Return the line that says where text goes now that a room is gone."""
    current = session.views.current
    return f"you are now writing to {current.name}" if current else NOWHERE


def leave(session: Session) -> Absence:
    """End a session whose connection is lost; return its absence, which has what must be remembered."""
    before = session.absence
    current = session.views.current
    absence = Absence(
        {casefold(room.name): room.name for room in session.rooms},
        None if current is None else casefold(current.name),
        [*(before.unsaid if before else ()), *session.outbox],
    )
    if before is not None:  # the connection was lost again before we were back
        absence.not_entered = frozenset(before.rooms) - frozenset(absence.rooms)
        absence.rooms = {**before.rooms, **absence.rooms}
        absence.current = before.current
        absence.waiting = before.waiting
    session.outbox.clear()
    session.absence = absence
    return absence


def close(session: Session, name: str) -> Iterator[Effect]:
    """Close the view of a room we are no longer in; if it was current, turn to another one."""
    if session.absence is not None:
        session.absence.rooms.pop(casefold(name), None)
    was_current = session.views.is_current(name)
    view = session.views.close(name)
    if view is not None:
        yield session.views.turn_to(view, whereto(session))
    elif was_current:
        yield Told(NOWHERE)


def enter_again(absence: Absence, room: Room) -> None:
    """Continue a room where it was left, now that the tracker has put us back into it."""
    room.is_returned_to = casefold(room.name) in absence.rooms


def arrive(session: Session, absence: Absence) -> Iterator[Effect]:
    """Continue after the welcome: enter the rooms that the tracker has not put us back into."""
    back = RESUMED if absence.is_resumed else NEW
    yield Told(f"{back}; you are now at {absence.place}" if absence.place else back)
    for name in list(absence.rooms.values()):
        if session.rooms.get(name) is not None:
            continue
        if absence.is_resumed and casefold(name) not in absence.not_entered:
            yield Problem(f"you are no longer in {name}")
            yield from close(session, name)
        else:
            key = session.memory.keys.get(name)
            absence.steps.append(Message("JOIN", (name, key) if key else (name,)))
    if not (absence.is_resumed or absence.rooms or session.rooms):
        absence.steps.append(Message("JOIN", (DEFAULT_CHANNEL,)))
    yield from go_on(session, absence)


def go_on(session: Session, absence: Absence) -> Iterator[Effect]:
    """Send the next steps, now that all earlier ones have been answered."""
    if not absence.steps and not absence.has_asked:
        absence.has_asked = True
        absence.steps.extend(_questions(session, absence))
    if absence.steps:
        yield from (absence.steps.popleft() for _ in range(min(STEPS_AT_ONCE, len(absence.steps))))
        yield session.ping()
        return
    said = list(say_again(session, absence))
    yield from said
    if any(isinstance(effect, Message) for effect in said):
        yield session.ping()  # before we are back, or text typed then would overtake these messages
    else:
        yield from _end(session, absence)


def receive_answer(session: Session, message: Message) -> Iterator[Effect]:
    """Handle the answer to a request for what was missed: a batch, or a refusal."""
    absence = session.absence
    subject = absence.asked.pop(message.tags["label"], None) if absence is not None else None
    if message.command != "BATCH":
        if subject:
            yield Problem(f"cannot fetch what was missed in {subject}: {''.join(message.params[-1:])}")
        return
    kind, reference = message.params[1].lower(), message.params[0][1:]
    if absence is None or subject is None:
        yield from begin(session, reference, Dropped())
    elif kind.endswith("chathistory-targets"):
        yield from begin(session, reference, Conversations(absence))
    else:
        yield from begin(session, reference, Missed(absence, subject, _most(session)))


class Missed:
    """The messages missed in a room or conversation."""

    commands: tuple[str, ...] = ("PRIVMSG", "NOTICE")

    def __init__(self, absence: Absence, name: str, most: int) -> None:
        self.held_chars = 0
        self._absence = absence
        self._name = name
        self._most = most
        self._received = 0
        self._said: list[tuple[Said, str]] = []  # with the msgid

    def take(self, session: Session, message: Message) -> int:
        msgid = message.tags.get("msgid", "")  # only the first line of a message has one
        if msgid:
            self._received += 1
            session.memory.fetched.note(msgid, msgid)
        said = said_in(session, message, is_history=True)
        if said is not None:
            self._said.append((replace(said, is_missed=True), msgid))
        return size_of(message)

    def part(self, session: Session) -> Iterator[Effect]:
        """Show what has come so far. Only that counts as heard: the rest may have to be fetched again."""
        for said, msgid in self._said:
            if msgid:
                session.memory.latest.note(self._name, msgid)
            if said.is_own:
                self._absence.take_own(said.rank + self._name, said.text)
            yield said
        self._said = []

    def end(self, session: Session) -> Iterator[Effect]:
        where = f"in {self._name}" if is_channel(self._name) else f"with {self._name}"
        if self._received >= self._most:
            text = f"much was said meanwhile {where}; the last {len(self._said)} messages:"
            yield Answer(text, (self._name,))
        else:
            self._absence.known.add(casefold(self._name))
            if self._said:
                session.views.open(self._name)
                yield Answer(f"meanwhile {where}:", (self._name,))
        yield from self.part(session)


class Conversations:
    """The conversations with missed messages. Each of them is then fetched."""

    commands: tuple[str, ...] = ("CHATHISTORY",)

    def __init__(self, absence: Absence) -> None:
        self.held_chars = 0
        self._absence = absence
        self._names: dict[str, str] = {}

    def take(self, _session: Session, message: Message) -> int:
        name = message.params[1]
        if not is_channel(name) and len(self._names) < MOST_CONVERSATIONS:
            self._names[casefold(name)] = name
        return 0

    def part(self, _session: Session) -> Iterator[Effect]:
        yield from ()

    def end(self, session: Session) -> Iterator[Effect]:
        absence = self._absence
        absence.steps.extend(_question(session, absence, name) for name in self._names.values())
        if len(self._names) < MOST_CONVERSATIONS:  # the list is complete: nothing was said to anybody else
            unsaid = {casefold(sent.target) for sent in absence.unsaid if parse_address(sent.target) is None}
            absence.known.update(name for name in unsaid - set(self._names) if not is_channel(name))
        yield from ()


def _end(session: Session, absence: Absence) -> Iterator[Effect]:
    """Finish coming back: show the live messages held, and those of ours that did not arrive."""
    session.absence = None
    for held in absence.release():
        if not session.memory.has_fetched(held.said, held.msgid):
            yield hear(session, held.said, held.msgid)
    yield from unsaid_in(absence)


def _questions(session: Session, absence: Absence) -> Iterator[Message]:
    """Yield the requests for what was missed in rooms, and for the list of conversations."""
    if not all(session.has(capability) for capability in _NEEDS):
        return
    since = session.memory.heard_at
    for room in session.rooms:
        if casefold(room.name) in absence.rooms and (since or session.memory.latest.get(room.name)):
            yield _question(session, absence, room.name)
    if since:
        limit = str(MOST_CONVERSATIONS)
        yield _labelled(absence, "", "TARGETS", f"timestamp={_END_OF_TIME}", f"timestamp={since}", limit)


def _question(session: Session, absence: Absence, name: str) -> Message:
    msgid = session.memory.latest.get(name)
    reference = f"msgid={msgid}" if msgid else f"timestamp={session.memory.heard_at}"
    return _labelled(absence, name, "LATEST", name, reference, str(_most(session)))


def _labelled(absence: Absence, subject: str, *params: str) -> Message:
    absence.questions += 1
    label = f"{LABEL}{absence.questions}"
    absence.asked[label] = subject
    return Message("CHATHISTORY", params, tags={"label": label})


def _most(session: Session) -> int:
    return min(MOST_MISSED, session.supported.history_limit or MOST_MISSED)
