"""A guest inside a tracker: comes in without being asked anything, and leaves nothing behind."""

import threading
from collections.abc import Iterator

import pytest

from chatcore.protocol.goodbye import TRACKER_LEFT
from chatcore.protocol.invitations import make_invitation
from chatcore.terminal import guest
from chatcore.terminal.chat import LOGGED_OUT
from chatcore.terminal.connecting.connection import Connection
from chatcore.terminal.connecting.guest_login import NOT_A_NAME, WANTED_BY_GUESTS
from chatcore.terminal.connecting.turned_away import Refused
from tests.support.inside import Inside, inside
from tests.support.scripted import ScriptedTracker, scripted_tracker
from tests.support.seen import SeenScreen
from tests.support.trackers import Hosted


@pytest.fixture
def tracker() -> Iterator[ScriptedTracker]:
    with scripted_tracker(taken=("bob",)) as tracker:
        tracker.capabilities = " ".join([*WANTED_BY_GUESTS, "chatcore/resume", "chatcore/trackers"])
        yield tracker


@pytest.fixture
def ways(tracker: ScriptedTracker) -> Iterator[Inside]:
    with inside(tracker.port) as ways:
        yield ways


def test_guest_is_asked_nothing_and_told_nothing_of_certificates(tracker: ScriptedTracker, ways: Inside) -> None:
    screen = SeenScreen("hello", "/quit")
    assert guest.run(screen, ways.open, "ann") == 0
    assert (screen.questions, screen.secrets, screen.cautions) == ([], [], [])
    assert "<ann> hello" in "\n".join(screen.shown)
    commands = [line.partition(" ")[0] for line in tracker.peer().received]
    assert commands[:5] == ["CAP", "CAP", "NICK", "USER", "CAP"]
    assert not {"PASS", "AUTHENTICATE", "RESUME"} & set(commands)
    (requested,) = [line for line in tracker.peer().received if line.startswith("CAP REQ")]
    assert set(requested.partition(":")[2].split()) == set(WANTED_BY_GUESTS)
    assert not screen.has_swallowed_keys


def test_guest_begins_in_the_room_that_was_named(tracker: ScriptedTracker, ways: Inside) -> None:
    assert guest.run(SeenScreen("/quit"), ways.open, "ann", room="#dev", room_key="key") == 0
    assert "JOIN #dev key" in tracker.peer().received


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("", []),
        ("bob", ["error: bob: That username is taken"]),
        (make_invitation(bytes(20)).text, [f"error: {NOT_A_NAME}"]),
    ],
)
def test_unusable_name_is_asked_for_again(ways: Inside, name: str, told: list[str]) -> None:
    screen = SeenScreen("bob", " ann ", "/quit")
    assert guest.run(screen, ways.open, name) == 0
    assert screen.questions == ["Username: "] * 2
    assert screen.shown[: len(told) + 1] == [*told, "error: bob: That username is taken"]


def test_pipe_with_an_unusable_name_ends_with_words(ways: Inside) -> None:
    screen = SeenScreen("hello", is_interactive=False)
    assert guest.run(screen, ways.open, "bob") == 1
    assert screen.shown == ["error: bob: That username is taken"]
    screen = SeenScreen(EOFError(), is_interactive=False)
    assert guest.run(screen, ways.open) == 1
    assert screen.shown == ["error: there was no line for: Username"]


@pytest.mark.parametrize(("left", "status"), [("exit", 0), (EOFError(), 0), (KeyboardInterrupt(), 130)])
def test_guest_may_leave_instead_of_giving_a_name(
    tracker: ScriptedTracker, ways: Inside, left: str | BaseException, status: int
) -> None:
    assert guest.run(SeenScreen(left), ways.open) == status
    tracker.peer().wait_for_end()
    assert tracker.peer().received[-1] == "QUIT"


def test_end_at_the_question_is_told_and_ends_the_visit(tracker: ScriptedTracker, ways: Inside) -> None:
    screen = SeenScreen()
    ending = threading.Thread(target=lambda: _end(tracker, "ERROR :Closing link: too slow"))
    ending.start()
    assert guest.run(screen, ways.open) == 0
    ending.join()
    assert screen.shown == ["* Closing link: too slow"]


def test_refusal_instead_of_a_welcome_is_told(tracker: ScriptedTracker, ways: Inside) -> None:
    tracker.answers = {"NICK": lambda _peer, _message: _end(tracker, "ERROR :Closing link: You are banned")}
    screen = SeenScreen()
    assert guest.run(screen, ways.open, "ann") == 1
    assert screen.shown == ["error: Closing link: You are banned"]
    assert screen.has_swallowed_keys


def test_whoever_is_asked_for_a_password_is_not_let_in(tracker: ScriptedTracker, ways: Inside) -> None:
    tracker.answers = {"NICK": lambda peer, _message: peer.send(":t 464 * :Wrong password")}
    screen = SeenScreen()
    assert guest.run(screen, ways.open, "ann") == 1
    assert screen.shown == ["error: Wrong password"]


def test_connection_that_cannot_be_opened_is_told() -> None:
    def refuse() -> Connection:
        raise Refused("the chat is full")

    screen = SeenScreen()
    assert guest.run(screen, refuse, "ann") == 1
    assert screen.shown == ["error: the chat is full"]


def test_visit_ends_with_its_connection(tracker: ScriptedTracker, ways: Inside) -> None:
    """Nobody looks for another one, though a person is there who would wait."""
    screen = SeenScreen()
    tracker.answers = {"JOIN": lambda _peer, _message: _end(tracker)}
    assert guest.run(screen, ways.open, "ann") == 1
    assert screen.shown[-1] == "error: the connection to the tracker broke"
    assert len(tracker.peers) == 1


def test_guest_who_logs_out_leaves(tracker: ScriptedTracker, ways: Inside) -> None:
    screen = SeenScreen("/logout")
    assert guest.run(screen, ways.open, "ann") == 0
    assert screen.shown[-1] == f"* {LOGGED_OUT}"
    assert tracker.peer().received[-1] == "QUIT"
    assert len(tracker.peers) == 1


def test_fault_of_ours_is_raised(tracker: ScriptedTracker, ways: Inside, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise LookupError("a fault of ours")

    screen = SeenScreen()
    monkeypatch.setattr(screen, "show_status", fail)
    with pytest.raises(LookupError):
        guest.run(screen, ways.open, "ann")


def test_guests_in_a_real_tracker(hosted: Hosted) -> None:
    """Two of them, in threads of their own, and somebody with an ordinary client."""
    bob = hosted.client("bob", "#lobby")
    screens = {"ann": SeenScreen("hello from ann"), "cleo": SeenScreen()}
    status: dict[str, int] = {}
    with inside(hosted.port) as ways:

        def visit(name: str) -> None:
            status[name] = guest.run(screens[name], ways.open, name)

        guests = [threading.Thread(target=visit, args=(name,)) for name in screens]
        for each in guests:
            each.start()
        screens["cleo"].wait_for("[#lobby] <ann> hello from ann")
        bob.send("PRIVMSG #lobby :hello all")
        for screen in screens.values():
            screen.wait_for("[#lobby] <bob> hello all")
        screens["ann"].type("/quit")
        guests[0].join()
        hosted.tracker.stop()
        guests[1].join()
    assert status == {"ann": 0, "cleo": 0}
    assert screens["cleo"].shown[-1] == f"* {TRACKER_LEFT}"


def _end(tracker: ScriptedTracker, *lines: str) -> None:
    peer = tracker.peer()
    peer.send(*lines)
    peer.hang_up()
