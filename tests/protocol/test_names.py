"""Nicks, channel names, addresses and host names. Masks are in test_masks."""

from __future__ import annotations

import string
import sys
import unicodedata
from collections.abc import Callable
from ipaddress import ip_address
from itertools import chain

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from chatcore.protocol.message import Message, Source, parse, parse_source, serialize
from chatcore.protocol.names import (
    MAX_CHANNEL_CHARS,
    MAX_USER_CHARS,
    casefold,
    channel_problem,
    format_address,
    is_channel,
    is_valid_hostname,
    nick_problem,
    parse_address,
    printable_host,
    user_ident,
)
from tests.support.generated import PROPERTY

_IP = st.ip_addresses().map(str)
_NICKS = st.text(st.sampled_from("a-_[]{}|^`\\") | st.characters(categories=["L", "M", "N"]), max_size=11)


@PROPERTY
@given(st.text())
def test_casefold_changes_ascii_letters_only(name: str) -> None:
    """The rule: "`a` to `z` … considered the lower-case equivalents of the characters `A` to `Z` only"."""
    folded = casefold(name)
    assert len(folded) == len(name)
    for before, after in zip(name, folded, strict=True):
        assert after == (before.lower() if before in string.ascii_uppercase else before)


@pytest.mark.parametrize(
    ("name", "folded"), [("NICK[]\\^", "nick[]\\^"), ("ÄÖß", "ÄÖß"), ("İI", "İi"), ("ΣΑΣ", "ΣΑΣ"), ("", "")]
)
def test_casefold(name: str, folded: str) -> None:
    assert casefold(name) == folded


@pytest.mark.parametrize(
    "nick",
    [
        "a",
        "Ann",
        "ann-9",
        "[a]\\`_^{|}-",
        "Jürgen",
        "Σωκράτης",
        "李雷",
        "عمر",
        "क्षत्रिय",
        "ရွှေ့",
        "ที่รัก",
        "שָׁלוֹם",
        "юля",
        "_",
        "x" * 16,
    ],
)
def test_valid_nick(nick: str) -> None:
    assert nick_problem(nick, 16) is None


@pytest.mark.parametrize(
    ("nick", "problem"),
    [
        ("", "cannot be empty"),
        ("x" * 17, "at most 16 characters"),
        ("世" * 17, "at most 16 characters"),
        ("9ann", "begin with a digit or a dash"),
        ("-ann", "begin with a digit or a dash"),
        ("a b", "spaces"),
        ("a\u3000b", "only letters"),
        ("a\tb", "only letters"),
        ("a\0", "only letters"),
        ("a\u200b", "only letters"),
        ("a\u202eb", "only letters"),
        ("a\ud800", "only letters"),
        ("👩", "only letters"),
        ("\ufb01n", "unusual form"),
        ("\uff41nn", "unusual form"),
        ("u\u0308", "unusual form"),
        ("a" + "\u0329" * 5, "at most 4 marks"),
        ("a" + "\u0329" * 10, "at most 4 marks"),
        ("aab\u0329" + "\u0323\u0324\u0325\u032d", "at most 4 marks"),
    ],
)
def test_invalid_nick(nick: str, problem: str) -> None:
    reason = nick_problem(nick, 16)
    assert reason is not None
    assert problem in reason


@pytest.mark.parametrize("character", list(",*?!@.$:#&~%+<>\"'()=/ \x07"))
def test_characters_not_allowed_in_a_nick(character: str) -> None:
    """The rule: "MUST NOT contain …: space …, comma …, asterisk …, question mark …, exclamation mark …,
    at sign", nor begin with a dollar, a colon, a channel type or a membership prefix;
    "SHOULD NOT contain any dot".
    """
    assert nick_problem(character + "ann", 16) is not None
    assert nick_problem("ann" + character, 16) is not None


@pytest.mark.parametrize(
    "character", ["\u034f", "\u115f", "\u1160", "\u17b4", "\u180b", "\ufe0f", "\U000e0100", "\u3164"]
)
def test_nick_has_no_invisible_characters(character: str) -> None:
    """Unicode counts these as letters or marks; a name with one would look like another person's."""
    assert nick_problem("ann" + character, 16) is not None
    assert nick_problem(character, 16) is not None


@pytest.mark.parametrize(
    ("nick", "spelling"), [("Zoe\u0308", "Zoë"), ("\ufb01n", "fin"), ("\uff41nn", "ann"), ("a\u034fnn\ufe0f", "ann")]
)
def test_a_nick_in_an_unusual_form_is_refused_with_a_valid_spelling(nick: str, spelling: str) -> None:
    reason = nick_problem(nick, 16)
    assert reason is not None
    assert reason.endswith(f"write it {spelling}")
    assert "write it" not in (nick_problem(nick, len(spelling) - 1) or ""), (
        "a spelling that is too long is not suggested"
    )


def test_nick_does_not_begin_with_a_mark() -> None:
    """A mark is drawn onto the character before the name."""
    assert nick_problem("\u0301ann", 16) is not None
    assert nick_problem("\u093fann", 16) is not None


@PROPERTY
@given(_NICKS, st.text(min_size=1, max_size=20))
def test_valid_nick_is_one_word_of_a_message_and_one_part_of_a_source(nick: str, text: str) -> None:
    assume(nick_problem(nick, 10) is None)
    source = f"{nick}!{user_ident(text)}@127.0.0.1"
    message = parse(serialize(Message("KICK", ("#room", nick, "x"), source)))
    assert message.params[1] == nick
    assert parse_source(message.source or "") == Source(nick, user_ident(text), "127.0.0.1")
    assert nick.isprintable()
    assert len(nick) <= 10


@pytest.mark.thorough
def test_every_character_allowed_in_a_nick_is_printable() -> None:
    # Planes 0, 1 and the start of 14: the others are ideographs, private or empty.
    characters = map(chr, chain(range(0x20000), range(0xE0000, 0xE0200), [sys.maxunicode]))
    allowed = [character for character in characters if nick_problem("a" + character, 9) is None]
    assert all(c.isprintable() for c in allowed)
    assert {unicodedata.category(c)[0] for c in allowed if not c.isascii()} == {"L", "M", "N"}


@pytest.mark.parametrize(
    "name",
    [
        *("#a", "#lobby", "#Räume/2-3", "##", "#" + "x" * (MAX_CHANNEL_CHARS - 1), "#世界", "#a*?!@", "#ရွှေ့", "#क्षत्रिय"),
        *(
            "#❤\ufe0f",
            "#❤",
            "#👩\u200d👩\u200d👧",
            "#👩\U0001f3fd\u200d💻",
            "#🏳\ufe0f\u200d🌈",
            "#🙂\u200d↔\ufe0f",
            "#1\ufe0f\u20e3",
        ),
        *("#\u2139\ufe0f", "#‼\ufe0f", "#⚕\ufe0f\u200d♀\ufe0f", "#한글", "#\uff57ide"),
    ],
)
def test_valid_channel(name: str) -> None:
    assert channel_problem(name) is None
    assert is_channel(name)


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("", "begin with #"),
        ("#", "begin with #"),
        ("lobby", "begin with #"),
        ("&local", "begin with #"),
        ("#" + "x" * MAX_CHANNEL_CHARS, "at most 64"),
        ("#a b", "no spaces"),
        ("#a,b", "no spaces"),
        ("#a:b", "no spaces"),
        ("#a\x07", "no spaces"),
        ("#a\u00a0b", "no spaces"),
        ("#a\u2028", "no spaces"),
        ("#a\ud800", "no spaces"),
        ("#\u200b", "no spaces"),
        ("#a\u200b b", "no spaces"),
        ("#caf\ufffd", "cannot be shown"),
        ("#a" + "\u0329" * 5, "at most 4 marks"),
        ("#\u0329a", "# has none"),
    ],
)
def test_invalid_channel(name: str, problem: str) -> None:
    """The rule: "may not contain any spaces …, a control G / `BELL` …, or a comma". Nor anything invisible."""
    reason = channel_problem(name)
    assert reason is not None
    assert problem in reason


@pytest.mark.parametrize(
    ("name", "spelling"),
    [
        ("#cafe\u0301", "#caf\xe9"),
        ("#\u1112\u1161\u11ab", "#한"),
        ("#e\u034f\u0301", "#\xe9"),
        ("#lob\u200bby", "#lobby"),
        ("#lob\u00adby\ufeff", "#lobby"),
        ("#lobby\u202e", "#lobby"),
        ("#lob\u2060by\u2800", "#lobby"),
        ("#lobby\ufe0f", "#lobby"),
        ("#lob-\ufe0fby+\ufe0f", "#lob-by+"),
        ("#1\ufe0f", "#1"),
        ("#lob\u200dby", "#lobby"),
        ("#❤\u200d", "#❤"),
        ("#❤\ufe0f\ufe0f", "#❤\ufe0f"),
        ("#❤\ufe0e", "#❤"),
        ("#a\U000e0061", "#a"),
        ("#\u0645\u06cc\u200c\u062e", "#\u0645\u06cc\u062e"),
        ("#a\u3164\u115f", "#a"),
    ],
)
def test_channel_that_looks_like_another_is_refused_with_a_spelling(name: str, spelling: str) -> None:
    reason = channel_problem(name)
    assert reason is not None
    assert reason.endswith(f"write it {spelling}")
    assert channel_problem(spelling) is None


@PROPERTY
@given(
    st.lists(
        st.sampled_from("ae#1+-❤👩\u0301\u0329\u200b\u200c\u200d\ufe0f\u20e3\u00ad\ufffd\U0001f3fb ") | st.characters(),
        max_size=12,
    )
)
def test_suggested_spelling_is_valid(characters: list[str]) -> None:
    name = "#" + "".join(characters)
    _, is_named, spelling = (channel_problem(name) or "").partition("write it ")
    assert not is_named or channel_problem(spelling) is None
    assert channel_problem(name) is not None or unicodedata.normalize("NFC", name) == name


def test_a_nick_is_never_a_channel() -> None:
    assert not is_channel("ann")
    assert not is_channel("")


@pytest.mark.thorough
@PROPERTY
@given(_IP, st.integers(1, 65535))
def test_address_is_parsed_back(host: str, port: int) -> None:
    assert parse_address(format_address(host, port)) == (host, port)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:8000", ("127.0.0.1", 8000)),
        ("[::1]:8000", ("::1", 8000)),
        ("[fe80::1%eth0]:1", ("fe80::1%eth0", 1)),
        ("127.0.0.1:65535", ("127.0.0.1", 65535)),
    ],
)
def test_address(text: str, address: tuple[str, int]) -> None:
    assert parse_address(text) == address
    assert format_address(*address) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "127.0.0.1",
        ":8000",
        "[]:8000",
        "[::1]",
        "::1:8000",
        "[::1:8000",
        "127.0.0.1:",
        "127.0.0.1:0",
        "127.0.0.1:65536",
        "127.0.0.1:-1",
        "127.0.0.1:+1",
        "127.0.0.1: 1",
        "127.0.0.1:1_0",
        "127.0.0.1:٣",
        "127.0.0.1:8000\n",
        "127.0.0.1:" + "9" * 5000,
    ],
)
def test_not_an_address(text: str) -> None:
    assert parse_address(text) is None


@pytest.mark.thorough
@PROPERTY
@given(_IP)
@example("::1")
@example("::ffff:1.2.3.4")
def test_host_of_a_source_does_not_begin_with_a_colon(host: str) -> None:
    """The rule: "`<host>` CANNOT start with a colon … IPv6 addresses … are prefixed with a zero"."""
    shown = printable_host(host)
    assert not shown.startswith(":")
    assert ip_address(shown) == ip_address(host)


@PROPERTY
@given(st.text())
@example("~dan")
@example("a!b@c d:e")
def test_user_ident_is_safe_in_a_source(username: str) -> None:
    ident = user_ident(username)
    assert 1 <= len(ident) <= MAX_USER_CHARS
    assert ident.isprintable()
    assert set(ident).isdisjoint(" !@:*?,")
    assert user_ident(ident) == ident


def test_user_ident_keeps_valid_characters() -> None:
    assert user_ident("~dan") == "~dan"
    assert user_ident("a!b@c") == "abc"
    assert user_ident("!!") == "user"
    assert user_ident("abcdefghijkl") == "abcdefghij"


@pytest.mark.parametrize(
    ("host", "valid"),
    [
        ("irc.example.com", True),
        ("My.Little.Server", True),
        ("services.", True),
        ("a" * 31 + "." + "b" * 31, True),
        ("a" * 31 + "." + "b" * 32, False),
        ("localhost", False),
        (".", False),
        ("", False),
        ("a..b", False),
        (".a", False),
        ("a..", False),
        ("-a.b", False),
        ("a-.b", False),
        ("a_b.c", False),
        ("a.b\n", False),
        ("ü.b", False),
    ],
)
def test_hostname(host: str, valid: bool) -> None:
    """The rule: "SHOULD pick a name which contains a dot character". The labels are those of RFC 1123."""
    assert is_valid_hostname(host) is valid


@pytest.mark.parametrize("problem_of", [lambda name: nick_problem(name, 10), channel_problem])
@pytest.mark.parametrize("name", ["", "\x1b[2J", "#\x1b[2J", "x" * 1000])
def test_refusals_do_not_repeat_the_name(problem_of: Callable[[str], str | None], name: str) -> None:
    """They are shown to people and sent as one parameter."""
    reason = problem_of(name)
    assert reason is not None
    assert reason.isprintable()
    assert len(reason) < 100
