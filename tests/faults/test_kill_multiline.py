"""kill -9 right after a multiline message was delivered: it is in log and archive as one message."""

from __future__ import annotations

from pathlib import Path

from chatcore.protocol.multiline import Part
from chatcore.server.access.accounts import ACCOUNTS_FILE, AccountStore
from tests.support.composed import CAPS, batch_lines, whole
from tests.support.irc import IrcClient
from tests.support.sasl_client import plain
from tests.support.trackers import tracker_process

_PARTS = [Part("", False), Part("first \\n tea", False), Part("pot", True), Part("last", False)]


def _log_in(port: int) -> IrcClient:
    client = IrcClient(port)
    client.nick = "ann"
    client.command(f"CAP REQ :sasl {CAPS} echo-message draft/chathistory", *plain("ann", "pw"))
    client.command("NICK ann", "USER ann 0 * :Ann", "CAP END")
    client.join("#room")
    return client


def test_a_multiline_message_survives_unchanged(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    AccountStore(tmp_path / "state" / ACCOUNTS_FILE).add("ann", "pw")
    with tracker_process(tmp_path) as tracker, _log_in(tracker.port) as ann:
        ann.send(*batch_lines(_PARTS, "#room"))
        seen = [ann.receive() for _ in range(len(_PARTS) + 2)]
        tracker.process.kill()
        tracker.stop()
    opening, parts = whole(seen)
    assert parts == _PARTS
    with tracker_process(tmp_path) as tracker, _log_in(tracker.port) as ann:
        _, kept = whole(seen := ann.command("CHATHISTORY LATEST #room * 9"))
        assert kept == _PARTS
        assert sum(message.tags.get("msgid") == opening.tags["msgid"] for message in seen) == 1
    assert r"message #room ann :\nfirst \\n teapot\nlast" in (tmp_path / "chat.log").read_text(encoding="utf-8")
