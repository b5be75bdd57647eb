"""The rooms and conversations that one looks at."""

import pytest

from chatcore.terminal.session import places
from chatcore.terminal.session.effects import Answer, Said, Told
from chatcore.terminal.session.places import LINES_SHOWN, Views
from chatcore.terminal.session.status import status_of
from tests.terminal.visits import arrive, in_lobby, in_two_rooms, looked_at, sent, shown, type_in, unread


def _two() -> Views:
    views = Views()
    views.open("#one")
    views.open("#two")
    return views


def test_first_view_is_looked_at() -> None:
    views = _two()
    assert [view.name for view in views] == ["#one", "#two"]
    assert views.is_current("#ONE")


def test_what_is_said_elsewhere_is_not_seen_but_counted() -> None:
    views = _two()
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


def test_what_happens_elsewhere_is_not_seen_and_not_new() -> None:
    views = _two()
    assert not views.note(Told("bob joined #two", places=("#two",)))
    assert views.note(Told("bob left the chat", places=("bob", "#one", "#two")))
    two = views.get("#two")
    assert two is not None
    assert (two.unread, len(two.lines)) == (0, 2)
    assert views.turn_to(two).new == 0


def test_what_is_new_does_not_begin_with_what_we_said_ourselves() -> None:
    views = _two()
    for nick, text in (("ann", "hi"), ("bob", "hello"), ("ann", "bye")):
        views.note(Said(nick, text, "#two", is_own=nick == "ann"))
    two = views.get("#two")
    assert two is not None
    assert two.fresh == 2
    assert views.turn_to(two).new == 2


def test_what_belongs_nowhere_is_seen() -> None:
    views = _two()
    assert views.note(Told("the tracker says"))
    assert views.note(Answer("in nowhere", ("#nowhere",)))
    assert views.note(Said("bob", "hi", "#nowhere"))
    assert len(views) == 2


def test_private_message_opens_a_conversation() -> None:
    views = _two()
    assert not views.note(Said("bob", "psst"), is_for_us=True)
    assert not views.note(Said("ann", "said with another program", to="eve", is_own=True))
    assert views.note(Said("ann", "said here", to="eve", is_own=True, is_from_here=True))
    assert [(view.name, view.unread, view.mentions) for view in views] == [
        ("#one", 0, 0),
        ("#two", 0, 0),
        ("bob", 1, 1),
        ("eve", 0, 0),
    ]


def test_history_that_was_asked_for_is_seen_and_not_kept() -> None:
    views = _two()
    assert views.note(Said("bob", "once", "#two", is_history=True))
    assert views.note(Said("bob", "once", "#two", found=("once",)))
    assert not views.note(Said("bob", "missed", "#two", is_history=True, is_missed=True))
    two = views.get("#two")
    assert two is not None
    assert [line.text for line in two.lines] == ["missed"]


def test_all_that_is_new_is_shown_and_some_before_it() -> None:
    views = _two()
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


def test_memory_of_all_views_together_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "MOST_CHARS", 5000)
    views = _two()
    views.note(Said("bob", "kept", "#two"))
    for _ in range(50):
        views.note(Said("bob", "x" * 300, "#one"))
    one, two = views
    assert len(one.lines) < 10
    assert len(two.lines) == 1
    assert one.chars + two.chars <= 5000


def test_silent_conversation_gives_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "MOST_CONVERSATIONS", 2)
    views = _two()
    for nick in ("bob", "cleo", "dan"):
        views.note(Said(nick, "psst"))
    assert [view.name for view in views] == ["#one", "#two", "cleo", "dan"]


def test_closing() -> None:
    views = _two()
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


def test_who_leaves_a_room_goes_on_in_another_rather_than_in_private() -> None:
    views = Views()
    for name in ("#one", "#two", "bob"):
        views.open(name)
    views.turn_to(views.open("#two"))
    now = views.close("#two")
    assert now is not None
    assert now.name == "#one"


def test_ways_to_another() -> None:
    views = _two()
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
    assert waiting.name == "bob", "mentions first"
    waiting.mark_read()
    assert views.waiting() is views.get("#two")


def test_view_of_somebody_who_has_another_name_now() -> None:
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


def test_only_what_is_looked_at_is_shown_on_a_terminal() -> None:
    session = in_two_rooms()
    session.shows_all = False
    assert (
        shown(arrive(session, ":bob!b@h PRIVMSG #lobby :ann?", ":dan!d@h JOIN #lobby", ":bob!b@h PRIVMSG ann :hi"))
        == []
    )
    assert unread(session) == {"#lobby": 1, "bob": 1}
    assert [(tab.name, tab.mentions) for tab in status_of(session).tabs] == [("#lobby", 1), ("#dev", 0), ("bob", 1)]
    assert shown(arrive(session, ":ann!ann@127.0.0.1 PRIVMSG bob :from a phone")) == []
