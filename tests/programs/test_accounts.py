"""irssi logged in to an account, with the recipe of docs/irc-clients.md, when the operator changes something."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chatcore.commands.refusals import ACCOUNTS_REFUSAL
from chatcore.server.upkeep.login_watch import CHANGED, REMOVED
from tests.support.document import Document
from tests.support.irc import DEADLINE_S
from tests.support.terminal import Terminal, terminal
from tests.support.trackers import ROOT, TrackerProcess, tracker_process


def _account(folder: Path, *words: str, typed: str = "") -> None:
    command = [sys.executable, str(ROOT / "tracker.py"), "account", *words, "--state-dir", str(folder / "state")]
    subprocess.run(command, input=typed, text=True, check=True, timeout=DEADLINE_S)


@pytest.fixture
def tracker(tmp_path: Path) -> Iterator[TrackerProcess]:
    _account(tmp_path, "add", "ann", typed="annspw\n")
    with tracker_process(tmp_path, "--keep-alive", password="secret") as tracker:
        yield tracker


@pytest.fixture
def irssi(tracker: TrackerProcess, program: Callable[[str], Path], tmp_path: Path) -> Iterator[Terminal]:
    """irssi, logged in as ann."""
    with terminal(str(program("irssi")), f"--home={tmp_path / 'irssi'}", cwd=tmp_path) as irssi:
        (network,) = (line for line in Document("docs/irc-clients.md").section("irssi").indented() if "-sasl" in line)
        irssi.enter(network.replace("SECRET", "annspw"))
        irssi.enter(f"/server add -notls -network chat 127.0.0.1 {tracker.port}")
        irssi.enter("/connect chat")
        irssi.expect("SASL authentication succeeded")
        irssi.expect("Welcome to the chat, ann")
        yield irssi
        irssi.enter("/quit")
        assert irssi.wait() == 0


def test_irssi_shows_the_removal_of_its_account(tmp_path: Path, irssi: Terminal) -> None:
    _account(tmp_path, "remove", "ann")
    irssi.expect(REMOVED)


def test_irssi_shows_a_change_of_its_password(tmp_path: Path, irssi: Terminal) -> None:
    _account(tmp_path, "passwd", "ann", typed="better\n")
    irssi.expect(CHANGED[:40])  # what fits in a line


def test_irssi_shows_unreadable_accounts_and_stays(tmp_path: Path, irssi: Terminal, tracker: TrackerProcess) -> None:
    path = tmp_path / "state" / "accounts.sqlite"
    kept = path.read_bytes()
    path.write_bytes(b"no database" * 1000)
    tracker.read_until("file is not a database")
    irssi.enter("/nick dora")
    irssi.expect(ACCOUNTS_REFUSAL)
    path.write_bytes(kept)
    tracker.read_until("The accounts can be read again")
    irssi.enter("/nick dora")
    irssi.expect("You're now known as dora")
