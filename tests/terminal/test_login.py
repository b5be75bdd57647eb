"""Password and name: asked, refused, asked again."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatcore.errors import ConfigError
from chatcore.protocol.message import Message
from chatcore.terminal import handshake as handshake_module
from chatcore.terminal.arguments import Options
from chatcore.terminal.handshake import Handshake, Refused, WrongPassword
from chatcore.terminal.login import EndedAtPrompt, LeftAtPrompt, Login
from tests.terminal.scripted import DEADLINE_S, Peer, ScriptedTracker, scripted_tracker
from tests.terminal.seen import SeenScreen


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
    tracker.peer().wait_for("CAP END")
    handshake.connection.close()
    assert screen.secrets == ["Password (Enter if there is none): "]
    assert screen.questions == ["Username: "]
    assert welcome.params == ("ann", "Welcome, ann!")
    assert handshake.capabilities == {"server-time", "echo-message", "batch", "draft/chathistory"}
    assert tracker.peer().received == [
        "PASS secret",
        "PING handshake-1",
        "CAP LS 302",
        "CAP REQ :server-time echo-message batch draft/chathistory",
        "NICK ann",
        "PING handshake-2",
        "USER ann 0 * ann",
        "CAP END",
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
    assert screen.shown == ["error: Wrong password"]
    assert len(tracker.peers) == 2


def test_three_wrong_passwords_are_enough(tracker: ScriptedTracker) -> None:
    screen = SeenScreen("one", "two", "three", "secret")
    with pytest.raises(Refused, match="3 times"):
        Login(_options(tracker), screen).enter()
    assert screen.shown == ["error: Wrong password"] * 3
    assert len(tracker.peers) == 3


def test_wrong_password_in_a_pipe_is_the_end(tracker: ScriptedTracker) -> None:
    with pytest.raises(Refused, match="Wrong password"):
        Login(_options(tracker), SeenScreen("guess", "secret", is_interactive=False)).enter()


def test_name_that_is_taken_is_asked_again_on_the_same_connection(tracker: ScriptedTracker) -> None:
    screen = SeenScreen("secret", "bob", "ann")
    handshake, welcome = _admit(tracker, screen)
    handshake.connection.close()
    assert welcome.params[0] == "ann"
    assert screen.shown == ["error: bob: That username is taken"]
    assert len(tracker.peers) == 1
    assert [line for line in tracker.peer().received if line.startswith("USER")] == ["USER ann 0 * ann"]


def test_given_name_that_is_taken_is_asked_again(tracker: ScriptedTracker) -> None:
    screen = SeenScreen("secret", "ann")
    handshake, welcome = _admit(tracker, screen, "bob")
    handshake.connection.close()
    assert welcome.params[0] == "ann"


def test_name_that_is_taken_at_the_last_moment(tracker: ScriptedTracker) -> None:
    def lose_it(peer: Peer, _message: Message) -> None:
        peer.send(":t 433 * ann :Somebody was faster")
        tracker.answers = {"NICK": lambda peer, message: peer.send(f":t 001 {message.params[0]} :Welcome")}

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
        assert tracker.peer().received[0] == "PING handshake-1"


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
    assert screen.shown == ["error: Missing password"]


def test_slow_typist_gets_a_new_connection(tracker: ScriptedTracker) -> None:
    class Slow(SeenScreen):
        def ask(self, question: str, *, is_secret: bool = False) -> str:
            if is_secret:
                tracker.peer().send("ERROR :Too slow")
                tracker.peer().hang_up()
                tracker.peer().wait_for_end()
            return super().ask(question, is_secret=is_secret)

    handshake, _ = _admit(tracker, Slow("secret", "ann"))
    handshake.connection.close()
    tracker.peer(1).wait_for("CAP END")


def test_server_that_answers_ping_and_cap_only_later() -> None:
    with scripted_tracker() as tracker:
        tracker.answers = {
            "PING": lambda peer, _: peer.send(":t 451 * :You have not registered"),
            "CAP": lambda peer, _: peer.send(":t 421 * CAP :Unknown command"),
        }
        handshake, welcome = _admit(tracker, SeenScreen("", "ann"))
        handshake.connection.close()
        assert welcome.params[0] == "ann"
        assert handshake.capabilities == frozenset()


def test_capabilities_in_several_lines_and_refused_ones() -> None:
    with scripted_tracker() as tracker:

        def answer(peer: Peer, message: Message) -> None:
            if message.params[0] == "LS":
                peer.send(":t CAP * LS * :sasl=PLAIN batch", ":t CAP * LS :server-time")
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

    tracker.answers = {"PASS": refuse}
    with pytest.raises(Refused, match=r"^You are banned$"):
        Login(_options(tracker), SeenScreen("secret")).enter()


def test_broken_connection_is_told(tracker: ScriptedTracker) -> None:
    tracker.answers = {"PASS": lambda peer, _: peer.hang_up()}
    with pytest.raises(Refused, match="broke"):
        Login(_options(tracker), SeenScreen("secret")).enter()


def test_silent_server_is_told(tracker: ScriptedTracker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handshake_module, "ANSWER_TIMEOUT_S", 0.05)
    tracker.answers = {"PING": lambda _peer, _message: None}
    with pytest.raises(Refused, match="does not answer"):
        Login(_options(tracker), SeenScreen("secret")).enter()
    tracker.peer().wait_for_end()


@pytest.mark.parametrize("line", [KeyboardInterrupt(), EOFError()])
def test_leaving_at_the_password_prompt(tracker: ScriptedTracker, line: BaseException) -> None:
    with pytest.raises((KeyboardInterrupt, LeftAtPrompt)):
        Login(_options(tracker), SeenScreen(line)).enter()
    tracker.peer().wait_for_end()
    assert tracker.peer().received == ["QUIT"]


@pytest.mark.parametrize("line", [KeyboardInterrupt(), EOFError(), "exit"])
def test_leaving_at_the_username_prompt(tracker: ScriptedTracker, line: str | BaseException) -> None:
    with pytest.raises((KeyboardInterrupt, LeftAtPrompt)):
        _admit(tracker, SeenScreen("secret", line))
    tracker.peer().wait_for_end()
    assert tracker.peer().received[-1] == "QUIT"


def test_blank_name_is_asked_again_without_a_word(tracker: ScriptedTracker) -> None:
    handshake, welcome = _admit(tracker, SeenScreen("secret", "", "  ", " ann "))
    handshake.connection.close()
    assert welcome.params[0] == "ann"


@pytest.mark.parametrize("farewell", ["the tracker has left", None])
def test_tracker_that_leaves_while_a_name_is_chosen(tracker: ScriptedTracker, farewell: str | None) -> None:
    class Watching(SeenScreen):
        def ask(self, question: str, *, is_secret: bool = False) -> str:
            if not is_secret:
                tracker.peer().send(*([f"ERROR :{farewell}"] if farewell else []))
                tracker.peer().hang_up()
            return super().ask(question, is_secret=is_secret)

    with pytest.raises(EndedAtPrompt) as raised:
        _admit(tracker, Watching("secret"))
    assert raised.value.farewell == farewell


def test_waking_without_a_reason_asks_again(tracker: ScriptedTracker) -> None:
    screen = SeenScreen("secret", "ann")
    login = Login(_options(tracker), screen)
    handshake = login.enter()
    screen.wake()
    handshake, welcome = login.register(handshake)
    handshake.connection.close()
    assert welcome.params[0] == "ann"
    assert screen.questions == ["Username: "] * 2


def test_tracker_without_a_password_that_does_not_wait_for_a_name() -> None:
    class Slow(SeenScreen):
        def ask(self, question: str, *, is_secret: bool = False) -> str:
            if not is_secret:
                tracker.peer().send("ERROR :Registration timed out")
                tracker.peer().hang_up()
                tracker.peer().wait_for_end()
                ended.wait(DEADLINE_S)
            return super().ask(question, is_secret=is_secret)

    with scripted_tracker() as tracker:
        ended = threading.Event()
        login = Login(_options(tracker), Slow("", "ann"))
        handshake = login.enter()
        handshake.connection.wake_at_end(ended.set)
        handshake, welcome = login.register(handshake)
        handshake.connection.close()
        assert welcome.params[0] == "ann"
        assert len(tracker.peers) == 2


def test_pipe_that_ends_too_early(tracker: ScriptedTracker) -> None:
    with pytest.raises(Refused, match="no line for: Username"):
        _admit(tracker, SeenScreen("secret", EOFError(), is_interactive=False))


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
    with pytest.raises(Refused, match="Wrong password"):
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


@pytest.mark.parametrize("end", ["\n", "\r", "\nmore", "\0"])
def test_pasted_line_end_is_not_part_of_an_answer(tracker: ScriptedTracker, end: str) -> None:
    handshake, welcome = _admit(tracker, SeenScreen(f"secret{end}", f"ann{end}"))
    handshake.connection.close()
    assert welcome.params[0] == "ann"


def test_password_with_a_space_and_a_colon() -> None:
    with scripted_tracker(":a b c") as tracker:
        handshake, _ = _admit(tracker, SeenScreen(":a b c", "ann"))
        handshake.connection.close()
        assert tracker.peer().received[0] == "PASS ::a b c"
