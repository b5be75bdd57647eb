"""The operator's console on a terminal, while people are connected."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from chatcore.server.console.table import CONSOLE_COMMANDS
from tests.support.irc import IrcClient, commands, one
from tests.support.terminal import Terminal, terminal
from tests.support.trackers import ROOT


class Host:
    """A tracker on a terminal, and its clients."""

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
        """Type a command and return the match of its answer."""
        self.screen.enter(command)
        return self.screen.expect(answer)


@contextmanager
def _hosting(folder: Path) -> Iterator[Host]:
    flags = ("--host", "127.0.0.1", "-p", "0", "--no-password", "--keep-alive")
    with ExitStack() as opened:
        command = (sys.executable, str(ROOT / "tracker.py"), *flags)
        screen = opened.enter_context(terminal(*command, cwd=folder, env={"TERM": "dumb"}))  # no prompt
        yield Host(screen, opened)


def _log(folder: Path) -> list[str]:
    text = (folder / "logs" / "chat.log").read_text(encoding="utf-8")
    return [line.partition(" ")[2] for line in text.splitlines()]


def test_typed_commands_are_carried_out(tmp_path: Path) -> None:
    """tests/server/console/test_console.py has every command, and all possible mistakes."""
    with _hosting(tmp_path) as host:
        host.run("active", "^Nobody is here")
        alice, bob = host.client("alice", "#b", "#a"), host.client("bob", "#b")
        half = host.connect()
        half.command("NICK half")
        _active(host, alice)
        half.close()
        _rooms(host, alice)
        _kick(host, alice, bob)
        _say(host, alice, tmp_path)
        _mistakes(host)
        _ban_of_an_address(host, alice)
        alice = host.client("alice")
        host.screen.enter("exit")
        assert host.screen.wait() == 0
        assert alice.receive_rest()[-1].params == ("the tracker has left",)
        assert _log(tmp_path)[-1] == "stop :the tracker has left"
        assert host.screen.attributes == host.screen.attributes_before


def _active(host: Host, alice: IrcClient) -> None:
    host.run("active", r"^NAME +ADDRESS +SINCE +IDLE +ROOMS$")
    row = host.screen.expect(r"^alice +(\S+) +(\d\d:\d\d:\d\d) +(\d+:\d\d:\d\d) +(.*)$")
    assert row[1] == alice.address
    assert row[4] == "#a #b"
    host.screen.expect(r"^bob +127\.0\.0\.1:\d+ ")
    host.run("HELP", "^  active")
    assert "half" not in host.screen.screen, "unregistered clients are not listed"
    for command in list(CONSOLE_COMMANDS.values())[1:]:
        host.screen.expect(f"^  {re.escape(command.syntax)} +{re.escape(command.help)}$")


def _rooms(host: Host, alice: IrcClient) -> None:
    alice.command("TOPIC #b :evil \x1b[2J\x1b]0;owned\x07 topic")
    host.run("rooms", r"^#a  1$")
    host.screen.expect(r"^#b  2  evil \\x1b\[2J\\x1b\]0;owned\\x07 topic$")
    assert b"\x1b[2J" not in host.screen.raw


def _kick(host: Host, alice: IrcClient, bob: IrcClient) -> None:
    host.run("kick nobody", "^Nobody here is called nobody")
    host.run("kick BOB be nice, please", "^bob was disconnected")
    assert one(bob.receive_rest(), "ERROR").params == ("Closing link: Kicked by the operator: be nice, please",)
    assert alice.receive_until("QUIT").params == ("Kicked by the operator: be nice, please",)
    again = host.client("bob")
    host.run(f"kick {again.address}", "^bob was disconnected")
    assert one(again.receive_rest(), "ERROR").params == ("Closing link: Kicked by the operator",)


def _say(host: Host, alice: IrcClient, folder: Path) -> None:
    host.screen.enter("say  Tea: at five é")
    notice = alice.receive_until("NOTICE")
    assert notice.source == "tracker.chat"
    assert notice.params == ("alice", "Tea: at five é")
    assert _log(folder)[-1] == "announce :Tea: at five é"


def _mistakes(host: Host) -> None:
    host.run("frobnicate", "^There is no command frobnicate; help lists them all")
    host.screen.enter("\x16\x1b[2J")  # Ctrl+V takes the next key literally
    host.screen.expect(r"^There is no command \\x1b\[2J")
    for name, command in CONSOLE_COMMANDS.items():
        if command.needs_argument:
            host.run(name, f"^Usage: {re.escape(command.syntax)}$")
    host.screen.enter("")
    host.screen.enter("   ")


def _ban_of_an_address(host: Host, alice: IrcClient) -> None:
    half = host.connect()
    half.command("NICK half")
    host.run("ban 127.0.0.0/8", r"is banned; [2-4] disconnected")
    assert commands(alice.receive_rest()) == ["ERROR"]
    assert commands(half.receive_rest()) == ["ERROR"]
    (refusal,) = host.connect().receive_rest()
    assert refusal.params == ("Closing link: You are banned from this tracker",)
    host.run("unban 127.0.0.0/8", "is no longer banned")


@pytest.mark.thorough
def test_banned_name_is_disconnected_and_stays_out_after_a_restart(tmp_path: Path) -> None:
    with _hosting(tmp_path) as host:
        mallory, alice = host.client("mallory"), host.client("alice")
        host.run("ban Mallory", r"^Mallory is banned; 1 disconnected")
        assert one(mallory.receive_rest(), "ERROR").params == ("Closing link: Banned by the operator",)
        host.run("ban mallory", "is already banned")
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
