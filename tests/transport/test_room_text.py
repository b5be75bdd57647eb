"""IRC lines as plain text for people."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcore.transport.room_text import room_text
from tests.support.generated import PROPERTY

_ANN = ":ann!ann@192.0.2.1"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (f"{_ANN} JOIN #dev", "ann joined dev"),
        (f"{_ANN} JOIN #dev account :Real Name", "ann joined dev"),
        (f"{_ANN} PRIVMSG #dev :hello", "ann: hello"),
        (f"{_ANN} PRIVMSG #dev :: a colon", "ann: : a colon"),
        (f"{_ANN} PRIVMSG bob :psst", "ann (private): psst"),
        (f"{_ANN} PRIVMSG #dev :\x01ACTION waves\x01", "* ann waves"),
        (f"{_ANN} PRIVMSG #dev :\x01ACTION waves", "* ann waves"),
        (f"{_ANN} PRIVMSG bob :\x01ACTION waves\x01", "* ann (private) waves"),
        (f"{_ANN} NOTICE #dev :note", "ann: note"),
        (":tracker.chat NOTICE #dev :#dev is also at 192.0.2.1:8001", "* #dev is also at 192.0.2.1:8001"),
        (f"{_ANN} PART #dev", "ann left the room"),
        (f"{_ANN} PART #dev :reason", "ann left the room"),
        (f"{_ANN} QUIT :reason", "ann left the room"),
        (f"{_ANN} KICK #dev bob :reason", "bob left the room"),
        (f"{_ANN} RENAME #tea #hot :better", "ann renamed the room to hot"),
        (f"{_ANN} NICK anna", "ann is now anna"),
        (f"{_ANN} TOPIC #dev :plans", "ann changed the topic to: plans"),
        (f"{_ANN} TOPIC #dev :", "ann changed the topic to: "),
        (f"{_ANN} INVITE bob #dev", "ann invites you to dev"),
        ("ERROR :Closing link: Quit", "! Closing link: Quit"),
        (":tracker.chat 404 ann #dev :You cannot speak here", "! You cannot speak here"),
        ("@time=x;+y=z :ann!a@h PRIVMSG #dev :tagged", "ann: tagged"),
        (":tracker.chat 001 ann :Welcome", ""),
        (":tracker.chat 353 ann = #dev :ann bob", ""),
        (f"{_ANN} MODE #dev +i", ""),
        (f"{_ANN} AWAY :gone", ""),
        (":tracker.chat CAP ann ACK :echo-message", ""),
    ],
)
def test_lines_as_room_text(line: str, expected: str) -> None:
    assert room_text(line) == expected


@PROPERTY
@given(
    st.sampled_from(["PRIVMSG", "NOTICE", "TOPIC", "PART", "QUIT", "KICK", "433"]),
    st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"])),
)
def test_room_text_has_no_control_characters(command: str, text: str) -> None:
    told = room_text(f"{_ANN} {command} #dev bob :{text}")
    assert not [character for character in told if ord(character) < 32 or 0x7F <= ord(character) < 0xA0]
