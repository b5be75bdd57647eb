"""Password and name: asked, refused, asked again."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from chatcore.errors import ConfigError
from chatcore.protocol.message import Message
from chatcore.terminal.arguments import Options
from chatcore.terminal.connecting import conversation
from chatcore.terminal.connecting.handshake import Handshake
from chatcore.terminal.connecting.login import Login
from chatcore.terminal.connecting.turned_away import NOT_ACCEPTED, PASSWORD_WANTED, Refused, WrongPassword
from tests.support.scripted import Peer, ScriptedTracker, scripted_tracker
from tests.support.seen import SeenScreen


@pytest.fixture
def tracker() -> Iterator[ScriptedTracker]:
    with scripted_tracker("secret", taken=("bob",)) as tracker:
        yield tracker


def _options(tracker: ScriptedTracker, name: str | None = None, password_file: Path | None = None) -> Options:
    return Options("127.0.0.1", tracker.port, name, password_file)


def _admit(tracker: ScriptedTracker, screen: SeenScreen, name: str | None = None) -> tuple[Handshake, Message]:
    login = Login(_options(tracker, name), screen)
    handshake = login.enter()
    return login.register(handshake)


def test_password_first_then_the_name(tracker: ScriptedTracker) -> None:
    screen = SeenScreen("secret", "ann")
    handshake, welcome = _admit(tracker, screen)
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


def test_given_name_is_not_asked(tracker: ScriptedTracker) -> None:
    screen = SeenScreen("secret")
    handshake, welcome = _admit(tracker, screen, "ann")
    handshake.connection.close()
    assert welcome.params[0] == "ann"
    assert screen.questions == []


def test_wrong_password_is_asked_again_on_a_new_connection(tracker: ScriptedTracker) -> None:
    screen = SeenScreen("guess", "secret", "ann")
    handshake, _ = _admit(tracker, screen)
    handshake.connection.close()
    assert screen.shown == [f"error: {NOT_ACCEPTED}"]
    assert len(tracker.peers) == 2


def test_three_wrong_passwords_are_enough(tracker: ScriptedTracker) -> None:
    screen = SeenScreen("one", "two", "three", "secret")
    with pytest.raises(Refused, match="3 times"):
        Login(_options(tracker), screen).enter()
    assert screen.shown == [f"error: {NOT_ACCEPTED}"] * 3
    assert len(tracker.peers) == 3


def test_wrong_password_in_a_pipe_is_the_end(tracker: ScriptedTracker) -> None:
    with pytest.raises(Refused, match="it is wrong"):
        Login(_options(tracker), SeenScreen("guess", "secret", is_interactive=False)).enter()


def test_name_that_is_taken_is_asked_again_on_the_same_connection(tracker: ScriptedTracker) -> None:
    screen = SeenScreen("secret", "bob", "ann")
    handshake, welcome = _admit(tracker, screen)
    handshake.connection.close()
    assert welcome.params[0] == "ann"
    assert screen.shown == ["error: bob: That username is taken"]
    assert len(tracker.peers) == 1
    assert [line for line in tracker.peer().received if line.startswith("USER")] == [
        "USER bob 0 * bob",
        "USER ann 0 * ann",
    ]


def test_given_name_that_is_taken_is_asked_again(tracker: ScriptedTracker) -> None:
    screen = SeenScreen("secret", "ann")
    handshake, welcome = _admit(tracker, screen, "bob")
    handshake.connection.close()
    assert welcome.params[0] == "ann"


def test_name_that_is_taken_at_the_last_moment(tracker: ScriptedTracker) -> None:
    def lose_it(peer: Peer, _message: Message) -> None:
        peer.send(":t 433 * ann :Somebody was faster")
        tracker.answers = {
            "NICK": lambda peer, message: peer.send(f":t 001 {message.params[0]} :Welcome"),
            "USER": lambda _peer, _message: None,
        }

    tracker.answers = {"USER": lose_it}
    screen = SeenScreen("secret", "ann", "anna")
    handshake, welcome = _admit(tracker, screen)
    handshake.connection.close()
    assert welcome.params[0] == "anna"
    assert screen.shown == ["error: ann: Somebody was faster"]


def test_refused_name_in_a_pipe_is_the_end(tracker: ScriptedTracker) -> None:
    with pytest.raises(Refused, match="bob: That username is taken"):
        _admit(tracker, SeenScreen("secret", "bob", is_interactive=False))
    tracker.peer().wait_for_end()


@pytest.mark.parametrize("numeric", ["431", "432", "433", "465"])
def test_refusals_of_a_name_are_told_in_the_trackers_words(tracker: ScriptedTracker, numeric: str) -> None:
    def refuse(peer: Peer, message: Message) -> None:
        tracker.answers = {}
        peer.send(f":t {numeric} * {message.params[0]} :Not that one")

    tracker.answers = {"NICK": refuse}
    screen = SeenScreen("secret", "one", "ann")
    handshake, _ = _admit(tracker, screen)
    handshake.connection.close()
    assert screen.shown == ["error: one: Not that one"]


def test_empty_password_is_not_sent() -> None:
    with scripted_tracker() as tracker:
        handshake, _ = _admit(tracker, SeenScreen("", "ann"))
        handshake.connection.close()
        assert tracker.peer().received[:3] == [
            "CAP LS 302",
            "CAP REQ :server-time echo-message batch draft/chathistory",
            "NICK ann",
        ]


def test_password_that_turns_out_to_be_needed_is_asked_again(tracker: ScriptedTracker) -> None:
    def refuse(peer: Peer, _message: Message) -> None:
        tracker.answers = {}
        peer.send(":t 464 * :Missing password", "ERROR :Closing link")
        peer.hang_up()

    tracker.answers = {"USER": refuse}
    screen = SeenScreen("", "ann", "secret")
    login = Login(_options(tracker), screen)
    handshake = login.enter()
    with pytest.raises(WrongPassword):
        login.register(handshake)
    handshake = login.enter()
    handshake, welcome = login.register(handshake)
    handshake.connection.close()
    assert welcome.params[0] == "ann", "the name is remembered"
    assert screen.shown == [f"error: {PASSWORD_WANTED}"]


def test_capabilities_in_several_lines_and_refused_ones() -> None:
    with scripted_tracker() as tracker:

        def answer(peer: Peer, message: Message) -> None:
            if message.params[0] == "LS":
                peer.send(":t CAP * LS * :sasl=PLAIN,SCRAM-SHA-256-PLUS batch", ":t CAP * LS :server-time")
            elif message.params[0] == "REQ":
                peer.send(":t NOTICE * :wait", f":t CAP * NAK :{message.params[1]}")

        tracker.answers = {"CAP": answer}
        handshake, _ = _admit(tracker, SeenScreen("", "ann"))
        handshake.connection.close()
        assert "CAP REQ :server-time batch" in tracker.peer().received
        assert handshake.capabilities == frozenset()


def test_nothing_is_requested_of_a_server_that_offers_nothing() -> None:
    with scripted_tracker() as tracker:
        tracker.capabilities = ""
        handshake, _ = _admit(tracker, SeenScreen("", "ann"))
        handshake.connection.close()
        assert not any(line.startswith("CAP REQ") for line in tracker.peer().received)


def test_refusal_of_the_tracker_is_told(tracker: ScriptedTracker) -> None:
    def refuse(peer: Peer, _message: Message) -> None:
        peer.send("ERROR :You are banned")
        peer.hang_up()

    tracker.answers = {"AUTHENTICATE": refuse}
    with pytest.raises(Refused, match=r"It says: You are banned$"):
        Login(_options(tracker), SeenScreen("secret")).enter()


def test_broken_connection_is_told(tracker: ScriptedTracker) -> None:
    tracker.answers = {"AUTHENTICATE": lambda peer, _: peer.hang_up()}
    with pytest.raises(Refused, match="broke"):
        Login(_options(tracker), SeenScreen("secret")).enter()


def test_silent_server_is_told(tracker: ScriptedTracker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversation, "ANSWER_TIMEOUT_S", 0.05)
    tracker.answers = {"AUTHENTICATE": lambda _peer, _message: None}
    with pytest.raises(Refused, match="does not answer"):
        Login(_options(tracker), SeenScreen("secret")).enter()
    tracker.peer().wait_for_end()


def test_entering_again_asks_nothing(tracker: ScriptedTracker) -> None:
    screen = SeenScreen("secret")
    login = Login(_options(tracker), screen)
    first = login.enter()
    second = login.enter_again()
    first.connection.close()
    second.connection.close()
    assert len(screen.secrets) == 1


def test_entering_again_when_the_password_has_changed(tracker: ScriptedTracker) -> None:
    login = Login(_options(tracker), SeenScreen("secret"))
    first = login.enter()
    tracker.password = "new"
    with pytest.raises(Refused, match="it is wrong"):
        login.enter_again()
    first.connection.close()


@pytest.mark.parametrize("content", ["secret\n", "secret\r\nmore\n", "secret", "\ufeffsecret\n"])
def test_password_file(tracker: ScriptedTracker, tmp_path: Path, content: str) -> None:
    path = tmp_path / "password"
    path.write_text(content, encoding="utf-8", newline="")
    screen = SeenScreen()
    handshake = Login(_options(tracker, password_file=path), screen).enter()
    handshake.connection.close()
    assert screen.secrets == []


def test_password_file_that_cannot_be_read(tracker: ScriptedTracker, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"cannot read the password file .*: No such file"):
        Login(_options(tracker, password_file=tmp_path / "none"), SeenScreen())
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="it is not UTF-8"):
        Login(_options(tracker, password_file=tmp_path / "binary"), SeenScreen())


@pytest.mark.parametrize("content", ["", "\n", "\r\nsecret\n", "\ufeff"])
def test_password_file_that_begins_with_no_password(tracker: ScriptedTracker, tmp_path: Path, content: str) -> None:
    """Without a password nothing would be authenticated: nobody wants that because a file was not written."""
    (tmp_path / "empty").write_text(content, encoding="utf-8", newline="")
    with pytest.raises(ConfigError, match="begins with an empty line"):
        Login(_options(tracker, password_file=tmp_path / "empty"), SeenScreen())


def test_empty_password_is_told_to_authenticate_nothing(tracker: ScriptedTracker) -> None:
    screen = SeenScreen("", "ann")
    handshake, _ = _admit(tracker, screen)
    handshake.connection.close()
    (caution,) = screen.cautions
    assert caution.startswith("warning: without a password nothing is authenticated")
    assert caution.endswith(tracker.identity.fingerprint)


def test_password_for_a_tracker_that_has_none_says_what_to_do() -> None:
    with scripted_tracker() as tracker:
        screen = SeenScreen("secret", "", "ann")
        handshake, welcome = _admit(tracker, screen)
        handshake.connection.close()
    assert welcome.params[0] == "ann"
    (told,) = screen.shown
    assert "this tracker has none (Enter alone connects without" in told


def test_after_the_last_try_the_certificate_can_be_compared(tracker: ScriptedTracker) -> None:
    with pytest.raises(Refused, match=f"somebody may be in between.* {tracker.identity.fingerprint}$"):
        Login(_options(tracker), SeenScreen("one", "two", "three")).enter()


@pytest.mark.parametrize("password", ["\U0001f98a", "x\x7f"])
def test_password_that_none_can_have_is_not_tried(tracker: ScriptedTracker, password: str) -> None:
    screen = SeenScreen(password, "secret", "ann")
    handshake, _ = _admit(tracker, screen)
    handshake.connection.close()
    (told,) = screen.shown
    assert "characters that passwords cannot have" in told
    assert tracker.peer().received == ["CAP LS 302"]
