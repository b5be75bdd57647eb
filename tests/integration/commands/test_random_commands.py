"""Random commands with random parameters: nothing fails, every line fits, and registry and view agree."""

from __future__ import annotations

import contextlib
import logging
from random import Random

import pytest

from chatcore.protocol.names import casefold
from tests.support.agreement import disagreements
from tests.support.irc import Disconnected, IrcClient, one
from tests.support.nonsense import CAPS, NICKS, ROOMS, random_line
from tests.support.trackers import Hosted


class _Fuzzer:
    """A client that sends nonsense, reconnects when disconnected, and measures the lines that it gets."""

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
            self._client.send(*(random_line(self._random) for _ in range(6)), "PING :the end")
            while "PONG tracker.chat :the end" not in (line := self._client.receive_line()):
                body = line.partition(" ")[2] if line.startswith("@") else line
                assert len(body.encode()) <= 510, line
            return
        self._client = None


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_random_commands_break_nothing(hosted: Hosted, caplog: pytest.LogCaptureFixture, seed: int) -> None:
    watcher = hosted.client("watcher", *ROOMS)
    random = Random(seed)
    fuzzers = [_Fuzzer(hosted, nick, random) for nick in NICKS]
    for _ in range(40):
        for fuzzer in fuzzers:
            fuzzer.step()
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
    watcher.sync()
    hosted.log_text()
    assert disagreements(hosted.tracker) == []
    for channel in hosted.tracker.registry.channels():
        members = {casefold(client.nick) for client in channel.members}
        if "watcher" in members:
            told = one(watcher.command(f"NAMES {channel.name}"), "353").params[-1].split()
            assert {casefold(name.lstrip("@+")) for name in told} == members
