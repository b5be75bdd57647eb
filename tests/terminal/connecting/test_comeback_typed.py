"""What is typed while the connection is lost, and what was in flight."""

import re
import threading
from functools import partial
from pathlib import Path

import pytest

from chatcore.protocol.message import parse
from chatcore.terminal.arguments import Options
from chatcore.terminal.chat import NOT_SENT, Chat
from chatcore.terminal.connecting import comeback
from chatcore.terminal.connecting.login import Login
from chatcore.terminal.local import Local
from chatcore.terminal.outcome import Outcome
from chatcore.terminal.session.postponed import MOST_WAITING_CHARS
from chatcore.terminal.session.returning import RESUMED
from chatcore.terminal.session.session import Session
from tests.support.cable import cable_to
from tests.support.scripted import DEADLINE_S, ScriptedTracker
from tests.support.seen import SeenScreen
from tests.support.together import wait_until
from tests.support.trackers import hosted_tracker
from tests.terminal.connecting.losing import Keeper, commands, lose_then, visit


def test_text_typed_offline_waits_and_commands_stay_in_the_line(
    tracker: ScriptedTracker, keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comeback, "PAUSES_S", (1000.0,))
    screen = SeenScreen()
    with visit(tracker, screen):
        tracker.answers["RESUME"] = lambda peer, _message: peer.hang_up()
        tracker.peer().hang_up()
        screen.wait_for_status("again in")
        screen.type("not yet", "two\nlines", "//slash", "/topic tea", "/oper boss secret", "")
        screen.wait_for_times(f"error: {NOT_SENT}", 2)
        assert screen.put_back_texts == ["/topic tea"]
        assert [said.text for said in screen.status.waiting] == ["not yet", "two", "lines", "/slash"]
        tracker.answers["RESUME"] = keeper._resume
        screen.type("", "")
        screen.wait_for("[#lobby] <ann> /slash")
    last = tracker.peers[-1]
    said = [parse(line).params for line in commands(last, "PRIVMSG")]
    assert said == [("#lobby", text) for text in ("not yet", "two", "lines", "/slash")]
    assert not [line for peer in tracker.peers for line in commands(peer, "TOPIC", "OPER")]


def test_too_long_text_typed_offline_stays_in_the_line(
    tracker: ScriptedTracker, keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comeback, "PAUSES_S", (1000.0,))
    screen = SeenScreen()
    with visit(tracker, screen):
        tracker.answers["RESUME"] = lambda peer, _message: peer.hang_up()
        tracker.peer().hang_up()
        screen.wait_for_status("again in")
        screen.type("x" * (MOST_WAITING_CHARS + 1))
        screen.wait_for(f"error: {NOT_SENT}")
    assert len(screen.put_back_texts) == 1


@pytest.mark.parametrize("line", ["exit", "/quit", " /exit", EOFError(), KeyboardInterrupt()])
def test_the_user_can_leave_while_offline(
    tracker: ScriptedTracker, keeper: Keeper, monkeypatch: pytest.MonkeyPatch, line: str | BaseException
) -> None:
    monkeypatch.setattr(comeback, "PAUSES_S", (1000.0,))
    tracker.answers["PRIVMSG"] = lambda peer, _message: peer.hang_up()
    screen = SeenScreen("into the void")
    with visit(tracker, screen) as outcomes:
        screen.wait_for_status("again in")
        screen.type(line)
    assert outcomes == [Outcome.LEFT]
    assert screen.shown[-1] == "error: perhaps not sent to #lobby: into the void"
    assert len(tracker.peers) == 1


def test_a_message_that_did_not_arrive_is_sent_again(tracker: ScriptedTracker, keeper: Keeper) -> None:
    tracker.answers["PRIVMSG"] = lose_then(tracker, lambda: None)
    screen = SeenScreen()
    with visit(tracker, screen):
        tracker.peer().send("@time=2026-01-01T00:00:00.000Z :bob!b@h JOIN #lobby")
        screen.type("into the void")
        screen.wait_for("[#lobby] <ann> into the void")
    assert screen.put_back_texts == []
    assert len(commands(tracker.peer(1), "PRIVMSG")) == 1


def test_a_message_that_did_arrive_is_shown_once(tracker: ScriptedTracker, keeper: Keeper) -> None:
    said = "msgid=5;time=2026-01-01T00:00:01.000Z :ann!u@h PRIVMSG #lobby :into the void"
    tracker.answers["PRIVMSG"] = lose_then(tracker, lambda: keeper.missed.update({"#lobby": [said]}))
    screen = SeenScreen()
    with visit(tracker, screen):
        tracker.peer().send("@time=2026-01-01T00:00:00.000Z :bob!b@h JOIN #lobby")
        screen.type("into the void")
        screen.wait_for("[history #lobby 2026-01-01T00:00:01.000Z] <ann> into the void")
        tracker.peer(1).send(f"@{said}", ":bob!b@h PRIVMSG #lobby :the end")
        screen.wait_for("[#lobby] <bob> the end")
    assert len([line for line in screen.shown if "into the void" in line]) == 1
    assert screen.put_back_texts == []


def _is_told(screen: SeenScreen, text: str) -> bool:
    """Return whether a text is shown as said or as perhaps not sent."""
    return any(line.endswith(f" {text}") for line in screen.shown)


def test_repeated_losses_neither_lose_nor_double_messages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each message is delivered once or reported as perhaps not sent. Some of bob's arrive during the return."""
    monkeypatch.setattr(comeback, "PAUSES_S", (0.01,))
    rounds = 5
    with hosted_tracker(tmp_path, "secret") as hosted, cable_to(hosted.port) as cable:
        bob = hosted.client("bob", "#lobby", password="secret")
        screen = SeenScreen("secret")
        login = Login(Options("127.0.0.1", cable.port, "ann"), screen)
        handshake, welcome = login.register(login.enter())
        session = Session("ann", handshake.capabilities, shows_all=False)
        chat = Chat(session, handshake, screen, login, Local(tmp_path, tmp_path))
        thread = threading.Thread(target=chat.run, args=(welcome,))
        thread.start()
        screen.wait_for("* in #lobby: ann, @bob")
        for number in range(rounds):
            cable.lose() if number % 2 else cable.cut()
            screen.type(f"own {number}")
            bob.command(f"PRIVMSG #lobby :bob {number}")
            cable.mend()
            if number % 3:
                wait_until(partial(_is_told, screen, f"own {number}"))
        screen.type("/quit")
        thread.join()
        said = [line.rpartition(":")[2] for line in hosted.log_lines() if line.startswith("message #lobby ann")]
    shown = [re.sub(r"\[history (#\w+) \S+\]", r"[\1]", line) for line in screen.shown]
    assert [line for line in shown if "<bob>" in line] == [f"[#lobby] <bob> bob {number}" for number in range(rounds)]
    perhaps = [line.rpartition(": ")[2] for line in shown if "perhaps not sent" in line]
    assert sorted(said + [text for text in perhaps if text not in said]) == [
        f"own {number}" for number in range(rounds)
    ]


def test_a_line_waiting_for_an_answer_is_put_back(
    tracker: ScriptedTracker, keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comeback, "PAUSES_S", (1000.0,))  # until Enter is pressed
    screen = SeenScreen()
    with visit(tracker, screen):
        screen.type("/join dev")
        screen.wait_for("* in #dev: @ann")
        is_asked = threading.Event()
        hold = {"PING": lambda _peer, _message: is_asked.set()}
        tracker.answers["LIST"] = lambda _peer, _message: tracker.answers.update(hold)
        screen.type("/rooms", "/rooms")  # the second waits for the answer to the first
        assert is_asked.wait(DEADLINE_S)
        del tracker.answers["PING"], tracker.answers["LIST"]
        tracker.peer().hang_up()
        screen.wait_for_put_back("/rooms")
        screen.wait_for(f"* {RESUMED}")
