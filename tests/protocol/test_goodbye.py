"""The goodbye: written by whoever ends a connection, read where a frame has room for its reason too."""

from __future__ import annotations

import pytest

from chatcore.protocol.goodbye import goodbye, goodbye_reason
from chatcore.protocol.message import Message, serialize


@pytest.mark.parametrize("reason", ["bye", "Quit: see you", "ünlesbar"])
def test_the_reason_is_read_as_it_was_written(reason: str) -> None:
    command, text = goodbye(reason)
    assert text == f"Closing link: {reason}"
    assert goodbye_reason(serialize(Message(command, (text,))).encode()) == reason


@pytest.mark.parametrize("line", [b"", b"ERROR :Something else", b"NOTICE a :ERROR :Closing link: x"])
def test_other_lines_have_none(line: bytes) -> None:
    assert goodbye_reason(line) == ""
