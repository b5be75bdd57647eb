"""CTCP: https://modern.ircdocs.horse/ctcp"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcore.protocol.ctcp import ACTION, action, split_ctcp
from tests.support.generated import PROPERTY


@PROPERTY
@given(st.text(st.characters(exclude_characters="\x01\r\n\0")))
def test_an_action_is_read_back(text: str) -> None:
    assert split_ctcp(action(text)) == (ACTION, text)


@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [
        ("hello there", "", "hello there"),
        ("", "", ""),
        ("a \x01ACTION b\x01", "", "a \x01ACTION b\x01"),
        ("\x01ACTION waves\x01", "ACTION", "waves"),
        ("\x01ACTION waves", "ACTION", "waves"),
        ("\x01ACTION\x01", "ACTION", ""),
        ("\x01VERSION\x01", "VERSION", ""),
        ("\x01 hello\x01", "", "\x01 hello\x01"),
        ("\x01", "", "\x01"),
        ("\x01PING 1 2\x01", "PING", "1 2"),
        ("\x01ACTIONS are\x01", "ACTIONS", "are"),
    ],
)
def test_kinds_of_messages(text: str, kind: str, said: str) -> None:
    assert split_ctcp(text) == (kind, said)
