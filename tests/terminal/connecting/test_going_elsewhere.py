"""The tracker is gone: the client moves to another tracker of the same chat."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from chatcore.protocol.message import Message
from chatcore.terminal.arguments import Options
from chatcore.terminal.chat import Chat
from chatcore.terminal.connecting import comeback, ticket
from chatcore.terminal.connecting.login import Login
from chatcore.terminal.local import Local
from chatcore.terminal.outcome import Outcome
from chatcore.terminal.session.returning import RESUMED
from chatcore.terminal.session.session import Session
from chatcore.transport.fingerprint import format_fingerprint
from tests.support.scripted import Peer, ScriptedTracker, identity, scripted_tracker
from tests.support.seen import SeenScreen

CAPABILITIES = "server-time echo-message batch labeled-response draft/chathistory chatcore/resume chatcore/trackers"
LEFT = "ERROR :the tracker has left"


class Pair:
    """Two trackers of one chat: either accepts the latest token; each announces the other."""

    def __init__(self, *trackers: ScriptedTracker) -> None:
        self.trackers = trackers
        self.tokens: list[str] = []
        self.lists = {trackers[0]: _address(trackers[1]), trackers[1]: _address(trackers[0])}
        for number, tracker in enumerate(trackers):
            tracker.identity = identity(f"of {number}")
            self._script(tracker)

    def end(self, tracker: ScriptedTracker, *last: str) -> None:
        """Make a tracker end its connections and accept no more."""
        tracker.answers["CAP"] = lambda peer, _message: peer.hang_up()
        for peer in list(tracker.peers):
            peer.send(*last)
            peer.hang_up()

    def _script(self, tracker: ScriptedTracker) -> None:
        take_user, resumed = tracker._take_user, set[Peer]()

        def welcome(peer: Peer, message: Message) -> None:
            take_user(peer, message)
            self.tokens.append(f"token{len(self.tokens)}")
            peer.send(f":t RESUME TOKEN {self.tokens[-1]}", f":t TRACKERS :{self.lists[tracker]}")
            if peer in resumed:
                names = (":t 353 ann = #lobby :@ann", ":t 366 ann #lobby :End")
                peer.send(":ann!u@h JOIN #lobby", *names)

        def resume(peer: Peer, message: Message) -> None:
            if message.params[0] == self.tokens[-1]:
                resumed.add(peer)
                peer.send(":t RESUME SUCCESS ann")
            else:
                peer.send(":t FAIL RESUME INVALID_TOKEN :That is over")

        def history(peer: Peer, message: Message) -> None:
            peer.send(f"@label={message.tags['label']} :t BATCH +b chathistory {message.params[1]}", ":t BATCH -b")

        tracker.capabilities = CAPABILITIES
        tracker.answers = {"USER": welcome, "RESUME": resume, "CHATHISTORY": history}


def _leave(peer: Peer, _message: Message) -> None:
    peer.send(LEFT)
    peer.hang_up()


def _address(tracker: ScriptedTracker) -> str:
    return f"127.0.0.1:{tracker.port}"


@pytest.fixture(params=["secret", ""], ids=["password", "none"])
def password(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def pair(monkeypatch: pytest.MonkeyPatch, password: str) -> Iterator[Pair]:
    monkeypatch.setattr(comeback, "PAUSES_S", (0.01,))
    monkeypatch.setattr(ticket, "randrange", lambda _most: 0)
    with scripted_tracker(password) as first, scripted_tracker(password) as second:
        pair = Pair(first, second)
        for tracker, other in ((first, second), (second, first)):
            pin = format_fingerprint(certificate_of(other))
            pair.lists[tracker] += f";certfp={pin}"
        yield pair


def certificate_of(tracker: ScriptedTracker) -> bytes:
    """Return a tracker's certificate (DER), as clients see it."""
    from chatcore.terminal.connecting.socket_connection import connect

    connection = connect("127.0.0.1", tracker.port, "here")
    try:
        assert connection.certificate is not None
        return connection.certificate
    finally:
        connection.close()
        tracker.peer().wait_for_end()
        tracker.peers.clear()


@contextmanager
def visit(tracker: ScriptedTracker, screen: SeenScreen, password: str) -> Iterator[list[Outcome]]:
    """Run a visit of ann in a thread of its own; the outcome is in the list after the block."""
    screen.type_first(password)
    login = Login(Options("127.0.0.1", tracker.port, "ann"), screen)
    handshake, welcome = login.register(login.enter())
    session = Session("ann", handshake.capabilities, shows_all=False)
    chat = Chat(session, handshake, screen, login, Local(Path(), Path()))
    outcomes: list[Outcome] = []
    thread = threading.Thread(target=lambda: outcomes.append(chat.run(welcome)))
    thread.start()
    try:
        screen.wait_for("* in #lobby: @ann")
        yield outcomes
    finally:
        screen.type("/quit")
        thread.join()


def _words(peer: Peer) -> list[str]:
    return [line.split()[0] for line in peer.received]


@pytest.mark.parametrize("last", [(), (LEFT,)], ids=["lost", "left"])
def test_the_visit_is_resumed_at_the_other_tracker(pair: Pair, password: str, last: tuple[str, ...]) -> None:
    first, second = pair.trackers
    screen = SeenScreen()
    with visit(first, screen, password):
        pair.end(first, *last)
        screen.wait_for(f"* {RESUMED}; you are now at {_address(second)}")
        screen.type("here again")
        screen.wait_for("[#lobby] <ann> here again")
    assert "AUTHENTICATE" not in _words(second.peer()), "the token replaces a login"
    assert "JOIN" not in _words(second.peer())


def test_the_client_stays_while_its_tracker_is_reachable(pair: Pair, password: str) -> None:
    first, second = pair.trackers
    screen = SeenScreen()
    with visit(first, screen, password):
        first.peer().hang_up()
        screen.wait_for(f"* {RESUMED}")
    assert second.peers == []


def test_the_client_goes_back_when_the_other_tracker_ends(pair: Pair, password: str) -> None:
    first, second = pair.trackers
    screen = SeenScreen()
    with visit(first, screen, password):
        pair.end(first)
        screen.wait_for(f"* {RESUMED}; you are now at {_address(second)}")
        del first.answers["CAP"]
        pair.lists[second] = ""
        pair.end(second)
        screen.wait_for(f"* {RESUMED}; you are now at {_address(first)}")


def test_only_the_announced_certificate_is_trusted(pair: Pair, password: str) -> None:
    """A stranger at that address is neither shown the token nor asked to prove the password."""
    first, second = pair.trackers
    second.identity = identity("a stranger's")
    screen = SeenScreen()
    with visit(first, screen, password):
        pair.end(first)
        second.peer(1)
        del first.answers["CAP"]
        screen.wait_for(f"* {RESUMED}")
    assert [peer.received for peer in second.peers] == [[]] * len(second.peers)


def test_the_chat_is_over_when_all_trackers_have_left(pair: Pair, password: str) -> None:
    first, second = pair.trackers
    second.answers["CAP"] = _leave
    screen = SeenScreen()
    with visit(first, screen, password) as outcomes:
        pair.end(first, LEFT)
        screen.wait_for_end()
    assert outcomes == [Outcome.SAID_GOODBYE]
    assert screen.shown[-1] == "* the tracker has left"
    assert len(second.peers) == comeback.MOST_ROUNDS_WHEN_GONE


def test_a_tracker_leaving_during_the_return_is_not_retried(pair: Pair, password: str) -> None:
    first, second = pair.trackers
    screen = SeenScreen()
    with visit(first, screen, password):
        first.answers["CAP"] = _leave
        first.peer().hang_up()
        screen.wait_for(f"* {RESUMED}; you are now at {_address(second)}")
    assert len(first.peers) == 2
