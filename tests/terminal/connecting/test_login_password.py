"""The password: asked for, read from a file, refused, asked for again."""

from pathlib import Path

import pytest

from chatcore.errors import ConfigError
from chatcore.protocol.message import Message
from chatcore.terminal.connecting.given_password import NO_INVITATION
from chatcore.terminal.connecting.login import Login
from chatcore.terminal.connecting.questions import REQUIRED
from chatcore.terminal.connecting.turned_away import (
    NOT_ACCEPTED,
    PASSWORD_WANTED,
    Refused,
    WrongPassword,
)
from chatcore.transport.fingerprint import in_pairs
from tests.support.scripted import Peer, ScriptedTracker, scripted_tracker
from tests.support.seen import SeenScreen
from tests.terminal.connecting.entering import admit, options


def test_a_wrong_password_is_asked_for_again_on_a_new_connection(tracker: ScriptedTracker) -> None:
    screen = SeenScreen("guess", "secret", "ann")
    handshake, _ = admit(tracker, screen)
    handshake.connection.close()
    assert screen.shown == [f"error: {NOT_ACCEPTED}"]
    assert len(tracker.peers) == 2


def test_three_wrong_passwords_end_the_login(tracker: ScriptedTracker) -> None:
    screen = SeenScreen("one", "two", "three", "secret")
    with pytest.raises(Refused, match="3 times"):
        Login(options(tracker), screen).enter()
    assert screen.shown == [f"error: {NOT_ACCEPTED}"] * 3
    assert len(tracker.peers) == 3


def test_a_wrong_password_in_a_pipe_ends_the_login(tracker: ScriptedTracker) -> None:
    with pytest.raises(Refused, match="it is wrong"):
        Login(options(tracker), SeenScreen("guess", "secret", is_interactive=False)).enter()


def test_empty_password_is_not_sent() -> None:
    with scripted_tracker() as tracker:
        handshake, _ = admit(tracker, SeenScreen("", "ann"))
        handshake.connection.close()
        assert tracker.peer().received[:3] == [
            "CAP LS 302",
            "CAP REQ :server-time echo-message batch draft/chathistory",
            "NICK ann",
        ]


def test_a_password_needed_after_all_is_asked_for_again(tracker: ScriptedTracker) -> None:
    def refuse(peer: Peer, _message: Message) -> None:
        tracker.answers = {}
        peer.send(":t 464 * :Missing password", "ERROR :Closing link")
        peer.hang_up()

    tracker.answers = {"USER": refuse}
    screen = SeenScreen("", "ann", "secret")
    login = Login(options(tracker), screen)
    handshake = login.enter()
    with pytest.raises(WrongPassword):
        login.register(handshake)
    handshake = login.enter()
    handshake, welcome = login.register(handshake)
    handshake.connection.close()
    assert welcome.params[0] == "ann", "the name is remembered"
    assert screen.shown == [f"error: {PASSWORD_WANTED}"]


def test_entering_again_fails_when_the_password_has_changed(tracker: ScriptedTracker) -> None:
    login = Login(options(tracker), SeenScreen("secret"))
    first = login.enter()
    tracker.password = "new"
    with pytest.raises(Refused, match="it is wrong"):
        login.enter_again()
    first.connection.close()


@pytest.mark.parametrize("content", ["secret\n", "secret\r\nmore\n", "secret", "\ufeffsecret\n"])
def test_a_password_file_is_read(tracker: ScriptedTracker, tmp_path: Path, content: str) -> None:
    path = tmp_path / "password"
    path.write_text(content, encoding="utf-8", newline="")
    screen = SeenScreen()
    handshake = Login(options(tracker, password_file=path), screen).enter()
    handshake.connection.close()
    assert screen.secrets == []


def test_an_unreadable_password_file_is_an_error(tracker: ScriptedTracker, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"cannot read the password file .*: No such file"):
        Login(options(tracker, password_file=tmp_path / "none"), SeenScreen())
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="it is not UTF-8"):
        Login(options(tracker, password_file=tmp_path / "binary"), SeenScreen())


@pytest.mark.parametrize("content", ["", "\n", "\r\nsecret\n", "\ufeff"])
def test_a_password_file_with_an_empty_first_line_is_an_error(
    tracker: ScriptedTracker, tmp_path: Path, content: str
) -> None:
    """Without a password nothing would be authenticated: an unwritten file must not lead to that."""
    (tmp_path / "empty").write_text(content, encoding="utf-8", newline="")
    with pytest.raises(ConfigError, match="begins with an empty line"):
        Login(options(tracker, password_file=tmp_path / "empty"), SeenScreen())


def test_an_empty_password_warns_that_nothing_is_authenticated(tracker: ScriptedTracker) -> None:
    screen = SeenScreen("", "ann")
    handshake, _ = admit(tracker, screen)
    handshake.connection.close()
    (caution,) = screen.cautions
    assert caution.startswith("warning: without a password nothing is authenticated")
    assert caution.endswith(in_pairs(tracker.identity.fingerprint))


def test_an_unneeded_password_is_explained() -> None:
    with scripted_tracker() as tracker:
        screen = SeenScreen("secret", "", "ann")
        handshake, welcome = admit(tracker, screen)
        handshake.connection.close()
    assert welcome.params[0] == "ann"
    (told,) = screen.shown
    assert "this tracker has none (press Enter to join without one" in told


def test_the_last_refusal_shows_the_fingerprint(tracker: ScriptedTracker) -> None:
    with pytest.raises(
        Refused, match=f"somebody may be intercepting the connection.* {in_pairs(tracker.identity.fingerprint)}$"
    ):
        Login(options(tracker), SeenScreen("one", "two", "three")).enter()


@pytest.mark.parametrize("password", ["\U0001f98a", "x\x7f"])
def test_a_password_with_forbidden_characters_is_not_tried(tracker: ScriptedTracker, password: str) -> None:
    screen = SeenScreen(password, "secret", "ann")
    handshake, _ = admit(tracker, screen)
    handshake.connection.close()
    (told,) = screen.shown
    assert "characters that passwords cannot have" in told
    assert tracker.peer().received == ["CAP LS 302"]


def test_stray_blanks_around_a_password_are_ignored(tracker: ScriptedTracker) -> None:
    screen = SeenScreen("  secret\t", "ann")
    handshake, _ = admit(tracker, screen)
    handshake.connection.close()
    assert screen.shown == []
    assert len(tracker.peers) == 1


def test_blanks_that_belong_to_a_password_are_kept() -> None:
    with scripted_tracker(" secret") as tracker:
        screen = SeenScreen(" secret", "ann")
        handshake, _ = admit(tracker, screen)
        handshake.connection.close()
        assert screen.shown == []
        assert len(screen.secrets) == 1


def test_a_wrong_password_with_blanks_is_one_attempt(tracker: ScriptedTracker) -> None:
    screen = SeenScreen(" one", "two ", "three", "secret")
    with pytest.raises(Refused, match="3 times"):
        Login(options(tracker), screen).enter()
    assert screen.shown == [f"error: {NOT_ACCEPTED}"] * 3


@pytest.mark.parametrize("typed", ["", "https://chat.example/#tea"])
def test_a_required_password_is_asked_for_until_it_is_given(tracker: ScriptedTracker, typed: str) -> None:
    """A user who gives none sees that before the name prompt."""
    tracker.capabilities += " chatcore/password=required"
    screen = SeenScreen(typed, "secret", "ann")
    handshake, _ = admit(tracker, screen)
    handshake.connection.close()
    assert screen.secrets == [REQUIRED] * 2
    assert screen.shown == [f"error: {NO_INVITATION if typed else PASSWORD_WANTED}"]
    assert len(tracker.peers) == 1


def test_a_pipe_has_to_give_a_required_password(tracker: ScriptedTracker) -> None:
    tracker.capabilities += " chatcore/password=required"
    with pytest.raises(Refused, match=f"^{PASSWORD_WANTED}$"):
        admit(tracker, SeenScreen("", is_interactive=False))
    tracker.peer().wait_for_end()
    assert tracker.peer().received == ["CAP LS 302"]


def test_entering_again_fails_if_a_password_became_required(tracker: ScriptedTracker) -> None:
    tracker.password = ""
    login = Login(options(tracker), SeenScreen(""))
    login.enter().connection.close()
    tracker.capabilities += " chatcore/password=required"
    with pytest.raises(Refused, match=f"^{PASSWORD_WANTED}$"):
        login.enter_again()
