"""Remembered messages, quoted by replies, reactions and redactions."""

from datetime import UTC, datetime

import pytest

from chatcore.terminal.session.quotes import (
    MOST_CHARS,
    MOST_COLUMNS,
    MOST_ID_CHARS,
    Quote,
    Quotes,
    answered_id,
    first_words,
    id_in,
)


def _said(msgid: str, nick: str = "bob", target: str = "#lobby", minute: int | None = None) -> Quote:
    time = None if minute is None else datetime(2026, 11, 26, 12, minute, tzinfo=UTC)
    return Quote(msgid, nick, f"words of {msgid}", target, time, nick == "ann")


def test_a_message_is_found_only_where_it_was_said() -> None:
    """The id of a private message, used in a room, must not quote it there."""
    quotes = Quotes()
    quotes.note(_said("1"))
    quotes.note(_said("2", target="bob"))
    quotes.note(_said("3", target="@#lobby"))
    assert quotes.get("1", "#LOBBY") == _said("1")
    assert quotes.get("2", "#lobby") is None
    assert quotes.get("2", "Bob") == _said("2", target="bob")
    assert quotes.get("3", "#lobby") == _said("3", target="@#lobby")
    assert quotes.get("4", "#lobby") is None


def test_the_oldest_is_forgotten_and_overlong_ids_never_remembered() -> None:
    quotes = Quotes(most=2)
    for msgid in ("1", "2", "3", "", "x" * (MOST_CHARS + 1)):
        quotes.note(_said(msgid))
    assert [quotes.get(msgid, "#lobby") is not None for msgid in ("1", "2", "3", "", "x" * (MOST_CHARS + 1))] == [
        *(False, True, True, False, False)
    ]


def test_an_overlong_id_is_ignored() -> None:
    assert answered_id({"+reply": "x" * (MOST_ID_CHARS + 1), "+draft/reply": "1"}) == "1"
    assert id_in({"msgid": "x" * (MOST_ID_CHARS + 1)}) == ""
    assert id_in({"msgid": "1"}) == "1"


def test_the_last_message_can_be_of_others_of_a_person_or_own() -> None:
    quotes = Quotes()
    for quote in (_said("1"), _said("2", "cleo"), _said("3", "ann"), _said("4", "dan", "#dev")):
        quotes.note(quote)
    assert quotes.last("#lobby") == _said("2", "cleo")
    assert quotes.last("#lobby", "BOB") == _said("1")
    assert quotes.last("#lobby", is_own=True) == _said("3", "ann")
    assert quotes.last("#lobby", "dan") is None
    assert quotes.last("#nowhere") is None


def test_history_does_not_become_the_last_message() -> None:
    quotes = Quotes()
    for quote in (_said("3", minute=3), _said("1", minute=1), _said("2", minute=2)):
        quotes.note(quote)
    assert quotes.last("#lobby") == _said("3", minute=3)


def test_a_forgotten_message_is_gone() -> None:
    quotes = Quotes()
    quotes.note(_said("1"))
    assert quotes.forget("1", "#dev") is None
    assert quotes.forget("1", "#lobby") == _said("1")
    assert quotes.forget("1", "#lobby") is None


def test_renames_of_rooms_and_people_are_followed() -> None:
    quotes = Quotes()
    quotes.note(_said("1", "bob", "+#lobby"))
    quotes.note(_said("2", "bob", "bob"))
    quotes.note(_said("3", "ann", "bob"))
    quotes.rename("Bob", "rob")
    quotes.rename("#Lobby", "#hall")
    quote = quotes.get("1", "#hall")
    assert quote is not None
    assert (quote.nick, quote.target) == ("rob", "+#hall")
    assert quotes.last("rob", "rob") == _said("2", "rob", "rob")._replace(words="words of 2")
    assert quotes.last("rob", is_own=True) == _said("3", "ann", "rob")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("short", "short"),
        ("  \n\nfirst line \nsecond", "first line…"),
        ("\n", ""),
        ("one two three four five six seven eight nine ten", "one two three four five six seven eight…"),
        ("a" * 60, "a" * MOST_COLUMNS + "…"),
        ("\u4f60" * 30, "\u4f60" * (MOST_COLUMNS // 2) + "…"),
        ("x" * 39 + "e\u0301" + "yz", "x" * 39 + "e\u0301" + "…"),
        ("x" * 38 + "\U0001f469\u200d\U0001f680" + "yz", "x" * 38 + "\U0001f469\u200d\U0001f680" + "…"),
        ("x" * 39 + "\U0001f469\u200d\U0001f680", "x" * 39 + "…"),
        ("e" + "\u0301" * 500, "e…"),
    ],
)
def test_first_words_fit_and_end_between_characters(text: str, words: str) -> None:
    assert first_words(text) == words
