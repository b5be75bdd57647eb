"""The terminal client in a pipe, as scripts use it, with the real tracker."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import socket
import subprocess
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

import pytest

from chatcore.protocol.message import Message
from chatcore.terminal.connecting.turned_away import NOT_ACCEPTED, PASSWORD_WANTED
from tests.support.irc import DEADLINE_S
from tests.support.scripted import Peer, scripted_tracker
from tests.support.trackers import ROOT, Hosted, hosted_tracker, tracker_process

_PASSWORD = "open sesame"
_CLIENT = (sys.executable, str(ROOT / "client.py"))


class Piped:
    """A client whose stdin stays open: a script that talks with it."""

    def __init__(self, *words: object) -> None:
        self.process = subprocess.Popen(
            [*_CLIENT, *map(str, words)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self._received = b""

    def type(self, *lines: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("".join(line + "\n" for line in lines).encode())
        self.process.stdin.flush()

    def expect(self, line: str) -> None:
        """Wait for exactly this line on stdout, dropping those before."""
        assert self.process.stdout is not None
        deadline = monotonic() + DEADLINE_S
        seen = []
        while True:
            first, newline, rest = self._received.partition(b"\n")
            if newline:
                self._received = rest
                seen.append(first.decode())
                if seen[-1] == line:
                    return
                continue
            ready, _, _ = select.select([self.process.stdout], [], [], max(0.0, deadline - monotonic()))
            data = os.read(self.process.stdout.fileno(), 65536) if ready else b""
            assert data, f"expected {line!r}, got {seen}"
            self._received += data

    def end(self) -> tuple[int, list[str], str]:
        """End stdin; return the status, the other lines of stdout, and stderr."""
        out, err = self.process.communicate(timeout=DEADLINE_S)
        return self.process.returncode, (self._received + out).decode().splitlines(), err.decode()


@pytest.fixture
def tracker(tmp_path: Path) -> Iterator[Hosted]:
    # Clients that are silent during a test keep their nick.
    with hosted_tracker(tmp_path, _PASSWORD, ghost_timeout_s=DEADLINE_S) as tracker:
        yield tracker


@pytest.fixture
def password_file(tmp_path: Path) -> Path:
    path = tmp_path / "password"
    path.write_text(_PASSWORD + "\n", encoding="utf-8")
    return path


@contextmanager
def _bob(port: int, password_file: Path) -> Iterator[Piped]:
    bob = Piped("127.0.0.1", port, "bob", "--password-file", password_file)
    try:
        bob.expect("* in #lobby: @bob")
        yield bob
    finally:
        if bob.process.poll() is None:
            bob.process.kill()
        bob.process.communicate()


@pytest.fixture
def bob(tracker: Hosted, password_file: Path) -> Iterator[Piped]:
    """Somebody else, in the lobby."""
    with _bob(tracker.port, password_file) as bob:
        yield bob


def _run(*words: object, typed: str | bytes) -> tuple[int, list[str], str]:
    """Run a client to its end; return its status, the lines of its stdout, and its stderr."""
    data = typed if isinstance(typed, bytes) else typed.encode()
    result = subprocess.run([*_CLIENT, *map(str, words)], input=data, capture_output=True, timeout=DEADLINE_S * 3)
    return result.returncode, result.stdout.decode().splitlines(), result.stderr.decode()


def test_first_two_lines_are_password_and_name(tracker: Hosted) -> None:
    status, lines, errors = _run("127.0.0.1", tracker.port, typed=f"{_PASSWORD}\nann\nhello\n/me waves\n")
    assert (status, errors) == (0, "")
    assert lines == [
        "* Welcome to the chat, ann!",
        "* What is said here is kept for 90 days, for those who may read it.",
        "* Everything said here is written to the operator's log, private messages too.",
        "* ann joined #lobby",
        "* in #lobby: @ann",
        "[#lobby] <ann> hello",
        "[#lobby] * ann waves",
    ]
    assert "message #lobby ann :hello" in tracker.log_lines()


@pytest.mark.thorough
def test_password_file_and_name_leave_stdin_to_the_messages(tracker: Hosted, password_file: Path) -> None:
    words = ("-h", "127.0.0.1", "-p", tracker.port, "-n", "ann", "--password-file", password_file)
    status, lines, errors = _run(*words, typed="one\r\ntwo")
    assert (status, errors) == (0, "")
    assert lines[-2:] == ["[#lobby] <ann> one", "[#lobby] <ann> two"]


@pytest.mark.thorough
def test_script_with_many_commands(tracker: Hosted, password_file: Path, bob: Piped) -> None:
    script = [
        "/join dev",
        "in dev",
        "/topic News",
        "/who",
        "/send lobby from afar",
        "/msg bob psst",
        "/rooms",
        "/history 2",
        "/leave",
        "/name anna",
        "//slash",
        "/xyzzy",
        "exit",
        "never said",
    ]
    words = ("127.0.0.1", tracker.port, "ann", "--password-file", password_file)
    status, lines, errors = _run(*words, typed="\n".join(script))
    assert status == 0
    assert errors == "error: there is no /xyzzy; /help lists what there is (to say it, begin with //)\n"
    shown = [re.sub(r"[0-9-]{10}T[0-9:.]{12}Z", "TIME", re.sub(r"127\.0\.0\.1:[0-9]+", "ADDRESS", x)) for x in lines]
    assert shown[5:] == [
        "* ann joined #dev",
        "* in #dev: @ann",
        "[#dev] <ann> in dev",
        "* ann set the topic of #dev: News",
        "* in #dev: 1",
        "* @ann  ADDRESS",
        "[#lobby] <ann> from afar",
        "[private to bob] <ann> psst",
        *sorted(["* #dev: 1 person, News", "* #lobby: 2 people"], key=shown.index),
        "* the last message in #dev:",
        "[history #dev TIME] <ann> in dev",
        "* ann left #dev",
        "* you are now writing to #lobby",
        "* ann is now known as anna",
        "[#lobby] <anna> /slash",
    ]
    bob.expect("* ann joined #lobby")
    bob.expect("[#lobby] <ann> from afar")
    bob.expect("[private] <ann> psst")
    bob.expect("* ann is now known as anna")
    bob.expect("[#lobby] <anna> /slash")
    bob.expect("* anna left the chat (Quit)")
    assert bob.end() == (0, [], "")


@pytest.mark.thorough
def test_private_messages_by_address(tracker: Hosted, password_file: Path, bob: Piped) -> None:
    connected = next(line for line in tracker.log_lines() if line.startswith("connect bob "))
    address = connected.split()[2]
    words = ("127.0.0.1", tracker.port, "ann", "--password-file", password_file)
    status, lines, errors = _run(*words, typed=f"```to {address} one\n```to {address}\ntwo\n/to {address} three\n")
    assert (status, errors) == (0, "")
    assert [line.partition("] ")[2] for line in lines if line.startswith("[private to ")] == [
        "<ann> one",
        "<ann> two",
        "<ann> three",
    ]
    for word in ("one", "two", "three"):
        bob.expect(f"[private] <ann> {word}")


@pytest.mark.thorough
def test_all_lines_are_delivered_before_the_client_ends(tracker: Hosted, password_file: Path, bob: Piped) -> None:
    said = [f"line {number}" for number in range(1000)]
    words = ("127.0.0.1", tracker.port, "ann", "--password-file", password_file)
    status, lines, errors = _run(*words, typed="\n".join(said) + "\n")
    assert (status, errors) == (0, "")
    assert lines[5:] == [f"[#lobby] <ann> {line}" for line in said]
    assert [line for line in tracker.log_lines() if line.startswith("message")] == [
        f"message #lobby ann :{line}" for line in said
    ]
    for line in said:
        bob.expect(f"[#lobby] <ann> {line}")


@pytest.mark.thorough
def test_long_line_arrives_whole_in_pieces(tracker: Hosted, password_file: Path) -> None:
    text = " ".join(f"wörd{number}" for number in range(300))
    words = ("127.0.0.1", tracker.port, "ann", "--password-file", password_file)
    status, lines, errors = _run(*words, typed=text)
    assert (status, errors) == (0, "")
    pieces = [line.removeprefix("[#lobby] <ann> ") for line in lines if line.startswith("[#lobby]")]
    assert len(pieces) > 5
    assert " ".join(pieces) == text


@pytest.mark.thorough
def test_messages_are_printed_while_stdin_is_silent(tracker: Hosted, password_file: Path, bob: Piped) -> None:
    _run("127.0.0.1", tracker.port, "ann", "--password-file", password_file, typed="hello\n")
    bob.expect("* ann joined #lobby")
    bob.expect("[#lobby] <ann> hello")
    bob.expect("* ann left the chat (Quit)")


@pytest.mark.thorough
def test_control_characters_are_escaped_in_the_output(tracker: Hosted, password_file: Path, bob: Piped) -> None:
    typed = b"\x1b[2Jred\x0304alert\x03 \x85 \xff\xfe end\0\n"
    status, _, _ = _run("127.0.0.1", tracker.port, "ann", "--password-file", password_file, typed=typed)
    assert status == 0
    bob.expect("[#lobby] <ann> \\x1b[2Jredalert \ufffd \ufffd\ufffd end")


@pytest.mark.thorough
def test_refusals_are_errors_with_status_1(tracker: Hosted, password_file: Path) -> None:
    tracker.client("bob", password=f":{_PASSWORD}")
    here = ("127.0.0.1", tracker.port)
    taken = _run(*here, "bob", "--password-file", password_file, typed="hello\n")
    assert (taken[0], taken[1]) == (1, [])
    assert taken[2].startswith("error: bob: ")
    assert _run(*here, typed=f"{_PASSWORD}\n1st\nhello\n") == (
        1,
        [],
        "error: 1st: A username cannot begin with a digit or a dash\n",
    )
    assert _run(*here, typed="guess\nann\nhello\n") == (1, [], f"error: {NOT_ACCEPTED}\n")
    assert _run(*here, typed="\nann\nhello\n") == (1, [], f"error: {PASSWORD_WANTED}\n")
    assert _run(*here, typed="") == (1, [], "error: there was no line for: Password\n")
    assert _run(*here, typed=_PASSWORD) == (1, [], "error: there was no line for: Username\n")
    assert not any(line.startswith("message") for line in tracker.log_lines())


@pytest.mark.thorough
def test_mistakes_are_one_line_with_status_2(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    status, lines, errors = _run("127.0.0.1", port, typed="")
    assert (status, lines) == (2, [])
    assert errors == f"chat-client: cannot reach a tracker at 127.0.0.1:{port}: connection refused\n"
    status, lines, errors = _run("127.0.0.1", "-p", "many", typed="")
    assert (status, lines, errors.count("\n")) == (2, [], 1)
    status, lines, errors = _run("127.0.0.1", port, "--password-file", tmp_path / "none", typed="")
    assert (status, lines, errors.count("\n")) == (2, [], 1)


@pytest.mark.thorough
def test_tracker_without_a_password(tmp_path: Path) -> None:
    with tracker_process(tmp_path) as tracker:
        status, lines, errors = _run("127.0.0.1", tracker.port, typed="\nann\nhello\n")
        assert status == 0
        assert errors.startswith("warning: without a password nothing is authenticated")
        assert errors.count("\n") == 1
        beginning = tracker.read_until("([0-9A-F:]{23})  [(]Firefox[)]")[1]
        assert f": {beginning}:" in errors, "the fingerprint begins as the tracker showed it"
        assert lines[-1] == "[#lobby] <ann> hello"
        assert tracker.wait() == 0, "the tracker ends with its last client"


@pytest.mark.thorough
def test_logout_in_a_script(tmp_path: Path) -> None:
    with tracker_process(tmp_path, password="pw") as tracker:  # it ends when the last client leaves
        status, lines, errors = _run("127.0.0.1", tracker.port, typed="pw\nann\none\n/logout\nanna\ntwo\n")
        assert (status, errors) == (0, "")
        assert [line for line in lines if line.startswith("[")] == ["[#lobby] <ann> one", "[#lobby] <anna> two"]
        assert "* logged out" in lines
        assert tracker.wait() == 0


@pytest.mark.thorough
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signals_leave_gracefully(tracker: Hosted, bob: Piped, number: signal.Signals) -> None:
    bob.process.send_signal(number)
    assert bob.process.wait(DEADLINE_S) == 0
    assert bob.end() == (0, [], "")
    assert any(re.fullmatch(r"quit bob \S+ :Quit", line) for line in tracker.log_lines())


@pytest.mark.thorough
def test_the_trackers_goodbye_ends_the_client(tmp_path: Path, password_file: Path) -> None:
    with tracker_process(tmp_path, password=_PASSWORD) as tracker, _bob(tracker.port, password_file) as bob:
        tracker.stop(signal.SIGINT)
        bob.expect("* the tracker has left")
        assert bob.process.wait(DEADLINE_S) == 0
        assert bob.end() == (0, [], "")


@pytest.mark.thorough
def test_a_killed_tracker_is_an_error(tmp_path: Path, password_file: Path) -> None:
    with tracker_process(tmp_path, password=_PASSWORD) as tracker, _bob(tracker.port, password_file) as bob:
        tracker.process.kill()
        assert bob.process.wait(DEADLINE_S) == 1
        assert bob.end() == (1, [], "error: the connection to the tracker broke\n")


@pytest.mark.thorough
def test_unsent_lines_are_reported_when_the_connection_breaks(tmp_path: Path, password_file: Path) -> None:
    """With line numbers, so that a script can continue from there."""
    with scripted_tracker(_PASSWORD) as tracker:
        tracker.capabilities = "echo-message"
        tracker.answers["PRIVMSG"] = lambda peer, _message: peer.hang_up()
        lines = ["on its way", "/rooms", *(f"line {number}" for number in range(3, 300))]
        typed = "".join(f"{line}\n" for line in lines)
        words = ("127.0.0.1", tracker.port, "ann", "--password-file", password_file)
        status, _, err = _run(*words, typed=typed)
    assert status == 1
    first = re.search(r"the input from line ([0-9]+) on was not sent\n\Z", err)
    assert first is not None
    before = [line for line in lines[: int(first[1]) - 1] if line != "/rooms"]
    assert all(re.search(f"not sent( to #lobby)?: {line}$", err, re.MULTILINE) for line in before)


@pytest.mark.thorough
def test_a_tracker_that_will_be_back_soon_is_an_error(tmp_path: Path, password_file: Path) -> None:
    def be_back_soon(peer: Peer, _message: Message) -> None:
        peer.send("ERROR :Closing link: the tracker will be back soon")
        peer.hang_up()

    with scripted_tracker(_PASSWORD) as tracker:
        tracker.answers["PRIVMSG"] = be_back_soon
        words = ("127.0.0.1", tracker.port, "ann", "--password-file", password_file)
        status, out, _ = _run(*words, typed="hello\n")
    assert (status, out[-1]) == (1, "* the tracker will be back soon")


@pytest.mark.thorough
def test_a_closed_stdout_ends_the_client_quietly(tracker: Hosted, bob: Piped) -> None:
    assert bob.process.stdout is not None
    bob.process.stdout.close()
    bob.type("hello")
    assert bob.process.wait(DEADLINE_S) == 0
    assert bob.process.stderr is not None
    assert bob.process.stderr.read() == b""
    assert any(re.fullmatch(r"quit bob \S+ :Quit", line) for line in tracker.log_lines())


@pytest.mark.thorough
def test_keyboard_without_a_screen(tracker: Hosted) -> None:
    """Stdin is a terminal and stdout is not: plain lines, and a hidden password."""
    master, slave = pty.openpty()
    try:
        process = subprocess.Popen(
            [*_CLIENT, "127.0.0.1", str(tracker.port)],
            stdin=slave,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        assert process.stderr is not None
        prompt = b""
        while not prompt.endswith(b"Password or invitation: "):
            prompt += os.read(process.stderr.fileno(), 4096)
        assert not termios.tcgetattr(slave)[3] & termios.ECHO
        os.write(master, f"{_PASSWORD}\n".encode())
        assert process.stderr.read(1) == b"\n", "the password has been read, so later input is kept"
        os.write(master, b"ann\nhello\n\x04")
        out, _ = process.communicate(timeout=DEADLINE_S)
        assert process.returncode == 0
        assert out.decode().splitlines()[-1] == "[#lobby] <ann> hello"
        assert b"\x1b" not in out
    finally:
        os.close(master)
        os.close(slave)
