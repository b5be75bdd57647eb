"""Without the password nothing can be learnt: not who is here, who is banned, or what is said."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.irc import IrcClient, commands
from tests.support.trackers import Hosted, hosted_tracker

PASSWORD = "correct-horse"
NAMES = {"somebody's": "alice", "banned": "malte", "banned by a mask": "troll", "in a secret room": "bobby"}
NOBODYS = "nobod"


@pytest.fixture(scope="module")
def hosted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosted]:
    folder: Path = tmp_path_factory.mktemp("tracker")
    with hosted_tracker(folder, PASSWORD, ghost_timeout_s=600.0) as hosted:  # nobody here answers a PING
        hosted.tracker.bans.add("malte")
        hosted.tracker.bans.add("tr*l")
        hosted.client("alice", "#rooms", password=PASSWORD).command("TOPIC #rooms :plans")
        hosted.client("bobby", "#hides", password=PASSWORD).command("MODE #hides +s", "MODE bobby +i")
        yield hosted


def _answers(hosted: Hosted, data: str) -> bytes:
    """Return everything that comes back until the tracker closes."""
    received = bytearray()
    with IrcClient(hosted.port) as client, contextlib.suppress(ConnectionError):
        client.send_bytes(data.replace("\n", "\r\n").encode())
        while more := client.sock.recv(65536):
            received += more
    return bytes(received)


WAYS = {
    "NICK": "NICK NAME\nQUIT\n",
    "NICK and USER": "NICK NAME\nUSER u 0 * :Real\n",
    "USER and NICK": "USER u 0 * :Real\nNICK NAME\n",
    "a wrong password": "PASS wrong\nNICK NAME\nUSER u 0 * :Real\n",
    "while capabilities are negotiated": "CAP LS 302\nNICK NAME\nUSER u 0 * :Real\nCAP REQ sasl\nCAP END\n",
    "questions": "NICK NAME\n"
    + "".join(f"{word} NAME\n" for word in ("WHOIS", "ISON", "WHOWAS", "WHO", "USERHOST"))
    + "QUIT\n",
    "talk": "NICK free\nPRIVMSG NAME :hi\nMONITOR + NAME\nCHATHISTORY LATEST NAME * 5\nINVITE NAME #rooms\nQUIT\n",
    "a room": "GET /ws/chat/rooms/?nickname=NAME&password=wrong HTTP/1.1\nHost: x\nUpgrade: websocket\n\n",
    "a room without a password": "GET /ws/chat/rooms/?nickname=NAME HTTP/1.1\nHost: x\nUpgrade: websocket\n\n",
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", NAMES)
def test_taken_and_banned_nicks_get_the_same_answer_as_free_ones(hosted: Hosted, way: str, kind: str) -> None:
    answers = [_answers(hosted, WAYS[way].replace("NAME", name)) for name in (NAMES[kind], NOBODYS)]
    assert answers[0].replace(NAMES[kind].encode(), b"x") == answers[1].replace(NOBODYS.encode(), b"x")


@pytest.mark.parametrize(
    "line",
    [
        "LUSERS",
        "LIST",
        "NAMES #rooms",
        "TOPIC #rooms",
        "VERSION",
        "MOTD",
        "INFO",
        "LINKS",
        "TIME",
        "JOIN #rooms",
        "MODE #rooms",
    ],
)
def test_queries_are_refused_before_registration(hosted: Hosted, line: str) -> None:
    with IrcClient(hosted.port) as client:
        assert commands(client.command(line)) == ["451"]


def test_with_the_password_the_reason_is_shown(hosted: Hosted) -> None:
    with IrcClient(hosted.port) as client:
        client.send(f"PASS {PASSWORD}", "USER u 0 * :Real")
        for name, numeric in (("malte", "432"), ("TROLL", "432"), ("alice", "433")):
            assert commands(client.command(f"NICK {name}")) == [numeric]
        assert "001" in commands(client.command("NICK carol"))


def test_a_banned_nick_is_refused_once_the_password_is_proven(hosted: Hosted) -> None:
    answers = _answers(hosted, f"NICK malte\nPASS {PASSWORD}\nUSER u 0 * :Real\n")
    assert re.findall(rb" (\d\d\d) ", answers) == [b"465"]
