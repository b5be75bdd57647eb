"""kill -9 during redactions: messages reported as redacted stay gone, and no others are lost."""

from __future__ import annotations

import random
import signal
from pathlib import Path

import pytest

from tests.support.batches import LABELS, ask
from tests.support.irc import IrcClient
from tests.support.thorough import first_and_thorough
from tests.support.trackers import TrackerProcess, tracker_process

_CAPS = f"{LABELS} message-tags echo-message draft/message-redaction draft/chathistory soju.im/search"
_FLAGS = ("--no-password", "--no-limits", "--keep-alive", "--history")


def _join(tracker: TrackerProcess, nick: str) -> IrcClient:
    client = IrcClient(tracker.port)
    client.register(nick, caps=_CAPS)
    client.join("#room")
    return client


@pytest.mark.parametrize("history", first_and_thorough("1000", "5"))
def test_reported_redactions_survive_a_kill(tmp_path: Path, history: str) -> None:
    chance = random.Random(history)
    with tracker_process(tmp_path, *_FLAGS, history) as tracker, _join(tracker, "ann") as ann:
        said = [f"{number} tea" for number in range(60)]
        ids = dict(
            zip(
                [message.tags["msgid"] for message in ann.command(*(f"PRIVMSG #room :{text}" for text in said))],
                said,
                strict=True,
            )
        )
        sought = chance.sample(sorted(ids), 30)
        ann.send(*(f"REDACT #room {msgid}" for msgid in sought))
        told = [ann.receive().params[1] for _ in range(12)]
        assert tracker.stop(signal.SIGKILL) == -signal.SIGKILL
    assert told == sought[:12]
    with tracker_process(tmp_path, *_FLAGS, "1000") as tracker, _join(tracker, "bob") as bob:
        found = {message.tags["msgid"] for message in ask(bob, "SEARCH text=tea;limit=100")}
        read = {message.tags["msgid"] for message in ask(bob, "CHATHISTORY LATEST #room * 100")}
        assert found == read
        assert found.isdisjoint(told)
        assert found >= ids.keys() - set(sought)
