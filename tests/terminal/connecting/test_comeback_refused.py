"""The client reconnects, but the tracker refuses it, or cannot be trusted."""

import pytest

from chatcore.prompting.interruption import Terminated
from chatcore.protocol.message import Message
from chatcore.terminal.arguments import Options
from chatcore.terminal.connecting import comeback
from chatcore.terminal.connecting.login import Login
from chatcore.terminal.connecting.ticket import Ticket
from chatcore.terminal.connecting.turned_away import CERTIFICATE_CHANGED, NOT_ACCEPTED
from chatcore.terminal.link import HOW_TO_COME_BACK
from chatcore.terminal.outcome import Outcome
from chatcore.terminal.session.returning import NEW, RESUMED
from tests.support.scripted import Peer, ScriptedTracker, identity, scripted_tracker
from tests.support.seen import SeenScreen
from tests.terminal.connecting.losing import Keeper, commands, visit


def test_another_certificate_has_to_prove_the_password_before_the_token(
    tracker: ScriptedTracker, keeper: Keeper
) -> None:
    """Another certificate may be the tracker's new one: then both sides prove the password first."""
    screen = SeenScreen()
    with visit(tracker, screen):
        tracker.identity = identity("another")
        tracker.peer().hang_up()
        screen.wait_for(f"* {RESUMED}")
    told = [line.split()[0] for line in tracker.peer(1).received]
    assert told.index("RESUME") > len(told) - 1 - told[::-1].index("AUTHENTICATE")


def test_without_a_password_another_certificate_gets_no_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comeback, "PAUSES_S", (0.01,))
    with scripted_tracker() as tracker:
        Keeper(tracker)
        screen = SeenScreen("")
        login = Login(Options("127.0.0.1", tracker.port, "ann", is_insecure=True), screen)
        login.enter().connection.close()
        tracker.identity = identity("another")
        handshake, _ = login.come_back(Ticket("ann", "token1", b"the first one's"), lambda _connection: None)
        handshake.connection.close()
        assert not handshake.is_resumed
        assert commands(tracker.peer(1), "RESUME") == []


def test_without_a_password_another_certificate_is_not_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comeback, "PAUSES_S", (0.01,))
    with scripted_tracker() as tracker:
        screen = SeenScreen()
        before = tracker.identity
        with visit(tracker, screen, password=""):
            tracker.identity = identity("another")
            tracker.peer().hang_up()
            screen.wait_for(f"error: {CERTIFICATE_CHANGED}")
            screen.wait_for_status("not let in (Enter: try again)")
            assert tracker.peer(1).told == []
            tracker.identity = before
            screen.type("")
            screen.wait_for(f"* {NEW}")


def test_a_wrong_password_is_asked_for_and_not_retried(tracker: ScriptedTracker, keeper: Keeper) -> None:
    screen = SeenScreen()
    with visit(tracker, screen):
        tracker.password = "another"
        keeper.valid.clear()
        tracker.peer().hang_up()
        screen.wait_for(f"error: {NOT_ACCEPTED}")
        screen.wait_for_status("not let in (Enter: try again)")
        assert len(tracker.peers) == 2
        screen.type("a line", EOFError(), "", "another\nmore")
        screen.wait_for("[#lobby] <ann> a line")
    assert screen.secrets[1:] == ["Password (Enter if there is none): "] * 2
    assert len(tracker.peers) == 3


def test_the_password_prompt_names_the_account(tracker: ScriptedTracker, keeper: Keeper) -> None:
    screen = SeenScreen()
    login = Login(Options("127.0.0.1", tracker.port, "ann", account="ann"), screen)
    assert login.password_question == "Password of the account ann: "


def test_a_signal_at_the_password_prompt_leaves(tracker: ScriptedTracker, keeper: Keeper) -> None:
    screen = SeenScreen()
    with visit(tracker, screen) as outcomes:
        tracker.password = "another"
        keeper.valid.clear()
        tracker.peer().hang_up()
        screen.wait_for_status("not let in (Enter: try again)")
        screen.type("", Terminated(15))
    assert outcomes == [Outcome.LEFT]


def test_a_taken_name_is_reported_and_another_can_be_chosen(tracker: ScriptedTracker, keeper: Keeper) -> None:
    screen = SeenScreen()
    with visit(tracker, screen):
        tracker.taken = ("ann",)
        keeper.valid.clear()
        tracker.peer().hang_up()
        screen.wait_for("error: ann: That username is taken; /name OTHER comes back under another one")
        assert len(tracker.peers) >= 1 + comeback.UNTOLD_NICK_REFUSALS
        tracker.peer(2 + comeback.UNTOLD_NICK_REFUSALS)  # the client keeps trying
        screen.type("/name anna")
        screen.wait_for(f"* {NEW}")
    assert screen.status.nick == "anna"
    assert len([line for line in screen.shown if "is taken" in line]) == 1


def test_another_name_can_be_chosen_while_offline(
    tracker: ScriptedTracker, keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comeback, "PAUSES_S", (1000.0,))
    screen = SeenScreen()
    with visit(tracker, screen):
        tracker.peer().hang_up()
        screen.wait_for_status("again in")
        screen.type("/nick anna")
        tracker.peer(1).wait_for("NICK anna")


def test_a_banned_name_is_not_retried(tracker: ScriptedTracker, keeper: Keeper) -> None:
    def ban(peer: Peer, _message: Message) -> None:
        peer.send(":t 465 * :You are banned from this tracker", "ERROR :Closing link: You are banned from this tracker")
        peer.hang_up()

    screen = SeenScreen()
    with visit(tracker, screen) as outcomes:
        tracker.answers["NICK"] = ban
        tracker.peer().hang_up()
        screen.wait_for_end()
    assert outcomes == [Outcome.BROKEN]
    assert screen.shown[-1] == f"error: ann: You are banned from this tracker; {HOW_TO_COME_BACK}"
    assert len(tracker.peers) == 2


def test_a_refusing_tracker_is_not_asked_again(tracker: ScriptedTracker, keeper: Keeper) -> None:
    def ban(peer: Peer, _message: Message) -> None:
        peer.send("ERROR :Closing link: You are banned from this tracker")
        peer.hang_up()

    screen = SeenScreen()
    with visit(tracker, screen) as outcomes:
        tracker.answers["RESUME"] = ban
        tracker.peer().hang_up()
        screen.wait_for_end()
    assert outcomes == [Outcome.BROKEN]
    assert "You are banned from this tracker" in screen.shown[-1]
    assert len(tracker.peers) == 2
