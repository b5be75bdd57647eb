"""kill -9 after a registration: an account that was confirmed exists, and the log says so."""

from __future__ import annotations

from pathlib import Path

from tests.support.irc import IrcClient, commands
from tests.support.sasl_client import scram
from tests.support.trackers import tracker_process


def test_a_confirmed_account_survives_a_kill(tmp_path: Path) -> None:
    with tracker_process(tmp_path, "--registration", "open") as tracker, IrcClient(tracker.port) as ann:
        address = ann.address
        ann.register("ann")
        ann.send("REGISTER * * :long enough")
        ann.receive_until("REGISTER", "SUCCESS")
        tracker.process.kill()
        tracker.stop()
    assert f" register ann {address}\n" in tracker.log_path.read_text(encoding="utf-8")
    with tracker_process(tmp_path) as tracker, IrcClient(tracker.port) as ann:
        ann.command("CAP REQ sasl", "NICK ann")
        assert commands(scram(ann, "ann", "long enough")) == ["900", "903"]
