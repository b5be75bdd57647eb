"""Formats: a line in the form of each kind of connection."""

from __future__ import annotations

import pytest

from chatcore.protocol.capabilities import NEGOTIABLE, SERVER_TIME, TAG_MASK
from chatcore.transport.formats import BINARY_FRAMES, FORMAT_MASK, LINES, ROOM_TEXT, TEXT_FRAMES, in_format

_SAID = b":ann!a@h PRIVMSG #room :hi\r\n"


@pytest.mark.parametrize(
    ("bits", "expected"),
    [
        (LINES, _SAID),
        (TEXT_FRAMES, b"\x81\x1a:ann!a@h PRIVMSG #room :hi"),
        (BINARY_FRAMES, b"\x82\x1a:ann!a@h PRIVMSG #room :hi"),
        (ROOM_TEXT, b"\x81\x07ann: hi"),
    ],
)
def test_line_in_each_format(bits: int, expected: bytes) -> None:
    assert in_format(_SAID, bits) == expected
    assert in_format(_SAID, bits | SERVER_TIME) == expected, "capabilities do not change the format"


@pytest.mark.parametrize(("size", "header"), [(125, b"\x81\x7d"), (126, b"\x81\x7e\0\x7e"), (510, b"\x81\x7e\x01\xfe")])
def test_length_of_a_frame(size: int, header: bytes) -> None:
    assert in_format(b"x" * size + b"\r\n", TEXT_FRAMES) == header + b"x" * size


def test_room_text_has_ping_frames_and_no_numerics() -> None:
    assert in_format(b"PING :tracker.chat\r\n", ROOM_TEXT) == b"\x89\x00"
    assert in_format(b":tracker.chat 353 ann = #room :ann\r\n", ROOM_TEXT) == b""


def test_formats_and_capabilities_are_different_bits() -> None:
    assert FORMAT_MASK & TAG_MASK == 0
    assert len({LINES, TEXT_FRAMES, BINARY_FRAMES, ROOM_TEXT}) == 4


def test_no_capability_is_a_format() -> None:
    """A reader's bits have both in them."""
    assert FORMAT_MASK & sum(NEGOTIABLE.values()) == 0
