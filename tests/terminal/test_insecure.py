"""--insecure: no TLS, or TLS without the proof. Each time a warning says what that means."""

from collections.abc import Iterator

import pytest

from chatcore.terminal.arguments import Options
from chatcore.terminal.connecting import socket_connection
from chatcore.terminal.connecting.handshake import Handshake
from chatcore.terminal.connecting.login import Login
from chatcore.terminal.connecting.turned_away import Refused
from tests.support.scripted import ScriptedTracker, scripted_tracker
from tests.support.seen import SeenScreen


@pytest.fixture
def tracker() -> Iterator[ScriptedTracker]:
    with scripted_tracker("secret") as tracker:
        yield tracker


def _admit(tracker: ScriptedTracker, screen: SeenScreen) -> Handshake:
    login = Login(Options("127.0.0.1", tracker.port, is_insecure=True), screen)
    handshake, _ = login.register(login.enter())
    handshake.connection.close()
    return handshake


def test_the_password_is_sent_over_unauthenticated_tls(tracker: ScriptedTracker) -> None:
    tracker.sasl = None
    screen = SeenScreen("secret", "ann")
    handshake = _admit(tracker, screen)
    tracker.peer().wait_for("PING arrival")
    assert tracker.peer().is_encrypted
    assert tracker.peer().received == [
        "CAP LS 302",
        "PASS secret",
        "CAP REQ :server-time echo-message batch draft/chathistory",
        "PING handshake-1",
        "NICK ann",
        "USER ann 0 * ann",
        "CAP END",
        "PING arrival",
    ]
    assert handshake.capabilities == {"server-time", "echo-message", "batch", "draft/chathistory"}
    (caution,) = screen.cautions
    assert caution.startswith("warning: --insecure: this connection is encrypted, but not authenticated")


def test_a_server_without_tls_gets_the_password_in_the_clear(
    tracker: ScriptedTracker, monkeypatch: pytest.MonkeyPatch
) -> None:
    tracker.speaks_tls = False
    monkeypatch.setattr(socket_connection, "CONNECT_TIMEOUT_S", 0.2)  # the server may wait for the rest of a line
    screen = SeenScreen("secret", "ann")
    _admit(tracker, screen)
    plain = tracker.peers[-1]
    assert not plain.is_encrypted
    assert plain.received[1] == "PASS secret"
    (caution,) = screen.cautions
    assert caution.startswith("warning: --insecure: this connection is NOT encrypted")


def test_every_connection_shows_the_warning(tracker: ScriptedTracker) -> None:
    screen = SeenScreen("guess", "secret", "ann")
    _admit(tracker, screen)
    assert screen.shown == ["error: Wrong password"]
    assert len(screen.cautions) == len(tracker.peers) == 2


def test_empty_password_is_not_sent() -> None:
    with scripted_tracker() as tracker:
        screen = SeenScreen("", "ann")
        _admit(tracker, screen)
        assert not any(line.startswith("PASS") for line in tracker.peer().received)
        assert len(screen.cautions) == 1


def test_password_with_a_space_and_a_colon() -> None:
    with scripted_tracker(":a b c") as tracker:
        _admit(tracker, SeenScreen(":a b c", "ann"))
        assert tracker.peer().received[1] == "PASS ::a b c"


def test_a_server_may_refuse_ping_and_cap_before_registration() -> None:
    with scripted_tracker() as tracker:
        tracker.answers = {
            "PING": lambda peer, _: peer.send(":t 451 * :You have not registered"),
            "CAP": lambda peer, _: peer.send(":t 421 * CAP :Unknown command"),
        }
        assert _admit(tracker, SeenScreen("", "ann")).capabilities == frozenset()


@pytest.mark.parametrize("sasl", [None, "sasl", "sasl=PLAIN,SCRAM-SHA-256"])
def test_without_the_option_the_connection_is_refused(tracker: ScriptedTracker, sasl: str | None) -> None:
    tracker.sasl = sasl
    screen = SeenScreen("secret", "ann")
    with pytest.raises(Refused, match="SCRAM-SHA-256-PLUS"):
        Login(Options("127.0.0.1", tracker.port), screen).enter()
    tracker.peer().wait_for_end()
    assert tracker.peer().received == ["CAP LS 302"]
    assert screen.secrets == [], "the client must not ask for the password"
