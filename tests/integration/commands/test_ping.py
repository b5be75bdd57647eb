"""PING and PONG (https://modern.ircdocs.horse/#ping-message)."""

from __future__ import annotations

from pathlib import Path
from time import monotonic

import pytest

from chatcore.protocol.message import parse
from tests.support.irc import Disconnected, IrcClient, commands, one
from tests.support.together import wait_until
from tests.support.trackers import Hosted, hosted_tracker


@pytest.mark.parametrize(
    ("token", "echoed"), [("x", "x"), (":two words", "two words"), ("::)", ":)"), ("é漢", "é漢"), ("a b", "a")]
)
def test_token_is_returned_as_sent(hosted: Hosted, token: str, echoed: str) -> None:
    """> When receiving a PING message, clients or servers must reply to it with a PONG message with the same <token>
    value. [...] Servers MUST send a <server> parameter"""
    for client in (hosted.client("alice"), hosted.connect()):
        assert one(client.command(f"PING {token}"), "PONG").params == ("tracker.chat", echoed)


@pytest.mark.parametrize("line", ["PING", "PING :"])
def test_missing_token_is_refused(hosted: Hosted, line: str) -> None:
    """> The <token> may be any non-empty string."""
    assert commands(hosted.client("alice").command(line)) == ["409"]


def test_pong_comes_after_all_earlier_messages(hosted: Hosted) -> None:
    alice = hosted.client("alice", "#room", caps="echo-message")
    lines = [line for number in range(40) for line in (f"PRIVMSG #room :{number}", f"PING {number}")]
    seen = alice.command(*lines)
    assert [message.params[-1] for message in seen] == [str(number) for number in range(40) for _ in range(2)]


def test_pong_is_never_answered(hosted: Hosted) -> None:
    assert hosted.client("alice").command("PONG", "PONG x", "PONG :x y") == []


def test_silent_client_is_pinged_and_then_dropped(tmp_path: Path) -> None:
    """> Servers MUST fill <reason> with a message reflecting the nature of the event which caused it to happen. For
    instance, "Ping timeout: 120 seconds" """
    with hosted_tracker(tmp_path, ping_interval_s=0.2) as hosted:
        bob, alice = hosted.client("bob", "#room"), hosted.client("alice", "#room")
        silent = hosted.visit_of("alice")
        wait_until(lambda: silent.pinged_at is not None)
        silent.pinged_at = monotonic() - hosted.tracker.config.limits.ping_timeout_s
        told = bob.receive_until("QUIT")  # bob answers his own PINGs
        assert told.source == "alice!alice@127.0.0.1"
        assert told.params == ("Ping timeout",)
        assert _last_lines(alice) == ["PING :tracker.chat", "ERROR :Closing link: Ping timeout"]
        assert f"lost alice {alice.address} :Ping timeout" in hosted.log_lines()
        assert "ERROR" not in commands(bob.sync())


def _last_lines(client: IrcClient) -> list[str]:
    """Return all lines until the tracker ends the connection, answering nothing, not even a PING."""
    lines = []
    while True:
        try:
            lines.append(client.receive_line())
        except Disconnected:
            return lines


def test_client_that_answers_stays(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, ping_interval_s=0.1) as hosted:
        alice = hosted.client("alice")
        for _ in range(3):  # a client that has not answered yet is not pinged again
            while parse(alice.receive_line()).command != "PING":
                pass
            alice.send("PONG :tracker.chat")
        assert alice.sync() == []
