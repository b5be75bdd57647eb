"""Lines: the bytes of one message, with the tags that its reader negotiated."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcore.protocol.capabilities import ACCOUNT_TAG, MESSAGE_TAGS, MULTILINE, SERVER_TIME, TAG_MASK
from chatcore.protocol.framing import MAX_BODY_BYTES
from chatcore.protocol.message import Message, parse
from chatcore.protocol.multiline import Part, as_read, from_one_line, join
from chatcore.server.outgoing.lines import Line, WholeMessage, reply_bytes
from chatcore.state.history import Recorded
from chatcore.state.stream import QueueStream
from chatcore.transport.formats import BINARY_FRAMES, ROOM_TEXT, TEXT_FRAMES, in_format
from tests.support.composed import PARTS, parts_of
from tests.support.generated import CONTENT, PROPERTY, WORD

_TIME = 1_795_215_001.123
_SHOWN = "2026-11-20T22:50:01.123Z"
_SEQUENCE = "0123abcdef"
_SERIAL = (1, 0, _SEQUENCE, _TIME)


def _parsed(data: bytes) -> tuple[dict[str, str], str]:
    """Return the tags of a line, and the rest of it."""
    line = data.decode().removesuffix("\r\n")
    tags = dict(parse(line).tags)
    return tags, line.partition(" ")[2] if line.startswith("@") else line


def test_a_reader_without_capabilities_sees_no_tags() -> None:
    line = Line(":ann PRIVMSG #room :hi", _TIME, _SERIAL, (("+typing", "done"),))
    assert line.encoded(0) == b":ann PRIVMSG #room :hi\r\n"


def test_each_capability_adds_its_tags() -> None:
    line = Line(":ann PRIVMSG #room :hi", _TIME, _SERIAL, (("+x", "a;b"),))
    body = ":ann PRIVMSG #room :hi"
    assert _parsed(line.encoded(SERVER_TIME)) == ({"time": _SHOWN}, body)
    assert _parsed(line.encoded(MESSAGE_TAGS)) == ({"msgid": line.msgid, "+x": "a;b"}, body)
    assert _parsed(line.encoded(TAG_MASK)) == ({"time": _SHOWN, "msgid": line.msgid, "+x": "a;b"}, body)


def test_a_line_without_a_serial_has_no_msgid() -> None:
    line = Line(":ann JOIN #room", _TIME)
    assert line.msgid == ""
    assert line.encoded(MESSAGE_TAGS) == b":ann JOIN #room\r\n"


def test_a_batch_tag_does_not_stick_to_the_line() -> None:
    line = Line(":ann PRIVMSG #room :hi", _TIME, _SERIAL)
    tags, body = _parsed(line.tagged(SERVER_TIME, (("batch", "h1"),)))
    assert tags == {"batch": "h1", "time": _SHOWN}
    assert body == ":ann PRIVMSG #room :hi"
    assert "batch" not in _parsed(line.encoded(SERVER_TIME))[0]


def test_account_tag_shows_the_senders_account() -> None:
    line = Line(":ann JOIN #room", _TIME, account="ann;a")
    assert _parsed(line.encoded(ACCOUNT_TAG)) == ({"account": "ann;a"}, ":ann JOIN #room")
    assert _parsed(Line(":ann JOIN #room", _TIME).encoded(ACCOUNT_TAG)) == ({}, ":ann JOIN #room")


@PROPERTY
@given(st.text(CONTENT, max_size=600))
def test_a_line_is_cut_to_512_bytes_between_characters(text: str) -> None:
    body = Line(text, 0.0).body
    assert len(body) <= 512
    whole = body.decode().removesuffix("\r\n")
    assert text.startswith(whole)
    assert whole == text or len(body) > 512 - 4


_SERIALS = st.lists(st.tuples(st.integers(1, 2**40), st.integers(0, 4000)), min_size=1, max_size=20, unique=True)


@PROPERTY
@given(_SERIALS, st.lists(st.integers(0, 10_000), min_size=20, max_size=20))
def test_msgids_are_unique_and_sort_in_stream_order(serials: list[tuple[int, int]], times: list[int]) -> None:
    """The clock does not matter."""
    places = zip(times, sorted(serials), strict=False)
    lines = [Line("X", time / 1000, (position, index, _SEQUENCE, 0.0)) for time, (position, index) in places]
    assert all(before.msgid < after.msgid for before, after in pairwise(lines))
    assert all(set(line.msgid) <= set("0123456789abcdef") for line in lines)
    assert {len(line.msgid) for line in lines} == {26}


def test_two_runs_of_a_tracker_give_different_ids() -> None:
    here, there = (Line("X", _TIME, (1, 0, QueueStream(lambda: 0.0).sequence, _TIME)) for _ in range(2))
    assert here.msgid != there.msgid
    assert len(here.msgid) == len(there.msgid) == 26


@pytest.mark.parametrize(
    ("reply", "line"),
    [
        (("001", "Welcome"), b":server 001 ann :Welcome\r\n"),
        (("353", "=", "#room", "@ann bob"), b":server 353 ann = #room :@ann bob\r\n"),
        (("PONG", "server", "token"), b":server PONG server :token\r\n"),
        (("PING", "server"), b"PING :server\r\n"),
        (("AUTHENTICATE", "+"), b"AUTHENTICATE +\r\n"),
        (("AUTHENTICATE", "cj0="), b"AUTHENTICATE cj0=\r\n"),
        (("ERROR", "Closing link: Quit"), b"ERROR :Closing link: Quit\r\n"),
        (("376",), b":server 376 ann\r\n"),
        (("401", "", "No such nick"), b":server 401 ann * :No such nick\r\n"),
        (("421", ":odd", "Unknown command"), b":server 421 ann odd :Unknown command\r\n"),
        (("NOTICE", "#room", ""), b":server NOTICE #room :\r\n"),
    ],
)
def test_replies_are_serialized_by_their_kind(reply: tuple[str, ...], line: bytes) -> None:
    assert reply_bytes("server", "ann", reply) == line


def test_a_numeric_before_registration_is_addressed_to_a_star() -> None:
    assert reply_bytes("server", "", ("464", "Wrong")) == b":server 464 * :Wrong\r\n"


@PROPERTY
@given(WORD.filter(lambda word: not word.startswith(":")), st.lists(st.text(CONTENT), max_size=4), st.text(CONTENT))
def test_any_reply_is_one_parsable_line(nick: str, middles: list[str], last: str) -> None:
    """Parameters come from users: none may shift the others."""
    data = reply_bytes("server.name", nick, ("433", *middles, last))
    assert len(data) <= 512
    assert data.endswith(b"\r\n")
    message = parse(data.decode().removesuffix("\r\n"))
    assert (message.source, message.command) == ("server.name", "433")
    assert message.params[0] == nick
    assert len(message.params) == 2 + len(middles) or len(data) > 500
    expected = [middle.lstrip(":").partition(" ")[0] or "*" for middle in middles]
    if len(data) <= 500:
        assert message.params[1:] == (*expected, last)


@pytest.mark.thorough
@PROPERTY
@given(st.integers(0, 4), st.sampled_from("aäあ😀"))
def test_a_reply_that_is_too_long_is_cut_between_characters(shift: int, character: str) -> None:
    data = reply_bytes("server", "ann", ("332", "#room", "x" * shift + character * 600))
    assert 512 - 4 < len(data) <= 512
    text = data.decode().removesuffix("\r\n").partition(" :")[2]
    assert set(text) <= {"x", character}


_HEAD = ":ann!u@h PRIVMSG #room"
_WHOLE = TAG_MASK | MULTILINE


def _message(parts: list[Part], **more: Any) -> Line:
    text = f"{_HEAD} :{join(parts)}"
    return WholeMessage(text, _TIME, _SERIAL, (("+x", "y"),), **more)


def _lines(data: bytes) -> list[Message]:
    assert data.endswith(b"\r\n")
    return [parse(line) for line in data.decode().split("\r\n")[:-1]]


def test_a_multiline_message_is_a_batch_with_tags_on_its_opening() -> None:
    """https://ircv3.net/specs/extensions/multiline: the first example of what a server sends."""
    parts = [Part("hello", False), Part("", False), Part("how is ", False), Part("everyone?", True)]
    data = _message(parts, account="ann").encoded(_WHOLE | ACCOUNT_TAG).decode()
    name = "m10000"
    assert data == (
        f"@time={_SHOWN};msgid=0000000000010000{_SEQUENCE};account=ann;+x=y"
        f" :ann!u@h BATCH +{name} draft/multiline #room\r\n"
        f"@batch={name} {_HEAD} :hello\r\n"
        f"@batch={name} {_HEAD} :\r\n"
        f"@batch={name} {_HEAD} :how is \r\n"
        f"@batch={name};draft/multiline-concat {_HEAD} :everyone?\r\n"
        f"@time={_SHOWN} BATCH -{name}\r\n"
    )


def test_the_fallback_drops_blank_lines_and_has_one_msgid() -> None:
    """https://ircv3.net/specs/extensions/multiline#fallback"""
    parts = [Part("", False), Part("hello", False), Part("", False), Part("how is ", False), Part("everyone?", True)]
    message = _message(parts, account="ann")
    assert message.encoded(0).decode() == "".join(f"{_HEAD} :{text}\r\n" for text in ("hello", "how is ", "everyone?"))
    first, *others = _lines(message.encoded(TAG_MASK))
    rest = {"time": _SHOWN, "account": "ann", "+x": "y"}
    assert first.tags == {**rest, "msgid": message.msgid}
    assert [other.tags for other in others] == [rest, rest]


def test_the_label_is_on_the_opening_and_an_outer_batch_on_both_ends() -> None:
    message = _message([Part("a", False), Part("b", False)])
    opening, *inside, closing = _lines(message.tagged(_WHOLE, (("label", "L"), ("batch", "h1"))))
    assert (opening.tags["label"], opening.tags["batch"]) == ("L", "h1")
    assert {line.tags["batch"] for line in inside} == {"m10000"}
    assert closing.tags == {"batch": "h1", "time": _SHOWN}
    assert {line.tags["batch"] for line in _lines(message.tagged(TAG_MASK, (("batch", "h1"),)))} == {"h1"}


@pytest.mark.thorough
@PROPERTY
@given(PARTS)
def test_every_kind_of_reader_gets_the_same_text(parts: list[Part]) -> None:
    message = _message(parts)
    assert parts_of(_lines(message.encoded(_WHOLE))[1:-1]) == parts
    fallback = [line.params[-1] for line in _lines(message.encoded(TAG_MASK))]
    assert fallback == [part.text for part in parts if part.text]
    assert message.said == as_read(join(parts))
    assert (message.target, message.source) == ("#room", b"ann!u@h")
    assert message.is_single(_WHOLE)
    assert message.is_single(0) == (len(fallback) == 1)
    body = message.body.decode()
    assert body.count("\n") == 1, "the body must be one line of the journal"
    record = Recorded(message.id, 0, 0, "ann!u@h", None, "+x=y", from_one_line(body[:-2]).partition(" ")[2])
    assert Line.recorded(record, _SEQUENCE).body == message.body


@PROPERTY
@given(PARTS, st.integers(1, 60))
def test_multiline_parts_are_split_into_lines_that_fit(parts: list[Part], times: int) -> None:
    long = [part._replace(text=part.text * times) for part in parts]
    message = _message(long)
    lines = message.encoded(_WHOLE).split(b"\r\n")[:-1]
    assert all(len(line.rpartition(b" :ann")[2]) + 4 <= MAX_BODY_BYTES for line in lines)
    assert as_read(join(parts_of(_lines(message.encoded(_WHOLE))[1:-1]))) == as_read(join(long))
    assert message.sent_bytes >= len(message.body)


@pytest.mark.parametrize("bits", [TEXT_FRAMES, BINARY_FRAMES])
@pytest.mark.parametrize("kind", [0, _WHOLE])
def test_each_line_has_a_frame_of_its_own(bits: int, kind: int) -> None:
    message = _message([Part("a", False), Part("b", False)])
    lines = message.encoded(kind).split(b"\r\n")[:-1]
    assert message.encoded(kind | bits) == b"".join(in_format(line + b"\r\n", bits) for line in lines)


def test_the_room_endpoint_gets_the_fallback_lines() -> None:
    data = _message([Part("a", False), Part("", False), Part("b", False)]).encoded(ROOM_TEXT)
    assert data == b"".join(in_format(f"{_HEAD} :{text}\r\n".encode(), ROOM_TEXT) for text in "ab")


def test_a_line_can_be_readdressed() -> None:
    line = Line(":ann JOIN #old", _TIME, _SERIAL, account="ann")
    line.tags = b"+x"
    there = line.to("#new")
    assert (there.body, there.serial, there.account, there.tags) == (b":ann JOIN #new\r\n", _SERIAL, "ann", b"+x")
    long = Line(f"{_HEAD} :{'x' * (MAX_BODY_BYTES - len(_HEAD) - 2)}", _TIME, _SERIAL)
    assert long.to("#longer") is long
    message = _message([Part("a", False), Part("b", False)]).to("#new")
    assert (message.said, message.target, message.tags) == ("a\nb", "#new", b"+x=y")


@pytest.mark.parametrize("length", [10, 4000])
def test_long_tags_are_not_repeated_for_each_line(length: int) -> None:
    parts = [Part("x", False)] * 100
    text = f"{_HEAD} :{join(parts)}"
    message = WholeMessage(text, _TIME, _SERIAL, (("+x", "y" * length),))
    first, *others = _lines(message.encoded(TAG_MASK))
    assert "+x" in first.tags
    assert {"+x" in line.tags for line in others} == {length == 10}
    assert message.sent_bytes >= len(message.encoded(TAG_MASK)) >= message.sent_bytes // 3
