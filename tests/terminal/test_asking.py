"""What can happen at the prompts for the password and the name."""

import threading
from collections.abc import Iterator

import pytest

from chatcore.protocol.message import Message
from chatcore.terminal.arguments import Options
from chatcore.terminal.connecting.handshake import Handshake
from chatcore.terminal.connecting.login import Login
from chatcore.terminal.connecting.questions import EndedAtPrompt, LeftAtPrompt
from chatcore.terminal.connecting.turned_away import Refused
from tests.support.scripted import DEADLINE_S, ScriptedTracker, scripted_tracker
from tests.support.seen import SeenScreen


@pytest.fixture
def tracker() -> Iterator[ScriptedTracker]:
    with scripted_tracker("secret") as tracker:
        yield tracker


def _login(tracker: ScriptedTracker, screen: SeenScreen) -> Login:
    return Login(Options("127.0.0.1", tracker.port), screen)


def _admit(tracker: ScriptedTracker, screen: SeenScreen) -> tuple[Handshake, Message]:
    login = _login(tracker, screen)
    return login.register(login.enter())


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


@pytest.mark.parametrize("line", [KeyboardInterrupt(), EOFError()])
def test_leaving_at_the_password_prompt(tracker: ScriptedTracker, line: BaseException) -> None:
    with pytest.raises((KeyboardInterrupt, LeftAtPrompt)):
        _login(tracker, SeenScreen(line)).enter()
    tracker.peer().wait_for_end()
    assert tracker.peer().received == ["CAP LS 302", "QUIT"]


@pytest.mark.parametrize("line", [KeyboardInterrupt(), EOFError(), "exit"])
def test_leaving_at_the_username_prompt(tracker: ScriptedTracker, line: str | BaseException) -> None:
    with pytest.raises((KeyboardInterrupt, LeftAtPrompt)):
        _admit(tracker, SeenScreen("secret", line))
    tracker.peer().wait_for_end()
    assert tracker.peer().received[-1] == "QUIT"


def test_a_blank_name_is_asked_for_again_silently(tracker: ScriptedTracker) -> None:
    handshake, welcome = _admit(tracker, SeenScreen("secret", "", "  ", " ann "))
    handshake.connection.close()
    assert welcome.params[0] == "ann"


class Watching(SeenScreen):
    """The tracker ends the connection at the first name prompt."""

    def __init__(self, tracker: ScriptedTracker, farewell: str | None, *lines: str) -> None:
        super().__init__("secret")
        self._end = (tracker, farewell)
        self._then = lines

    def ask(self, question: str, *, is_secret: bool = False) -> str:
        tracker, farewell = self._end
        if self.questions:
            self.type(*self._then)
        elif not is_secret:
            tracker.peer().send(*([f"ERROR :{farewell}"] if farewell else []))
            tracker.peer().hang_up()
        return super().ask(question, is_secret=is_secret)


def test_a_tracker_leaving_at_the_name_prompt_ends_it(tracker: ScriptedTracker) -> None:
    with pytest.raises(EndedAtPrompt) as raised:
        _admit(tracker, Watching(tracker, "the tracker has left"))
    assert raised.value.farewell == "the tracker has left"


@pytest.mark.parametrize("farewell", ["Closing link: the tracker will be back soon", None])
def test_a_connection_lost_at_the_name_prompt_is_replaced(tracker: ScriptedTracker, farewell: str | None) -> None:
    screen = Watching(tracker, farewell, "ann")
    handshake, welcome = _admit(tracker, screen)
    handshake.connection.close()
    assert welcome.params[0] == "ann"
    assert screen.questions == ["Username: "] * 2
    assert len(screen.shown) == 1


def test_a_spurious_wake_up_asks_again(tracker: ScriptedTracker) -> None:
    screen = SeenScreen("secret", "ann")
    login = _login(tracker, screen)
    handshake = login.enter()
    screen.wake()
    handshake, welcome = login.register(handshake)
    handshake.connection.close()
    assert welcome.params[0] == "ann"
    assert screen.questions == ["Username: "] * 2


def test_a_timeout_at_the_name_prompt_opens_a_new_connection() -> None:
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
        login = _login(tracker, Slow("", "ann"))
        handshake = login.enter()
        handshake.connection.wake_at_end(ended.set)
        handshake, welcome = login.register(handshake)
        handshake.connection.close()
        assert welcome.params[0] == "ann"
        assert len(tracker.peers) == 2


def test_a_pipe_that_ends_too_early_is_refused(tracker: ScriptedTracker) -> None:
    with pytest.raises(Refused, match="no line for: Username"):
        _admit(tracker, SeenScreen("secret", EOFError(), is_interactive=False))


@pytest.mark.parametrize("end", ["\n", "\r", "\nmore", "\0"])
def test_pasted_line_end_is_not_part_of_an_answer(tracker: ScriptedTracker, end: str) -> None:
    handshake, welcome = _admit(tracker, SeenScreen(f"secret{end}", f"ann{end}"))
    handshake.connection.close()
    assert welcome.params[0] == "ann"
