"""Changes while the archive looks for an answer: nobody gets lines from after they left."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from chatcore.server.archive.archivist import Archivist
from tests.support.batches import split_batches
from tests.support.irc import DEADLINE_S
from tests.support.play import Play


@contextmanager
def _held_up(monkeypatch: pytest.MonkeyPatch, play: Play, who: str, line: str) -> Iterator[list[str]]:
    """Send somebody's query, hold up the archive until the block ends, then fill the list with the answer."""
    asked, go_on = threading.Event(), threading.Event()
    catch_up = Archivist.catch_up

    def held_up(self: Archivist, position: int, timeout_s: float = DEADLINE_S) -> int:
        monkeypatch.setattr(Archivist, "catch_up", catch_up)
        asked.set()
        assert go_on.wait(DEADLINE_S)
        return self.catch_up(play.hosted.tracker.stream.position, timeout_s)

    monkeypatch.setattr(Archivist, "catch_up", held_up)
    play.person(who).send(line)
    assert asked.wait(DEADLINE_S)
    answer: list[str] = []
    yield answer
    go_on.set()
    batches, _ = split_batches(play.person(who).sync())
    answer += [
        message.params[-1]
        for batch in batches
        for message in batch.inside
        if message.command in ("PRIVMSG", "CHATHISTORY")
    ]


_LOCKED_OUT = ["ann: KICK #room eve", "ann: MODE #room +i", "ann: PRIVMSG #room :secret"]


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("SEARCH in=#room", ["open"]),
        ("SEARCH after=2001-01-01T00:00:00.000Z", ["open"]),
        ("CHATHISTORY LATEST #room * 9", []),
        ("CHATHISTORY AFTER #room timestamp=2001-01-01T00:00:00.000Z 9", []),
        ("CHATHISTORY TARGETS timestamp=2001-01-01T00:00:00.000Z timestamp=2999-01-01T00:00:00.000Z 9", []),
    ],
)
def test_a_member_kicked_during_a_query_finds_no_later_lines(
    tmp_path: Path, accounts: Path, monkeypatch: pytest.MonkeyPatch, line: str, answer: list[str]
) -> None:
    with Play(tmp_path, accounts, "tcp", replay=0) as play:
        play.act(["ann: JOIN #room", "eve: JOIN #room", "ann: PRIVMSG #room :open"])
        play.person("eve").sync()
        with _held_up(monkeypatch, play, "eve", line) as found:
            play.act(_LOCKED_OUT)
        assert found == answer
