"""The log of one of several trackers, searched by person: who stays when it restarts, and who does not."""

from __future__ import annotations

from pathlib import Path

from chatcore.server.audit.reading.sought import Sought
from chatcore.server.cli.log_reading import LogReading
from tests.support.killed import copy_as_killed
from tests.support.together import wait_until
from tests.support.trackers import hosted_tracker
from tests.support.valkey import valkey_process


def _about(name: str, path: Path) -> list[str]:
    """Return the texts of the lines about somebody, of those that have one."""
    reading = LogReading(path, Sought(people=frozenset({name})))
    try:
        return [line.text or "" for lines in reading.lines() for line in lines if line.text]
    finally:
        reading.close()


def test_visits_at_other_trackers_keep_their_identity_over_a_restart(tmp_path: Path) -> None:
    with (
        valkey_process(tmp_path / "engine") as engine,
        hosted_tracker(tmp_path / "one", cluster=engine.url) as one,
    ):
        ann = one.client("ann", "#a")
        ann.command("NICK eve")
        with hosted_tracker(tmp_path / "two", cluster=engine.url) as two:
            two.client("joe").command("NICK zoe")
            ann.command("PRIVMSG #a :before")
            two_log = two.log_path
            wait_until(lambda: "before" in two_log.read_text())
            copy_as_killed(tmp_path / "two", tmp_path / "killed")
        zoe = one.client("zoe", "#a")
        zoe.command("PRIVMSG #a :somebody else")
        with hosted_tracker(tmp_path / "killed", cluster=engine.url) as again:
            ann.command("PRIVMSG #a :after")
            wait_until(lambda: "after" in again.log_path.read_text())
            assert _about("ann", again.log_path)[-2:] == ["before", "after"]
            assert "somebody else" not in _about("joe", again.log_path)
            assert [line for line in again.log_lines() if line.startswith("start")] == [
                f"start joined :127.0.0.1:{two.port}",
                f"start joined :127.0.0.1:{again.port}",
            ]
            assert one.log_lines()[0] == f"start :127.0.0.1:{one.port}"
