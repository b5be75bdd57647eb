"""The terminal client as people use it: on a pseudo-terminal, with the real tracker."""

from __future__ import annotations

import os
import re
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from chatcore.config import Limits
from chatcore.protocol.message import Message
from tests.integration.processes.pty_client import COLUMNS, PASSWORD, Client, assert_left_well, log_in
from tests.support.emulator import Emulator
from tests.support.irc import DEADLINE_S, IrcClient
from tests.support.scripted import Peer, scripted_tracker
from tests.support.terminal import CTRL_C, CTRL_D, ENTER, Terminal, terminal
from tests.support.trackers import ROOT, Hosted, hosted_tracker


def _seen(client: Terminal) -> str:
    """Return what a person sees, after all cursor movements."""
    emulator = Emulator(COLUMNS)
    emulator.feed(client.raw.decode(errors="replace"))
    return emulator.text


def _wait_until_seen(client: Terminal, pattern: str) -> None:
    """Wait for something that is drawn in pieces, such as the line being typed."""
    while not re.search(pattern, _seen(client), re.MULTILINE):
        client.expect(r"[\s\S]+")  # whatever comes next


def test_two_people_talk(tracker: Hosted, client: Client) -> None:
    ann = client("127.0.0.1", tracker.port)
    ann.expect("^Password")
    assert not ann.echoes
    ann.enter(PASSWORD)
    ann.expect("^Username:")
    ann.enter("ann")
    ann.expect(r"\* Welcome to the chat, ann!")
    ann.expect(r"\* Everything said here is written to the operator's log")
    ann.expect(r"\* ann joined #lobby")
    ann.expect(r"\* in #lobby: @ann")
    bob = log_in(client("127.0.0.1", tracker.port), "bob")
    ann.expect(r"\* bob joined")
    ann.enter("hello bob, ça va? 👋")
    for person in (ann, bob):
        person.expect("<ann> hello bob, ça va\\? 👋")
    bob.enter("fine")
    ann.expect("<bob> fine")
    bob.enter("exit")
    assert_left_well(bob, 0)
    ann.expect(r"\* bob left the chat \(Quit\)")
    ann.enter("/quit")
    assert_left_well(ann, 0)
    assert PASSWORD not in ann.screen
    assert _seen(ann).count("hello bob") == 1, "the echo replaces the typed line"
    assert "message #lobby ann :hello bob, ça va? 👋" in tracker.log_lines()


@pytest.mark.thorough
def test_wrong_password_is_reported_and_asked_for_again(tracker: Hosted, client: Client) -> None:
    ann = client("127.0.0.1", tracker.port)
    ann.expect("^Password")
    ann.enter("guess")
    ann.expect(
        "! the password was not accepted: it is wrong, or this tracker has none .*, or somebody is intercepting "
        "the connection"
    )
    log_in(ann, "ann")
    ann.type(CTRL_D)
    assert_left_well(ann, 0)


@pytest.mark.thorough
def test_three_wrong_passwords_end_the_client(tracker: Hosted, client: Client) -> None:
    ann = client("127.0.0.1", tracker.port)
    for guess in ("one", "two", "three"):
        ann.expect("^Password")
        ann.enter(guess)
        ann.expect("! the password was not accepted")
    ann.expect("! the password was not accepted 3 times")
    assert_left_well(ann, 1)
    assert "three" not in tracker.log_text()


@pytest.mark.thorough
def test_empty_password_is_refused_and_asked_for_again(tracker: Hosted, client: Client) -> None:
    ann = client("127.0.0.1", tracker.port, "ann")
    ann.expect("^Password")
    ann.enter()
    ann.expect("! this tracker requires a password")
    ann.expect("^Password")
    ann.enter(PASSWORD)
    ann.expect(r"\* in #lobby: @ann")


@pytest.mark.thorough
def test_taken_or_invalid_name_is_reported_and_asked_for_again(tracker: Hosted, client: Client, bob: IrcClient) -> None:
    ann = client("127.0.0.1", tracker.port, "bob")
    ann.expect("^Password")
    ann.enter(PASSWORD)
    ann.expect("! bob: .+")
    ann.expect("^Username:")
    ann.enter("far-too-long-a-name")
    ann.expect("! far-too-long-a-name: Usernames have at most 10 characters")
    ann.expect("^Username:")
    ann.enter("ann")
    ann.expect(r"\* in #lobby: ann, @bob")


@pytest.mark.thorough
def test_incoming_text_does_not_disturb_the_typed_line(tracker: Hosted, client: Client, bob: IrcClient) -> None:
    ann = log_in(client("127.0.0.1", tracker.port, asks_for_cursor=True), "ann")
    ann.type("half a ")
    _wait_until_seen(ann, "^> half a$")
    for number in range(5):
        bob.send(f"PRIVMSG #lobby :interruption {number}")
        ann.expect(f"<bob> interruption {number}")
    _wait_until_seen(ann, r"interruption 4\n> half a\n+ ann \[1:#lobby 2\]$")
    lines = [line for line in _seen(ann).splitlines() if line.strip()]
    assert [line[6:] for line in lines[-7:-2]] == [f"<bob> interruption {number}" for number in range(5)]
    assert lines[-2] == "> half a"
    ann.enter("line")
    bob.receive_until("PRIVMSG", "half a line")
    ann.enter("/join dev")
    _wait_until_seen(ann, r"^ ann 1:#lobby \[2:#dev 1\]$")
    bob.send("PRIVMSG #lobby :one more")
    _wait_until_seen(ann, r"^ ann 1:#lobby 1 \[2:#dev 1\]$")


@pytest.mark.thorough
def test_terminal_echo_stays_off_while_text_arrives(tracker: Hosted, client: Client, bob: IrcClient) -> None:
    ann = log_in(client("127.0.0.1", tracker.port), "ann")
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
    assert_left_well(ann, 0)


@pytest.mark.thorough
def test_rooms_and_private_messages(tracker: Hosted, client: Client) -> None:
    ann = log_in(client("127.0.0.1", tracker.port), "ann")
    bob = log_in(client("127.0.0.1", tracker.port), "bob")
    bob.enter("/join dev")
    bob.expect(r"\* in #dev: @bob")
    bob.enter("in dev now")
    bob.expect("<bob> in dev now")
    ann.enter("in the lobby")
    bob.enter("/join lobby")
    bob.expect("<ann> in the lobby")
    bob.enter("/join dev")
    bob.enter("/send lobby from afar")
    ann.expect("<bob> from afar")
    ann.enter("/who bob")
    address = ann.expect(r"bob  ([0-9.]+:[0-9]+)")[1]
    ann.enter(f"/to {address} psst")
    ann.expect(r"\[private to .*\] <ann> psst")
    bob.enter("/query ann")
    bob.expect("<ann> psst")
    ann.enter(f"```to {address}")
    ann.expect("the next line goes to")
    ann.enter("second secret")
    bob.expect("<ann> second secret")
    bob.enter("thanks")
    ann.enter("/query bob")
    ann.expect("<bob> thanks")
    ann.enter("/jion dev")
    ann.expect("! there is no /jion; did you mean /join")


def _paste(text: str) -> str:
    return f"\x1b[200~{text}\x1b[201~"


@pytest.mark.thorough
def test_pasted_lines_are_sent_in_order(tmp_path: Path, client: Client) -> None:
    with hosted_tracker(tmp_path, PASSWORD, limits=Limits()) as tracker:  # a paste is not taken for a flood
        ann = log_in(client("127.0.0.1", tracker.port), "ann")
        lines = [f"line {number}" for number in range(60)]
        ann.type(_paste("\n".join(lines)))
        ann.enter()
        ann.expect("60 lines to #lobby")
        ann.type("o")
        ann.expect("<ann> line 0$")
        ann.expect(f"^ +{lines[-1]}$")
        (said,) = [line for line in tracker.log_lines() if line.startswith("message")]
        assert said == "message #lobby ann :" + r"\n".join(lines)


@pytest.mark.thorough
def test_pasted_commands_are_not_carried_out(tracker: Hosted, client: Client, bob: IrcClient) -> None:
    ann = log_in(client("127.0.0.1", tracker.port, asks_for_cursor=True), "ann")
    lines = ["for x in y:", "    /away gone", "/away gone", "/quit", "exit", "```exit", "```to 127.0.0.1:5 x", "// end"]
    ann.type(_paste("\r\n".join([*lines, "", ""])))
    _wait_until_seen(ann, "8 lines: Enter asks how, Ctrl\\+U drops them")
    assert not any(line.startswith("message") for line in tracker.log_lines()), "the paste waits for Enter"
    ann.enter()
    _wait_until_seen(ann, r"^8 lines to #lobby\? \(o\)ne message")
    assert not any(line.startswith("message") for line in tracker.log_lines()), "the paste waits for the answer"
    ann.type("o")
    bob.receive_until("PRIVMSG", "// end")
    ann.type(_paste("/etc/hosts is wrong\n"))
    ann.enter()
    bob.receive_until("PRIVMSG", "/etc/hosts is wrong")
    said = [line.removeprefix("message #lobby ann :") for line in tracker.log_lines() if line.startswith("message")]
    assert said == [r"\n".join(lines), "/etc/hosts is wrong"]
    assert not any(line.startswith("away") for line in tracker.log_lines())
    ann.type(_paste("exit\n"))
    _wait_until_seen(ann, "^> exit$")
    ann.enter()
    assert_left_well(ann, 0)


@pytest.mark.thorough
def test_paste_is_recognized_while_the_tracker_is_slow(client: Client) -> None:
    """There is no prompt then: the terminal must mark pastes all the time."""
    with scripted_tracker() as slow:
        may_answer = threading.Event()
        take_join = slow._take_join

        def answer_late(peer: Peer, message: Message) -> None:
            assert message.params[0] == "#lobby" or may_answer.wait(DEADLINE_S)
            take_join(peer, message)

        slow.answers = {"JOIN": answer_late}
        ann = log_in(client("127.0.0.1", slow.port), "ann", password="")
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
        assert_left_well(ann, 0)


@pytest.mark.thorough
def test_backspace_deletes_one_visible_character(tracker: Hosted, client: Client) -> None:
    ann = log_in(client("127.0.0.1", tracker.port), "ann")
    family, flag, accent = "\U0001f469\u200d\U0001f469\u200d\U0001f467", "\U0001f1e9\U0001f1ea", "e\u0301"
    ann.enter(f"one {family}\x7f two {flag}\x7f three {accent}\x7f.")
    ann.expect("<ann> one  two  three .")
    assert "message #lobby ann :one  two  three ." in tracker.log_lines()


@pytest.mark.thorough
def test_name_on_the_command_line_and_help_command(tracker: Hosted, client: Client) -> None:
    ann = client("-h", f"127.0.0.1:{tracker.port}", "-n", "ann")
    ann.expect("^Password")
    ann.enter(PASSWORD)
    ann.expect(r"\* in #lobby: @ann")
    ann.enter("/help")
    ann.expect(r"/join ROOM \[KEY\] +enter a room")
    ann.expect("exit +leave the chat")


@pytest.mark.thorough
def test_dumb_terminal(tracker: Hosted, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    ann = client("127.0.0.1", tracker.port, term="dumb")
    ann.expect("^Password.*: $")
    ann.enter(PASSWORD)
    ann.expect("^Username: $")
    ann.enter("ann")
    ann.expect(r"^\* in #lobby: @ann$")
    ann.enter("hello")
    ann.expect(r"^\[#lobby\] <ann> hello$")
    ann.enter("/oper boss")
    ann.expect("^Password of the IRC operator boss: $")
    ann.enter("s3cr3t")
    ann.expect("^error: Wrong name or password$")
    ann.type(CTRL_C)
    assert_left_well(ann, 0)
    assert b"\x1b" not in ann.raw
    assert b"s3cr3t" not in ann.raw


@pytest.mark.thorough
def test_reconnection_on_a_dumb_terminal(client: Client) -> None:
    """Further input must not go to the shell there either."""
    with scripted_tracker() as tracker:
        ann = client("127.0.0.1", tracker.port, "ann", term="dumb")
        ann.expect("^Password.*: $")
        ann.enter()
        ann.expect(r"^\* in #lobby: @ann$")
        tracker.peer().hang_up()
        ann.expect("^error: the connection to the tracker broke$")
        ann.enter("hello")
        ann.expect(r"^\* back in the chat")
        ann.expect(r"^\[#lobby\] <ann> hello$")
        ann.enter("exit")
        assert_left_well(ann, 0)


@pytest.mark.thorough
def test_no_color_switches_colours_off(tracker: Hosted, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "NO_COLOR", "1")
    ann = log_in(client("127.0.0.1", tracker.port), "ann")
    ann.enter("hello")
    ann.expect("<ann> hello")
    assert b"38;5;" not in ann.raw


@pytest.mark.thorough
def test_suspended_client_gives_the_terminal_back(tracker: Hosted, bob: IrcClient, tmp_path: Path) -> None:
    """Suspending concerns a program and the shell that started it."""
    env = {"PS1": "shell> ", "PROMPT_TOOLKIT_NO_CPR": "1"}
    with terminal("/bin/bash", "--norc", "--noprofile", "-i", cwd=tmp_path, env=env, columns=COLUMNS) as shell:
        shell.expect("shell>")
        shell.enter(f"{sys.executable} {ROOT / 'client.py'} 127.0.0.1 {tracker.port} ann")
        shell.expect("Password")
        shell.enter(PASSWORD)
        shell.expect(r"\* in #lobby: .*ann")
        shell.type("half")
        shell.expect("half")
        shell.type("\x1a")
        shell.expect("Stopped")
        shell.enter("stty -a | tr ';' '\\n' | grep -wo -e '-*echo' -e '-*icanon'")
        shell.expect(r"[^-]icanon\necho\n")
        bob.send("PRIVMSG #lobby :meanwhile")
        shell.enter("fg")
        shell.expect("<bob> meanwhile")
        shell.enter(" a line")
        shell.expect("<ann> half a line")
        shell.type(CTRL_C)
        shell.expect("shell>")
