"""The command lan: what it prints and does, and its data for programs."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatcore.server import tracker as module
from chatcore.server.console.completion import candidates
from chatcore.server.console.nearby import in_short, in_words
from chatcore.server.console.table import carry_out
from chatcore.server.nearby.announcer import LAN_FILE, Told
from chatcore.transport.own_addresses import OwnAddress, Reach
from tests.support.nearby import LOOPBACK, Ear
from tests.support.trackers import Hosted, hosted_tracker

_OFF = "The chat is not announced on this network; lan on announces it."


@pytest.fixture
def in_a_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make loopback a network with others in it."""
    monkeypatch.setattr(module, "multicast_addresses", lambda: [OwnAddress(LOOPBACK, Reach.NETWORK, "lo")])


@pytest.mark.usefixtures("in_a_network")
def test_lan_on_announces_and_lan_off_stops(hosted: Hosted) -> None:
    tracker = hosted.tracker
    pin = tracker.tls_identity.key_fingerprint
    assert carry_out(tracker, "lan").lines == [_OFF]
    with Ear() as ear:
        result = carry_out(tracker, "lan on")
        (line,) = result.lines
        assert line.startswith(f"The chat is announced on this network at {LOOPBACK}:{tracker.port}, with its key (")
        assert result.data["public_key_sha256"] == pin
        (heard,) = ear.wait_for(pin, bool)
        assert heard.port == tracker.port
        assert list(carry_out(tracker, "LAN").lines) == [line]
        assert in_short(tracker.nearby.told()) == "The chat is announced on this network; lan off stops that."
        assert carry_out(tracker, "lan off").lines == [_OFF]
        assert in_short(tracker.nearby.told()) == ""
        ear.wait_for(pin, lambda heard: not heard)


def test_an_unreachable_tracker_is_not_announced(hosted: Hosted) -> None:
    (line,) = carry_out(hosted.tracker, "lan on").lines
    assert line == "The chat listens where no other machine can reach it, so it is not announced on any network."
    assert in_short(hosted.tracker.nearby.told()) == line


def test_a_problem_is_shown_by_the_command_only() -> None:
    assert in_words(Told(is_on=True, problem="why")) == "The chat is not announced on this network: why"
    assert in_short(Told(is_on=True, problem="why")) == ""


def test_tab_offers_on_and_off(hosted: Hosted) -> None:
    assert candidates(hosted.tracker, "lan ") == ["off ", "on "]
    assert candidates(hosted.tracker, "lan on ") == []


def test_other_words_change_nothing(hosted: Hosted) -> None:
    assert carry_out(hosted.tracker, "lan maybe").problem == "Usage: lan [on|off]"
    assert not (hosted.tracker.config.state_dir / LAN_FILE).exists()


def test_a_choice_that_cannot_be_saved_is_reported(hosted: Hosted) -> None:
    path = hosted.tracker.config.state_dir / LAN_FILE
    path.mkdir()
    remark = carry_out(hosted.tracker, "lan on").lines[-1]
    assert remark.startswith(f"This is not remembered: {path} cannot be changed (")


@pytest.mark.parametrize(("setting", "word"), [(True, "off"), (False, "on")])
def test_a_contrary_setting_is_mentioned(tmp_path: Path, setting: bool, word: str) -> None:
    with hosted_tracker(tmp_path, lan=setting) as hosted:
        *_, remark = carry_out(hosted.tracker, f"lan {word}").lines
    assert remark == f"The next start follows the setting lan again: {'on' if setting else 'off'}."
