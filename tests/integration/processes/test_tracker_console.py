"""The operator's console: every command, typed on a terminal while people are there."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from chatcore.server.cli.console import CONSOLE_COMMANDS
from tests.support.irc import IrcClient, commands, one
from tests.support.terminal import Terminal, terminal
from tests.support.trackers import ROOT


class Host:
    """A tracker on a terminal, and who is there."""

    def __init__(self, screen: Terminal, opened: ExitStack) -> None:
        self.screen = screen
        screen.stop_echo()
        self.port = int(screen.expect(r"listening on port (\d+)")[1])
        screen.expect("^Type help.*\n")
        self._opened = opened

    def connect(self) -> IrcClient:
        return self._opened.enter_context(IrcClient(self.port))

    def client(self, nick: str, *channels: str) -> IrcClient:
        client = self.connect()
        client.register(nick)
        client.join(*channels)
        return client

    def run(self, command: str, answer: str) -> re.Match[str]:
        """Type a command and return the match of what it answers."""
        self.screen.enter(command)
        return self.screen.expect(answer)


@contextmanager
def _hosting(folder: Path) -> Iterator[Host]:
    flags = ("--host", "127.0.0.1", "-p", "0", "--no-password", "--keep-alive")
    with ExitStack() as opened:
        screen = opened.enter_context(terminal(sys.executable, str(ROOT / "tracker.py"), *flags, cwd=folder))
        yield Host(screen, opened)


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    """A tracker that anybody may join."""
    with _hosting(tmp_path) as host:
        yield host


def _log(folder: Path) -> list[str]:
    text = (folder / "logs" / "chat.log").read_text(encoding="utf-8")
    return [line.partition(" ")[2] for line in text.splitlines()]


def test_active_shows_who_is_here(host: Host) -> None:
    host.run("active", "^Nobody is here")
    alice = host.client("alice", "#b", "#a")
    host.client("bob")
    host.connect().command("NICK half")
    host.run("active", r"^NAME +ADDRESS +SINCE +IDLE +ROOMS$")
    row = host.screen.expect(r"^alice +(\S+) +(\d\d:\d\d:\d\d) +(\d+:\d\d:\d\d) +(.*)$")
    assert row[1] == alice.address
    assert row[4] == "#a #b"
    host.screen.expect(r"^bob +127\.0\.0\.1:\d+ ")
    host.run("help", "^  active")
    assert "half" not in host.screen.screen, "who has not come in yet is not here"


def test_rooms_shows_how_many_and_what_about(host: Host) -> None:
    host.run("rooms", "^There are no rooms")
    alice, _ = host.client("alice", "#b", "#a"), host.client("bob", "#b")
    alice.command("TOPIC #b :evil \x1b[2J\x1b]0;owned\x07 topic")
    host.run("rooms", r"^#a  1$")
    host.screen.expect(r"^#b  2  evil \\x1b\[2J\\x1b\]0;owned\\x07 topic$")
    assert b"\x1b[2J" not in host.screen.raw


def test_kick_disconnects_with_a_reason(host: Host) -> None:
    alice, bob = host.client("alice", "#room"), host.client("bob", "#room")
    host.run("kick nobody", "^Nobody here is called nobody")
    host.run("kick BOB be nice, please", "^bob was disconnected")
    assert one(bob.receive_rest(), "ERROR").params == ("Closing link: Kicked by the operator: be nice, please",)
    assert alice.receive_until("QUIT").params == ("Kicked by the operator: be nice, please",)
    again = host.client("bob")
    host.run(f"kick {again.address}", "^bob was disconnected")
    assert one(again.receive_rest(), "ERROR").params == ("Closing link: Kicked by the operator",)


def test_banned_name_is_out_and_stays_out_after_a_restart(tmp_path: Path) -> None:
    with _hosting(tmp_path) as host:
        mallory, alice = host.client("mallory"), host.client("alice")
        host.run("ban Mallory", r"^Mallory is banned; 1 disconnected")
        assert one(mallory.receive_rest(), "ERROR").params == ("Closing link: Banned by the operator",)
        host.run("ban mallory", "is banned already")
        host.run("ban mal*", r"is banned; 0 disconnected")
        assert commands(alice.command("NICK mallory")) == ["432"]
        stranger = host.connect()
        assert "001" not in commands(stranger.register("malice"))
        assert commands(stranger.command("NICK MALLORY")) == ["432"]
        assert "001" in commands(stranger.command("NICK nice"))
        host.screen.enter("exit")
        assert host.screen.wait() == 0
    with _hosting(tmp_path) as host:
        host.run("bans", "^mallory$")
        host.screen.expect(r"^mal\*$")
        assert commands(host.connect().command("NICK mallory")) == ["432"]
        host.run("unban mal*", "^mal. is no longer banned")
        host.run("unban MALLORY", "is no longer banned")
        host.run("unban mallory", "is not banned")
        host.run("bans", "^Nobody is banned")
        assert "001" in commands(host.connect().register("mallory"))
    kinds = [line.split(" ")[:2] for line in _log(tmp_path) if line.startswith(("ban", "unban"))]
    assert kinds == [["ban", "Mallory"], ["ban", "mal*"], ["unban", "mal*"], ["unban", "MALLORY"]]


@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.0/8"])
def test_banned_address_is_refused_at_the_door(host: Host, address: str) -> None:
    alice, half = host.client("alice"), host.connect()
    half.command("NICK half")
    host.run(f"ban {address}", r"is banned; 2 disconnected")
    assert commands(alice.receive_rest()) == ["ERROR"]
    assert commands(half.receive_rest()) == ["ERROR"]
    (refusal,) = host.connect().receive_rest()
    assert refusal.params == ("Closing link: You are banned from this tracker",)
    host.run(f"unban {address}", "is no longer banned")
    assert "001" in commands(host.connect().register("alice"))


def test_say_reaches_everybody(host: Host, tmp_path: Path) -> None:
    alice, bob = host.client("alice", "#room"), host.client("bob")
    host.screen.enter("say  Tea: at five é")
    for client in (alice, bob):
        notice = client.receive_until("NOTICE")
        assert notice.source == "tracker.chat"
        assert notice.params == (client.nick, "Tea: at five é")
    assert _log(tmp_path)[-1] == "announce :Tea: at five é"


def test_help_tells_of_every_command(host: Host) -> None:
    host.screen.enter("help")
    for command in CONSOLE_COMMANDS.values():
        host.screen.expect(f"^  {re.escape(command.syntax)} +{re.escape(command.help)}$")


def test_mistakes_cost_one_line(host: Host) -> None:
    host.run("frobnicate", "^There is no command frobnicate; type help")
    host.screen.enter("\x16\x1b[2J")  # Ctrl+V takes the next key as it is
    host.screen.expect(r"^There is no command \\x1b\[2J")
    for name, command in CONSOLE_COMMANDS.items():
        if command.needs_argument:
            host.run(name, f"^Usage: {re.escape(command.syntax)}$")
    host.screen.enter("")
    host.screen.enter("   ")
    host.run("HELP", "^  active")


def test_exit_closes_the_chat_in_order(host: Host, tmp_path: Path) -> None:
    alice = host.client("alice")
    host.screen.enter("exit")
    assert host.screen.wait() == 0
    assert alice.receive_rest()[-1].params == ("the tracker has left",)
    assert _log(tmp_path)[-1] == "stop :the tracker has left"
    assert host.screen.attributes == host.screen.attributes_before
