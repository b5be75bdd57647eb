"""kill -9 while messages wait for somebody: each confirmed message is delivered, and none twice."""

from __future__ import annotations

from pathlib import Path

from chatcore.protocol.message import Message
from chatcore.server.access.accounts import ACCOUNTS_FILE, AccountStore
from tests.support.irc import IrcClient, only
from tests.support.sasl_client import plain
from tests.support.trackers import tracker_process

_CAPS = "server-time message-tags"
_COUNT = 20  # as many as may wait from one sender


def _fetch_as_bob(port: int) -> list[Message]:
    """Return the messages that bob gets when he comes in; then close his connection."""
    with IrcClient(port) as bob:
        bob.nick = "bob"
        bob.command(f"CAP REQ :sasl {_CAPS}", *plain("bob", "pw"))
        return only(bob.command("NICK bob", "USER bob 0 * :Bob", "CAP END"), "PRIVMSG")


def test_waiting_messages_are_delivered_exactly_once(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    AccountStore(tmp_path / "state" / ACCOUNTS_FILE).add("bob", "pw")
    with tracker_process(tmp_path) as tracker, IrcClient(tracker.port) as ann:
        ann.register("ann", caps=f"{_CAPS} echo-message")
        ann.send(*(f"PRIVMSG bob :{number}" for number in range(_COUNT)))
        echoes = [ann.receive_until("PRIVMSG") for _ in range(_COUNT)]
        tracker.process.kill()
        tracker.stop()
    with tracker_process(tmp_path) as tracker:
        assert _fetch_as_bob(tracker.port) == echoes
        tracker.process.kill()
        tracker.stop()
    with tracker_process(tmp_path) as tracker:
        assert _fetch_as_bob(tracker.port) == []
