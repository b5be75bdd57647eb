"""The Lua client, run as it is, against a real tracker."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from chatcore.errors import TransportClosed
from chatcore.protocol.escape import escape_for_screen
from chatcore.protocol.message import Message
from chatcore.server.tracker import Tracker
from tests.support.irc import DEADLINE_S, one
from tests.support.scripted import Peer, ScriptedTracker, scripted_tracker
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


@pytest.fixture
def scripted() -> Iterator[ScriptedTracker]:
    with scripted_tracker() as scripted:
        yield scripted


class LuaClient:
    """The program, with pipes for its input and output."""

    def __init__(self, tracker: Hosted | ScriptedTracker, *arguments: str) -> None:
        self.process = subprocess.Popen(
            ["lua5.4", str(CLIENT), "127.0.0.1", str(tracker.port), *arguments],
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
        """Close the input; return the exit status and the text on standard error."""
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
    assert lua.read_until("<alice> hello") == "[#lobby] <alice> hello \\x1b[31mluna"
    assert lua.read_until("psst") == "[private] <alice> psst"
    lua.type("good evening", "/msg alice only you", "/join dev")
    message = alice.receive_until("PRIVMSG")
    assert message.params == ("#lobby", "good evening")
    assert alice.receive_until("PRIVMSG").params == ("alice", "only you")
    lua.read_until("luna joined #dev")
    alice.command("AWAY :at tea")
    lua.type("/msg alice again")
    assert lua.read_until("away") == "* alice is away: at tea"
    lua.type("exit")
    lua.read_until("Closing link")
    assert lua.end()[0] == 0
    assert alice.receive_until("QUIT").source is not None


def test_long_text_is_split_between_characters_and_arrives_complete(hosted: Hosted) -> None:
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


def test_a_wrong_password_is_reported(hosted: Hosted) -> None:
    lua = LuaClient(hosted, "--name", "luna")
    lua.type("wrong")
    lua.read_until("! Wrong or missing password")
    assert lua.end()[0] == 1


@pytest.mark.thorough
def test_a_taken_name_is_asked_for_again(hosted: Hosted) -> None:
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


def _come_in(scripted: ScriptedTracker) -> tuple[LuaClient, Peer]:
    lua = LuaClient(scripted, "--name", "luna")
    lua.type("")
    lua.read_until("* in #lobby:")
    return lua, scripted.peer()


@pytest.mark.thorough
def test_it_escapes_the_same_characters_as_the_tracker(hosted: Hosted) -> None:
    """All escaped characters that a message can contain, and their neighbours; a few of plane 14."""
    alice = hosted.client("alice", "#lobby", password="secret")
    lua = LuaClient(hosted, "--name", "luna")
    lua.type("secret")
    lua.read_until("* in #lobby:")
    codes = [code for code in range(0x20000) if not 0xD800 <= code < 0xE000 and code not in (0, 10, 13)]
    escaped = [code for code in (*codes, 0xE0000, 0xE0041, 0xE0FFF) if escape_for_screen(chr(code)) != chr(code)]
    beside = {near for code in escaped for near in (code - 1, code + 1) if near > 31 and not chr(near).isspace()}
    characters = [chr(code) for code in sorted({*escaped, *beside})]
    assert len(escaped) > 100
    for start in range(0, len(characters), 50):
        text = "".join(characters[start : start + 50])
        alice.send(f"PRIVMSG #lobby :{start}:{text}")
        shown = escape_for_screen(text).replace("\\t", "\\x09")
        assert lua.read_until(f"{start}:") == f"[#lobby] <alice> {start}:{shown}"
    lua.type("exit")
    assert lua.end()[0] == 0


def test_invalid_utf8_is_replaced(scripted: ScriptedTracker) -> None:
    lua, peer = _come_in(scripted)
    bad = b"a\xffb\xc3(c\xe2\x80d\xed\xa0\x80e\xf4\x90\x80\x80f\x80g\xc2"
    peer.send_bytes(b":bob!b@h PRIVMSG #lobby :" + bad + b"\r\n")
    shown = lua.read_until("<bob>")
    assert shown.replace("\ufffd", "") == "[#lobby] <bob> ab(cdefg"
    lua.type("exit")
    assert lua.end()[0] == 0


@pytest.mark.parametrize("command", ["432 * luna", "433 * luna"])
def test_a_refusal_in_the_prompt_is_escaped(scripted: ScriptedTracker, command: str) -> None:
    refusal = f":t {command} :no\x1b[2J\u202e\x9b"
    scripted.answers = {"NICK": lambda peer, _: peer.send(refusal), "USER": lambda _peer, _message: None}
    lua = LuaClient(scripted, "--name", "luna")
    lua.type("")
    scripted.peer().wait_for("NICK luna")
    status, errors = lua.end()
    assert "no\\x1b[2J\\u202e\\x9b. Username: " in errors
    assert status == 0


@pytest.mark.parametrize("chunk", [b"x" * 1_000_000, b"@" + b"a=b;" * 250_000, b"\r" * 100_000])
def test_an_endless_line_ends_the_client(scripted: ScriptedTracker, chunk: bytes) -> None:
    lua, peer = _come_in(scripted)
    with suppress(TransportClosed):
        peer.send_bytes(chunk)
    status, errors = lua.end()
    assert status == 1
    assert errors.endswith("chat.lua: the tracker sent a line without an end\n")


@pytest.mark.thorough
def test_a_flood_of_pings_without_reading_answers_ends_the_client(scripted: ScriptedTracker) -> None:
    def flood(peer: Peer, _: Message) -> None:
        with suppress(TransportClosed):
            while True:
                peer.send(*["PING :" + "x" * 400] * 100)

    scripted.answers = {"JOIN": flood}
    lua = LuaClient(scripted, "--name", "luna")
    lua.type("")
    status, errors = lua.end()
    assert status == 1
    assert errors.endswith("chat.lua: the tracker takes nothing of what is sent to it\n")


def test_messages_without_parameters_are_harmless(scripted: ScriptedTracker) -> None:
    lua, peer = _come_in(scripted)
    commands = ("PRIVMSG", "NOTICE", "JOIN", "PART", "QUIT", "KICK", "TOPIC", "NICK", "353", "404", "PING")
    peer.send(*(line for command in commands for line in (command, f":bob {command}")), ":bob!b@h PRIVMSG luna :after")
    lua.read_until("<bob> after")
    lua.type("exit")
    assert lua.end()[0] == 0


@pytest.mark.thorough
def test_many_lines_arrive_complete_despite_flow_control(hosted: Hosted) -> None:
    alice = hosted.client("alice", "#lobby", password="secret")
    lua = LuaClient(hosted, "--name", "luna")
    lines = [f"{number} {'x' * 300}" for number in range(500)]
    lua.process.communicate("\n".join(["secret", *lines]), timeout=DEADLINE_S)
    assert [alice.receive_until("PRIVMSG").params[1] for _ in lines] == lines
    assert lua.process.returncode == 0


def test_a_path_is_sent_as_text(hosted: Hosted) -> None:
    alice = hosted.client("alice", "#lobby", password="secret")
    lua = LuaClient(hosted, "--name", "luna")
    lua.type("secret")
    lua.read_until("* in #lobby:")
    lua.type("/etc/hosts is wrong", "/etc", "/who", "exit")
    assert alice.receive_until("PRIVMSG").params[1] == "/etc/hosts is wrong"
    lua.read_until("! there is no /etc")
    lua.read_until("* in #lobby:")
    assert lua.end()[0] == 0
