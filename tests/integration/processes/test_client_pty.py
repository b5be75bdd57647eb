"""The terminal client as a person has it: on a pseudo-terminal, with the real tracker."""

from __future__ import annotations

import os
import re
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from chatcore.config import Limits
from chatcore.protocol.message import Message
from tests.support.emulator import Emulator
from tests.support.irc import DEADLINE_S, IrcClient
from tests.support.scripted import Peer, scripted_tracker
from tests.support.terminal import CTRL_C, CTRL_D, ENTER, Terminal, terminal
from tests.support.trackers import ROOT, Hosted, hosted_tracker, tracker_process

_PASSWORD = "open sesame"
_COLUMNS = 120

Client = Callable[..., Terminal]


@pytest.fixture
def tracker(tmp_path: Path) -> Iterator[Hosted]:
    # Whoever is silent meanwhile keeps the nick.
    with hosted_tracker(tmp_path, _PASSWORD, max_name_length=10, ghost_timeout_s=DEADLINE_S) as tracker:
        yield tracker


@pytest.fixture
def bob(tracker: Hosted) -> IrcClient:
    """Somebody else in the lobby, with another program."""
    return tracker.client("bob", "#lobby", password=f":{_PASSWORD}")


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    """Start a client with these words on its command line.

    Only where the test looks at the status line is the client to ask its terminal for the place of the cursor: a
    terminal that the test does not read meanwhile cannot answer, and the client waits for that a second.
    """
    with ExitStack() as opened:

        def start(*words: object, asks_for_cursor: bool = False, term: str = "xterm-256color") -> Terminal:
            command = (sys.executable, str(ROOT / "client.py"), *map(str, words))
            env = {"TERM": term} if asks_for_cursor else {"TERM": term, "PROMPT_TOOLKIT_NO_CPR": "1"}
            return opened.enter_context(terminal(*command, cwd=tmp_path, columns=_COLUMNS, env=env))

        yield start


def _log_in(client: Terminal, name: str, password: str = _PASSWORD) -> Terminal:
    client.expect("^Password")
    client.enter(password)
    client.expect("^Username:")
    client.enter(name)
    client.expect(rf"\* in #lobby: .*{name}")
    return client


def _seen(client: Terminal) -> str:
    """Return what a person sees, the screen's movements done."""
    emulator = Emulator(_COLUMNS)
    emulator.feed(client.raw.decode(errors="replace"))
    return emulator.text


def _wait_until_seen(client: Terminal, pattern: str) -> None:
    """Wait for something that is drawn in pieces, such as the line being typed."""
    while not re.search(pattern, _seen(client), re.MULTILINE):
        client.expect(r"[\s\S]+")  # whatever comes next


def _assert_left_well(client: Terminal, status: int) -> None:
    assert client.wait() == status, client.screen
    assert "Traceback" not in client.screen
    assert client.attributes == client.attributes_before
    assert client.raw.rfind(b"\x1b[?2004l") >= client.raw.rfind(b"\x1b[?2004h"), "bracketed paste is off again"


def test_two_people_talk(tracker: Hosted, client: Client) -> None:
    ann = client("127.0.0.1", tracker.port)
    ann.expect("^Password")
    assert not ann.echoes
    ann.enter(_PASSWORD)
    ann.expect("^Username:")
    ann.enter("ann")
    ann.expect(r"\* Welcome to the chat, ann!")
    ann.expect(r"\* Everything said here is written to the operator's log")
    ann.expect(r"\* ann joined #lobby")
    ann.expect(r"\* in #lobby: @ann")
    bob = _log_in(client("127.0.0.1", tracker.port), "bob")
    ann.expect(r"\* bob joined #lobby")
    ann.enter("hello bob, ça va? 👋")
    for person in (ann, bob):
        person.expect("<ann> hello bob, ça va\\? 👋")
    bob.enter("fine")
    ann.expect("<bob> fine")
    bob.enter("exit")
    _assert_left_well(bob, 0)
    ann.expect(r"\* bob left the chat \(Quit\)")
    ann.enter("/quit")
    _assert_left_well(ann, 0)
    assert _PASSWORD not in ann.screen
    assert _seen(ann).count("hello bob") == 1, "the typed line has given way to its echo"
    assert "message #lobby ann :hello bob, ça va? 👋" in tracker.log_lines()


def test_wrong_password_is_told_and_asked_again(tracker: Hosted, client: Client) -> None:
    ann = client("127.0.0.1", tracker.port)
    ann.expect("^Password")
    ann.enter("guess")
    ann.expect("! the password was not accepted: it is wrong, or this tracker has none .*, or somebody is in between")
    _log_in(ann, "ann")
    ann.type(CTRL_D)
    _assert_left_well(ann, 0)


def test_three_wrong_passwords_end_it(tracker: Hosted, client: Client) -> None:
    ann = client("127.0.0.1", tracker.port)
    for guess in ("one", "two", "three"):
        ann.expect("^Password")
        ann.enter(guess)
        ann.expect("! the password was not accepted")
    ann.expect("! the password was not accepted 3 times")
    _assert_left_well(ann, 1)
    assert "three" not in tracker.log_text()


def test_password_that_is_left_empty(tracker: Hosted, client: Client) -> None:
    ann = client("127.0.0.1", tracker.port, "ann")
    ann.expect("^Password")
    ann.enter()
    ann.expect("! without a password nothing is authenticated")
    ann.expect("! this tracker wants a password")
    ann.expect("^Password")
    ann.enter(_PASSWORD)
    ann.expect(r"\* in #lobby: @ann")


def test_name_that_is_taken_or_invalid_is_told_and_asked_again(tracker: Hosted, client: Client, bob: IrcClient) -> None:
    ann = client("127.0.0.1", tracker.port, "bob")
    ann.expect("^Password")
    ann.enter(_PASSWORD)
    ann.expect("! bob: .+")
    ann.expect("^Username:")
    ann.enter("far-too-long-a-name")
    ann.expect("! far-too-long-a-name: Usernames have at most 10 characters")
    ann.expect("^Username:")
    ann.enter("ann")
    ann.expect(r"\* in #lobby: ann, @bob")


def test_arriving_text_does_not_break_the_line_being_typed(tracker: Hosted, client: Client, bob: IrcClient) -> None:
    ann = _log_in(client("127.0.0.1", tracker.port, asks_for_cursor=True), "ann")
    ann.type("half a ")
    _wait_until_seen(ann, "^> half a$")
    for number in range(5):
        bob.send(f"PRIVMSG #lobby :interruption {number}")
        ann.expect(f"<bob> interruption {number}")
    _wait_until_seen(ann, r"interruption 4\n> half a\n+ ann  #lobby \(2\)$")
    lines = [line for line in _seen(ann).splitlines() if line.strip()]
    assert [line[6:] for line in lines[-7:-2]] == [f"<bob> interruption {number}" for number in range(5)]
    assert lines[-2] == "> half a"
    ann.enter("line")
    bob.receive_until("PRIVMSG", "half a line")
    ann.enter("/join dev")
    _wait_until_seen(ann, r"^ ann  #dev \(1\)$")
    bob.send("PRIVMSG #lobby :one more")
    _wait_until_seen(ann, r"^ ann  #dev \(1\)  #lobby: 1 new$")


def test_the_terminal_leaves_keys_to_the_client_while_text_arrives(
    tracker: Hosted, client: Client, bob: IrcClient
) -> None:
    ann = _log_in(client("127.0.0.1", tracker.port), "ann")
    has_ended = threading.Event()
    with ThreadPoolExecutor() as pool:
        echoes = pool.submit(lambda: sum(ann.echoes for _ in iter(has_ended.is_set, True)))
        try:
            for number in range(100):
                bob.send(f"PRIVMSG #lobby :line {number}")
                ann.expect(f"<bob> line {number}$")
        finally:
            has_ended.set()
        assert echoes.result() == 0
    ann.type(CTRL_D)
    _assert_left_well(ann, 0)


def test_rooms_and_private_messages(tracker: Hosted, client: Client) -> None:
    ann = _log_in(client("127.0.0.1", tracker.port), "ann")
    bob = _log_in(client("127.0.0.1", tracker.port), "bob")
    bob.enter("/join dev")
    bob.expect(r"\* in #dev: @bob")
    bob.enter("in dev now")
    bob.expect("<bob> in dev now")
    ann.enter("in the lobby")
    bob.expect(r"\[#lobby\] <ann> in the lobby")
    bob.enter("/send lobby from afar")
    ann.expect("<bob> from afar")
    ann.enter("/who bob")
    address = ann.expect(r"bob  ([0-9.]+:[0-9]+)")[1]
    ann.enter(f"/to {address} psst")
    ann.expect(r"\[private to .*\] <ann> psst")
    bob.expect(r"\[private\] <ann> psst")
    ann.enter(f"```to {address}")
    ann.expect("the next line goes to")
    ann.enter("second secret")
    bob.expect(r"\[private\] <ann> second secret")
    bob.enter("/msg ann thanks")
    ann.expect(r"\[private\] <bob> thanks")
    ann.enter("/jion dev")
    ann.expect("! there is no /jion; did you mean /join")


def _paste(text: str) -> str:
    return f"\x1b[200~{text}\x1b[201~"


def test_pasted_lines_are_all_said_in_order(tmp_path: Path, client: Client) -> None:
    with hosted_tracker(tmp_path, _PASSWORD, limits=Limits()) as tracker:  # which is not taken for a flood
        ann = _log_in(client("127.0.0.1", tracker.port), "ann")
        lines = [f"line {number}" for number in range(100)]
        ann.type(_paste("\n".join(lines)))
        ann.enter()
        ann.expect(f"<ann> {lines[-1]}$")
        said = [line for line in tracker.log_lines() if line.startswith("message")]
        assert said == [f"message #lobby ann :{line}" for line in lines]


def test_nothing_that_is_pasted_is_carried_out(tracker: Hosted, client: Client, bob: IrcClient) -> None:
    ann = _log_in(client("127.0.0.1", tracker.port, asks_for_cursor=True), "ann")
    lines = ["for x in y:", "    /away gone", "/away gone", "/quit", "exit", "```exit", "```to 127.0.0.1:5 x", "// end"]
    ann.type(_paste("\r\n".join([*lines, "", ""])))
    _wait_until_seen(ann, "8 lines: Enter says all, Ctrl\\+U none")
    assert not any(line.startswith("message") for line in tracker.log_lines()), "it waits to be looked at"
    ann.enter()
    bob.receive_until("PRIVMSG", "// end")
    ann.type(_paste("/etc/hosts is wrong\n"))
    ann.enter()
    bob.receive_until("PRIVMSG", "/etc/hosts is wrong")
    said = [line.removeprefix("message #lobby ann :") for line in tracker.log_lines() if line.startswith("message")]
    assert said == [*lines, "/etc/hosts is wrong"]
    assert not any(line.startswith("away") for line in tracker.log_lines())
    ann.type(_paste("exit\n"))
    _wait_until_seen(ann, "^> exit$")
    ann.enter()
    _assert_left_well(ann, 0)


def test_paste_while_the_tracker_is_slow_is_a_paste(client: Client) -> None:
    """There is no prompt then: the terminal must be told all the time that a paste is to be marked."""
    with scripted_tracker() as slow:
        may_answer = threading.Event()
        take_join = slow._take_join

        def answer_late(peer: Peer, message: Message) -> None:
            assert message.params[0] == "#lobby" or may_answer.wait(DEADLINE_S)
            take_join(peer, message)

        slow.answers = {"JOIN": answer_late}
        ann = _log_in(client("127.0.0.1", slow.port), "ann", password="")
        ann.enter("/join dev")
        slow.peer().wait_for("JOIN #dev")
        try:
            assert b"\x1b[?2004h" in ann.raw
            assert b"\x1b[?2004l" not in ann.raw
            ann.type(_paste("one\n/quit\nexit\n") + ENTER)
        finally:
            may_answer.set()
        ann.expect("<ann> exit$")
        assert [line for line in slow.peer().received if line.startswith("PRIVMSG")] == [
            "PRIVMSG #dev one",
            "PRIVMSG #dev /quit",
            "PRIVMSG #dev exit",
        ]
        ann.enter("exit")
        _assert_left_well(ann, 0)


def test_backspace_takes_what_is_seen_as_one_character(tracker: Hosted, client: Client) -> None:
    ann = _log_in(client("127.0.0.1", tracker.port), "ann")
    family, flag, accent = "\U0001f469\u200d\U0001f469\u200d\U0001f467", "\U0001f1e9\U0001f1ea", "e\u0301"
    ann.enter(f"one {family}\x7f two {flag}\x7f three {accent}\x7f.")
    ann.expect("<ann> one  two  three .")
    assert "message #lobby ann :one  two  three ." in tracker.log_lines()


def test_logout_asks_for_another_name_and_the_tracker_stays(tmp_path: Path, client: Client) -> None:
    with tracker_process(tmp_path, password=_PASSWORD) as tracker:  # it ends when the last client leaves
        ann = _log_in(client("127.0.0.1", tracker.port), "ann")
        ann.enter("/logout")
        ann.expect(r"\* logged out")
        ann.expect("^Username:")
        ann.enter("anna")
        ann.expect(r"\* in #lobby: @anna")
        ann.enter("back")
        ann.expect("<anna> back")
        ann.enter("exit")
        _assert_left_well(ann, 0)
        assert tracker.wait() == 0
        log = [line.split() for line in tracker.log_path.read_text(encoding="utf-8").splitlines()]
        assert [words[2] for words in log if words[1] == "quit"] == ["ann", "anna"]


def test_ctrl_c_at_the_password_prompt(tracker: Hosted, client: Client) -> None:
    ann = client("127.0.0.1", tracker.port)
    ann.expect("^Password")
    ann.type("half" + CTRL_C)
    _assert_left_well(ann, 130)


def test_ctrl_c_at_the_username_prompt(tracker: Hosted, client: Client) -> None:
    ann = client("127.0.0.1", tracker.port)
    ann.expect("^Password")
    ann.enter(_PASSWORD)
    ann.expect("^Username:")
    ann.type("half" + CTRL_C)
    _assert_left_well(ann, 130)


def test_ctrl_c_while_chatting(tracker: Hosted, client: Client, bob: IrcClient) -> None:
    ann = _log_in(client("127.0.0.1", tracker.port), "ann")
    ann.type("half a line" + CTRL_C)
    _assert_left_well(ann, 0)
    assert bob.receive_until("QUIT").params == ("Quit",)


def test_ctrl_c_while_a_tracker_does_not_answer(client: Client) -> None:
    with scripted_tracker() as silent:
        silent.answers = {"AUTHENTICATE": lambda _peer, _message: None}
        ann = client("127.0.0.1", silent.port, "ann")
        ann.expect("^Password")
        ann.enter("x")
        silent.peer().wait_for("AUTHENTICATE SCRAM-SHA-256-PLUS")
        ann.type(CTRL_C)
        silent.peer().wait_for("QUIT")
        _assert_left_well(ann, 130)


def test_ctrl_c_while_encryption_is_agreed_on(client: Client) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        ann = client("127.0.0.1", silent.getsockname()[1], "ann")
        connection, _ = silent.accept()
        with connection:
            connection.settimeout(DEADLINE_S)
            assert connection.recv(1) == b"\x16"
            ann.type(CTRL_C)
            _assert_left_well(ann, 130)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_signal_while_chatting(tracker: Hosted, client: Client, bob: IrcClient, number: signal.Signals) -> None:
    ann = _log_in(client("127.0.0.1", tracker.port), "ann")
    ann.process.send_signal(number)
    _assert_left_well(ann, 0)
    assert bob.receive_until("QUIT").params == ("Quit",)


def test_signal_at_a_prompt(tracker: Hosted, client: Client) -> None:
    ann = client("127.0.0.1", tracker.port)
    ann.expect("^Password")
    ann.process.send_signal(signal.SIGTERM)
    _assert_left_well(ann, 128 + signal.SIGTERM)


def test_window_that_is_closed(tracker: Hosted, client: Client, bob: IrcClient) -> None:
    ann = _log_in(client("127.0.0.1", tracker.port), "ann")
    ann.hang_up()
    assert bob.receive_until("QUIT").params == ("Quit",)
    assert ann.process.wait(DEADLINE_S) == 0


def test_ctrl_c_of_the_tracker_is_told(tmp_path: Path, client: Client) -> None:
    options = ("--port", "0", "--host", "127.0.0.1", "--log", "chat.log", "--state-dir", "state")
    with terminal(sys.executable, str(ROOT / "tracker.py"), *options, cwd=tmp_path) as tracker:
        tracker.expect("assword")
        tracker.enter(_PASSWORD)
        port = tracker.expect(r"listening on port ([0-9]+)")[1]
        ann = _log_in(client("127.0.0.1", port), "ann")
        tracker.type(CTRL_C)
        ann.expect(r"\* the tracker has left")
        _assert_left_well(ann, 0)
        assert tracker.wait() == 0


def test_tracker_that_is_killed_is_a_broken_connection(tmp_path: Path, client: Client) -> None:
    with tracker_process(tmp_path, password=_PASSWORD) as tracker:
        ann = _log_in(client("127.0.0.1", tracker.port), "ann")
        tracker.process.kill()
        ann.expect("! the connection to the tracker broke")
        _assert_left_well(ann, 1)


def test_name_on_the_command_line_and_help(tracker: Hosted, client: Client) -> None:
    ann = client("-h", f"127.0.0.1:{tracker.port}", "-n", "ann")
    ann.expect("^Password")
    ann.enter(_PASSWORD)
    ann.expect(r"\* in #lobby: @ann")
    ann.enter("/help")
    ann.expect(r"/join ROOM \[KEY\] +enter a room")
    ann.expect("exit +leave the tracker")


def test_terminal_that_can_do_nothing(tracker: Hosted, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    ann = client("127.0.0.1", tracker.port, term="dumb")
    ann.expect("^Password.*: $")
    ann.enter(_PASSWORD)
    ann.expect("^Username: $")
    ann.enter("ann")
    ann.expect(r"^\* in #lobby: @ann$")
    ann.enter("hello")
    ann.expect(r"^\[#lobby\] <ann> hello$")
    ann.type(CTRL_C)
    _assert_left_well(ann, 0)
    assert b"\x1b" not in ann.raw


def test_no_colours_when_they_are_not_wanted(tracker: Hosted, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "NO_COLOR", "1")
    ann = _log_in(client("127.0.0.1", tracker.port), "ann")
    ann.enter("hello")
    ann.expect("<ann> hello")
    assert b"38;5;" not in ann.raw
