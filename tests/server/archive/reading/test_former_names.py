"""A renamed room keeps its past under all its names, and nobody else can read more of it than before."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from chatcore.state.history import Called, FormerName, HistoryQuery, Kinds, SearchQuery, Seeker
from tests.server.archive.shelf import NOON_MS, Shelf, closed_room, open_room, seeker

FAR = 1 << 60


def _member_of_new(*former: tuple[str, int], account_id: str = "", more: Mapping[str, int] | None = None) -> Seeker:
    """Return a member of #new, which is instance 7 and had other names up to some ids."""
    called = Called("#New", tuple(FormerName(*name) for name in former))
    return seeker({"#new": 7, **(more or {})}, account_id=account_id)._replace(called={"#new": called})


def _write_across_a_rename(shelf: Shelf) -> Seeker:
    """Say things in #old, instance 7, then in #New, and in another #old that was created later."""
    shelf.say("word open", open_room("#Old"))
    shelf.say("word closed", closed_room("#Old"))
    up_to = shelf.next_id()
    shelf.say("word new", open_room("#New"))
    shelf.say("word later", open_room("#old", instance=8))
    shelf.say("word later closed", closed_room("#old", instance=8))
    return _member_of_new(("#old", up_to))


def test_members_can_read_messages_from_under_the_former_name(shelf: Shelf) -> None:
    asker = _write_across_a_rename(shelf)
    expected = ["word open", "word closed", "word new"]
    assert shelf.room(asker, "#new") == expected
    assert shelf.search(asker, "word") == expected
    assert shelf.search(asker, "word", room="#new") == expected
    assert shelf.room(asker, "#new", HistoryQuery("LATEST", 2)) == expected[1:]
    assert shelf.search(asker, "word", after_ms=NOON_MS, limit=2) == expected[:2]
    assert shelf.reader.latest_times(asker) == {"#new": (NOON_MS, NOON_MS)}


def test_earlier_messages_are_found_under_the_present_name(shelf: Shelf) -> None:
    found = shelf.reader.search(_write_across_a_rename(shelf), SearchQuery("word", 9))
    assert [line.rest for line in found] == [f"PRIVMSG #New :word {each}" for each in ("open", "closed", "new")]


def test_earlier_events_are_included(shelf: Shelf) -> None:
    shelf.say("", open_room("#old"), event="JOIN #old")
    asker = _member_of_new(("#old", shelf.next_id()))
    assert shelf.room(asker, "#new", kinds=Kinds.EVENTS | Kinds.RENAMES) == ["JOIN #old"]
    assert shelf.room(asker, "#new") == []


@pytest.mark.parametrize("is_open", [True, False])
def test_a_new_room_of_the_old_name_reads_no_further(shelf: Shelf, is_open: bool) -> None:
    """Somebody who creates a room with the old name reads neither later lines nor those of the closed room."""
    shelf.say("word before", open_room("#old") if is_open else closed_room("#old"))
    shelf.next_id()
    shelf.say("word after", open_room("#new"))
    shelf.say("", open_room("#new"), event="RENAME #old #new :")
    stranger = seeker({"#old": 8})
    assert shelf.search(stranger, "word") == (["word before"] if is_open else [])
    assert shelf.room(stranger, "#old", kinds=Kinds.EVENTS | Kinds.RENAMES) == (["word before"] if is_open else [])


def test_closed_messages_of_another_instance_stay_hidden(shelf: Shelf) -> None:
    shelf.say("word", closed_room("#old", instance=6))
    assert shelf.search(_member_of_new(("#old", FAR)), "word") == []
    assert shelf.room(_member_of_new(("#old", FAR)), "#new") == []


def test_another_era_stays_unreadable_under_a_former_name(shelf: Shelf) -> None:
    shelf.say("word", open_room("#old", era=2))
    shelf.say("word", closed_room("#old", era=2))
    assert shelf.search(_member_of_new(("#old", FAR)), "word") == []
    assert shelf.room(_member_of_new(("#old", FAR)), "#new") == []


def test_former_names_do_not_help_in_rooms_not_joined(shelf: Shelf) -> None:
    shelf.say("word", open_room("#old"))
    asker = _member_of_new(("#old", FAR))._replace(rooms={"#new": 0})
    shelf.say("word closed", closed_room("#old"))
    assert shelf.search(asker._replace(rooms={}), "word") == []
    assert shelf.search(asker, "word closed") == [], "the closed #old is another instance"


def test_a_visitor_of_a_later_room_finds_each_line_once(shelf: Shelf) -> None:
    """Lines from before the rename are in this room; later ones are in the other room, under the old name."""
    shelf.enter("#old", "ann")
    shelf.say("word one", open_room("#old"))
    up_to = shelf.next_id()
    shelf.say("word two", open_room("#old", instance=8))
    shelf.leave("#old", "ann")
    asker = _member_of_new(("#old", up_to), account_id="ann")
    found = shelf.reader.search(asker, SearchQuery("word", 9))
    assert [line.rest for line in found] == ["PRIVMSG #New :word one", "PRIVMSG #old :word two"]


def test_a_member_of_both_rooms_finds_each_line_once(shelf: Shelf) -> None:
    shelf.say("word one", open_room("#old"))
    asker = _member_of_new(("#old", shelf.next_id()), more={"#old": 8})
    shelf.say("word two", open_room("#old", instance=8))
    found = shelf.reader.search(asker, SearchQuery("word", 9))
    assert [line.rest for line in found] == ["PRIVMSG #old :word one", "PRIVMSG #old :word two"]
    assert shelf.room(asker, "#new") == ["word one"]
    assert shelf.room(asker, "#old") == ["word one", "word two"]


def test_a_room_renamed_back_keeps_its_whole_past(shelf: Shelf) -> None:
    shelf.say("word one", closed_room("#new"))
    first = shelf.next_id()
    shelf.say("word two", closed_room("#old"))
    second = shelf.next_id()
    shelf.say("word three", closed_room("#new"))
    asker = _member_of_new(("#new", first), ("#old", second))
    expected = ["word one", "word two", "word three"]
    assert shelf.search(asker, "word") == expected
    assert shelf.room(asker, "#new") == expected


def test_many_former_names_are_read_in_order(shelf: Shelf) -> None:
    """More places than are merged at once."""
    former = []
    for number in range(20):
        shelf.say(f"word {number}", (open_room if number % 2 else closed_room)(f"#r{number}"))
        former.append((f"#r{number}", shelf.next_id()))
        shelf.say("word of another", open_room(f"#r{number}", instance=50 + number))
    asker = _member_of_new(*former)
    expected = [f"word {number}" for number in range(20)]
    assert shelf.search(asker, "word") == expected
    assert shelf.room(asker, "#new") == expected
    query = HistoryQuery("AFTER", 5, first=None)
    assert shelf.room(asker, "#new", query) == expected[:5]
