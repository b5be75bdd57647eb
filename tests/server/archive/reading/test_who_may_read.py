"""Who can read what in rooms and conversations, by paging and by searching."""

from __future__ import annotations

import pytest

from chatcore.server.archive.reading import reader
from chatcore.state.history import Conversation, Kinds, Past, Seeker
from tests.server.archive.shelf import ALL, DAY_MS, NOON_MS, Shelf, closed_room, dialog, open_room, seeker

WAS_THERE, WAS_NOT = "was", "not"


@pytest.mark.parametrize(
    ("audience", "asker", "may_read"),
    [
        # open: members of the room of that name now, of any instance, if the era is readable
        (open_room(), seeker(room="#a"), True),
        (open_room(), seeker(room="#a", instance=8), True),
        (open_room(instance=1), seeker(room="#a", account_id=WAS_NOT), True),
        (open_room("#A"), seeker(room="#a"), True),
        (open_room(era=2), seeker(room="#a"), False),
        (open_room(era=2), seeker(room="#a", account_id=WAS_NOT), False),
        (open_room(era=2), seeker(room="#a", account_id=WAS_THERE), True),
        # closed: members of that instance now, if the era is readable
        (closed_room(), seeker(room="#a"), True),
        (closed_room(), seeker(room="#a", instance=8), False),
        (closed_room(), seeker(room="#a", instance=8, account_id=WAS_NOT), False),
        (closed_room(), seeker(room="#a", instance=8, account_id=WAS_THERE), True),
        (closed_room(era=2), seeker(room="#a"), False),
        (closed_room(era=2), seeker(room="#a", account_id=WAS_NOT), False),
        (closed_room(era=2), seeker(room="#a", account_id=WAS_THERE), True),
        # not a member now: what was said while the account was one
        (open_room(), seeker(), False),
        (open_room(), seeker(account_id=WAS_NOT), False),
        (open_room(), seeker(account_id=WAS_THERE), True),
        (closed_room(), seeker(), False),
        (closed_room(), seeker(account_id=WAS_NOT), False),
        (closed_room(), seeker(account_id=WAS_THERE), True),
        # another room
        (open_room("#b"), seeker(room="#a", account_id=WAS_THERE), False),
        (closed_room("#b"), seeker(room="#a", account_id=WAS_THERE), False),
        # people
        (dialog("account was", "account x"), seeker(account_id=WAS_THERE), True),
        (dialog("account x", "account was"), seeker(account_id=WAS_THERE), True),
        (dialog("account x", "account y"), seeker(account_id=WAS_THERE), False),
        (dialog("account x", "visit 3.5"), seeker(), True),
        (dialog("account x", "visit 2.5"), seeker(), False),
        (dialog("account x", "visit 3.6"), seeker(), False),
        (dialog("visit 3.5", "visit 3.5"), seeker(), True),
    ],
)
def test_only_permitted_readers_see_a_message(shelf: Shelf, audience: str, asker: Seeker, may_read: bool) -> None:
    shelf.enter("#a", WAS_THERE)
    shelf.say("word", audience)
    shelf.leave("#a", WAS_THERE)
    shelf.say("word afterwards", closed_room("#a", instance=99))
    assert shelf.search(asker, "word") == (["word"] if may_read else [])
    if asker.rooms:
        expected = ["word"] if may_read and audience[0] != "p" else []
        assert shelf.room(asker, "#a") == expected


def test_latest_times_count_only_readable_messages(shelf: Shelf) -> None:
    shelf.say("open", open_room(), ms=NOON_MS)
    shelf.say("", open_room(), event="JOIN #a", ms=NOON_MS + 1)
    shelf.say("closed", closed_room(instance=1), ms=NOON_MS + 2)
    shelf.say("elsewhere", open_room("#b"), ms=NOON_MS + 3)
    shelf.say("an hour ago by its clock", closed_room("#c"), ms=NOON_MS)
    asker = seeker({"#a": 7, "#c": 8, "#d": 7})
    assert shelf.reader.latest_times(asker) == {"#a": (NOON_MS, NOON_MS)}
    assert shelf.reader.latest_times(asker._replace(rooms={"#c": 7})) == {"#c": (NOON_MS + 3, NOON_MS)}


def test_conversations_come_latest_first_under_their_latest_names(shelf: Shelf) -> None:
    me = "account ann"
    shelf.say("one", dialog(me, "account bob", "Ann", "Bob"), ms=NOON_MS)
    shelf.say("two", dialog("visit 3.4", me, "Guest", "Ann"), ms=NOON_MS + 1)
    shelf.say("three", dialog("visit 2.4", me, "Earlier", "Ann"), ms=NOON_MS + 2)
    shelf.say("four", dialog("account bob", me, "Bobby", "Ann"), ms=NOON_MS + DAY_MS)
    shelf.say("four", dialog(me, "account bob", "Ann", "Robert"), ms=NOON_MS + DAY_MS)
    shelf.say("five", dialog(me, me, "Ann", "Ann"), ms=NOON_MS + DAY_MS + 1)
    shelf.say("six", dialog("account x", "account y"), ms=NOON_MS + DAY_MS + 1)
    shelf.say("", dialog("account typing", me), event="TAGMSG Ann", ms=NOON_MS + DAY_MS + 2)
    asker = seeker(account_id="ann")
    assert len(shelf.files.all()) == 2
    assert shelf.reader.conversations(asker) == [
        Conversation(me, "Ann", NOON_MS + DAY_MS + 1, NOON_MS + DAY_MS + 1),
        Conversation("account bob", "Robert", NOON_MS + DAY_MS, NOON_MS + DAY_MS),
        Conversation("visit 2.4", "Earlier", NOON_MS + 2, NOON_MS + 2),
        Conversation("visit 3.4", "Guest", NOON_MS + 1, NOON_MS + 1),
    ]
    for conversation in shelf.reader.conversations(asker):
        assert shelf.dialog(asker, conversation.identity) != []
    assert shelf.dialog(asker, "visit 3.4") == ["two"]
    assert shelf.dialog(asker, "visit 2.4") == ["three"]
    assert shelf.dialog(seeker(), "account ann") == []


def test_strangers_hide_no_conversation_with_an_account(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "MOST_VISITS", 2)
    me = "account ann"
    shelf.say("first", dialog(me, "account bob"), ms=NOON_MS)
    for visit in range(3):
        shelf.say("", dialog(me, f"visit 2.{visit}"), ms=NOON_MS + 1)
    shelf.say("", dialog(me, "visit 2.9"), ms=NOON_MS + DAY_MS)
    assert len(shelf.files.all()) == 2
    found = shelf.reader.conversations(seeker(account_id="ann"))
    assert [each.identity for each in found] == ["visit 2.9", "visit 2.2", "account bob"]


def test_a_past_names_its_place_and_last_id(shelf: Shelf) -> None:
    last = shelf.say("word", open_room())
    asker = seeker(room="#a", account_id="ann")
    assert shelf.reader.room_past(asker, "#a", ALL, Kinds.NONE) == Past(7, (last.line,), last.line.id)
    past = shelf.reader.dialog_past(asker, "visit 3.4", ALL, Kinds.NONE)
    assert past == Past(frozenset({"account ann", "visit 3.4"}), (), last.line.id)
