"""A guest inside a tracker: enters without any question, and leaves nothing behind."""

import builtins
import io
import os
import signal
import threading
from collections.abc import Iterator

import pytest
from prompt_toolkit.input.ansi_escape_sequences import ANSI_SEQUENCES

from chatcore.protocol.goodbye import TRACKER_LEFT
from chatcore.protocol.invitations import make_invitation
from chatcore.terminal import guest
from chatcore.terminal.chat import LOGGED_OUT
from chatcore.terminal.commands.slash import find, names
from chatcore.terminal.connecting.connection import Connection
from chatcore.terminal.connecting.guest_login import NOT_A_NAME, WANTED_BY_GUESTS
from chatcore.terminal.connecting.turned_away import Refused
from tests.support.inside import Inside, inside
from tests.support.scripted import ScriptedTracker, scripted_tracker
from tests.support.seen import SeenScreen
from tests.support.trackers import Hosted
from tests.support.window import DEADLINE_S, Window


@pytest.fixture
def tracker() -> Iterator[ScriptedTracker]:
    with scripted_tracker(taken=("bob",)) as tracker:
        tracker.capabilities = " ".join([*WANTED_BY_GUESTS, "chatcore/resume", "chatcore/trackers"])
        yield tracker


@pytest.fixture
def ways(tracker: ScriptedTracker) -> Iterator[Inside]:
    with inside(tracker.port) as ways:
        yield ways


def test_a_guest_sees_no_question_and_no_certificate_warning(tracker: ScriptedTracker, ways: Inside) -> None:
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


def test_a_guest_begins_in_the_given_room(tracker: ScriptedTracker, ways: Inside) -> None:
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
def test_an_unusable_name_is_asked_for_again(ways: Inside, name: str, told: list[str]) -> None:
    screen = SeenScreen("bob", " ann ", "/quit")
    assert guest.run(screen, ways.open, name) == 0
    assert screen.questions == ["Username: "] * 2
    assert screen.shown[: len(told) + 1] == [*told, "error: bob: That username is taken"]


def test_a_pipe_with_an_unusable_name_ends_with_an_error(ways: Inside) -> None:
    screen = SeenScreen("hello", is_interactive=False)
    assert guest.run(screen, ways.open, "bob") == 1
    assert screen.shown == ["error: bob: That username is taken"]
    screen = SeenScreen(EOFError(), is_interactive=False)
    assert guest.run(screen, ways.open) == 1
    assert screen.shown == ["error: there was no line for: Username"]


@pytest.mark.parametrize(("left", "status"), [("exit", 0), (EOFError(), 0), (KeyboardInterrupt(), 130)])
def test_a_guest_may_leave_at_the_name_prompt(
    tracker: ScriptedTracker, ways: Inside, left: str | BaseException, status: int
) -> None:
    assert guest.run(SeenScreen(left), ways.open) == status
    tracker.peer().wait_for_end()
    assert tracker.peer().received[-1] == "QUIT"


def test_the_end_of_the_connection_ends_the_name_prompt(tracker: ScriptedTracker, ways: Inside) -> None:
    screen = SeenScreen()
    ending = threading.Thread(target=lambda: _end(tracker, "ERROR :Closing link: too slow"))
    ending.start()
    assert guest.run(screen, ways.open) == 0
    ending.join()
    assert screen.shown == ["* Closing link: too slow"]


def test_a_refusal_is_shown(tracker: ScriptedTracker, ways: Inside) -> None:
    tracker.answers = {"NICK": lambda _peer, _message: _end(tracker, "ERROR :Closing link: You are banned")}
    screen = SeenScreen()
    assert guest.run(screen, ways.open, "ann") == 1
    assert screen.shown == ["error: Closing link: You are banned"]
    assert screen.has_swallowed_keys


def test_a_password_demand_ends_the_visit(tracker: ScriptedTracker, ways: Inside) -> None:
    tracker.answers = {"NICK": lambda peer, _message: peer.send(":t 464 * :Wrong password")}
    screen = SeenScreen()
    assert guest.run(screen, ways.open, "ann") == 1
    assert screen.shown == ["error: Wrong password"]


def test_a_failure_to_connect_is_shown() -> None:
    def refuse() -> Connection:
        raise Refused("the chat is full")

    screen = SeenScreen()
    assert guest.run(screen, refuse, "ann") == 1
    assert screen.shown == ["error: the chat is full"]


def test_the_visit_ends_with_its_connection(tracker: ScriptedTracker, ways: Inside) -> None:
    """No other connection is looked for, though the user could wait for one."""
    screen = SeenScreen()
    tracker.answers = {"JOIN": lambda _peer, _message: _end(tracker)}
    assert guest.run(screen, ways.open, "ann") == 1
    assert screen.shown[-1] == "error: the connection to the tracker broke"
    assert len(tracker.peers) == 1


def test_logout_ends_the_visit(tracker: ScriptedTracker, ways: Inside) -> None:
    screen = SeenScreen("/logout")
    assert guest.run(screen, ways.open, "ann") == 0
    assert f"* {LOGGED_OUT}" in screen.shown
    tracker.peer().wait_for("QUIT")
    assert len(tracker.peers) == 1


def test_internal_faults_are_raised(tracker: ScriptedTracker, ways: Inside, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise LookupError("a fault of ours")

    screen = SeenScreen()
    monkeypatch.setattr(screen, "show_status", fail)
    with pytest.raises(LookupError):
        guest.run(screen, ways.open, "ann")


def test_guests_in_a_real_tracker(hosted: Hosted) -> None:
    """Two guests, each in a thread of its own, and a user with an ordinary client."""
    bob = hosted.client("bob", "#lobby")
    screens = {"ann": SeenScreen(), "cleo": SeenScreen()}
    status: dict[str, int] = {}
    with inside(hosted.port) as ways:

        def visit(name: str) -> None:
            status[name] = guest.run(screens[name], ways.open, name)

        guests = [threading.Thread(target=visit, args=(name,)) for name in screens]
        for each in guests:
            each.start()
        for screen in screens.values():
            _wait_for_arrival(screen)
        screens["ann"].type("hello from ann")
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


def _wait_for_arrival(screen: SeenScreen) -> None:
    """Wait until the guest has entered the lobby."""
    with screen._changed:
        assert screen._changed.wait_for(lambda: any("in #lobby" in line for line in screen._shown), DEADLINE_S)


def _end(tracker: ScriptedTracker, *lines: str) -> None:
    peer = tracker.peer()
    peer.send(*lines)
    peer.hang_up()


class Seated:
    """A guest at a remote terminal, in a thread of this process."""

    def __init__(self, ways: Inside, name: str, **options: object) -> None:
        self.window = Window(**options)  # type: ignore[arg-type]
        self.window.background = "\x1b]11;rgb:0000/0000/0000\x1b\\\x1b[?62c"
        self.status: int | None = None
        self.thread = threading.Thread(target=self._run, args=(ways, name), name=name)
        self.thread.start()

    def _run(self, ways: Inside, name: str) -> None:
        self.status = guest.run(guest.screen_on(self.window.terminal), ways.open, name)

    def end(self) -> int | None:
        """Wait until the visit is over; return its status."""
        self.thread.join(DEADLINE_S)
        assert not self.thread.is_alive()
        return self.status


def test_two_guests_talk_on_terminals(hosted: Hosted) -> None:
    with inside(hosted.port) as ways:
        ann, cleo = Seated(ways, "ann"), Seated(ways, "cleo", environment={"TERM": "linux"})
        cleo.window.wait_for("in #lobby")
        ann.window.wait_for("cleo")
        ann.window.type("hello, cl\t\r")
        cleo.window.wait_for("<ann> hello, cleo")
        cleo.window.type("/me waves\r")
        ann.window.wait_for("* cleo waves")
        ann.window.resize(60, 12)
        ann.window.type("\x1b[200~one\rtwo\x1b[201~\r")
        cleo.window.wait_for("two")
        ann.window.type("half\x03")
        ann.window.wait_for("Ctrl+C again leaves")
        ann.window.type("\x03")
        assert ann.end() == 0
        cleo.window.terminal.end()
        assert cleo.end() == 0


def test_a_dumb_terminal_gets_a_plain_screen(hosted: Hosted) -> None:
    with inside(hosted.port) as ways:
        ann = Seated(ways, "", environment={"TERM": "dumb"})
        ann.window.wait_for("Username:")
        ann.window.type("ann\rhellp\x7fo\r")
        ann.window.wait_for("[#lobby] <ann> hello")
        ann.window.type("\x04")
        assert ann.end() == 0
        assert "\x1b" not in ann.window.raw


_AT_QUESTIONS = {"the name": ("", "Username"), "the password": ("ann", "Password")}


@pytest.mark.parametrize("question", _AT_QUESTIONS)
@pytest.mark.parametrize("ends", ["keys", "connection"])
def test_a_guest_may_vanish_at_any_question(hosted: Hosted, question: str, ends: str) -> None:
    name, asked = _AT_QUESTIONS[question]
    with inside(hosted.port) as ways:
        person = Seated(ways, name)
        if name:
            person.window.wait_for("in #lobby")
            person.window.type("/oper ann\r")
        person.window.wait_for(asked)
        if ends == "keys":
            person.window.terminal.end()
        else:
            ways.connections[0].close()
            ways.connections[0].end()
        assert person.end() in (0, 1)


class Watched:
    """Records what a guest's thread must not touch: files, signals, the process's environment."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.done: list[str] = []
        self._names = {"ann"}
        for place, name in ((builtins, "open"), (io, "open"), (os, "open"), (os, "kill"), (signal, "signal")):
            self._watch(monkeypatch, place, name)
        for name in ("__getitem__", "__contains__"):
            self._watch(monkeypatch, type(os.environ), name)

    def _watch(self, monkeypatch: pytest.MonkeyPatch, place: object, name: str) -> None:
        before = getattr(place, name)

        def watched(*arguments: object, **options: object) -> object:
            if threading.current_thread().name in self._names and arguments[-1] != "PYTHONASYNCIODEBUG":
                self.done.append(f"{name} {arguments}")
            return before(*arguments, **options)

        monkeypatch.setattr(place, name, watched)


@pytest.mark.thorough
def test_no_input_of_a_guest_touches_the_machine(hosted: Hosted, monkeypatch: pytest.MonkeyPatch) -> None:
    """All keys, with Alt too, and all commands, with and without words behind them."""
    leaving = {
        name for name in names() if name in ("quit", "logout", "exit") or find(name) in (find("quit"), find("logout"))
    }
    keys = [key for key in ANSI_SEQUENCES if key not in ("\x03", "\x04", "\x1b[200~")]
    with inside(hosted.port) as ways:
        threads_before = set(threading.enumerate())
        watched = Watched(monkeypatch)
        ann = Seated(ways, "ann")
        ann.window.wait_for("in #lobby")
        for key in [*keys, *(f"\x1b{chr(code)}" for code in range(0x20, 0x7F) if chr(code) not in "[O")]:
            ann.window.type(f"{key}x")
        ann.window.type("\x07\x07\x15/help\r")
        ann.window.wait_for("//TEXT")
        for name in sorted(set(names()) - leaving):
            for words in ("", " all", " all /tmp/guest.jsonl", " ~/guest"):
                ann.window.type(f"\x15/{name}{words}\r\x15")
            # Enter answers a possible question; the error of a mistyped command shows that all before it is done.
            ann.window.type(f"\r\r\x15/nothing-after-{name}\r")
            ann.window.wait_for(f"nothing-after-{name}")
        ann.window.type("\x15/join #lobby\r\r\x15that was all\r")
        ann.window.wait_for("that was all")
        seen = ann.window.text
        new_threads = {thread.name for thread in set(threading.enumerate()) - threads_before}
        ann.window.terminal.end()
        assert ann.end() == 0
        monkeypatch.undo()
    assert watched.done == []
    assert "not exported: files cannot be saved here" in seen
    assert new_threads <= {"ann", "alarm", "inside"} | {name for name in new_threads if name.startswith("client")}
