"""The Lua client, run as it is, against a real tracker."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatcore.server.tracker import Tracker
from tests.support.irc import DEADLINE_S, one
from tests.support.trackers import ROOT, Hosted, hosted_tracker

CLIENT = ROOT / "clients" / "lua" / "chat.lua"


def _has_lua() -> bool:
    lua = shutil.which("lua5.4")
    probe = [lua or "", "-e", "require('socket'); require('ssl')"]
    return lua is not None and subprocess.run(probe, capture_output=True).returncode == 0


if not _has_lua():
    if os.environ.get("CI"):
        pytest.fail("the Lua client is not tested: apt-get install lua5.4 lua-socket lua-sec", pytrace=False)
    pytest.skip("for the Lua client: apt-get install lua5.4 lua-socket lua-sec", allow_module_level=True)


@pytest.fixture
def hosted(tmp_path: Path) -> Iterator[Hosted]:
    with hosted_tracker(tmp_path, "secret") as hosted:
        yield hosted


class LuaClient:
    """The program with pipes for what is typed and shown."""

    def __init__(self, hosted: Hosted, *arguments: str) -> None:
        self.process = subprocess.Popen(
            ["lua5.4", str(CLIENT), "127.0.0.1", str(hosted.port), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def type(self, *lines: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("".join(line + "\n" for line in lines))
        self.process.stdin.flush()

    def read_until(self, text: str) -> str:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if text in line:
                return line.rstrip("\n")
        raise AssertionError(f"{text!r} never came")

    def end(self) -> tuple[int, str]:
        """Close what is typed; return the exit status and what went to standard error."""
        _, errors = self.process.communicate(timeout=DEADLINE_S)
        return self.process.returncode, errors


def _fingerprint(tracker: Tracker) -> str:
    return tracker.tls_identity.fingerprint


def test_rooms_private_messages_and_exit(hosted: Hosted) -> None:
    alice = hosted.client("alice", "#lobby", password="secret")
    lua = LuaClient(hosted, "--fingerprint", _fingerprint(hosted.tracker), "--name", "luna")
    lua.type("secret")
    lua.read_until("* in #lobby:")
    alice.send("PRIVMSG #lobby :hello \x1b[31mluna", "PRIVMSG luna :psst")
    assert lua.read_until("<alice> hello") == "[#lobby] <alice> hello ?[31mluna"
    assert lua.read_until("psst") == "[private] <alice> psst"
    lua.type("good evening", "/msg alice only you", "/join dev", "exit")
    message = alice.receive_until("PRIVMSG")
    assert message.params == ("#lobby", "good evening")
    assert alice.receive_until("PRIVMSG").params == ("alice", "only you")
    lua.read_until("luna joined #dev")
    lua.read_until("Closing link")
    assert lua.end()[0] == 0
    assert alice.receive_until("QUIT").source is not None


def test_long_text_arrives_whole_in_pieces_that_split_no_character(hosted: Hosted) -> None:
    alice = hosted.client("alice", "#lobby", password="secret")
    lua = LuaClient(hosted, "--name", "luna")
    lua.type("secret")
    lua.read_until("* in #lobby:")
    text = " ".join(f"wört{number}" for number in range(120))
    lua.type(text)
    said: list[str] = []
    while " ".join(said) != text:
        said.append(alice.receive_until("PRIVMSG").params[1])
        assert text.startswith(" ".join(said))
    lua.type("exit")
    assert lua.end()[0] == 0


def test_wrong_password_is_told(hosted: Hosted) -> None:
    lua = LuaClient(hosted, "--name", "luna")
    lua.type("wrong")
    lua.read_until("! Wrong or missing password")
    assert lua.end()[0] == 1


def test_taken_name_is_asked_for_again(hosted: Hosted) -> None:
    hosted.client("alice", password="secret")
    lua = LuaClient(hosted)
    lua.type("secret", "alice", "luna")
    lua.read_until("luna joined #lobby")
    lua.type("exit")
    assert lua.end()[0] == 0


def test_another_fingerprint_is_refused_before_the_password_is_sent(hosted: Hosted) -> None:
    lua = LuaClient(hosted, "--fingerprint", "00" * 32, "--name", "luna")
    status, errors = lua.end()
    assert status == 1
    assert "not the tracker that you meant" in errors
    assert one(hosted.client("alice", password="secret").command("WHOIS luna"), "401")
