"""The tracker as its host uses it: on a pseudo-terminal. Its console commands: test_tracker_console."""

from __future__ import annotations

import json
import os
import re
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from chatcore.protocol.names import format_address
from chatcore.transport.listening import addresses_for_others
from tests.support.irc import IrcClient, commands, one
from tests.support.terminal import CTRL_C, CTRL_D, Terminal, terminal
from tests.support.trackers import ROOT

PASSWORD = "open sesame"

Start = Callable[..., Terminal]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """A function that starts a tracker on a terminal, on a free port, of loopback by default."""
    with ExitStack() as opened:

        def run(*flags: str, host: tuple[str, ...] = ("--host", "127.0.0.1")) -> Terminal:
            command = (sys.executable, str(ROOT / "tracker.py"), "-p", "0", *host, *flags)
            return opened.enter_context(terminal(*command, cwd=tmp_path))

        yield run


@pytest.fixture
def visitor() -> Iterator[Callable[[int], IrcClient]]:
    """A function that connects; its connections are closed when the test ends."""
    with ExitStack() as opened:
        yield lambda port: opened.enter_context(IrcClient(port))


Visitor = Callable[[int], IrcClient]


def _open(tracker: Terminal, password: str = PASSWORD) -> int:
    """Type the password and wait for the whole banner; return the port."""
    tracker.expect("^Password")
    tracker.enter(password)
    port = int(tracker.expect(r"listening on port (\d+)")[1])
    tracker.expect("^Type help.*\n")
    return port


def _log(folder: Path) -> list[str]:
    text = (folder / "logs" / "chat.log").read_text(encoding="utf-8")
    return [line.partition(" ")[2] for line in text.splitlines()]


def _assert_closed_well(tracker: Terminal, folder: Path) -> None:
    assert tracker.wait() == 0, tracker.screen
    assert "Traceback" not in tracker.screen
    assert tracker.screen.endswith("The tracker is closed.\n")
    assert tracker.attributes == tracker.attributes_before
    assert _log(folder)[-1] == "stop :the tracker has left"


def test_password_is_asked_for_and_not_shown(start: Start, visitor: Visitor) -> None:
    tracker = start()
    tracker.expect("^Password for the chat")
    echoed_then = tracker.echoes
    tracker.enter(PASSWORD)
    port = int(tracker.expect(r"listening on port (\d+)")[1])
    tracker.expect("^Type help")
    assert (echoed_then, tracker.echoes) == (False, True)
    assert PASSWORD not in tracker.screen
    assert one(visitor(port).register("alice", password=f":{PASSWORD}"), "001").params[0] == "alice"
    stranger = visitor(port)
    stranger.send("PASS guess")
    assert commands(stranger.receive_rest()) == ["464", "ERROR"]


@pytest.mark.thorough
def test_enter_makes_a_password_and_shows_it_once(start: Start, visitor: Visitor, tmp_path: Path) -> None:
    tracker = start()
    port = _open(tracker, password="")
    tracker.enter("help")
    tracker.expect("Close this tracker")
    (shown,) = [line for line in tracker.screen.splitlines() if line.startswith("The password is: ")]
    assert "--keep-password keeps one" in tracker.screen
    password = shown.rpartition(" ")[2]
    assert len(password) >= 16
    assert tracker.screen.count(password) == 1
    assert "001" in commands(visitor(port).register("alice", password=password))
    assert password not in (tmp_path / "logs" / "chat.log").read_text(encoding="utf-8")
    other = start("--log", "other.log", "--state-dir", "other")
    _open(other, password="")
    assert password not in other.screen, "each tracker makes a password of its own"


def _close(tracker: Terminal) -> None:
    tracker.type(CTRL_C)
    assert tracker.wait() == 0, tracker.screen


@pytest.mark.thorough
def test_another_password_is_asked_about_once(start: Start, tmp_path: Path) -> None:
    first = start()
    _open(first)
    _close(first)
    assert "last time" not in first.screen
    second = start()
    second.expect("^Password")
    second.enter("another")
    second.expect(r"^Another password than last time\. May those who know it read what was said before\? \[y/N\] $")
    assert second.echoes
    second.enter("y")
    second.expect("^Type help")
    _close(second)
    third = start()
    _open(third, "another")
    _close(third)
    assert "last time" not in third.screen
    eras = json.loads((tmp_path / "state" / "passwords.json").read_text())["eras"]
    assert [len(era["readable"]) for era in eras] == [2, 1]


@pytest.mark.thorough
def test_keep_password_keeps_a_made_password(start: Start, visitor: Visitor) -> None:
    first = start("--keep-password")
    _open(first, "")
    first.expect("The password is kept in ")
    password = next(line for line in first.screen.splitlines() if "password is: " in line).rpartition(" ")[2]
    _close(first)
    second = start()
    port = int(second.expect(r"listening on port (\d+)")[1])
    second.expect("^Type help")
    assert "The password is the one kept in" in second.screen
    assert "001" in commands(visitor(port).register("alice", password=password))
    assert "Password for" not in second.screen
    assert password not in second.screen


@pytest.mark.thorough
def test_banner_has_everything_that_others_need(start: Start, tmp_path: Path) -> None:
    tracker = start(host=())
    port = _open(tracker)
    banner = tracker.screen
    assert "0.0.0.0" not in banner
    address, *more = addresses_for_others("")
    assert f"\nTerminal: make client HOST={address} PORT={port}, or chat-client {address} {port}\n" in banner
    link = next(line for line in banner.splitlines() if line.startswith("Link: "))
    assert re.fullmatch(rf"Link: https://{re.escape(format_address(address, port))}/#invite=inv-\w{{6}}-\w{{26}}", link)
    assert all(another in banner for another in more)
    assert "The chat ends when the last one" in banner
    assert f"port {port}, room #lobby" in banner
    log = tmp_path / "logs" / "chat.log"
    assert f"logged to {log}\n" in banner
    with IrcClient(port) as client:
        assert "001" in commands(client.register("alice", password=f":{PASSWORD}"))
    assert _log(tmp_path)[0].startswith(f"start :0.0.0.0:{port}")


@pytest.mark.thorough
def test_without_a_password_it_says_so_and_asks_for_none(start: Start, visitor: Visitor) -> None:
    tracker = start("--no-password")
    port = int(tracker.expect(r"listening on port (\d+)")[1])
    tracker.expect("There is no password")
    assert "Password for" not in tracker.screen
    assert "001" in commands(visitor(port).register("alice"))


@pytest.mark.thorough
def test_ctrl_c_closes_the_chat_in_order(start: Start, visitor: Visitor, tmp_path: Path) -> None:
    tracker = start()
    port = _open(tracker)
    alice, bob = visitor(port), visitor(port)
    for nick, client in (("alice", alice), ("bob", bob)):
        client.register(nick, password=f":{PASSWORD}")
        client.join("#room")
    alice.send("PRIVMSG #room :last words")
    alice.sync()
    tracker.type(CTRL_C)
    _assert_closed_well(tracker, tmp_path)
    assert commands(bob.receive_rest()) == ["PRIVMSG", "ERROR"]
    (goodbye,) = [message for message in alice.receive_rest() if message.command == "ERROR"]
    assert goodbye.params == ("the tracker has left",)
    assert _log(tmp_path)[-2:] == ["message #room alice :last words", "stop :the tracker has left"]


@pytest.mark.thorough
def test_ctrl_c_amid_a_typed_line_closes_an_empty_chat(start: Start, tmp_path: Path) -> None:
    tracker = start()
    _open(tracker)
    tracker.type("say I changed my")
    tracker.expect("changed my")
    tracker.type(CTRL_C)
    _assert_closed_well(tracker, tmp_path)
    assert _log(tmp_path)[0].startswith("start ")
    assert [line.split(" ")[0] for line in _log(tmp_path)] == ["start", "invitation-made", "stop"]


@pytest.mark.thorough
@pytest.mark.parametrize("key", [CTRL_C, CTRL_D])
def test_ctrl_c_and_ctrl_d_at_the_password_prompt(start: Start, tmp_path: Path, key: str) -> None:
    tracker = start()
    tracker.expect("^Password")
    tracker.type(key)
    assert tracker.wait() == 130
    assert "Traceback" not in tracker.screen
    assert tracker.attributes == tracker.attributes_before
    assert not (tmp_path / "logs").exists(), "the tracker has not started"


@pytest.mark.thorough
def test_ctrl_d_ends_the_console_but_not_the_chat(start: Start, visitor: Visitor, tmp_path: Path) -> None:
    tracker = start()
    port = _open(tracker)
    alice = visitor(port)
    alice.register("alice", password=f":{PASSWORD}")
    tracker.expect(">")
    tracker.type(CTRL_D)
    tracker.expect(r"No more commands are read; Ctrl\+C closes the chat")
    assert commands(alice.command("TIME")) == ["391"]
    tracker.type(CTRL_C)
    _assert_closed_well(tracker, tmp_path)


@pytest.mark.thorough
def test_closed_window_closes_the_chat_in_order(start: Start, visitor: Visitor, tmp_path: Path) -> None:
    tracker = start()
    port = _open(tracker)
    alice = visitor(port)
    alice.register("alice", password=f":{PASSWORD}")
    tracker.hang_up()
    assert alice.receive_rest()[-1].params == ("the tracker has left",)
    assert tracker.process.wait(20) == 0
    assert _log(tmp_path)[-1] == "stop :the tracker has left"


@pytest.mark.thorough
def test_sigterm_closes_the_chat_in_order(start: Start, visitor: Visitor, tmp_path: Path) -> None:
    tracker = start()
    port = _open(tracker)
    alice = visitor(port)
    alice.register("alice", password=f":{PASSWORD}")
    os.kill(tracker.process.pid, signal.SIGTERM)
    _assert_closed_well(tracker, tmp_path)
    assert alice.receive_rest()[-1].params == ("the tracker has left",)
