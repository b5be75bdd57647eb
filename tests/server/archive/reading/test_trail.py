"""Every history query, compared with `select` over everything readable."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatcore.server.archive.journal.records import LineRecord, PresenceRecord
from chatcore.server.archive.reading.volume import Volume
from chatcore.state.history import HistoryQuery, Kinds, Past, Recorded, Reference, Seeker, is_wanted, line_id, select
from tests.server.archive.shelf import (
    DAY_MS,
    NOON_MS,
    SEQUENCE,
    Shelf,
    closed_room,
    dialog,
    open_room,
    seeker,
)
from tests.support.thorough import examples

_ACCOUNTS = ("x", "y")
_AUDIENCES = (
    open_room(),
    open_room("#A", era=2, instance=8),
    open_room(era=2),
    open_room("#b"),
    closed_room(),
    closed_room(instance=8),
    closed_room(era=2),
    dialog("account x", "account y"),
    dialog("account y", "visit 3.5"),
)
_COMMANDS = ("PRIVMSG #a :said", "NOTICE #a :said", "PRIVMSG #A :said", "JOIN #a", "TAGMSG #a")


class _Kept(NamedTuple):
    """A line as memory has it, for `select`."""

    line: Recorded

    @property
    def order_time(self) -> float:
        return (self.line.order_ms + 0.5) / 1000

    @property
    def msgid(self) -> str:
        return _msgid(self.line.id)


def _msgid(id_: int, sequence: str = SEQUENCE) -> str:
    return f"{id_:016x}{sequence}"


class _Written(NamedTuple):
    """All lines in order, and how many of them the archive has; memory has the last ones."""

    records: list[LineRecord | PresenceRecord]
    archived: int
    remembered: int


@st.composite
def _written(draw: st.DrawFn) -> _Written:
    records: list[LineRecord | PresenceRecord] = []
    position, ms = 0, NOON_MS
    for _ in range(draw(st.integers(0, 40))):
        position += draw(st.sampled_from((1, 1, 3)))
        ms += draw(st.sampled_from((0, 0, 1, 500, DAY_MS)))
        if draw(st.integers(0, 4)) == 0:
            account_id = draw(st.sampled_from(_ACCOUNTS))
            records.append(PresenceRecord(line_id(position, 0), "#a", account_id, draw(st.booleans())))
            continue
        for index in range(draw(st.sampled_from((1, 1, 1, 2)))):
            shown_ms = ms - draw(st.sampled_from((0, 0, 5000)))
            rest = draw(st.sampled_from(_COMMANDS))
            audience = draw(st.sampled_from(_AUDIENCES))
            line = Recorded(
                line_id(position, index), shown_ms, ms, "Ann!u@h", draw(st.none() | st.just("Ann")), "", rest
            )
            records.append(LineRecord(audience, line))
    archived = draw(st.integers(0, len(records)))
    return _Written(records, archived, draw(st.integers(len(records) - archived, len(records))))


def _lines(told: _Written, asker: Seeker, place: str, eras: frozenset[int], since_ms: int) -> list[LineRecord]:
    """Return what the asker can read of a place (a room or an identity), checked line by line."""
    present: set[str] = set()
    found = []
    for record in told.records:
        if isinstance(record, PresenceRecord):
            (present.add if record.is_in else present.discard)(record.account_id)
        elif record.line.order_ms >= since_ms and _may_read(record, asker, place, eras, present):
            found.append(record)
    return found


def _may_read(record: LineRecord, asker: Seeker, place: str, eras: frozenset[int], present: set[str]) -> bool:
    kind, *fields = record.audience.split(":")
    if kind == "p":
        return set(fields[:2]) == {asker.identity, place}
    era, instance, name = fields
    if name.lower() != place:
        return False
    is_of_it = kind == "o" or int(instance, 16) == asker.rooms[place]
    return (int(era) in eras and is_of_it) or asker.account_id in present


_REFERENCES = st.one_of(
    st.builds(
        lambda position, index: Reference(_msgid(line_id(position, index))), st.integers(0, 60), st.integers(0, 2)
    ),
    st.builds(lambda days, ms: Reference("", NOON_MS + days * DAY_MS + ms), st.integers(-1, 8), st.integers(-2, 1500)),
    st.sampled_from((Reference(_msgid(line_id(9, 0), "9876543210")), Reference("f" * 40), Reference("0" * 20))),
)
_QUERIES = st.one_of(
    st.builds(HistoryQuery, st.just("LATEST"), st.integers(1, 6), st.none() | _REFERENCES),
    st.builds(HistoryQuery, st.sampled_from(("BEFORE", "AFTER", "AROUND")), st.integers(1, 6), _REFERENCES),
    st.builds(HistoryQuery, st.just("BETWEEN"), st.integers(1, 6), _REFERENCES, _REFERENCES),
)
_ASKERS = st.builds(
    lambda account_id, instance: seeker(room="#a", account_id=account_id, instance=instance),
    st.sampled_from(("", *_ACCOUNTS)),
    st.sampled_from((7, 8)),
)


def _as_in_memory(query: HistoryQuery) -> HistoryQuery:
    """Return the query with ids of other runs before all ids, as memory takes them."""

    def known(reference: Reference | None) -> Reference | None:
        is_known = reference is None or not reference.msgid or reference.msgid.endswith(SEQUENCE)
        return reference if is_known else Reference("0")

    return query._replace(first=known(query.first), second=known(query.second))


@settings(max_examples=examples(50))
@given(
    _written(), _ASKERS, st.sampled_from(("#a", "account y")), st.sampled_from((frozenset({1}), frozenset({1, 2}))),
    st.lists(_QUERIES, min_size=1, max_size=8), st.sampled_from((90, 3)),
)  # fmt: skip
def test_archive_and_memory_together_answer_exactly(
    told: _Written, asker: Seeker, place: str, eras: frozenset[int], queries: list[HistoryQuery], days: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        shelf = Shelf(Path(folder))
        shelf.now_ms = NOON_MS + 5 * DAY_MS
        shelf.writer.write(told.records[: told.archived])
        reader = shelf.reading(eras, days=days)
        may_read = _lines(told, asker, place, eras, shelf.now_ms - days * DAY_MS)
        remembered = {id(record) for record in told.records[len(told.records) - told.remembered :]}
        for query in queries:
            for kinds in (Kinds.NONE, Kinds.EVENTS, Kinds.EVENTS | Kinds.TAGMSGS):
                if place.startswith("#"):
                    past = reader.room_past(asker, place, query, kinds)
                else:
                    past = reader.dialog_past(asker, place, query, kinds)
                wanted = [record for record in may_read if is_wanted(record.line.command, kinds)]
                merged = {*past.lines}
                merged |= {record.line for record in wanted if id(record) in remembered}
                kept = [_Kept(line) for line in sorted(merged, key=lambda line: line.id)]
                exact = _as_in_memory(query)
                everything = [_Kept(record.line) for record in wanted]
                assert select(kept, exact) == select(everything, exact)
                archived = [each.line.id for each in told.records[: told.archived] if isinstance(each, LineRecord)]
                assert past.up_to == max(archived, default=0)
        shelf.close()


def _calls(monkeypatch: pytest.MonkeyPatch, method: str) -> list[object]:
    """Return a list that gets the arguments of each call of a method of Volume."""
    calls: list[object] = []
    original = getattr(Volume, method)

    def counted(*arguments: object, **options: object) -> object:
        calls.append(arguments)
        return original(*arguments, **options)

    monkeypatch.setattr(Volume, method, counted)
    return calls


def test_only_the_lines_of_a_page_are_read(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(100):
        shelf.say(str(number), open_room())
    after = Reference("", NOON_MS - 1)
    assert shelf.room(seeker(room="#a"), "#a", HistoryQuery("AFTER", 2, after)) == ["0", "1"]
    read = _calls(monkeypatch, "line")
    assert shelf.room(seeker(room="#a"), "#a", HistoryQuery("LATEST", 7)) == [*map(str, range(93, 100))]
    assert len(read) == 7


@pytest.mark.parametrize("subcommand", ["BEFORE", "AFTER"])
def test_paging_by_ids_returns_each_line_once(shelf: Shelf, subcommand: str) -> None:
    lines = [shelf.say(str(number), open_room(), ms=NOON_MS + number * DAY_MS // 4).line for number in range(10)]
    expected = lines if subcommand == "AFTER" else lines[::-1]
    got = expected[:1]
    while True:
        query = HistoryQuery(subcommand, 2, Reference(_msgid(got[-1].id)))
        page = shelf.reader.room_past(seeker(room="#a"), "#a", query, Kinds.NONE).lines
        if not page:
            break
        assert len(page) == min(2, len(lines) - len(got))
        got.extend(page if subcommand == "AFTER" else page[::-1])
    assert got == expected


def test_typing_notifications_do_not_hide_messages(shelf: Shelf) -> None:
    """TAGMSGs are not sent to everybody: no matter how many there are, earlier messages can still be read."""
    shelf.say("said", open_room())
    for _ in range(20):
        shelf.say("", open_room(), event="TAGMSG #a")
    query = HistoryQuery("LATEST", 3)
    assert shelf.room(seeker(room="#a"), "#a", query, Kinds.EVENTS) == ["said"]
    assert shelf.room(seeker(room="#a"), "#a", query, Kinds.EVENTS | Kinds.TAGMSGS) == ["TAGMSG #a"] * 3


@pytest.mark.parametrize("place", ["#a", "#other"])
def test_an_empty_archive_has_no_past(shelf: Shelf, place: str) -> None:
    past = shelf.reader.room_past(seeker(room=place), place, HistoryQuery("LATEST", 5), Kinds.EVENTS | Kinds.TAGMSGS)
    assert past == Past(7, (), 0)


def test_pages_have_only_what_was_said_during_visits(shelf: Shelf) -> None:
    for visit in range(4):
        shelf.enter("#a", "x")
        shelf.say(f"during {visit}", closed_room(instance=99), ms=NOON_MS + visit)
        shelf.leave("#a", "x")
        shelf.say(f"between {visit}", closed_room(instance=99), ms=NOON_MS + visit)
    asker = seeker(room="#a", account_id="x")
    after = HistoryQuery("AFTER", 9, Reference("", NOON_MS + 1))
    assert shelf.room(asker, "#a", after) == ["during 2", "during 3"]
    assert shelf.room(asker, "#a", after._replace(subcommand="LATEST")) == ["during 2", "during 3"]
    assert shelf.room(asker, "#a", after._replace(subcommand="BEFORE")) == ["during 0"]
    between = HistoryQuery("BETWEEN", 9, Reference("", NOON_MS), Reference("", NOON_MS + 2))
    assert shelf.room(asker, "#a", between) == ["during 1"]
    assert shelf.room(asker, "#a", between._replace(first=between.second, second=between.first)) == ["during 1"]


def test_visits_without_a_message_are_skipped(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    for visit in range(50):
        shelf.enter("#a", "x")
        if visit in (3, 40):
            shelf.say(str(visit), closed_room(instance=99), ms=NOON_MS + visit)
        shelf.leave("#a", "x")
    asker = seeker(room="#a", account_id="x")
    read = _calls(monkeypatch, "rows")
    assert shelf.room(asker, "#a") == ["3", "40"]
    assert shelf.room(asker, "#a", HistoryQuery("AFTER", 9, Reference("", NOON_MS))) == ["3", "40"]
    assert len(read) == 4, "one for each visit with a message, in each query"


def test_leaving_and_rejoining_at_once_duplicates_no_line(shelf: Shelf) -> None:
    id_ = line_id(5, 0)
    shelf.writer.write(
        [
            PresenceRecord(line_id(4, 0), "#a", "x", True),
            PresenceRecord(id_, "#a", "x", False),
            PresenceRecord(id_, "#a", "x", True),
            LineRecord(closed_room(), Recorded(id_, NOON_MS, NOON_MS, "Ann!u@h", None, "", "PRIVMSG #a :once")),
        ]
    )
    asker = seeker(room="#a", account_id="x", instance=99)
    assert shelf.room(asker, "#a") == ["once"]
    assert shelf.search(asker, "once") == ["once"]
