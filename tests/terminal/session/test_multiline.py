"""Messages of several lines: each counts as one message everywhere."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chatcore.protocol.message import Message, parse
from chatcore.terminal.commands.typed import type_line, type_text
from chatcore.terminal.connecting.handshake import WANTED
from chatcore.terminal.session import multiline
from chatcore.terminal.session.effects import Effect, Said, WriteExport
from chatcore.terminal.session.multiline import (
    MOST_CHARS,
    MOST_LINES,
    MOST_OPEN,
    Compositions,
    Limits,
    batch,
    divide,
    limits_of,
)
from chatcore.terminal.session.returning import leave
from chatcore.terminal.session.session import LINES_BETWEEN_PINGS, Session
from tests.terminal.visits import LOBBY, WELCOME, arrive, in_lobby, in_two_rooms, pings, sent, settle, shown, unread

_AT = "time=2026-01-01T00:00:00.000Z"


def _batch_from_bob(*texts: str, tags: str = f"{_AT};msgid=2", to: str = "#lobby", name: str = "m2") -> list[str]:
    """Return the batch of bob's message of these lines; a text that begins with + continues the line before."""
    around = next((f"@{tag} " for tag in tags.split(";") if tag.startswith("batch=")), "")
    return [
        f"@{tags} :bob!b@h BATCH +{name} draft/multiline {to}",
        *(
            f"@batch={name}{';draft/multiline-concat' * text.startswith('+')} :bob!b@h PRIVMSG {to} :{text.lstrip('+')}"
            for text in texts
        ),
        f"{around}:t BATCH -{name}",
    ]


def _texts(effects: list[Effect]) -> list[str]:
    return [effect.text for effect in effects if isinstance(effect, Said)]


def test_a_batch_is_one_message() -> None:
    session = in_two_rooms()
    effects = arrive(session, *_batch_from_bob("one", "", "  two ", "+more"))
    assert _texts(effects) == ["one\n\n  two more"]
    assert unread(session) == {"#lobby": 1}
    assert session.memory.latest.get("#lobby") == "2"
    assert session.memory.heard_at == "2026-01-01T00:00:00.000Z"


def test_a_pipe_shows_it_line_by_line() -> None:
    assert shown(arrive(in_lobby(), *_batch_from_bob("one", "", "two"))) == [
        "[#lobby] <bob> one\n[#lobby] <bob> \n[#lobby] <bob> two"
    ]


def test_a_batch_can_be_private() -> None:
    (said,) = arrive(in_lobby(), *_batch_from_bob("one", "two", to="ann"))
    assert isinstance(said, Said)
    assert (said.nick, said.room, said.text) == ("bob", None, "one\ntwo")


@pytest.mark.parametrize("command", ["chathistory #lobby", "soju.im/search"])
def test_history_and_search_show_it_as_one_message(command: str) -> None:
    session = in_lobby()
    if command == "soju.im/search":
        type_line(session, "/search two")
    effects = arrive(
        session,
        f":t BATCH +h {command}",
        f"@batch=h;{_AT};msgid=1 :bob!b@h PRIVMSG #lobby :before",
        *_batch_from_bob("one", "two", tags=f"batch=h;{_AT};msgid=2"),
        f"@batch=h;{_AT};msgid=3 :bob!b@h PRIVMSG #lobby :after",
        ":t BATCH -h",
    )
    assert _texts(effects) == ["before", "one\ntwo", "after"]


def test_a_page_of_history_counts_it_once() -> None:
    session = in_lobby()
    arrive(session, ":t 005 ann CHATHISTORY=2 :are supported by this server")
    type_line(session, "/history 4")
    page = (
        ":t BATCH +h chathistory #lobby",
        *_batch_from_bob("one", "two", tags=f"batch=h;{_AT};msgid=2"),
        f"@batch=h;{_AT};msgid=3 :bob!b@h PRIVMSG #lobby :after",
        ":t BATCH -h",
    )
    (asked,) = [e for e in arrive(session, *page) if isinstance(e, Message) and e.command == "CHATHISTORY"]
    assert asked.params == ("BEFORE", "#lobby", "msgid=2", "2")


def test_an_export_has_it_in_one_line() -> None:
    session = in_lobby()
    type_line(session, "/export in:#lobby")
    assert session.export is not None
    effects = arrive(
        session,
        f"@label={session.export.label} :t BATCH +h chathistory #lobby",
        *_batch_from_bob("one", "two", tags=f"batch=h;{_AT};msgid=2"),
        ":t BATCH -h",
    )
    (written,) = [effect for effect in effects if isinstance(effect, WriteExport)]
    (line,) = map(json.loads, written.lines)
    assert (line["text"], line["msgid"]) == ("one\ntwo", "2")
    assert session.export.latest == "msgid=2"


def test_a_missed_message_is_shown_once() -> None:
    session = in_lobby()
    arrive(session, f"@{_AT};msgid=1 :bob!b@h PRIVMSG #lobby :one")
    lost = leave(session)
    lost.is_resumed = True
    back = Session("ann", WANTED, session.memory, lost)
    effects = arrive(back, *WELCOME)
    effects += arrive(back, *LOBBY)
    effects += settle(back, effects)
    (label,) = [e.tags["label"] for e in effects if isinstance(e, Message) and "#lobby" in e.params[:2]]
    assert _texts(arrive(back, *_batch_from_bob("one", "two"), *_batch_from_bob("three", tags=f"{_AT};msgid=3"))) == []
    missed = arrive(
        back,
        f"@label={label} :t BATCH +h chathistory #lobby",
        *_batch_from_bob("one", "two", tags=f"batch=h;{_AT};msgid=2"),
        ":t BATCH -h",
    )
    assert _texts(missed) == ["one\ntwo"]
    assert _texts(settle(back, effects)) == ["three"]
    assert _texts(arrive(back, *_batch_from_bob("one", "two"))) == []


def test_without_the_capability_each_line_is_a_message() -> None:
    session = in_lobby(capabilities=[name for name in WANTED if name != multiline.CAPABILITY])
    lines = [f"@{_AT};msgid=2 :bob!b@h PRIVMSG #lobby :one", f"@{_AT} :bob!b@h PRIVMSG #lobby :two"]
    assert _texts(arrive(session, *lines)) == ["one", "two"]
    assert _texts(arrive(session, *_batch_from_bob("one", "two"))) == ["one", "two"]


@pytest.mark.parametrize(
    "lines",
    [
        [],
        ["@batch=m2 :t MODE #lobby +m"],
        ["@batch=m2 :bob!b@h PRIVMSG #lobby"],
    ],
)
def test_an_empty_batch_shows_nothing(lines: list[str]) -> None:
    begin, end = _batch_from_bob()
    assert arrive(in_lobby(), begin, *lines, end) == []


def test_a_batch_without_a_target_is_ignored() -> None:
    lines = ":bob!b@h BATCH +m2 draft/multiline", "@batch=m2 :bob!b@h PRIVMSG #lobby :x", ":t BATCH -m2"
    session = in_lobby()
    assert arrive(session, *lines, ":t BATCH +", ":t BATCH") == []
    assert _texts(arrive(session, *_batch_from_bob("x"))) == ["x"]


def test_interleaved_batches_are_two_messages() -> None:
    one, two = _batch_from_bob("one", "1"), _batch_from_bob("two", "2", name="m3")
    mixed = [line for pair in zip(one, two, strict=True) for line in pair]
    assert _texts(arrive(in_lobby(), *mixed)) == ["one\n1", "two\n2"]


def test_an_overlong_message_is_cut_and_marked() -> None:
    compositions = Compositions()
    begin, *lines, end = map(parse, _batch_from_bob(*["x" * 1000] * 100))
    assert [compositions.take(message) for message in (begin, *lines)] == [None] * 101
    whole = compositions.take(end)
    assert whole is not None
    *texts, last = whole.params[1].split("\n")
    assert set(texts) == {"x" * 1000}
    assert len(texts) * 1000 <= MOST_CHARS
    assert last == "[...]"


def test_the_oldest_of_too_many_open_batches_is_dropped() -> None:
    session = in_lobby()
    ways = [_batch_from_bob("x", str(number), name=f"m{number}") for number in range(MOST_OPEN + 1)]
    arrive(session, *(line for *lines, _ in ways for line in lines))
    ends = [arrive(session, end) for *_, end in ways]
    assert [_texts(effects) for effects in ends] == [[], *[[f"x\n{number}"] for number in range(1, MOST_OPEN + 1)]]


@pytest.mark.parametrize(
    ("value", "limits"),
    [
        ("max-bytes=16384,max-lines=100", Limits(MOST_LINES, 16384)),
        ("max-lines=7,new,max-bytes=600,x=y", Limits(7, 600)),
        ("max-bytes=4096,max-lines=10000", Limits(MOST_LINES, 4096)),
        ("max-bytes=4096,max-lines=0", Limits(MOST_LINES, 4096)),
        ("max-lines=100", Limits(0, 0)),
        ("max-bytes=many", Limits(0, 0)),
        ("max-bytes=9", Limits(0, 0)),
        ("max-bytes=4096,max-lines=1", Limits(0, 0)),
        ("", Limits(0, 0)),
    ],
)
def test_limits_come_from_the_tracker(value: str, limits: Limits) -> None:
    assert limits_of(value) == limits


def _talking(limits: Limits) -> Session:
    session = in_lobby()
    session.limits = limits
    return session


def _pasted(session: Session, *lines: str) -> list[list[Effect]]:
    return [type_text(session, text, "#lobby") for text in session.divide("#lobby", list(lines))]


def test_several_lines_are_sent_as_one_message() -> None:
    session = _talking(Limits(5, 1000))
    ((*messages,),) = _pasted(session, "", " one", "  ", "/two", " ", "")
    assert sent(messages) == [
        "BATCH +said-1 draft/multiline #lobby",
        "@batch=said-1 PRIVMSG #lobby : one",
        "@batch=said-1 PRIVMSG #lobby :  ",
        "@batch=said-1 PRIVMSG #lobby /two",
        "BATCH -said-1",
    ]
    assert [(said.target, said.text) for said in session.outbox] == [("#lobby", " one\n  \n/two")]
    session.outbox.take_echo("", " one\n  \n/two")
    assert not session.outbox


def test_a_refused_message_is_reported_whole() -> None:
    session = _talking(Limits(5, 1000))
    _pasted(session, "one", "two")
    assert shown(arrive(session, ":t 404 ann #lobby :You are muted")) == [
        "error: #lobby: You are muted; not sent: one\\ntwo"
    ]
    assert shown(_pasted(session, "three", "four")[0]) == ["error: the rest was not sent either"]


def test_own_messages_are_shown_without_echo_support() -> None:
    session = _talking(Limits(5, 1000))
    quiet = Session("ann", [name for name in WANTED if name != "echo-message"], session.memory, limits=session.limits)
    arrive(quiet, *WELCOME, *LOBBY)
    assert shown(_pasted(quiet, "one", "two")[0]) == ["[#lobby] <ann> one\n[#lobby] <ann> two"]


def test_a_long_message_is_followed_by_a_ping() -> None:
    session = _talking(Limits(MOST_LINES, 100_000))
    (effects,) = _pasted(session, *map(str, range(MOST_LINES)))
    assert len(sent(effects)) >= LINES_BETWEEN_PINGS
    assert session.has_said_much
    assert pings(effects) == 1


@pytest.mark.parametrize(
    ("limits", "lines"), [(Limits(), ["one", "", "two"]), (Limits(5, 1000), ["one", "\x01ACTION waves\x01"])]
)
def test_lines_that_cannot_be_one_message_are_sent_singly(limits: Limits, lines: list[str]) -> None:
    session = _talking(limits)
    said = [line for effects in _pasted(session, *lines) for line in sent(effects)]
    assert [line.startswith("PRIVMSG #lobby ") for line in said] == [True, True]


@example(lines=["👩" * 90, "a " * 45], limits=Limits(4, 250))
@given(
    lines=st.lists(st.text(st.sampled_from("ab  é👩\u200d\ud800"), max_size=90), max_size=12),
    limits=st.builds(Limits, st.integers(4, 9), st.integers(90, 250)),
)
def test_any_text_fits_the_limits_and_stays_whole(lines: list[str], limits: Limits) -> None:
    part_bytes, texts = 40, divide(lines, limits, 40)
    for text in texts:
        begin, *parts, end = batch(text, "#lobby", part_bytes, "b")
        assert (begin.params[0], end.params[0]) == ("+b", "-b")
        assert len(text.encode()) <= limits.max_bytes
        assert len(parts) <= limits.lines
        assert all(len(part.params[1].encode()) <= part_bytes for part in parts)
        compositions = Compositions()
        whole = [compositions.take(message) for message in (begin, *parts, end)][-1]
        assert whole is not None
        assert whole.params == ("#lobby", text)
        assert text.split("\n")[0].strip()
        assert text.split("\n")[-1].strip()
    said = "".join(texts).translate({32: None, 10: None})
    assert said == "".join(lines).encode(errors="replace").decode().replace(" ", "")
