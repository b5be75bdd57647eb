"""What a search finds and in which order."""

from __future__ import annotations

import pytest

from chatcore.errors import ArchiveUnavailable, NothingToFind
from chatcore.server.archive.journal.records import LineRecord
from chatcore.server.archive.reading import search
from chatcore.server.archive.storage import schema
from chatcore.state.history import Recorded, SearchQuery
from tests.server.archive.conftest import MakeShelf
from tests.server.archive.shelf import DAY_MS, NOON_MS, Shelf, closed_room, dialog, open_room, seeker

_IN_A = seeker(room="#a")
_ANN = "account ann"


@pytest.fixture
def filled(shelf: Shelf) -> Shelf:
    """Ten days in one room, across the end of a month; each line has a number and an author."""
    for day in range(10):
        shelf.say(f"day {day}", open_room(), by="Ann" if day % 2 else "Bob", ms=NOON_MS + day * DAY_MS)
    shelf.now_ms = NOON_MS + 10 * DAY_MS
    assert len(shelf.files.all()) == 2
    return shelf


def test_the_newest_matches_are_returned_oldest_first(filled: Shelf) -> None:
    assert filled.search(_IN_A, "day", limit=3) == ["day 7", "day 8", "day 9"]
    assert len(filled.search(_IN_A, "day")) == 10


def test_with_a_start_time_the_oldest_matches_are_returned(filled: Shelf) -> None:
    assert filled.search(_IN_A, "day", limit=3, after_ms=NOON_MS) == ["day 0", "day 1", "day 2"]
    assert filled.search(_IN_A, "day", limit=3, after_ms=NOON_MS + 1) == ["day 1", "day 2", "day 3"]


def test_both_time_limits_are_inclusive(filled: Shelf) -> None:
    within = {"after_ms": NOON_MS + DAY_MS, "before_ms": NOON_MS + 2 * DAY_MS}
    assert filled.search(_IN_A, "day", **within) == ["day 1", "day 2"]
    assert filled.search(_IN_A, "", before_ms=NOON_MS) == ["day 0"]
    assert filled.search(_IN_A, "", before_ms=NOON_MS - 1) == []


def test_messages_older_than_the_kept_days_are_not_shown(make_shelf: MakeShelf) -> None:
    shelf = make_shelf(days=3)
    for day in range(5):
        shelf.say(f"day {day}", open_room(), ms=NOON_MS + day * DAY_MS)
    shelf.now_ms = NOON_MS + 5 * DAY_MS
    assert shelf.search(_IN_A, "day") == ["day 2", "day 3", "day 4"]
    assert shelf.room(_IN_A, "#a") == ["day 2", "day 3", "day 4"]


def test_an_author_is_a_nick_or_an_account(shelf: Shelf) -> None:
    shelf.say("one", open_room(), by="Ann")
    shelf.say("two", open_room(), by="Guest", account="Ann")
    shelf.say("three", open_room(), by="Anna")
    assert shelf.search(_IN_A, author="ann") == ["one", "two"]
    assert shelf.search(_IN_A, author="guest") == ["two"]
    assert shelf.search(_IN_A, "two", author="ann") == ["two"]
    assert shelf.search(_IN_A, "author of ann", author="nobody") == []


def test_a_search_can_be_limited_to_a_room_or_partner(shelf: Shelf) -> None:
    asker = seeker({"#a": 7, "#b": 7}, account_id="ann")
    shelf.say("word in a", open_room("#a"))
    shelf.say("word in b", open_room("#b"))
    shelf.say("word to bob", dialog(_ANN, "account bob"))
    shelf.say("word to eve", dialog("visit 3.9", _ANN))
    shelf.say("word to myself", dialog(_ANN, _ANN))
    assert len(shelf.search(asker, "word")) == 5
    assert shelf.search(asker, "word", room="#b") == ["word in b"]
    assert shelf.search(asker, "word", room="#nowhere") == []
    assert shelf.search(asker, "word", partner="account bob") == ["word to bob"]
    assert shelf.search(asker, "word", partner="visit 3.9") == ["word to eve"]
    assert shelf.search(asker, "word", partner=_ANN) == ["word to myself"]
    assert shelf.search(asker, partner="account nobody") == []


def test_messages_are_found_and_events_are_not(shelf: Shelf) -> None:
    shelf.say("", open_room(), event="JOIN #a")
    shelf.say("", open_room(), event="TOPIC #a :word")
    shelf.say("", open_room(), event="NOTICE #a :word of a bot")
    shelf.say("\x01ACTION has no word for it\x01", open_room())
    assert shelf.search(_IN_A, "word") == ["word of a bot", "\x01ACTION has no word for it\x01"]
    assert len(shelf.search(_IN_A, author="ann")) == 2


@pytest.mark.parametrize("text", ["", "...", '""', "*"])
def test_a_search_for_nothing_is_refused(shelf: Shelf, text: str) -> None:
    with pytest.raises(NothingToFind, match="no word"):
        shelf.search(_IN_A, text)
    assert shelf.search(_IN_A, text, room="#a") == []


def test_a_line_is_returned_as_sent(shelf: Shelf) -> None:
    written = shelf.say("as it was", open_room("#A"), account="Ann")
    assert shelf.reader.search(_IN_A, SearchQuery("was", 1)) == (written.line,)


@pytest.mark.parametrize("looked_at", [1, 2, 3, 1000])
@pytest.mark.parametrize("limit", [1, 2, 5, 50])
@pytest.mark.parametrize("after_ms", [None, NOON_MS])
def test_only_readable_rooms_are_searched(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch, looked_at: int, limit: int, after_ms: int | None
) -> None:
    """Both when the rooms are part of the FTS5 query and when the matches are filtered afterwards."""
    monkeypatch.setattr(search, "_LOOKED_AT", looked_at)
    for turn in range(3):
        for room in range(8):
            shelf.say(f"word {room} {turn}", open_room(f"#{room}"))
    asker = seeker({f"#{room}": 7 for room in range(0, 8, 2)}, account_id="ann")
    shelf.say("word to ann", dialog(_ANN, "account bob"))
    shelf.say("word to others", dialog("account eve", "account bob"))
    may_read = [f"word {room} {turn}" for turn in range(3) for room in range(0, 8, 2)] + ["word to ann"]
    expected = may_read[-limit:] if after_ms is None else may_read[:limit]
    assert shelf.search(asker, "word", limit=limit, after_ms=after_ms) == expected


@pytest.mark.parametrize("ranges", [1, 2, 64])
@pytest.mark.parametrize("limit", [1, 3, 50])
@pytest.mark.parametrize("after_ms", [None, NOON_MS])
def test_visits_open_only_what_was_said_during_them(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch, ranges: int, limit: int, after_ms: int | None
) -> None:
    monkeypatch.setattr(search, "_MAX_RANGES", ranges)
    expected = []
    for visit in range(5):
        shelf.say(f"word {visit} before", closed_room())
        shelf.enter("#a", "ann")
        shelf.enter("#b", "ann")
        shelf.say(f"word {visit} during", closed_room())
        shelf.leave("#a", "ann")
        shelf.say(f"word {visit} after", closed_room())
        shelf.say(f"word {visit} there", closed_room("#b"))
        shelf.leave("#b", "ann")
        expected += [f"word {visit} during", f"word {visit} there"]
    asker = seeker(account_id="ann")
    wanted = expected[-limit:] if after_ms is None else expected[:limit]
    assert shelf.search(asker, "word", limit=limit, after_ms=after_ms) == wanted
    assert shelf.room(seeker(room="#a", instance=8, account_id="ann"), "#a") == expected[::2]


def test_open_and_visited_messages_come_in_one_order(shelf: Shelf) -> None:
    shelf.enter("#a", "ann")
    for number in range(3):
        shelf.say(f"word {number} open", open_room())
        shelf.say(f"word {number} closed", closed_room(instance=1))
    asker = seeker(room="#a", account_id="ann")
    expected = [f"word {number} {kind}" for number in range(3) for kind in ("open", "closed")]
    assert shelf.search(asker, "word") == expected
    assert shelf.search(asker, "word", limit=3) == expected[-3:]
    assert shelf.search(asker, "word", limit=3, after_ms=NOON_MS) == expected[:3]


def test_thousands_of_rooms_can_be_searched(shelf: Shelf) -> None:
    rooms = {f"#{number}": 7 for number in range(3000)}
    audiences = [open_room(room) for room in rooms]
    shelf.writer.write(
        [
            LineRecord(to, Recorded(shelf.next_id(), NOON_MS, NOON_MS, "Ann!u@h", None, "", "NOTICE #a :x"))
            for to in audiences
        ]
    )
    assert len(shelf.search(seeker(rooms), after_ms=NOON_MS, limit=5000)) == 3000


def test_a_visit_continues_in_the_next_file(shelf: Shelf) -> None:
    shelf.enter("#a", "ann")
    shelf.say("word in October", closed_room(), ms=NOON_MS)
    shelf.say("word in November", closed_room(), ms=NOON_MS + DAY_MS)
    shelf.leave("#a", "ann")
    shelf.say("word afterwards", closed_room(), ms=NOON_MS + DAY_MS)
    assert shelf.search(seeker(account_id="ann"), "word") == ["word in October", "word in November"]


def test_without_fts5_only_searching_fails(make_shelf: MakeShelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "can_search", lambda: False)
    shelf = make_shelf()
    shelf.say("word", open_room())
    assert shelf.room(_IN_A, "#a") == ["word"]
    with pytest.raises(ArchiveUnavailable, match="cannot search"):
        shelf.search(_IN_A, "word")


def test_indexed_and_unindexed_files_are_not_mixed(make_shelf: MakeShelf, monkeypatch: pytest.MonkeyPatch) -> None:
    """A Python without FTS5 starts a new file, and so does a later one with FTS5."""
    make_shelf().say("first word", open_room())
    with monkeypatch.context() as patch:
        patch.setattr(schema, "can_search", lambda: False)
        make_shelf().say("second word", open_room())
    shelf = make_shelf()
    shelf.say("third word", open_room())
    assert [file.is_indexed for file in shelf.files.all()] == [True, False, True]
    assert shelf.search(_IN_A, "word") == ["first word", "third word"]
    assert shelf.room(_IN_A, "#a") == ["first word", "second word", "third word"]
