"""Batches: history, search results, and the pages of an export. Pure.

A batch is kept until its end. If that takes too much memory, what has come so far is shown, or written, early.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from chatcore.protocol.message import Message
from chatcore.protocol.names import casefold
from chatcore.terminal.session import export
from chatcore.terminal.session.effects import Answer, Effect, Problem, Said, WriteExport
from chatcore.terminal.session.export import Export
from chatcore.terminal.session.recall import Recall
from chatcore.terminal.session.said import said_in
from chatcore.terminal.session.search import Search
from chatcore.terminal.session.session import MOST_HELD_CHARS, MOST_OPEN_BATCHES, Batch, Session

_CHARS_PER_MESSAGE = 200  # of memory, besides its text


_WORDS = ("PRIVMSG", "NOTICE")


class History:
    """History of a room."""

    commands: tuple[str, ...] = _WORDS

    def __init__(self, name: str) -> None:
        self.held_chars = 0
        self.name = name
        self.said: list[Said] = []
        self._has_begun = False  # whether a part was shown early

    def take(self, session: Session, message: Message) -> int:
        said = said_in(session, message, is_history=True)
        if said is None:
            return 0
        self.said.append(said)
        return size_of(message)

    def part(self, _session: Session) -> Iterator[Effect]:
        yield Answer(f"{len(self.said)} messages in {self.name}, with more to follow:")
        yield from self.said
        self.said, self._has_begun = [], True

    def end(self, _session: Session) -> Iterator[Effect]:
        if self.said:
            yield Answer(f"{last_messages(len(self.said), self.name)}:")
        elif not self._has_begun:
            yield Answer(f"nothing yet in {self.name}")
        yield from self.said


class RecallPage:
    """One page of a longer history. Everything is shown after the last page, which holds the oldest messages."""

    commands: tuple[str, ...] = _WORDS

    def __init__(self, recall: Recall) -> None:
        self.held_chars = 0
        self._recall = recall
        self._said: list[Said] = []
        self._received = 0
        self._first = ""

    def take(self, session: Session, message: Message) -> int:
        if session.recall is not self._recall:
            return 0
        self._received += 1
        self._first = self._first or message.tags.get("msgid", "")
        said = said_in(session, message, is_history=True)
        if said is not None:
            self._said.append(said)
        return size_of(message)

    def part(self, session: Session) -> Iterator[Effect]:
        """Go back no further, and show what has come so far."""
        self._recall.left = 0
        yield from self.end(session)

    def end(self, session: Session) -> Iterator[Effect]:
        recall = self._recall
        if session.recall is not recall:
            return
        has_more = recall.take(self._said, self._received, self._first, self.held_chars)
        if has_more and recall.held_chars < MOST_HELD_CHARS:
            yield recall.ask()
            yield session.ping()
        else:
            yield from end_recall(session, recall)


class Found:
    """The results of a search."""

    commands: tuple[str, ...] = _WORDS

    def __init__(self, search: Search) -> None:
        self.held_chars = 0
        self._search = search
        self._said: list[Said] = []
        self._received = 0
        self._shown = 0

    def take(self, session: Session, message: Message) -> int:
        self._received += 1
        said = said_in(session, message, is_history=True)
        if said is not None:
            self._shown += 1
            to = message.params[0] if said.room is None and not session.is_me(message.params[0]) else said.to
            self._said.append(replace(said, to=to, is_here=False, found=self._search.words))
        return size_of(message)

    def part(self, _session: Session) -> Iterator[Effect]:
        yield from self._said
        self._said = []

    def end(self, _session: Session) -> Iterator[Effect]:
        yield from self._said
        is_all = self._received < self._search.limit
        yield Answer(self._search.summary(self._shown, [said.time for said in self._said], is_all=is_all))


class ExportPage:
    """One page of an export."""

    commands: tuple[str, ...] = _WORDS

    def __init__(self, export: Export) -> None:
        self.held_chars = 0
        self._export = export
        self._lines: list[str] = []
        self._until = ""
        self._is_empty = True

    def take(self, session: Session, message: Message) -> int:
        self._is_empty = False
        self._lines.append(export.as_json(self._export.target, message))
        self._export.pass_by(message)
        self._until = message.tags.get("time", "")
        return size_of(message)

    def part(self, session: Session) -> Iterator[Effect]:
        if session.export is self._export:
            yield WriteExport(tuple(self._lines), self._until)
        self._lines = []

    def end(self, session: Session) -> Iterator[Effect]:
        if session.export is self._export:
            has_more = not self._is_empty and self._export.latest
            ask = self._export.ask() if has_more else self._export.ask_next_target()
            yield from _write(session, tuple(self._lines), self._until, ask)


class Dropped:
    """A batch that nobody wants any more."""

    commands: tuple[str, ...] = ()

    def __init__(self) -> None:
        self.held_chars = 0

    def take(self, _session: Session, _message: Message) -> int:
        return 0

    def end(self, _session: Session) -> Iterator[Effect]:
        yield from ()

    part = end


class ExportTargets:
    """The rooms and people of an export."""

    commands: tuple[str, ...] = ("CHATHISTORY",)

    def __init__(self, export: Export) -> None:
        self.held_chars = 0
        self._export = export
        self._names: list[str] = []

    def take(self, _session: Session, message: Message) -> int:
        self._names.append(message.params[1])
        return size_of(message)

    def part(self, _session: Session) -> Iterator[Effect]:
        self._export.take_targets(self._names)
        self._names = []
        yield from ()

    def end(self, session: Session) -> Iterator[Effect]:
        yield from self.part(session)
        if session.export is self._export:
            yield from _write(session, (), "", self._export.ask_next_target())


def receive_batch(session: Session, message: Message) -> Iterator[Effect]:
    """Handle the start or end of a batch."""
    reference = message.params[0]
    if not reference.startswith("+"):
        session.outbox.end(reference[1:])
        yield from _end(session, reference[1:])
        return
    kind, name = message.params[1].lower(), "".join(message.params[2:3])
    if kind == "labeled-response":
        session.outbox.begin(reference[1:], message.tags.get("label", ""))
    recall = session.recall
    if kind.endswith("search") and session.search is not None:
        yield from begin(session, reference[1:], Found(session.search))
    elif kind.endswith("chathistory") and recall is not None and casefold(name) == casefold(recall.room):
        yield from begin(session, reference[1:], RecallPage(recall))
    elif kind.endswith("chathistory"):  # dropped while coming back, as what was missed is asked for separately
        if (room := session.rooms.get(name)) is not None:
            room.has_history = True
        yield from begin(session, reference[1:], Dropped() if session.absence is not None else History(name))


def receive_export_answer(session: Session, message: Message) -> Iterator[Effect]:
    """Handle the answer to an export's request: a batch, or a refusal, after which the next target follows."""
    kind = message.params[1].lower() if message.command == "BATCH" else ""
    export = session.export
    if export is None or export.label != message.tags["label"]:  # the export was stopped meanwhile
        if kind:
            yield from begin(session, message.params[0][1:], Dropped())
        return
    export.label = ""
    if kind.endswith("chathistory-targets"):
        yield from begin(session, message.params[0][1:], ExportTargets(export))
    elif kind:
        yield from begin(session, message.params[0][1:], ExportPage(export))
    else:
        yield Problem(f"not exported: {export.target}: {message.params[-1]}" if message.params else "not exported")
        yield from _write(session, (), "", export.ask_next_target())


def hold(session: Session, batch: Batch, message: Message) -> Iterator[Effect]:
    """Keep a message of a batch until its end; if too much is kept, deal with this batch's part early."""
    if message.command.upper() not in batch.commands:
        return
    batch.held_chars += batch.take(session, message)
    if sum(each.held_chars for each in session.batches.values()) > MOST_HELD_CHARS:
        yield from batch.part(session)
        batch.held_chars = 0


def end_recall(session: Session, recall: Recall) -> Iterator[Effect]:
    """Show a longer history, and its length at the end, where it is seen."""
    session.recall = None
    yield from recall.said
    if recall.said:
        yield Answer(f"end of {last_messages(len(recall.said), recall.room)}")
    else:
        yield Answer(f"nothing yet in {recall.room}")


def size_of(message: Message) -> int:
    """Return roughly how many characters of memory a message takes."""
    texts = (message.source or "", *message.params, *message.tags.values())
    return _CHARS_PER_MESSAGE + sum(map(len, texts))


def begin(session: Session, reference: str, batch: Batch) -> Iterator[Effect]:
    """Open a batch under this reference. If too many are open, the oldest ends."""
    if len(session.batches) >= MOST_OPEN_BATCHES:
        yield from _end(session, next(iter(session.batches)))
    session.batches[reference] = batch


def last_messages(count: int, room: str) -> str:
    """Return how a number of messages is announced."""
    return f"the last {'message' if count == 1 else f'{count} messages'} in {room}"


def _end(session: Session, reference: str) -> Iterator[Effect]:
    batch = session.batches.pop(reference, None)
    if batch is not None:
        yield from batch.end(session)


def _write(session: Session, lines: tuple[str, ...], until: str, ask: Message | None) -> Iterator[Effect]:
    """Write lines and send the next request; without a request the export ends."""
    if ask is None:
        session.export = None
    yield WriteExport(lines, until, ask, is_last=ask is None)
