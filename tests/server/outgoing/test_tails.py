"""The last lines of a place, with the reactions to each: which are kept, and how much memory they take."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatcore.server.outgoing.lines import Line
from chatcore.server.outgoing.memory_history import MemoryHistories, MemoryHistory
from chatcore.state.erasure import Erasure
from chatcore.state.history import HistoryQuery, Kinds, Past, Recorded, RoomPlace
from chatcore.state.reactions import MAX_OF_ONE, Reaction

_ALL = HistoryQuery("LATEST", 100)
_EVERYTHING = Kinds.EVENTS | Kinds.TAGMSGS | Kinds.REACTIONS | Kinds.REDACTIONS


def _line(position: int, text: str, by: str = "ann") -> Line:
    return Line(f":{by}!u@h {text}", 1.0, (position, 0, "", 1.0), (), None, f"visit {by}")


class _Scene:
    def __init__(self, kept: int = 100, max_bytes: int = 0) -> None:
        self.histories = MemoryHistories(kept, max_bytes)
        self.history: MemoryHistory = self.histories.begin(RoomPlace("#room", 1))
        self._position = 0

    def next(self) -> int:
        self._position += 1
        return self._position

    def say(self, text: str = "x", by: str = "ann") -> int:
        line = _line(self.next(), f"PRIVMSG #room :{text}", by)
        self.history.add_said(line)
        return line.id

    def react(self, message: int, value: str = "lol", by: str = "ann", *, is_taken_back: bool = False) -> int:
        line = _line(self.next(), "TAGMSG #room", by)
        self.history.react(Reaction(message, value, is_taken_back), line)
        return line.id

    def redact(self, message: int) -> None:
        self.history.redact(message, _line(self.next(), "REDACT #room x"))

    def ids(self, kinds: Kinds = _EVERYTHING) -> list[int]:
        found = [line.id for line in self.history.select(_ALL, kinds)]
        kept = [line for tail in self.history.tails for line in tail.lines]
        kept += [each.line for tail in self.history.tails for those in (tail.attached or {}).values() for each in those]
        assert self.histories.used_bytes == sum(line.size for line in kept)
        return found


def test_a_reaction_comes_right_after_its_message() -> None:
    scene = _Scene()
    first, second = scene.say(), scene.say()
    reactions = [scene.react(first, by=by) for by in ("ann", "bob")]
    assert scene.ids() == [first, *reactions, second]
    assert scene.ids(Kinds.EVENTS | Kinds.TAGMSGS) == [first, second]
    assert [line.id for line in scene.history.select(HistoryQuery("LATEST", 1), _EVERYTHING)] == [second]


def test_each_person_has_one_reaction_of_each_kind() -> None:
    scene = _Scene()
    message = scene.say()
    first = scene.react(message)
    scene.react(message)
    other = scene.react(message, "👋")
    scene.react(message, by="bob", is_taken_back=True)
    assert scene.ids() == [message, first, other]
    scene.react(message, is_taken_back=True)
    assert scene.ids() == [message, other]


def test_one_persons_reactions_are_bounded() -> None:
    scene = _Scene()
    message = scene.say()
    for number in range(MAX_OF_ONE + 5):
        scene.react(message, str(number))
    scene.react(message, by="bob")
    assert len(scene.ids()) == 1 + MAX_OF_ONE + 1


def test_reactions_to_messages_not_kept_are_dropped() -> None:
    scene = _Scene(2)
    gone = scene.say()
    scene.react(gone)
    kept = [scene.say(), scene.say()]
    scene.react(gone)
    scene.react(scene.next() << 16)
    assert scene.ids() == kept


def test_reactions_leave_with_their_message_when_memory_is_full() -> None:
    scene = _Scene(max_bytes=3000)
    message = scene.say()
    for number in range(5):
        scene.react(message, str(number))
    for _ in range(20):
        scene.say()
    assert message not in scene.ids()
    message = scene.say()
    for number in range(12):
        scene.react(message, str(number), by=str(number))
        assert scene.histories.used_bytes <= 3000
    scene.ids()


def test_a_redaction_removes_a_message_and_its_reactions() -> None:
    scene = _Scene()
    first, second = scene.say(), scene.say()
    scene.react(first)
    mine = scene.react(second)
    other = scene.react(second, by="bob")
    assert (scene.history.find(first), scene.history.find(mine)) != (None, None)
    scene.redact(first)
    scene.redact(mine)
    assert scene.history.find(first) is None
    assert scene.history.find(mine) is None
    found = scene.ids()
    assert found[:2] == [second, other]
    assert len(found) == 4
    assert scene.ids(Kinds.EVENTS) == [second]
    assert scene.histories.is_redacted(first)
    assert not scene.histories.is_redacted(second)
    assert scene.history.find(found[-1]) is None, "a redaction must not be found as a message"


def test_remembered_redactions_are_bounded() -> None:
    scene = _Scene(0)
    for id_ in range(10_001):
        scene.histories.note_redacted(id_)
    assert not scene.histories.is_redacted(0)
    assert scene.histories.is_redacted(1)


def test_erasure_removes_reactions_to_and_by_the_author() -> None:
    scene = _Scene()
    mine, theirs = scene.say(), scene.say(by="bob")
    scene.react(mine, by="bob")
    scene.react(theirs)
    other = scene.react(theirs, by="bob")
    scene.histories.erase(Erasure("ann"), 1 << 40)
    assert scene.ids() == [theirs, other]


@pytest.mark.parametrize("is_kept", [True, False])
def test_archived_reactions_apply_only_to_archived_messages(is_kept: bool) -> None:
    """Reactions in memory are newer."""
    scene = _Scene()
    message = scene.say() if is_kept else scene.next() << 16
    found = Recorded(message, 1000, 1000, "ann!u@h", None, "", "PRIVMSG #room :x")
    reaction = Recorded(message + 1, 1000, 1000, "bob!u@h", None, "+draft/react=x", "TAGMSG #room")
    past = Past(1, (found,), 1 << 40, ((message, reaction),))
    lines = scene.history.select(_ALL, _EVERYTHING, past)
    assert [line.id for line in lines] == ([message] if is_kept else [message, message + 1])
    left = past.without(lambda id_: id_ == message + 1)
    assert left == Past(1, (found,), 1 << 40)
    assert past.without(lambda id_: id_ == message).lines == ()


class _Watched(Line):
    """A line that counts reads of its id."""

    __slots__ = ()
    looks = 0

    @property
    def id(self) -> int:
        _Watched.looks += 1
        return super().id


def test_a_reaction_or_redaction_looks_at_few_lines() -> None:
    """Everybody waits while delivery does this: with 1,000 messages it took a tenth of a second."""
    scene = _Scene(1000)
    messages, reactions = [], []
    for _ in range(1000):
        line = _Watched(":ann!u@h PRIVMSG #room :x", 1.0, (scene.next(), 0, "", 1.0), (), None, "visit ann")
        scene.history.add_said(line)
        messages.append(line.id)
    for message in messages:
        for by in ("ann", "bob"):
            line = _Watched(":bob!u@h TAGMSG #room", 1.0, (scene.next(), 0, "", 1.0), (), None, f"visit {by}")
            scene.history.react(Reaction(message, "lol"), line)
            reactions.append(line.id)
    steps: list[Callable[[], object]] = [
        lambda: scene.react(messages[500], "other"),
        lambda: scene.react(messages[500], "other", is_taken_back=True),
        lambda: scene.history.find(reactions[500]),
        lambda: scene.history.find(scene.next() << 16),
        lambda: scene.redact(messages[400]),
        lambda: scene.redact(reactions[100]),
        lambda: scene.redact(scene.next() << 16),
    ]
    for step in steps:
        _Watched.looks = 0
        step()
        assert _Watched.looks < 50
    found = scene.ids(Kinds.REACTIONS)
    assert len(found) == 100 + 200, "the last hundred messages must keep all their reactions"
