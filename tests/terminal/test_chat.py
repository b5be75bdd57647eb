"""A whole visit: session, connection and screen together, against a scripted server."""

import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatcore.errors import ConfigError
from chatcore.prompting.interruption import Terminated, Woken
from chatcore.protocol.message import Message
from chatcore.terminal import link as link_module
from chatcore.terminal.chat import Chat
from chatcore.terminal.commands.completion import Names
from chatcore.terminal.connecting.handshake import Handshake
from chatcore.terminal.connecting.login import Login
from chatcore.terminal.local import Local
from chatcore.terminal.outcome import Outcome
from chatcore.terminal.session.effects import Item
from chatcore.terminal.session.session import LINES_BETWEEN_PINGS
from chatcore.terminal.typed_history import TypedHistory
from tests.support.operators import hashed
from tests.support.scripted import Peer, ScriptedTracker, scripted_tracker
from tests.support.seen import SeenScreen
from tests.support.trackers import hosted_tracker
from tests.terminal.visiting import Visit


@pytest.fixture
def tracker() -> Iterator[ScriptedTracker]:
    with scripted_tracker() as tracker:
        yield tracker


def test_visit_from_welcome_to_exit(tracker: ScriptedTracker) -> None:
    screen = SeenScreen("hello", "exit", is_interactive=False)
    assert Visit(tracker, screen).run() is Outcome.LEFT
    assert screen.shown == ["* Welcome, ann!", "* ann joined #lobby", "* in #lobby: @ann", "[#lobby] <ann> hello"]
    assert [tab.name for tab in screen.status.tabs] == ["#lobby"]
    assert tracker.peer().received[-3:] == ["PRIVMSG #lobby hello", "PING settled-3", "QUIT"]


@pytest.mark.parametrize("line", ["exit", "/quit", EOFError(), KeyboardInterrupt()])
@pytest.mark.parametrize("is_interactive", [True, False])
def test_ways_to_leave(tracker: ScriptedTracker, line: str | BaseException, is_interactive: bool) -> None:
    assert Visit(tracker, SeenScreen(line, is_interactive=is_interactive)).run() is Outcome.LEFT
    assert "QUIT" in tracker.peer().received


def test_clear_empties_the_window_and_ping_is_timed(tracker: ScriptedTracker) -> None:
    screen = SeenScreen("/clear", "/ping", "exit", is_interactive=False)
    Visit(tracker, screen).run()
    assert screen.times_cleared == 1
    assert re.fullmatch(r"\* round trip to the tracker: [0-9.]+ m?s", screen.shown[-1])


def test_typed_line_waits_for_the_join_before_it(tracker: ScriptedTracker) -> None:
    screen = SeenScreen("/join dev", "in dev", "/leave", "in lobby", EOFError(), is_interactive=False)
    Visit(tracker, screen).run()
    assert screen.shown[3:] == [
        "* ann joined #dev",
        "* in #dev: @ann",
        "[#dev] <ann> in dev",
        "* ann left #dev",
        "* you are now writing to #lobby",
        "[#lobby] <ann> in lobby",
    ]


def test_end_of_input_waits_for_the_echoes(tracker: ScriptedTracker) -> None:
    lines = [f"line {number}" for number in range(3 * LINES_BETWEEN_PINGS)]
    screen = SeenScreen(*lines, EOFError(), is_interactive=False)
    assert Visit(tracker, screen).run() is Outcome.LEFT
    assert screen.shown[3:] == [f"[#lobby] <ann> {line}" for line in lines]


@pytest.mark.parametrize("is_interactive", [True, False])
def test_the_password_of_an_irc_operator_is_asked_for(tracker: ScriptedTracker, is_interactive: bool) -> None:
    screen = SeenScreen("/oper boss", "secret word\nmore", "hello", EOFError(), is_interactive=is_interactive)
    assert Visit(tracker, screen).run() is Outcome.LEFT
    assert screen.secrets[1:] == ["Password of the IRC operator boss: "]
    received = tracker.peer().received
    (oper,) = [line for line in received if line.startswith("OPER")]
    assert oper == "OPER boss :secret word"
    assert "PRIVMSG #lobby hello" in received


@pytest.mark.parametrize("answer", ["", KeyboardInterrupt(), EOFError(), Woken()])
def test_a_password_prompt_can_be_left(tracker: ScriptedTracker, answer: str | BaseException) -> None:
    screen = SeenScreen("/oper boss", answer, "hello", EOFError())
    assert Visit(tracker, screen).run() is Outcome.LEFT
    assert "PRIVMSG #lobby hello" in tracker.peer().received
    assert not [line for line in tracker.peer().received if line.startswith("OPER")]
    if not isinstance(answer, Woken):
        assert "* no password given; nothing was sent" in screen.shown


@pytest.mark.parametrize(("end", "is_interactive"), [(EOFError(), False), (Terminated(15), True)])
def test_the_client_can_end_at_a_password_prompt(
    tracker: ScriptedTracker, end: BaseException, is_interactive: bool
) -> None:
    screen = SeenScreen("/oper boss", end, "hello", is_interactive=is_interactive)
    assert Visit(tracker, screen).run() is Outcome.LEFT
    assert not {line.split()[0] for line in tracker.peer().received} & {"OPER", "PRIVMSG"}


def test_an_irc_operator_moderates_a_real_tracker(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, history=2, operators={"boss": hashed("secret word")}) as hosted:
        bob = hosted.client("bob", "#lobby")
        lines = ["/oper boss", "secret word", "/mute bob", "/mute", "/slow 5", "/slow", "/slow 9999", "/ban bob rude"]
        more = ["/unban bob", "/unban bob", "/kline bob", "/kline", "/unkline bob", "/kill dan"]
        screen = SeenScreen(*lines, *more, EOFError(), is_interactive=False)
        assert Visit(hosted, screen).run() is Outcome.LEFT
        assert bob.receive_until("KICK").params == ("#lobby", "bob", "rude")
    shown = [re.sub(r" on \d{4}-\d\d-\d\d$", "", line) for line in screen.shown]
    begun = next(number for number, line in enumerate(shown) if "you are an IRC operator now" in line)
    assert shown[begun + 1 :] == [
        "* bob has @ in #lobby and can still speak",
        "* bob was muted by ann in #lobby",
        "* bob is muted in #lobby, by ann",
        "* ann made #lobby slow: one message every 5 s",
        "* #lobby is slow: one message every 5 s",
        "error: #lobby: The time is from 1 to 3600 seconds",
        "* bob was banned from #lobby by ann",
        "* ann kicked bob from #lobby (rude)",
        "* bob was unbanned from #lobby by ann",
        "* bob is not banned from #lobby; /ban shows who is",
        "* bob is banned; 1 disconnected",
        "* bob is kept out",
        "* bob is no longer banned",
        "error: dan: Nobody here has that username or address",
    ]


def test_a_tracker_goodbye_ends_the_visit(tracker: ScriptedTracker) -> None:
    screen = SeenScreen()
    visit = Visit(tracker, screen)
    tracker.peer().send("ERROR :the tracker has left")
    tracker.peer().hang_up()
    assert visit.run() is Outcome.SAID_GOODBYE
    assert screen.shown[-1] == "* the tracker has left"


def test_a_connection_broken_at_the_prompt_ends_the_visit(tracker: ScriptedTracker) -> None:
    screen = SeenScreen(is_interactive=False)
    visit = Visit(tracker, screen)

    def break_it() -> None:
        screen.wait_for("* in #lobby: @ann")
        tracker.peer().hang_up()

    breaking = threading.Thread(target=break_it)
    breaking.start()
    assert visit.run() is Outcome.BROKEN
    breaking.join()
    assert screen.shown[-1] == "error: the connection to the tracker broke"


def test_no_line_is_sent_if_the_connection_breaks_before_the_join(tracker: ScriptedTracker) -> None:
    tracker.answers = {"JOIN": lambda peer, _: peer.hang_up()}
    screen = SeenScreen("hello", "again", EOFError(), is_interactive=False)
    assert Visit(tracker, screen).run() is Outcome.BROKEN
    assert not any(line.startswith("PRIVMSG") for line in tracker.peer().received)


def test_a_connection_broken_while_awaiting_echoes_ends_the_visit(tracker: ScriptedTracker) -> None:
    tracker.answers = {"PRIVMSG": lambda peer, _: peer.hang_up()}
    screen = SeenScreen("hello", EOFError(), is_interactive=False)
    assert Visit(tracker, screen).run() is Outcome.BROKEN


def test_a_tracker_that_no_longer_answers_is_given_up(
    tracker: ScriptedTracker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link_module, "PATIENCE_S", 0.2)
    screen = SeenScreen("hello", EOFError(), is_interactive=False)
    visit = Visit(tracker, screen)
    tracker.answers = {"PRIVMSG": lambda _peer, _message: None, "PING": lambda _peer, _message: None}
    assert visit.run() is Outcome.BROKEN
    assert screen.shown[-1] == "error: the tracker no longer answers"


def test_messages_are_shown_at_the_prompt(tracker: ScriptedTracker) -> None:
    screen = SeenScreen()

    def talk() -> None:
        screen.wait_for("* in #lobby: @ann")
        tracker.peer().send(":bob!b@h JOIN #lobby", ":bob!b@h PRIVMSG #lobby :hi", "PING :x")
        screen.wait_for("[#lobby] <bob> hi")
        assert screen.completions is not None
        assert screen.completions() == Names(["#lobby"], ["bob", "ann"], [])
        screen.type("/quit")

    talking = threading.Thread(target=talk)
    talking.start()
    assert Visit(tracker, screen).run() is Outcome.LEFT
    talking.join()
    assert screen.shown[-2:] == ["* bob joined #lobby", "[#lobby] <bob> hi"]
    assert "PONG x" in tracker.peer().received


def test_logout_opens_the_next_connection_before_ending_this_one(tracker: ScriptedTracker) -> None:
    order: list[str] = []
    take_quit = tracker._take_quit

    def note_quit(peer: Peer, message: Message) -> None:
        order.append(f"quit {tracker.peers.index(peer)}, next has {tracker.peers[1].told}")
        take_quit(peer, message)

    tracker.answers = {"QUIT": note_quit}
    visit = Visit(tracker, SeenScreen("/logout", "not typed here"))
    assert visit.run() is Outcome.LOGGED_OUT
    following = visit.chat.next_handshake
    assert following is not None
    assert not following.connection.has_ended
    following.connection.close()
    assert len(order) == 1
    assert order[0].startswith("quit 0, next has ['CAP LS 302'")


def test_an_interrupt_after_logout_quits_both_connections(
    tracker: ScriptedTracker, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit = Visit(tracker, SeenScreen("/logout"))
    open_next = visit.chat._open_next

    def interrupted(way_back: Login) -> bool:
        open_next(way_back)
        raise KeyboardInterrupt

    monkeypatch.setattr(visit.chat, "_open_next", interrupted)
    assert visit.run() is Outcome.LEFT
    for number in range(2):
        tracker.peer(number).wait_for_end()
        assert tracker.peer(number).received[-1] == "QUIT"


def test_a_failed_logout_changes_nothing(tracker: ScriptedTracker, monkeypatch: pytest.MonkeyPatch) -> None:
    screen = SeenScreen("/logout", "still here", EOFError(), is_interactive=False)
    visit = Visit(tracker, screen)

    def fail() -> Handshake:
        raise ConfigError("cannot reach a tracker at there")

    monkeypatch.setattr(visit.login, "enter_again", fail)
    assert visit.run() is Outcome.LEFT
    assert screen.shown[3:] == [
        "error: not logged out: cannot reach a tracker at there",
        "[#lobby] <ann> still here",
    ]


def test_second_interrupt_closes_at_once(tracker: ScriptedTracker, monkeypatch: pytest.MonkeyPatch) -> None:
    visit = Visit(tracker, SeenScreen(KeyboardInterrupt()))

    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(visit.handshake.connection, "quit", interrupted)
    assert visit.run() is Outcome.LEFT
    tracker.peer().wait_for_end()


def test_a_fault_while_showing_ends_the_visit_and_is_raised(tracker: ScriptedTracker) -> None:
    class Faulty(SeenScreen):
        def show(self, item: Item) -> None:
            super().show(item)
            if "boom" in "".join(self.shown[-1:]):
                raise LookupError("a fault of ours")

    screen = Faulty()

    def provoke() -> None:
        screen.wait_for("* in #lobby: @ann")
        tracker.peer().send(":bob!b@h PRIVMSG #lobby :boom")

    provoking = threading.Thread(target=provoke)
    provoking.start()
    with pytest.raises(LookupError):
        Visit(tracker, screen).run()
    provoking.join()
    tracker.peer().wait_for_end()


def test_a_draft_stays_in_its_view(tracker: ScriptedTracker) -> None:
    screen = SeenScreen()
    visiting = Visit(tracker, screen)
    thread = threading.Thread(target=visiting.run)
    thread.start()
    screen.type("/join dev")
    screen.wait_for("* in #dev: @ann")
    assert screen.turning(lambda views: views.at(1), "for dev") == ""
    screen.wait_for("* in #lobby: @ann")
    assert screen.turning(lambda views: views.at(3), "for the lobby") == "for the lobby", "there is none"
    assert screen.turning(lambda views: views.at(1), "for the lobby") == "for the lobby", "one is there"
    assert screen.turning(lambda views: views.beside(1), "for the lobby") == "for dev"
    assert screen.turning(lambda views: views.beside(1), "") == "for the lobby"
    screen.type("here", "exit")
    thread.join()
    assert "PRIVMSG #lobby here" in tracker.peer().received


def test_only_public_lines_are_kept(tracker: ScriptedTracker, tmp_path: Path) -> None:
    history = TypedHistory(Local(tmp_path, tmp_path), "127.0.0.1", 1, 10)
    screen = SeenScreen("hello", "/msg bob psst", "/oper boss secret", "one\ntwo", "/who", "exit")
    visit = Visit(tracker, screen)
    Chat(visit.session, visit.handshake, screen, visit.login, None, history).run(visit.welcome)
    assert history.lines() == ["hello", "one\ntwo", "/who"]


def test_lines_from_a_pipe_are_not_kept(tracker: ScriptedTracker, tmp_path: Path) -> None:
    history = TypedHistory(Local(tmp_path, tmp_path), "127.0.0.1", 1, 10)
    screen = SeenScreen("hello", "exit", is_interactive=False)
    visit = Visit(tracker, screen)
    Chat(visit.session, visit.handshake, screen, visit.login, None, history).run(visit.welcome)
    assert history.lines() == []


def test_a_mistyped_command_comes_back_corrected(tracker: ScriptedTracker) -> None:
    screen = SeenScreen("/jion dev", "exit")
    visit = Visit(tracker, screen)
    visit.session.shows_all = False
    visit.run()
    assert screen.recalled == ["/join dev"]


def test_text_waits_only_for_commands_that_change_its_target(tracker: ScriptedTracker) -> None:
    screen = SeenScreen()
    visiting = Visit(tracker, screen)
    thread = threading.Thread(target=visiting.run)
    thread.start()
    screen.wait_for("* in #lobby: @ann")
    held: list[str] = []

    def hold(_peer: Peer, message: Message) -> None:
        held.append(message.params[0])
        del tracker.answers["PING"]

    tracker.answers["LIST"] = lambda _peer, _message: tracker.answers.update(PING=hold)
    screen.type("/rooms", "said at once", "/join dev", "said in the new room")
    tracker.peer().wait_for_word("PRIVMSG")
    assert "JOIN #dev" not in tracker.peer().received, "a command waits"
    tracker.peer().send(f":t PONG t {held[0]}")
    screen.wait_for("[#dev] <ann> said in the new room")
    screen.type("exit")
    thread.join()
