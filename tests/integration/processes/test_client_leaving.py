"""How the terminal client ends, on a pseudo-terminal: by itself, by Ctrl+C and other signals, with its tracker."""

from __future__ import annotations

import signal
import socket
import sys
from pathlib import Path

import pytest

from tests.integration.processes.pty_client import PASSWORD, Client, assert_left_well, log_in
from tests.support.irc import DEADLINE_S, IrcClient
from tests.support.scripted import scripted_tracker
from tests.support.terminal import CTRL_C, terminal
from tests.support.thorough import first_and_thorough
from tests.support.trackers import ROOT, Hosted, tracker_process


def test_logout_asks_for_another_name_and_keeps_the_tracker_running(tmp_path: Path, client: Client) -> None:
    with tracker_process(tmp_path, password=PASSWORD) as tracker:  # it ends when the last client leaves
        ann = log_in(client("127.0.0.1", tracker.port), "ann")
        ann.enter("/logout")
        ann.expect(r"\* logged out")
        ann.expect("^Username:")
        ann.enter("anna")
        ann.expect(r"\* in #lobby: @anna")
        ann.enter("back")
        ann.expect("<anna> back")
        ann.enter("exit")
        assert_left_well(ann, 0)
        assert tracker.wait() == 0
        log = [line.split() for line in tracker.log_path.read_text(encoding="utf-8").splitlines()]
        assert [words[2] for words in log if words[1] == "quit"] == ["ann", "anna"]


@pytest.mark.thorough
def test_ctrl_c_at_the_password_prompt(tracker: Hosted, client: Client) -> None:
    ann = client("127.0.0.1", tracker.port)
    ann.expect("^Password")
    ann.type("half" + CTRL_C)
    assert_left_well(ann, 130)


@pytest.mark.thorough
def test_ctrl_c_at_the_username_prompt(tracker: Hosted, client: Client) -> None:
    ann = client("127.0.0.1", tracker.port)
    ann.expect("^Password")
    ann.enter(PASSWORD)
    ann.expect("^Username:")
    ann.type("half" + CTRL_C)
    assert_left_well(ann, 130)


@pytest.mark.thorough
def test_ctrl_c_while_chatting(tracker: Hosted, client: Client, bob: IrcClient) -> None:
    ann = log_in(client("127.0.0.1", tracker.port), "ann")
    ann.type("half a line" + CTRL_C + CTRL_C)  # the first Ctrl+C clears the line
    assert_left_well(ann, 0)
    assert bob.receive_until("QUIT").params == ("Quit",)


@pytest.mark.thorough
def test_ctrl_c_while_a_tracker_does_not_answer(client: Client) -> None:
    with scripted_tracker() as silent:
        silent.answers = {"AUTHENTICATE": lambda _peer, _message: None}
        ann = client("127.0.0.1", silent.port, "ann")
        ann.expect("^Password")
        ann.enter("x")
        silent.peer().wait_for("AUTHENTICATE SCRAM-SHA-256-PLUS")
        ann.type(CTRL_C)
        silent.peer().wait_for("QUIT")
        assert_left_well(ann, 130)


@pytest.mark.thorough
def test_ctrl_c_during_the_tls_handshake(client: Client) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        ann = client("127.0.0.1", silent.getsockname()[1], "ann")
        connection, _ = silent.accept()
        with connection:
            connection.settimeout(DEADLINE_S)
            assert connection.recv(1) == b"\x16"
            ann.type(CTRL_C)
            assert_left_well(ann, 130)


@pytest.mark.parametrize("number", first_and_thorough(signal.SIGTERM, signal.SIGHUP, signal.SIGINT))
def test_signal_while_chatting(tracker: Hosted, client: Client, bob: IrcClient, number: signal.Signals) -> None:
    ann = log_in(client("127.0.0.1", tracker.port), "ann")
    ann.process.send_signal(number)
    assert_left_well(ann, 0)
    assert bob.receive_until("QUIT").params == ("Quit",)


@pytest.mark.thorough
def test_signal_at_a_prompt(tracker: Hosted, client: Client) -> None:
    ann = client("127.0.0.1", tracker.port)
    ann.expect("^Password")
    ann.process.send_signal(signal.SIGTERM)
    assert_left_well(ann, 128 + signal.SIGTERM)


@pytest.mark.thorough
def test_closing_the_window(tracker: Hosted, client: Client, bob: IrcClient) -> None:
    ann = log_in(client("127.0.0.1", tracker.port), "ann")
    ann.hang_up()
    assert bob.receive_until("QUIT").params == ("Quit",)
    assert ann.process.wait(DEADLINE_S) == 0


@pytest.mark.thorough
def test_ctrl_c_at_the_tracker_is_reported(tmp_path: Path, client: Client) -> None:
    options = ("--port", "0", "--host", "127.0.0.1", "--log", "chat.log", "--state-dir", "state")
    with terminal(sys.executable, str(ROOT / "tracker.py"), *options, cwd=tmp_path) as tracker:
        tracker.expect("assword")
        tracker.enter(PASSWORD)
        port = tracker.expect(r"listening on port ([0-9]+)")[1]
        ann = log_in(client("127.0.0.1", port), "ann")
        tracker.type(CTRL_C)
        ann.expect(r"\* the tracker has left")
        assert_left_well(ann, 0)
        assert tracker.wait() == 0


@pytest.mark.thorough
def test_exit_while_waiting_for_a_killed_tracker(tmp_path: Path, client: Client) -> None:
    with tracker_process(tmp_path, password=PASSWORD) as tracker:
        ann = log_in(client("127.0.0.1", tracker.port), "ann")
        tracker.process.kill()
        ann.expect("! the connection to the tracker broke")
        ann.enter("exit")
        assert_left_well(ann, 0)
