"""The views: rooms and conversations."""

import pytest

from chatcore.terminal.session import places
from chatcore.terminal.session.effects import Answer, Said, Told
from chatcore.terminal.session.places import LINES_SHOWN, Views
from chatcore.terminal.session.status import status_of
from tests.terminal.visits import arrive, in_lobby, in_two_rooms, looked_at, sent, shown, type_in, unread


def _two_views() -> Views:
    views = Views()
    views.open("#one")
    views.open("#two")
    return views


def test_the_first_view_is_the_current_one() -> None:
    views = _two_views()
    assert [view.name for view in views] == ["#one", "#two"]
    assert views.is_current("#ONE")


def test_messages_in_other_views_are_counted_and_not_shown() -> None:
    views = _two_views()
    assert views.note(Said("bob", "here", "#one"))
    assert not views.note(Said("bob", "there", "#two"))
    assert not views.note(Said("bob", "ann!", "#two"), is_for_us=True)
    two = views.get("#two")
    assert two is not None
    assert (two.unread, two.mentions, two.fresh) == (2, 1, 2)
    turned = views.turn_to(two, "told")
    assert [line.text for line in turned.lines] == ["there", "ann!"]
    assert (turned.name, turned.new, turned.unseen, turned.told) == ("#two", 2, 0, "told")
    assert (two.unread, two.mentions, two.fresh) == (0, 0, 0)


def test_events_in_other_views_are_not_shown_or_counted_as_new() -> None:
    views = _two_views()
    assert not views.note(Told("bob joined #two", places=("#two",)))
    assert views.note(Told("bob left the chat", places=("bob", "#one", "#two")))
    two = views.get("#two")
    assert two is not None
    assert (two.unread, len(two.lines)) == (0, 2)
    assert views.turn_to(two).new == 0


def test_new_messages_do_not_begin_with_own_ones() -> None:
    views = _two_views()
    for nick, text in (("ann", "hi"), ("bob", "hello"), ("ann", "bye")):
        views.note(Said(nick, text, "#two", is_own=nick == "ann"))
    two = views.get("#two")
    assert two is not None
    assert two.fresh == 2
    assert views.turn_to(two).new == 2


def test_items_without_a_view_are_shown() -> None:
    views = _two_views()
    assert views.note(Told("the tracker says"))
    assert views.note(Answer("in nowhere", ("#nowhere",)))
    assert views.note(Said("bob", "hi", "#nowhere"))
    assert len(views) == 2


def test_a_private_message_opens_a_conversation() -> None:
    views = _two_views()
    assert not views.note(Said("bob", "psst"), is_for_us=True)
    assert not views.note(Said("ann", "said with another program", to="eve", is_own=True))
    assert views.note(Said("ann", "said here", to="eve", is_own=True, is_from_here=True))
    assert [(view.name, view.unread, view.mentions) for view in views] == [
        ("#one", 0, 0),
        ("#two", 0, 0),
        ("bob", 1, 1),
        ("eve", 0, 0),
    ]


def test_requested_history_is_shown_and_not_kept() -> None:
    views = _two_views()
    assert views.note(Said("bob", "once", "#two", is_history=True))
    assert views.note(Said("bob", "once", "#two", found=("once",)))
    assert not views.note(Said("bob", "missed", "#two", is_history=True, is_missed=True))
    two = views.get("#two")
    assert two is not None
    assert [line.text for line in two.lines] == ["missed"]


def test_turning_shows_new_lines_and_some_before_them() -> None:
    views = _two_views()
    two = views.get("#two")
    assert two is not None
    for number in range(30):
        views.note(Said("bob", f"old {number}", "#two"))
    assert len(views.turn_to(two).lines) == 30
    assert len(views.turn_to(two).lines) == LINES_SHOWN
    views.turn_to(next(iter(views)))
    for number in range(300):
        views.note(Said("bob", f"new {number}", "#two"))
    turned = views.turn_to(two)
    assert (len(turned.lines), turned.new, turned.unseen) == (200, 200, 100)


def test_the_memory_of_all_views_together_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "MOST_CHARS", 5000)
    views = _two_views()
    views.note(Said("bob", "kept", "#two"))
    for _ in range(50):
        views.note(Said("bob", "x" * 300, "#one"))
    one, two = views
    assert len(one.lines) < 10
    assert len(two.lines) == 1
    assert one.chars + two.chars <= 5000


def test_the_longest_silent_conversation_is_closed_for_a_new_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "MOST_CONVERSATIONS", 2)
    views = _two_views()
    for nick in ("bob", "cleo", "dan"):
        views.note(Said(nick, "psst"))
    assert [view.name for view in views] == ["#one", "#two", "cleo", "dan"]


def test_closing_a_view_turns_to_another() -> None:
    views = _two_views()
    assert views.close("#two") is None
    assert views.is_current("#one")
    views.open("bob")
    now = views.close("#one")
    assert now is not None
    assert now.name == "bob"
    assert views.close("bob") is None
    assert views.current is None
    assert views.beside(1) is None
    assert views.waiting() is None


def test_closing_a_room_turns_to_a_room_first() -> None:
    views = Views()
    for name in ("#one", "#two", "bob"):
        views.open(name)
    views.turn_to(views.open("#two"))
    now = views.close("#two")
    assert now is not None
    assert now.name == "#one"


def test_views_are_reached_by_number_step_or_unread_messages() -> None:
    views = _two_views()
    views.open("bob")
    names = [view.name if (view := views.at(number)) else None for number in range(5)]
    assert names == [None, "#one", "#two", "bob", None]
    beside = [view.name if (view := views.beside(step)) else None for step in (1, -1, 3)]
    assert beside == ["#two", "bob", "#one"]
    assert views.waiting() is None
    views.note(Said("eve", "hi", "#two"))
    views.note(Said("bob", "psst"), is_for_us=True)
    waiting = views.waiting()
    assert waiting is not None
    assert waiting.name == "bob", "mentions come first"
    waiting.mark_read()
    assert views.waiting() is views.get("#two")


def test_a_conversation_follows_a_rename() -> None:
    session = in_lobby()
    type_in(session, "/query bob")
    arrive(session, ":bob!b@h NICK robert")
    assert looked_at(session) == "robert"
    type_in(session, "/query cleo")
    arrive(session, ":Cleo!c@h NICK robert")
    assert [view.name for view in session.views] == ["#lobby", "robert", "cleo"]


def test_query_talks_to_one_person() -> None:
    session = in_lobby()
    assert shown(type_in(session, "/msg bob")) == ["* you are now writing to bob"]
    assert sent(type_in(session, "psst")) == ["PRIVMSG bob psst"]
    assert shown(type_in(session, "/topic")) == ["error: this is not a room (usage: /topic [TEXT])"]
    assert sent(type_in(session, "/query cleo you, too?")) == ["PRIVMSG cleo :you, too?"]
    assert shown(type_in(session, "/query #dev")) == ["error: one NAME at a time (usage: /query NAME [TEXT])"]
    assert shown(type_in(session, "/leave")) == ["* you are now writing to bob"]
    assert shown(type_in(session, "/leave bob")) == ["* you are now writing to #lobby"]


def test_a_terminal_shows_only_the_current_view() -> None:
    session = in_two_rooms()
    session.shows_all = False
    assert (
        shown(arrive(session, ":bob!b@h PRIVMSG #lobby :ann?", ":dan!d@h JOIN #lobby", ":bob!b@h PRIVMSG ann :hi"))
        == []
    )
    assert unread(session) == {"#lobby": 1, "bob": 1}
    assert [(tab.name, tab.mentions) for tab in status_of(session).tabs] == [("#lobby", 1), ("#dev", 0), ("bob", 1)]
    assert shown(arrive(session, ":ann!ann@127.0.0.1 PRIVMSG bob :from a phone")) == []
