"""The contract of histories: each implementation passes all of these tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcore.server.archive.journal.journal import Journal
from chatcore.server.outgoing.history import Histories, History
from chatcore.server.outgoing.lines import Line
from chatcore.server.outgoing.memory_history import MemoryHistories
from chatcore.server.outgoing.recorded_history import RecordedHistories, Recording
from chatcore.state.history import HistoryQuery, Kinds, Place, Reference, RoomPlace, select
from tests.support.generated import PROPERTY

SEQUENCE = "0123456789"
LATEST = HistoryQuery("LATEST", 100)
_ROOM, _DIALOG = RoomPlace("#room", 1), frozenset(("account 1", "visit 2"))

Make = Callable[[], Histories]


@pytest.fixture(scope="module", params=["memory", "recorded"])
def make(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Make]:
    """Make histories of one kind, of this run, for the last hundred messages of a place at least."""
    if request.param == "memory":
        yield lambda: MemoryHistories(100, sequence=SEQUENCE)
        return
    journal = Journal(tmp_path_factory.mktemp("state"))
    recording = Recording(journal, 1, True)
    yield lambda: RecordedHistories(MemoryHistories(100, sequence=SEQUENCE), recording, lambda: 0)
    journal.close()


class _Told:
    """A place and its lines, one each millisecond."""

    def __init__(self, history: History) -> None:
        self.history = history
        self.said: list[Line] = []
        self.events: list[Line] = []
        self.tagmsgs: list[Line] = []
        self._position = count(1)

    def say(self) -> Line:
        self.said.append(self._line("PRIVMSG #room :x"))
        self.history.add_said(self.said[-1])
        return self.said[-1]

    def happen(self) -> None:
        self.events.append(self._line("JOIN #room"))
        self.history.add_event(self.events[-1])

    def tag(self) -> None:
        self.tagmsgs.append(self._line("TAGMSG #room"))
        self.history.add_event(self.tagmsgs[-1])

    def _line(self, text: str) -> Line:
        position = next(self._position)
        return Line(f":ann!ann@host {text}", position / 1000, (position, 0, SEQUENCE, position / 1000))


def _in_order(*lines: list[Line]) -> list[Line]:
    return sorted([line for some in lines for line in some], key=lambda line: line.msgid)


@pytest.fixture
def told(make: Make) -> _Told:
    return _Told(make().begin(_ROOM))


@PROPERTY
@given(
    st.lists(st.sampled_from([_Told.say, _Told.happen, _Told.tag]), max_size=30),
    st.sampled_from(["LATEST", "BEFORE", "AFTER", "AROUND", "BETWEEN"]),
    st.integers(1, 10),
    st.tuples(st.integers(0, 31), st.integers(0, 31)),
    st.booleans(),
)
def test_a_query_selects_messages_and_the_requested_kinds(
    make: Make,
    deeds: list[Callable[[_Told], object]],
    subcommand: str,
    limit: int,
    places: tuple[int, int],
    by_id: bool,
) -> None:
    told = _Told(make().begin(_ROOM))
    for do in deeds:
        do(told)
    first, second = (Reference(f"{at:012x}0000{SEQUENCE}") if by_id else Reference(ms=at) for at in places)
    query = HistoryQuery(subcommand, limit, first, second)
    ask = told.history.select
    assert ask(query) == select(told.said, query)
    assert ask(query, Kinds.TAGMSGS) == select(_in_order(told.said, told.tagmsgs), query)
    assert ask(query, Kinds.EVENTS) == select(_in_order(told.said, told.events), query)
    whole = _in_order(told.said, told.events, told.tagmsgs)
    assert ask(query, Kinds.EVENTS | Kinds.TAGMSGS) == select(whole, query)


def test_the_latest_message_ignores_later_events(told: _Told) -> None:
    told.happen()
    assert told.history.latest() is None
    for _ in range(3):
        said = told.say()
        told.happen()
        assert told.history.latest() == said


@pytest.mark.parametrize("place", [_ROOM, _DIALOG], ids=["room", "conversation"])
def test_a_place_that_begins_again_has_no_history(make: Make, place: Place) -> None:
    histories = make()
    before = _Told(histories.begin(place))
    before.say()
    before.happen()
    before.history.end()
    again = _Told(histories.begin(place))
    assert again.history.select(LATEST, Kinds.EVENTS) == []
    assert again.history.latest() is None
    again.say()
    assert again.history.select(LATEST) == again.said


def test_places_have_separate_histories(make: Make) -> None:
    histories = make()
    room, dialog = _Told(histories.begin(_ROOM)), _Told(histories.begin(_DIALOG))
    said_in_room, said_privately = room.say(), dialog.say()
    assert room.history.select(LATEST) == [said_in_room]
    assert dialog.history.select(LATEST) == [said_privately]
    room.history.end()
    assert dialog.history.select(LATEST) == [said_privately]


def test_memory_is_counted_until_the_place_ends(make: Make) -> None:
    histories = make()
    assert histories.used_bytes == 0
    told = _Told(histories.begin(_ROOM))
    for do in (told.say, told.happen, told.tag):
        before = histories.used_bytes
        do()
        assert histories.used_bytes > before
    told.history.end()
    assert histories.used_bytes == 0
