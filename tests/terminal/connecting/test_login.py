"""The name, and what goes wrong while a client logs in."""

from collections.abc import Callable

import pytest

from chatcore.protocol.invitations import make_invitation
from chatcore.protocol.message import Message
from chatcore.terminal.arguments import Options
from chatcore.terminal.connecting import conversation
from chatcore.terminal.connecting.login import NOT_A_NAME, Login
from chatcore.terminal.connecting.turned_away import (
    Refused,
)
from tests.support.scripted import Peer, ScriptedTracker, scripted_tracker
from tests.support.seen import SeenScreen
from tests.terminal.connecting.entering import admit, options


def test_the_password_comes_before_the_name(tracker: ScriptedTracker) -> None:
    screen = SeenScreen("secret", "ann")
    handshake, welcome = admit(tracker, screen)
    tracker.peer().wait_for("PING arrival")
    handshake.connection.close()
    assert screen.secrets == ["Password (Enter if there is none): "]
    assert screen.questions == ["Username: "]
    assert welcome.params == ("ann", "Welcome, ann!")
    assert handshake.capabilities == {"server-time", "echo-message", "batch", "draft/chathistory"}
    assert tracker.peer().is_encrypted
    assert tracker.peer().told == [
        "CAP LS 302",
        "CAP REQ sasl",
        "AUTHENTICATE ...",
        "AUTHENTICATE ...",
        "AUTHENTICATE ...",
        "CAP REQ :server-time echo-message batch draft/chathistory",
        "AUTHENTICATE ...",
        "NICK ann",
        "USER ann 0 * ann",
        "CAP END",
        "PING arrival",
    ]


def test_a_given_name_is_not_asked_for(tracker: ScriptedTracker) -> None:
    screen = SeenScreen("secret")
    handshake, welcome = admit(tracker, screen, "ann")
    handshake.connection.close()
    assert welcome.params[0] == "ann"
    assert screen.questions == []


def test_a_taken_name_is_asked_for_again_on_the_same_connection(tracker: ScriptedTracker) -> None:
    screen = SeenScreen("secret", "bob", "ann")
    handshake, welcome = admit(tracker, screen)
    handshake.connection.close()
    assert welcome.params[0] == "ann"
    assert screen.shown == ["error: bob: That username is taken"]
    assert len(tracker.peers) == 1
    assert [line for line in tracker.peer().received if line.startswith("USER")] == [
        "USER bob 0 * bob",
        "USER ann 0 * ann",
    ]


def test_a_given_name_that_is_taken_is_asked_for_again(tracker: ScriptedTracker) -> None:
    screen = SeenScreen("secret", "ann")
    handshake, welcome = admit(tracker, screen, "bob")
    handshake.connection.close()
    assert welcome.params[0] == "ann"


def test_a_name_taken_at_the_last_moment_is_asked_for_again(tracker: ScriptedTracker) -> None:
    def lose_it(peer: Peer, _message: Message) -> None:
        peer.send(":t 433 * ann :Somebody was faster")
        tracker.answers = {
            "NICK": lambda peer, message: peer.send(f":t 001 {message.params[0]} :Welcome"),
            "USER": lambda _peer, _message: None,
        }

    tracker.answers = {"USER": lose_it}
    screen = SeenScreen("secret", "ann", "anna")
    handshake, welcome = admit(tracker, screen)
    handshake.connection.close()
    assert welcome.params[0] == "anna"
    assert screen.shown == ["error: ann: Somebody was faster"]


def test_an_invitation_is_refused_as_a_name(tracker: ScriptedTracker) -> None:
    invitation = make_invitation(bytes(20)).text
    screen = SeenScreen("secret", invitation, "ann")
    handshake, _ = admit(tracker, screen)
    handshake.connection.close()
    assert screen.shown == [f"error: {NOT_A_NAME}"]
    with pytest.raises(Refused, match=NOT_A_NAME):
        admit(tracker, SeenScreen("secret", is_interactive=False), invitation)
    assert invitation not in "".join(line for peer in tracker.peers for line in peer.received)


def test_a_refused_name_in_a_pipe_ends_the_login(tracker: ScriptedTracker) -> None:
    with pytest.raises(Refused, match="bob: That username is taken"):
        admit(tracker, SeenScreen("secret", "bob", is_interactive=False))
    tracker.peer().wait_for_end()


@pytest.mark.parametrize("numeric", ["431", "432", "433", "465"])
def test_refusals_of_a_name_are_shown_in_the_trackers_words(tracker: ScriptedTracker, numeric: str) -> None:
    def refuse(peer: Peer, message: Message) -> None:
        tracker.answers = {}
        peer.send(f":t {numeric} * {message.params[0]} :Not that one")

    tracker.answers = {"NICK": refuse}
    screen = SeenScreen("secret", "one", "ann")
    handshake, _ = admit(tracker, screen)
    handshake.connection.close()
    assert screen.shown == ["error: one: Not that one"]


def test_capabilities_may_come_in_several_lines_and_be_refused() -> None:
    with scripted_tracker() as tracker:

        def answer(peer: Peer, message: Message) -> None:
            if message.params[0] == "LS":
                peer.send(":t CAP * LS * :sasl=PLAIN,SCRAM-SHA-256-PLUS batch", ":t CAP * LS :server-time")
            elif message.params[0] == "REQ":
                peer.send(":t NOTICE * :wait", f":t CAP * NAK :{message.params[1]}")

        tracker.answers = {"CAP": answer}
        handshake, _ = admit(tracker, SeenScreen("", "ann"))
        handshake.connection.close()
        assert "CAP REQ :server-time batch" in tracker.peer().received
        assert handshake.capabilities == frozenset()


def test_no_capability_is_requested_if_none_is_offered() -> None:
    with scripted_tracker() as tracker:
        tracker.capabilities = ""
        handshake, _ = admit(tracker, SeenScreen("", "ann"))
        handshake.connection.close()
        assert not any(line.startswith("CAP REQ") for line in tracker.peer().received)


def test_a_refusal_of_the_tracker_is_shown(tracker: ScriptedTracker) -> None:
    def refuse(peer: Peer, _message: Message) -> None:
        peer.send("ERROR :You are banned")
        peer.hang_up()

    tracker.answers = {"AUTHENTICATE": refuse}
    with pytest.raises(Refused, match=r"It says: You are banned$"):
        Login(options(tracker), SeenScreen("secret")).enter()


def test_a_broken_connection_is_reported(tracker: ScriptedTracker) -> None:
    tracker.answers = {"AUTHENTICATE": lambda peer, _: peer.hang_up()}
    with pytest.raises(Refused, match="broke"):
        Login(options(tracker), SeenScreen("secret", is_interactive=False)).enter()


def test_the_user_may_try_again_after_a_broken_connection(tracker: ScriptedTracker) -> None:
    """The client does not ask again for what was typed, and the next line does not go to the shell."""

    def break_once(peer: Peer, _message: Message) -> None:
        tracker.answers = {}
        peer.hang_up()

    tracker.answers = {"AUTHENTICATE": break_once}
    screen = SeenScreen("secret", "ann", "")
    login = Login(Options("127.0.0.1", tracker.port), screen)
    handshake = login.enter()
    tracker.answers = {"NICK": break_once}
    handshake, welcome = login.register(handshake)
    handshake.connection.close()
    assert welcome.params[0] == "ann"
    assert screen.questions == ["Username: ", "Enter tries again: "]
    assert screen.secrets == ["Password (Enter if there is none): "]
    assert screen.shown == ["error: the connection to the tracker broke"]


def test_the_user_may_retry_a_tracker_that_is_no_longer_reachable() -> None:
    tracker = ScriptedTracker("secret")
    screen = SeenScreen("secret", "", KeyboardInterrupt())
    login = Login(Options("127.0.0.1", tracker.port), screen)
    ask, port = screen.ask, tracker.port

    def ask_while_it_goes(question: str, *, is_secret: bool = False) -> str:
        if is_secret:
            tracker.stop()
        return ask(question, is_secret=is_secret)

    screen.ask = ask_while_it_goes  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        login.enter()
    assert screen.questions == ["Enter tries again: "] * 2
    assert screen.shown == [f"error: cannot reach a tracker at 127.0.0.1:{port}: connection refused"] * 2


def test_a_silent_server_is_reported(tracker: ScriptedTracker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversation, "ANSWER_TIMEOUT_S", 0.05)
    tracker.answers = {"AUTHENTICATE": lambda _peer, _message: None}
    with pytest.raises(Refused, match="does not answer"):
        Login(options(tracker), SeenScreen("secret", is_interactive=False)).enter()
    tracker.peer().wait_for_end()


def test_entering_again_asks_nothing(tracker: ScriptedTracker) -> None:
    screen = SeenScreen("secret")
    login = Login(options(tracker), screen)
    first = login.enter()
    second = login.enter_again()
    first.connection.close()
    second.connection.close()
    assert len(screen.secrets) == 1


def test_entering_again_waits_for_the_end_of_the_proof(tracker: ScriptedTracker) -> None:
    """Otherwise the tracker might end when the connection before it leaves."""
    login = Login(options(tracker), SeenScreen("secret"))
    login.enter().connection.close()
    tracker.answers = {"AUTHENTICATE": _refusing_the_acknowledgement(tracker)}
    with pytest.raises(Refused, match="it is wrong"):
        login.enter_again()
    tracker.peer(1).wait_for_end()


def _refusing_the_acknowledgement(tracker: ScriptedTracker) -> Callable[[Peer, Message], None]:
    def refuse(peer: Peer, message: Message) -> None:
        if len(peer.scram_messages) == 2:
            peer.send(":t 904 * :no")
        else:
            tracker._take_authenticate(peer, message)

    return refuse


def test_a_refusal_after_the_proof_is_reported(tracker: ScriptedTracker) -> None:
    """The refusal is reported when the name is claimed, as nothing waits for it earlier."""
    tracker.answers = {"AUTHENTICATE": _refusing_the_acknowledgement(tracker)}
    login = Login(options(tracker, "ann"), SeenScreen("secret", is_interactive=False))
    handshake = login.enter()
    with pytest.raises(Refused, match="it is wrong"):
        login.register(handshake)
