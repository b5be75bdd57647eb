"""The connection is lost: the client reconnects by itself, or says why not."""

import re
import threading
from pathlib import Path

import pytest

from chatcore.protocol.message import Message
from chatcore.terminal.arguments import Options
from chatcore.terminal.chat import Chat
from chatcore.terminal.connecting import comeback
from chatcore.terminal.connecting.login import Login
from chatcore.terminal.link import HOW_TO_COME_BACK
from chatcore.terminal.local import Local
from chatcore.terminal.outcome import Outcome
from chatcore.terminal.session.returning import NEW, RESUMED
from chatcore.terminal.session.session import Session
from tests.support.cable import cable_to
from tests.support.scripted import Peer, ScriptedTracker
from tests.support.seen import SeenScreen
from tests.support.trackers import hosted_tracker
from tests.terminal.connecting.losing import BROKE, Keeper, commands, visit


def test_a_visit_is_resumed(tracker: ScriptedTracker, keeper: Keeper) -> None:
    keeper.rooms = ["#dev", "#lobby"]
    keeper.missed = {
        "#lobby": ["msgid=1;time=2026-01-01T00:00:00.000Z :bob!b@h PRIVMSG #lobby :missed"],
        "eve": ["msgid=2;time=2026-01-01T00:00:00.000Z :eve!e@h PRIVMSG ann :in private"],
    }
    screen = SeenScreen("/join dev", "/join lobby")
    with visit(tracker, screen) as outcomes:
        screen.wait_for("* you are now writing to #lobby")
        tracker.peer().send("@msgid=0;time=2026-01-01T00:00:00.000Z :bob!b@h PRIVMSG #lobby :heard")
        screen.wait_for("[#lobby] <bob> heard")
        tracker.peer().hang_up()
        screen.wait_for_unread("eve")
        screen.type("/query eve", "/join lobby", "here again")
        screen.wait_for("[#lobby] <ann> here again")
    assert outcomes == [Outcome.LEFT]
    assert screen.shown[screen.shown.index(BROKE) + 1 :] == [
        f"* {RESUMED}",
        "* meanwhile in #lobby:",
        "[history #lobby 2026-01-01T00:00:00.000Z] <bob> missed",
        "* you are now writing to eve",
        "-- eve",
        "-- new",
        "* meanwhile with eve:",
        "[private] <eve> in private",
        "* you are now writing to #lobby",
        "-- #lobby",
        "* ann joined #lobby",
        "* in #lobby: @ann",
        "[#lobby] <bob> heard",
        "* meanwhile in #lobby:",
        "[history #lobby 2026-01-01T00:00:00.000Z] <bob> missed",
        "[#lobby] <ann> here again",
    ]
    second = tracker.peer(1)
    assert commands(second, "AUTHENTICATE", "PASS", "JOIN") == []
    asked = [line.split(" ", 1)[1] for line in commands(second, "CHATHISTORY")]
    assert asked == [
        "CHATHISTORY LATEST #dev timestamp=2026-01-01T00:00:00.000Z 100",
        "CHATHISTORY LATEST #lobby msgid=0 100",
        "CHATHISTORY TARGETS timestamp=2100-01-01T00:00:00.000Z timestamp=2026-01-01T00:00:00.000Z 50",
        "CHATHISTORY LATEST eve timestamp=2026-01-01T00:00:00.000Z 100",
    ]
    assert screen.status.absence == ""


def test_a_new_visit_rejoins_the_rooms(tracker: ScriptedTracker, keeper: Keeper) -> None:
    screen = SeenScreen("/join dev sesame")
    with visit(tracker, screen) as outcomes:
        screen.wait_for("* in #dev: @ann")
        keeper.valid.clear()
        tracker.peer().hang_up()
        screen.wait_for(f"* {NEW}")
        screen.type("in dev")
        screen.wait_for("[#dev] <ann> in dev")
    assert outcomes == [Outcome.LEFT]
    second = tracker.peer(1)
    assert commands(second, "RESUME", "JOIN") == ["RESUME token1", "JOIN #lobby", "JOIN #dev sesame"]
    assert len(second.scram_messages) == 3


def test_each_token_is_used_once(tracker: ScriptedTracker, keeper: Keeper) -> None:
    screen = SeenScreen()
    with visit(tracker, screen):
        for number in range(3):
            tracker.peer(number).wait_for_word("JOIN" if number == 0 else "CAP END")
            tracker.peer(number).hang_up()
        tracker.peer(3).wait_for("CAP END")
    assert [commands(tracker.peer(number), "RESUME") for number in range(4)] == [
        [],
        ["RESUME token1"],
        ["RESUME token2"],
        ["RESUME token3"],
    ]


@pytest.mark.parametrize(
    "goodbye",
    ["Closing link: the tracker will be back soon", "Closing link: Ping timeout", "Closing link: SendQ exceeded"],
)
def test_the_client_returns_after_a_loss(tracker: ScriptedTracker, keeper: Keeper, goodbye: str) -> None:
    screen = SeenScreen()
    with visit(tracker, screen):
        tracker.peer().send(f"ERROR :{goodbye}")
        tracker.peer().hang_up()
        screen.wait_for(f"* {RESUMED}")
    assert BROKE not in screen.shown


@pytest.mark.parametrize(
    "goodbye",
    [
        "the tracker has left",
        "Closing link: Kicked by the operator: Ping timeout",
        "Closing link: Banned by the operator",
    ],
)
def test_the_client_does_not_return_after_a_goodbye(tracker: ScriptedTracker, keeper: Keeper, goodbye: str) -> None:
    screen = SeenScreen()
    with visit(tracker, screen) as outcomes:
        tracker.peer().send(f"ERROR :{goodbye}")
        tracker.peer().hang_up()
        screen.wait_for_end()
    assert screen.shown[-1] == f"* {goodbye}"
    assert outcomes == [Outcome.SAID_GOODBYE]
    assert len(tracker.peers) == 1


def test_a_goodbye_during_the_return_ends_the_chat(tracker: ScriptedTracker, keeper: Keeper) -> None:
    def leave(peer: Peer, _message: Message) -> None:
        peer.send("ERROR :the tracker has left")
        peer.hang_up()

    screen = SeenScreen()
    with visit(tracker, screen) as outcomes:
        tracker.answers["CAP"] = leave
        tracker.peer().hang_up()
        screen.wait_for_end()
    assert outcomes == [Outcome.SAID_GOODBYE]
    assert screen.shown[-1] == "* the tracker has left"


def test_a_restarting_tracker_is_not_awaited_for_ever(
    tracker: ScriptedTracker, keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comeback, "AWAITED_S", 0.1)

    def be_back_soon(peer: Peer, _message: Message) -> None:
        peer.send("ERROR :Closing link: the tracker will be back soon")
        peer.hang_up()

    tracker.answers.update(PRIVMSG=be_back_soon, RESUME=lambda peer, _message: peer.hang_up())
    screen = SeenScreen("into the void")
    with visit(tracker, screen) as outcomes:
        screen.wait_for_end()
    assert outcomes == [Outcome.BROKEN]
    assert "error: perhaps not sent to #lobby: into the void" in screen.shown
    assert screen.shown[-1] == f"error: the tracker did not come back in 0 minutes; {HOW_TO_COME_BACK}"


def test_a_lost_connection_is_never_given_up(
    tracker: ScriptedTracker, keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comeback, "AWAITED_S", 0.0)
    tracker.answers["RESUME"] = lambda peer, _message: peer.hang_up()
    screen = SeenScreen()
    with visit(tracker, screen):
        tracker.peer().hang_up()
        tracker.peer(10)
        tracker.answers["RESUME"] = keeper._resume
        screen.wait_for(f"* {RESUMED}")
    assert screen.shown.count(BROKE) == 2, "the loss, and why there was no way back"


def test_an_internal_fault_is_raised(tracker: ScriptedTracker, keeper: Keeper, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise LookupError("a fault of ours")

    screen = SeenScreen("secret")
    login = Login(Options("127.0.0.1", tracker.port, "ann"), screen)
    handshake, welcome = login.register(login.enter())
    chat = Chat(
        Session("ann", handshake.capabilities, shows_all=False), handshake, screen, login, Local(Path(), Path())
    )
    monkeypatch.setattr(login, "come_back", fail)
    tracker.peer().hang_up()
    with pytest.raises(LookupError):
        chat.run(welcome)


def test_a_resumption_that_fails_late_starts_a_new_visit(tracker: ScriptedTracker, keeper: Keeper) -> None:
    def welcome(peer: Peer, message: Message) -> None:
        peer.send(":t FAIL RESUME INVALID_TOKEN :There is nothing to come back to")
        keeper.resumed.clear()
        keeper.welcome(peer, message)

    screen = SeenScreen()
    with visit(tracker, screen):
        tracker.answers["USER"] = welcome
        tracker.peer().hang_up()
        screen.wait_for(f"* {NEW}")
    assert commands(tracker.peer(1), "RESUME", "JOIN") == ["RESUME token1", "JOIN #lobby"]


def test_a_visit_is_resumed_at_a_real_tracker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comeback, "PAUSES_S", (0.2,))
    with hosted_tracker(tmp_path, "secret") as hosted, cable_to(hosted.port) as cable:
        bob = hosted.client("bob", "#lobby", password="secret")
        screen = SeenScreen("secret")
        login = Login(Options("127.0.0.1", cable.port, "ann"), screen)
        handshake, welcome = login.register(login.enter())
        chat = Chat(
            Session("ann", handshake.capabilities, shows_all=False), handshake, screen, login, Local(Path(), Path())
        )
        thread = threading.Thread(target=chat.run, args=(welcome,))
        thread.start()
        screen.type("/join dev", "hello")
        screen.wait_for("[#dev] <ann> hello")
        cable.cut()
        bob.receive_until("QUIT")
        bob.command("PRIVMSG #lobby :missed")
        cable.mend()
        screen.wait_for(f"* {RESUMED}")
        screen.wait_for_unread("#lobby")
        screen.type("/join lobby", "back again", "/quit")
        thread.join()
        assert bob.receive_until("PRIVMSG").params == ("#lobby", "back again")
    after = [re.sub(r" \d{4}\S+Z", "", line) for line in screen.shown[screen.shown.index("-- new") :]]
    assert after == [
        "-- new",
        "* meanwhile in #lobby:",
        "[history #lobby] <bob> missed",
        "[#lobby] <ann> back again",
    ]


def test_a_loss_ends_the_export_and_the_new_account_is_used(
    tracker: ScriptedTracker, keeper: Keeper, tmp_path: Path
) -> None:
    tracker.capabilities += " draft/account-registration"
    tracker.answers["REGISTER"] = lambda peer, _message: peer.send(":t REGISTER SUCCESS ann :It is yours")
    tracker.answers["CHATHISTORY"] = lambda peer, _message: peer.hang_up()
    screen = SeenScreen()
    with visit(tracker, screen) as outcomes:
        screen.type("/register", "her own", "her own")
        screen.wait_for("* It is yours")
        keeper.valid.clear()
        tracker.password = "her own"
        screen.type(f"/export {tmp_path / 'it'}")
        screen.wait_for_status("not let in")  # because this tracker did not create the account
    assert outcomes == [Outcome.LEFT]
    assert "* there was nothing to export" in screen.shown
    assert "n=ann" in tracker.peer(1).scram_messages[0]
