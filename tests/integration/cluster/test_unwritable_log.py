"""A tracker that cannot write its log carries nothing out, but does not count as gone: the others go on."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from chatcore.cluster.members import FENCE_BEATS
from tests.support.together import wait_until
from tests.support.trackers import Hosted, hosted_tracker
from tests.support.valkey import valkey_process


def _said(tracker: Hosted) -> list[str]:
    lines = tracker.tracker.config.log.read_text(encoding="utf-8").splitlines()
    return [line.split(" ", 1)[1] for line in lines if " message " in line]


def test_a_tracker_recovers_from_an_unwritable_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    with (
        valkey_process(tmp_path / "engine") as engine,
        hosted_tracker(tmp_path / "one", cluster=engine.url) as one,
        hosted_tracker(tmp_path / "two", cluster=engine.url) as two,
    ):
        ann, bob = one.client("ann"), two.client("bob")
        ann.command("JOIN #tea")
        bob.command("JOIN #tea")
        full = two.tracker.log._fd
        write = os.write

        def fail(descriptor: int, data: Any) -> int:
            if descriptor == full:
                raise OSError(28, "No space left on device")
            return write(descriptor, data)

        monkeypatch.setattr(os, "write", fail)
        ann.command("PRIVMSG #tea :one")
        wait_until(lambda: not two.tracker.log.is_writable)
        refused = bob.command("PRIVMSG #tea :nobody hears this")
        assert [line.command for line in refused] == ["400"]
        both_have_beaten = one.tracker.stream.position + 2 * FENCE_BEATS + 2
        wait_until(lambda: one.tracker.stream.position >= both_have_beaten)
        ann.command("PRIVMSG #tea :two")
        assert one.tracker.registry.client("bob") is not None, "a tracker that still beats does not count as gone"
        monkeypatch.setattr(os, "write", write)
        bob.receive_until("PRIVMSG")
        bob.receive_until("PRIVMSG")
        bob.command("PRIVMSG #tea :three")
        wait_until(lambda: _said(one) == _said(two) and len(_said(one)) == 3)
