"""The layers between bytes and commands: framing, the grammar, and HTTP heads."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcore.errors import ProtocolError
from chatcore.protocol.framing import MAX_BODY_BYTES, MAX_CLIENT_TAG_BYTES, MAX_LINE_BYTES, LineBuffer, is_too_long
from chatcore.protocol.message import parse, serialize
from chatcore.transport.http import parse_request
from tests.fuzz.grammar import cut, cuts, http, irc, junk
from tests.fuzz.settings import FUZZ

streams = st.one_of(irc(), st.lists(junk(), max_size=8).map(b"\n".join), st.binary(max_size=300), http())


def _framed(pieces: list[bytes]) -> tuple[list[bytes | None], bool]:
    """Return the lines of a stream in pieces, and whether it was refused; check that memory is bounded."""
    buffer = LineBuffer()
    lines: list[bytes | None] = []
    for piece in pieces:
        try:
            lines += buffer.feed(piece)
        except ProtocolError:
            return lines, True
        assert len(buffer._pending) <= MAX_LINE_BYTES
    return lines, False


@FUZZ
@given(streams, cuts)
def test_framing_does_not_depend_on_the_pieces(stream: bytes, places: list[int]) -> None:
    whole = _framed([stream])
    assert _framed(cut(stream, places)) == whole
    assert _framed([bytes([byte]) for byte in stream]) == whole
    for line in whole[0]:
        if line is not None:
            assert 0 < len(line) <= MAX_LINE_BYTES
            assert not {*b"\r\n"} & {*line}


@pytest.mark.thorough
@FUZZ
@given(streams)
def test_every_line_is_a_message_or_refused(stream: bytes) -> None:
    for line in _framed([stream])[0]:
        if line is None or is_too_long(line):
            continue
        tags = line.find(b" ") + 1 if line.startswith(b"@") else 0
        assert tags <= MAX_CLIENT_TAG_BYTES
        assert len(line) - tags <= MAX_BODY_BYTES
        with contextlib.suppress(ProtocolError, UnicodeDecodeError):
            message = parse(line.decode())
            assert message.command
            assert all(" " not in param and param and param[0] != ":" for param in message.params[:-1])
            assert parse(serialize(message)) == message


@pytest.mark.thorough
@FUZZ
@given(streams)
def test_every_head_is_a_request_or_refused(stream: bytes) -> None:
    with contextlib.suppress(ProtocolError):
        request = parse_request(stream.partition(b"\r\n\r\n")[0])
        assert request.method.isalpha()
