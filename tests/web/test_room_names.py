"""Valid names of rooms, and which room a typed text means."""

from __future__ import annotations

import pytest

from chatcore.protocol.names import channel_problem
from tests.support.browser import Page
from tests.web.scripted_session import call

_NAMES = [
    "",
    "#",
    "dev",
    "#dev",
    "##",
    "#Dev Team",
    "#a,b",
    "#a:b",
    "#a\x07b",
    "#a\u00a0b",
    "#a\u2028b",
    "#caf\u00e9",
    "#cafe\u0301",
    "#\u0301e",
    "#z" + "\u0301" * 5,
    "#x" + "\u0323" * 3,
    "#de\u200bv",
    "#de\u2800v",
    "#de\u00adv",
    "#\u200b",
    "#\u2800",
    "#\ufffd",
    "#\U0001f469\u200d\U0001f4bb",
    "#\u2764\ufe0f",
    "#\u263a\ufe0e",
    "#1\ufe0f\u20e3",
    "#1\ufe0f",
    "#a\u200db",
    "#\U0001f44b\U0001f3fd",
    "#\u0645\u06cc\u200c\u062e",
    "#" + "x" * 63,
    "#" + "x" * 64,
    "#" + "\U0001f600" * 47,
    "#" + "\U0001f600" * 48,
    "#\u4eac\u90fd",
    "#a\u202eb",
    "#dev'",
    "#<b>",
    "#a/b",
]


def test_the_page_and_the_tracker_accept_the_same_names(page: Page) -> None:
    problems = call(page, "protocol/room_names", "x.map(m.roomProblem)", _NAMES)
    assert dict(zip(_NAMES, problems, strict=True)) == {name: channel_problem(name) or "" for name in _NAMES}


_PAGE = "https://chat.example/below/"
_FORBIDDEN = "Room names have no spaces, commas, colons or control characters"
_ONE = "One room at a time, please."


@pytest.mark.parametrize(
    ("typed", "room"),
    [
        ("dev", "#dev"),
        (" #dev\n", "#dev"),
        ("#Dev", "#Dev"),
        ("##dev", "##dev"),
        ("/join dev", "#dev"),
        ("cafe\u0301", "#caf\u00e9"),
        ("de\u200bv\ufeff", "#dev"),
        (f"{_PAGE}#room=dev", "#dev"),
        (f"{_PAGE}#dev", "#dev"),
        ("https://CHAT.example:443/below/#room=%23%23dev&message=x", "##dev"),
    ],
)
def test_input_that_means_one_room(page: Page, typed: str, room: str) -> None:
    meant = call(page, "protocol/meant", f"m.roomMeant(x, '{_PAGE}')", typed)
    assert meant == {"room": room, "key": "", "problem": "", "choices": []}


def test_a_link_may_contain_the_key(page: Page) -> None:
    link = f"{_PAGE}#room=dev&room-key=k3y"
    meant = call(page, "protocol/meant", f"m.roomMeant(x, '{_PAGE}')", link)
    assert meant == {"room": "#dev", "key": "k3y", "problem": "", "choices": []}


@pytest.mark.parametrize(
    ("typed", "problem", "choices"),
    [
        ("", "Type the name of a room.", []),
        ("  ", "Type the name of a room.", []),
        ("#", "Room names begin with # and have at least one more character", []),
        ("Dev Team", _FORBIDDEN, ["#dev-team"]),
        (" #Dev:  Team! ", _FORBIDDEN, ["#dev-team!"]),
        (":", _FORBIDDEN, []),
        ("dev,", _FORBIDDEN, ["#dev"]),
        ("a\x00b", _FORBIDDEN, ["#a-b"]),
        ("dev, ops,dev", _ONE, ["#dev", "#ops"]),
        ("#dev #ops", _ONE, ["#dev", "#ops"]),
        ("Dev Team, ops", _ONE, ["#dev-team", "#ops"]),
        ("x" * 64, "Room names have at most 64 characters", []),
        ("\ufffd", "That room name has characters that cannot be shown", []),
        (_PAGE, "That link does not name a room.", []),
        (f"{_PAGE}#room=a%20b", "That link names a room that cannot exist.", []),
        (
            "http://127.0.0.1:8000/#room=dev&room-key=k3y",
            "That link leads to another chat. Do you mean the room of that name here?",
            ["#dev"],
        ),
    ],
)
def test_uncertain_input_asks(page: Page, typed: str, problem: str, choices: list[str]) -> None:
    meant = call(page, "protocol/meant", f"m.roomMeant(x, '{_PAGE}')", typed)
    assert meant == {"room": "", "key": "", "problem": problem, "choices": choices}
