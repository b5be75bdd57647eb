"""Clients' records on all trackers: state of their own tracker alone, and limits of the whole chat."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chatcore.commands.context import Context
from chatcore.commands.table import COMMANDS
from chatcore.config import Limits
from chatcore.protocol.message import Message
from chatcore.state.admissions import FULL
from chatcore.state.facts import AwayChanged
from tests.support.replicas import Replicas, Replicated
from tests.support.stage import Outcome


def _try_to_register(tracker: Replicated, nick: str, host: str = "192.0.2.1") -> Outcome:
    """Have a stranger try to register."""
    stranger = tracker.stranger(host)
    stranger.says(f"NICK {nick}")
    return stranger.says(f"USER {nick} 0 * :{nick}")


def test_limits_apply_to_all_trackers_together() -> None:
    replicas = Replicas(limits=Limits(max_clients=3, max_clients_per_address=2))
    one, two = replicas.tracker(), replicas.tracker()
    alice = one.actor("alice")
    assert _try_to_register(two, "bob").end_reason is None
    assert _try_to_register(two, "carol").end_reason == "Too many connections from your address"
    late = replicas.tracker(like=one)
    assert _try_to_register(late, "carol", "192.0.2.2").end_reason is None
    assert _try_to_register(one, "dave", "192.0.2.3").end_reason == FULL
    one.leave(alice.client)
    assert _try_to_register(one, "dave", "192.0.2.3").end_reason is None
    replicas.compare([one, two, late])


def test_a_client_that_loses_its_nick_is_not_counted() -> None:
    replicas = Replicas(limits=Limits(max_clients=2))
    one, two = replicas.tracker(), replicas.tracker()
    two.catch_up()
    assert _try_to_register(one, "alice").end_reason is None
    assert _try_to_register(two, "alice").codes == ["433"], "the nick is taken when the record arrives"
    assert _try_to_register(one, "bob").end_reason is None
    assert _try_to_register(two, "carol").end_reason == FULL
    replicas.compare([one, two])


def test_records_charged_at_once_are_not_charged_again() -> None:
    tracker = Replicas().tracker()
    alice = tracker.actor("alice", "#a", "#b", "#c")
    assert [alice.says("PRIVMSG #a,#b,#c :tea").tokens, alice.says("PING x").tokens] == [2, 0]
    assert [alice.says("JOIN #d,#e,#f").tokens, alice.says("PING x").tokens] == [2, 0]
    assert [alice.says(f"METADATA * {'CLEAR'}").tokens, alice.says("PING x").tokens] == [20 * 6 / 400, 0]


def test_a_failed_command_publishes_nothing_then_or_later(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(ctx: Context, message: Message) -> None:
        ctx.publish(AwayChanged(ctx.client.id, "half done"))
        raise ZeroDivisionError

    tracker = Replicas().tracker()
    alice = tracker.actor("alice", "#room")
    monkeypatch.setitem(COMMANDS, "AWAY", replace(COMMANDS["AWAY"], handler=fail))
    tracker.catch_up()
    before = len(tracker.appended)
    alice.says("AWAY :tea")
    tracker.catch_up()
    alice.says("PRIVMSG #room :tea")
    assert alice.says("PING x").codes == ["PONG"], "the failed command must not be waited for"
    assert "Commanded could not be carried out" in caplog.text
    assert [type(event).__name__ for events in tracker.appended[before:] for event in events] == ["Said"]
