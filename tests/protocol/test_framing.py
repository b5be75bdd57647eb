"""Lines from a byte stream that is cut anywhere, and the limits of their length."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chatcore.errors import LineTooLong
from chatcore.protocol.framing import (
    MAX_BODY_BYTES,
    MAX_CLIENT_TAG_BYTES,
    MAX_LINE_BYTES,
    OVERLONG,
    LineBuffer,
    is_too_long,
)
from tests.support.generated import PROPERTY

_LIMIT = 8
_STREAMS = st.binary(max_size=60) | st.lists(st.sampled_from([b"\r", b"\n", b"a", b"abcd"]), max_size=40).map(b"".join)


def _expected(stream: bytes) -> list[bytes | None]:
    """Return what a simple model gives: whole lines, split at CR and LF; an unended one only if it is too long."""
    *ended, rest = re.split(rb"[\r\n]", stream)
    known: list[bytes | None] = [OVERLONG if len(line) > _LIMIT else line for line in ended if line]
    return [*known, OVERLONG] if len(rest) > _LIMIT else known


def _feed(chunks: list[bytes], buffer: LineBuffer | None = None) -> list[bytes | None]:
    buffer = buffer or LineBuffer(max_line_bytes=_LIMIT)
    return [line for chunk in chunks for line in buffer.feed(chunk)]


def _cut(stream: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(place % (len(stream) + 1) for place in places), len(stream)]
    return [stream[start:end] for start, end in pairwise(edges)]


def _bytes_held(buffer: LineBuffer) -> int:
    return sum(len(value) for value in vars(buffer).values() if isinstance(value, bytes | bytearray))


@PROPERTY
@given(_STREAMS, st.lists(st.integers(min_value=0), max_size=8))
@example(b"12345678\r\n", [9])
@example(b"12345678\rx\n", [9])
@example(b"123456789\n12345678\n", [9, 10])
def test_lines_do_not_depend_on_the_cuts_of_the_stream(stream: bytes, places: list[int]) -> None:
    """The rule: "Only parse and process a message once you encounter the `\\r\\n` at the end of it"."""
    lines = _expected(stream)
    assert _feed([stream]) == lines
    assert _feed([stream[index : index + 1] for index in range(len(stream))]) == lines
    assert _feed(_cut(stream, places)) == lines


@PROPERTY
@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), min_size=1, max_size=9), max_size=4))
def test_characters_may_be_cut_anywhere(texts: list[str]) -> None:
    stream = b"".join(text.encode() + b"\r\n" for text in texts)
    lines = _feed([stream[index : index + 1] for index in range(len(stream))], LineBuffer())
    assert [line.decode() for line in lines if line is not OVERLONG] == texts


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r", b"\n\r", b"\r\r\n"])
def test_any_line_end_ends_a_line(end: bytes) -> None:
    r"""The rule: "Servers SHOULD handle single `\n` character … as if it was a `\r\n` pair", and `\r` as well."""
    assert LineBuffer().feed(b"PING a" + end + b"PING b" + end) == [b"PING a", b"PING b"]


def test_empty_lines_are_ignored() -> None:
    """The rule: "Servers and clients SHOULD ignore empty lines"."""
    assert LineBuffer().feed(b"\r\n\n\n\r\nPING\r\n\r\n") == [b"PING"]


@pytest.mark.parametrize(
    ("data", "empty"),
    [
        (b"one\r\n", 0),
        (b"one\n", 0),
        (b"one\r\ntwo\r\n", 0),
        (b"\r\n", 1),
        (b"\n", 1),
        (b"", 1),
        (b"no end", 1),
        (b"one\r\n\r\n", 1),
        (b"one\n\n\n\ntwo\n", 3),
        (b"\r\n" * 5, 5),
    ],
)
def test_empty_lines_are_counted(data: bytes, empty: int) -> None:
    buffer = LineBuffer()
    buffer.feed(data)
    assert buffer.empty == empty


def test_nothing_appears_before_its_line_ends() -> None:
    buffer = LineBuffer()
    assert buffer.feed(b"PI") == []
    assert buffer.feed(b"NG") == []
    assert buffer.feed(b"") == []
    assert buffer.feed(b"\r") == [b"PING"]
    assert buffer.feed(b"\n") == []


def test_longest_allowed_line_passes() -> None:
    line = b"x" * MAX_LINE_BYTES
    assert _feed([line, b"\r", b"\n", line + b"\n", line + b"x\n"], LineBuffer()) == [line, line, OVERLONG]


def test_an_overlong_line_is_reported_once_and_early() -> None:
    buffer = LineBuffer(max_line_bytes=_LIMIT)
    assert buffer.feed(b"12345678") == []
    assert buffer.feed(b"9") == [OVERLONG]
    assert buffer.feed(b"and on and on") == []
    assert buffer.feed(b"until it ends\r\nPING\n") == [b"PING"]


def test_each_overlong_line_is_reported() -> None:
    assert _feed([b"1234567890\n", b"1234567890", b"\n1234567890\nPING\n"]) == [OVERLONG] * 3 + [b"PING"]


@pytest.mark.parametrize("chunk_bytes", [1, 7, 1000])
def test_memory_is_bounded_while_a_line_has_no_end(chunk_bytes: int) -> None:
    buffer = LineBuffer(max_line_bytes=100, max_overlong_bytes=10_000)
    lines: list[bytes | None] = []
    most = 0
    for _ in range(10_000 // chunk_bytes):
        lines += buffer.feed(b"x" * chunk_bytes)
        most = max(most, _bytes_held(buffer))
    assert lines == [OVERLONG]
    assert most <= 101


@pytest.mark.parametrize("chunk_bytes", [1, 7, 1000, 100_000])
def test_line_without_an_end_is_refused(chunk_bytes: int) -> None:
    buffer = LineBuffer(max_line_bytes=100, max_overlong_bytes=10_000)
    taken = 0

    def send_until_refused() -> None:
        nonlocal taken
        for _ in range(20_000):
            buffer.feed(b"x" * chunk_bytes)
            taken += chunk_bytes

    with pytest.raises(LineTooLong, match="without an end"):
        send_until_refused()
    assert 10_000 - chunk_bytes < taken <= 10_000 or chunk_bytes > 10_000


def test_discarded_bytes_are_counted_per_line() -> None:
    buffer = LineBuffer(max_line_bytes=10, max_overlong_bytes=100)
    for _ in range(5):
        assert buffer.feed(b"x" * 90) == [OVERLONG]
        assert buffer.feed(b"\n") == []


@pytest.mark.parametrize(
    ("tag_bytes", "body_bytes", "too_long"),
    [
        (0, MAX_BODY_BYTES, False),
        (0, MAX_BODY_BYTES + 1, True),
        (MAX_CLIENT_TAG_BYTES, MAX_BODY_BYTES, False),
        (MAX_CLIENT_TAG_BYTES + 1, 4, True),
        (MAX_CLIENT_TAG_BYTES, MAX_BODY_BYTES + 1, True),
        (MAX_BODY_BYTES + 2, 4, False),
        (10, MAX_BODY_BYTES + 1, True),
    ],
)
def test_tags_and_the_rest_have_separate_limits(tag_bytes: int, body_bytes: int, too_long: bool) -> None:
    """The rule: "<client_max> (4096) :: '@' <tag_data 4094> ' '", and 512 bytes with CR LF for the rest."""
    tags = b"@" + b"t" * (tag_bytes - 2) + b" " if tag_bytes else b""
    assert is_too_long(tags + b"x" * body_bytes) is too_long


def test_tags_without_a_message_do_not_escape_the_limit() -> None:
    assert is_too_long(b"@" + b"t" * MAX_BODY_BYTES)
    assert not is_too_long(b"@" + b"t" * (MAX_BODY_BYTES - 1))


def test_limits_are_those_of_the_specifications() -> None:
    """The rule: "Clients MUST NOT send messages with tag data exceeding 4094 bytes"; CR LF count in 512."""
    assert MAX_CLIENT_TAG_BYTES - len("@ ") == 4094
    assert MAX_BODY_BYTES + len("\r\n") == 512
    assert MAX_LINE_BYTES - MAX_CLIENT_TAG_BYTES == MAX_BODY_BYTES
