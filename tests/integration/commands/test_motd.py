"""MOTD: the welcome text (https://modern.ircdocs.horse/#motd-message)."""

from __future__ import annotations

from pathlib import Path

from tests.support.irc import commands, only
from tests.support.trackers import Hosted, hosted_tracker


def test_motd_has_start_and_end(hosted: Hosted) -> None:
    numerics = commands(hosted.client("alice").command("MOTD"))
    assert (numerics[0], numerics[-1]) == ("375", "376")
    assert set(numerics[1:-1]) == {"372"}


def test_operators_text_is_followed_by_the_logging_notice(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, motd=("Be kind.", "Tea: at five")) as hosted:
        text = [message.params[-1] for message in only(hosted.client("alice").command("MOTD"), "372")]
    assert text[:2] == ["- Be kind.", "- Tea: at five"]
    assert "log" in text[-1]
    assert "private messages too" in text[-1]


def test_logging_notice_says_what_is_left_out(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, log_private=False) as hosted:
        text = [message.params[-1] for message in only(hosted.client("alice").command("MOTD"), "372")]
    assert text[-1].endswith("log; of private messages, only who wrote to whom.")
