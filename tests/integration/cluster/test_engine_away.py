"""The engine is away: nobody waits for ever or in the dark, and held messages arrive once when it is back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from chatcore.cluster import courier, engine_connection, proposer
from chatcore.server.cluster.held import ARRIVED, HELD
from tests.support.irc import IrcClient, commands, one
from tests.support.together import wait_until
from tests.support.trackers import Hosted, hosted_tracker
from tests.support.valkey import ValkeyProcess, valkey_process

CAPS = "labeled-response echo-message message-tags batch standard-replies"


class Chat(NamedTuple):
    """A tracker, the engine, and two people in a room."""

    tracker: Hosted
    engine: ValkeyProcess
    ann: IrcClient
    bob: IrcClient


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the timeouts."""
    for module in (courier, proposer):
        monkeypatch.setattr(module, "PATIENCE_S", 0.4)
    monkeypatch.setattr(engine_connection, "TIMEOUT_S", 0.2)


@contextmanager
def chatting(folder: Path) -> Iterator[Chat]:
    """Run a chat."""
    with (
        valkey_process(folder / "engine") as engine,
        hosted_tracker(folder, cluster=engine.url) as tracker,
    ):
        bob = tracker.client("bob", "#tea")
        yield Chat(tracker, engine, tracker.client("ann", "#tea", caps=CAPS), bob)


def _say_while_paused(chat: Chat) -> None:
    """Have ann say something that is sent to a paused engine."""
    chat.engine.pause()
    chat.ann.send("@label=x PRIVMSG #tea :held", "PING before")


@pytest.mark.parametrize("is_killed", [False, True], ids=["stopped", "killed"])
def test_a_held_message_is_reported_kept_and_answered(tmp_path: Path, is_killed: bool) -> None:
    with chatting(tmp_path) as chat:
        tracker, engine, ann, bob = chat
        _say_while_paused(chat)
        assert ann.receive().params == ("*", "HELD", HELD)
        assert ann.receive_until("PONG").params[-1] == "before"
        if is_killed:
            engine.kill()
        refused = ann.command("@label=y PRIVMSG #tea :refused")
        assert [(line.command, line.tags.get("label")) for line in refused] == [("400", "y")]
        assert commands(ann.command("WHO ann")) == ["352", "315"]
        assert commands(bob.command("TOPIC #tea"))[-1] == "331", "a client without a held message is still answered"
        engine.start() if is_killed else engine.resume()
        assert ann.receive_until("PRIVMSG").params == ("#tea", "held")
        assert ann.receive_until("NOTE").params == ("*", "ARRIVED", ARRIVED)
        assert bob.receive_until("PRIVMSG").params == ("#tea", "held")
        wait_until(lambda: tracker.tracker.reception.is_open)  # what arrived is read before its append is confirmed
        assert one(ann.command("@label=z PRIVMSG #tea :on"), "PRIVMSG").tags["label"] == "z"
        assert [line for line in tracker.log_lines() if line.startswith("message")] == [
            "message #tea ann :held",
            "message #tea ann :on",
        ]


@pytest.mark.thorough
def test_a_client_without_standard_replies_gets_notices(tmp_path: Path) -> None:
    with chatting(tmp_path) as chat:
        chat.engine.pause()
        chat.bob.send("PRIVMSG #tea :held")
        assert chat.bob.receive_until("NOTICE").params == ("bob", HELD)
        chat.engine.resume()
        assert chat.bob.receive_until("NOTICE").params == ("bob", ARRIVED)


@pytest.mark.thorough
def test_newcomers_are_turned_away_until_the_engine_is_back(tmp_path: Path) -> None:
    with chatting(tmp_path) as chat:
        chat.engine.kill()
        wait_until(lambda: not chat.tracker.tracker.reception.is_open)
        late = chat.tracker.connect()
        late.send("NICK late", "USER late 0 * :late")
        assert late.receive().params == (f"Closing link: {proposer.AWAY}",)
        assert chat.tracker.tracker.reception.counts.read()["away"] == 1
        assert "chatcore_cluster_engine_reachable 0" in chat.tracker.tracker.metrics()
        chat.engine.start()
        wait_until(lambda: chat.tracker.tracker.reception.is_open)
        assert chat.tracker.client("late").command("PING x") is not None


@pytest.mark.thorough
def test_a_client_amid_registration_is_turned_away(tmp_path: Path) -> None:
    with chatting(tmp_path) as chat:
        late = chat.tracker.connect()
        late.send("NICK late")
        chat.engine.pause()
        late.send("USER late 0 * :late")
        assert late.receive_until("ERROR").params == (f"Closing link: {proposer.AWAY}",)
        assert late.receive_rest() == []
        chat.engine.resume()
        wait_until(lambda: chat.tracker.tracker.reception.is_open)
        chat.ann.command("PRIVMSG #tea :later")
        wait_until(
            lambda: chat.tracker.tracker.registry.client("late") is None and len(chat.tracker.tracker.visits()) == 2
        )
