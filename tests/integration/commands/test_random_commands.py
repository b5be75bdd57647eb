"""Random commands with random parameters: nothing fails, every line fits, and both views of who is where agree."""

from __future__ import annotations

import contextlib
import logging
from random import Random

import pytest

from chatcore.commands.table import COMMANDS
from chatcore.protocol.names import casefold
from tests.support.irc import Disconnected, IrcClient, one
from tests.support.trackers import Hosted

NICKS = ["alice", "bob", "carol"]
ROOMS = ["#a", "#B", "#" + "漢" * 20]
CAPS = "batch labeled-response message-tags echo-message server-time sasl multi-prefix extended-join"
WORDS = [
    *NICKS,
    *ROOMS,
    *("", ":", ":x", "x y", "#nope", "*", "0", "-1", "5", "9" * 20, "é", "\x1b[2J", "😀" * 60, "x" * 300, "*,*", ",,"),
    *("+o", "-o", "+v", "+b-k", "+bbb", "-k", "+k", "+l", "+beI", "b", "+imnst", "-imnst", "a!b@c", ":a!b@c"),
    *("%tcuihsnfdlaor,123", "o", "<5", "C>0", "T<5", "!#a", "127.0.0.1:1", "[::1]:1", "\x01ACTION x\x01"),
    *("LATEST", "BEFORE", "BETWEEN", "TARGETS", "msgid=x", "msgid=" + "0" * 26, "timestamp=0001-01-01T00:00:00+23:59"),
    *("LS", "302", "LIST", "REQ", "END", "-server-time", CAPS, "+", "-", "C", "L", "S", "PLAIN", "AGFsaWNlAHg="),
]
TAGS = ["", "", "", "@label=L;+x=y ", "@+typing=active;msgid=z "]


def _line(random: Random) -> str:
    """Return a command of the table with up to five parameters, which need not make sense."""
    name = random.choice(sorted(COMMANDS.keys() - {"QUIT"}))
    words = [random.choice(WORDS) for _ in range(random.randrange(6))]
    middles = [word.replace(" ", "_").lstrip(":") or "x" for word in words[:-1]]
    last = [":" + word for word in words[-1:]]
    return random.choice(TAGS) + " ".join((name, *middles, *last))


class _Fuzzer:
    """A client that sends nonsense, comes back when that ended its visit, and measures what it is sent."""

    def __init__(self, hosted: Hosted, nick: str, random: Random) -> None:
        self._hosted = hosted
        self._nick = nick
        self._random = random
        self._client: IrcClient | None = None

    def step(self) -> None:
        with contextlib.suppress(Disconnected):
            if self._client is None:
                self._client = self._hosted.connect()
                self._client.register(self._nick, caps=CAPS if self._random.random() < 0.5 else "")
                self._client.join(self._random.choice(ROOMS))
            self._client.send(*(_line(self._random) for _ in range(6)), "PING :the end")
            while "PONG tracker.chat :the end" not in (line := self._client.receive_line()):
                body = line.partition(" ")[2] if line.startswith("@") else line
                assert len(body.encode()) <= 510, line
            return
        self._client = None


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_nonsense_breaks_nothing(hosted: Hosted, caplog: pytest.LogCaptureFixture, seed: int) -> None:
    watcher = hosted.client("watcher", *ROOMS)
    random = Random(seed)
    fuzzers = [_Fuzzer(hosted, nick, random) for nick in NICKS]
    for _ in range(40):
        for fuzzer in fuzzers:
            fuzzer.step()
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
    watcher.sync()
    for channel in hosted.tracker.registry.channels():
        members = {casefold(client.nick) for client in channel.members}
        if "watcher" in members:
            told = one(watcher.command(f"NAMES {channel.name}"), "353").params[-1].split()
            assert {casefold(name.lstrip("@+")) for name in told} == members
