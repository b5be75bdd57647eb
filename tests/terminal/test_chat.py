"""A whole visit: session, connection and screen together, against a scripted server."""

import re
import threading
from collections.abc import Collection, Iterator
from pathlib import Path

import pytest

from chatcore.errors import ConfigError
from chatcore.prompting.interruption import Terminated, Woken
from chatcore.protocol.message import Message
from chatcore.terminal import link as link_module
from chatcore.terminal.arguments import Options
from chatcore.terminal.chat import NOTHING_SAID, Chat
from chatcore.terminal.commands.completion import Names
from chatcore.terminal.connecting import pace
from chatcore.terminal.connecting.handshake import Handshake
from chatcore.terminal.connecting.login import Login
from chatcore.terminal.local import Local
from chatcore.terminal.outcome import Outcome
from chatcore.terminal.session.effects import Item
from chatcore.terminal.session.session import LINES_BETWEEN_PINGS, Session
from chatcore.terminal.typed_history import TypedHistory
from tests.support.operators import hashed
from tests.support.scripted import Peer, ScriptedTracker, scripted_tracker
from tests.support.seen import SeenScreen
from tests.support.trackers import Hosted, hosted_tracker


@pytest.fixture
def tracker() -> Iterator[ScriptedTracker]:
    with scripted_tracker() as tracker:
        yield tracker


_LOCAL = Local(Path(), Path())


class Visit:
    """A visit that runs in this thread, begun by `run`."""

    def __init__(self, tracker: ScriptedTracker | Hosted, screen: SeenScreen, local: Local | None = _LOCAL) -> None:
        screen.type_first("")  # for the password
        self.login = Login(Options("127.0.0.1", tracker.port, "ann"), screen)
        self.handshake, self.welcome = self.login.register(self.login.enter())
        self.session = Session("ann", self.handshake.capabilities, limits=self.handshake.limits)
        self.chat = Chat(self.session, self.handshake, screen, self.login, local)

    def run(self) -> Outcome:
        return self.chat.run(self.welcome)


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


def test_every_line_of_a_paste_is_text(tracker: ScriptedTracker) -> None:
    pasted = [
        "/join dev",
        "one",
        "",
        "  two",
        "/away",
        "exit",
        "```exit",
        "```to 127.0.0.1:5 x",
        "//x",
        "/quit",
        "/etc",
    ]
    screen = SeenScreen("\n".join(pasted), "a\r\n/quit", "b\rexit", "\n/quit", EOFError(), is_interactive=False)
    assert Visit(tracker, screen).run() is Outcome.LEFT
    said = [*filter(None, pasted), "a", "/quit", "b", "exit", "/quit"]
    assert screen.shown[3:] == [f"[#lobby] <ann> {line}" for line in said]
    assert not {line.split()[0] for line in tracker.peer().received} & {"AWAY", "JOIN #dev"}


@pytest.mark.parametrize("line", ["exit\n", "/quit\r\n", "exit\n\n\n"])
def test_a_trailing_line_end_does_not_make_a_paste(tracker: ScriptedTracker, line: str) -> None:
    assert Visit(tracker, SeenScreen(line)).run() is Outcome.LEFT


def test_a_paste_goes_to_the_recipient_of_the_next_line(tracker: ScriptedTracker) -> None:
    screen = SeenScreen("```to 127.0.0.1:5", "one\n/quit", "to all", EOFError(), is_interactive=False)
    Visit(tracker, screen).run()
    assert [line for line in tracker.peer().received if line.startswith("PRIVMSG")] == [
        "PRIVMSG 127.0.0.1:5 one",
        "PRIVMSG 127.0.0.1:5 /quit",
        "PRIVMSG #lobby :to all",
    ]


def test_a_paste_does_not_continue_in_another_room(tracker: ScriptedTracker) -> None:
    """After a kick in the middle of a paste, the rest must not go to another room."""

    def put_out(peer: Peer, message: Message) -> None:
        if message.params[-1] == "line 70":
            peer.send(":bob!b@h KICK #dev ann :too much")

    tracker.answers = {"PRIVMSG": put_out}
    lines = "\n".join(f"line {number}" for number in range(200))
    screen = SeenScreen("/join dev", lines, "here", EOFError(), is_interactive=False)
    Visit(tracker, screen).run()
    said = [line for line in tracker.peer().received if line.startswith("PRIVMSG")]
    assert said[-1] == "PRIVMSG #lobby here"
    assert {line.split()[1] for line in said[:-1]} == {"#dev"}
    assert 70 < len(said) < 200
    assert "error: you are no longer in #dev; the rest was not sent" in screen.shown


def test_a_paste_stops_where_it_is_refused(tracker: ScriptedTracker) -> None:
    """If we are muted, or the room is slow, the other lines would be refused, too."""
    tracker.answers = {"PRIVMSG": lambda peer, _: peer.send(":t 404 ann #lobby :You are muted")}
    lines = "\n".join(f"line {number}" for number in range(200))
    screen = SeenScreen(lines, "again\nand again", EOFError(), is_interactive=False)
    Visit(tracker, screen).run()
    said = [line for line in tracker.peer().received if line.startswith("PRIVMSG")]
    assert 0 < len(said) <= LINES_BETWEEN_PINGS + 2
    assert "PRIVMSG #lobby again" in said
    assert "error: #lobby: You are muted; not sent: line 0" in screen.shown
    assert "error: the rest was not sent either" in screen.shown


def test_a_paste_is_one_message(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path) as hosted:
        bob = hosted.client("bob", "#lobby")
        screen = SeenScreen("def f():\n    return 1\n\n# end\n", EOFError(), is_interactive=False)
        assert Visit(hosted, screen).run() is Outcome.LEFT
        lines = ["def f():", "    return 1", "# end"]
        assert [bob.receive_until("PRIVMSG").params for _ in lines] == [("#lobby", line) for line in lines]
    shown = [line for line in screen.shown if "<ann>" in line]
    assert shown == ["\n".join(f"[#lobby] <ann> {line}" for line in ("def f():", "    return 1", "", "# end"))]


def test_many_lines_keep_to_the_pace_of_the_tracker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tracker ends up disconnecting a client that ignores its pace, so pastes and scripts must keep to it."""
    monkeypatch.setattr(pace, "SLOW_ANSWER_S", 0.05)
    with hosted_tracker(tmp_path, lines_per_s=300.0, burst_lines=80, max_delayed_lines=150, history=2) as hosted:
        bob = hosted.client("bob", "#lobby")
        lines = [f"line {number}" for number in range(600)]
        screen = SeenScreen("\n".join(lines), EOFError(), is_interactive=False)
        assert Visit(hosted, screen).run() is Outcome.LEFT
        assert [bob.receive_until("PRIVMSG").params[1] for _ in lines] == lines


def test_a_paste_outside_any_room_is_one_error(tracker: ScriptedTracker) -> None:
    screen = SeenScreen("/leave", "one\ntwo", EOFError(), is_interactive=False)
    Visit(tracker, screen).run()
    assert screen.shown[-1:] == ["error: you are not in any room; /join ROOM enters one"]
    assert len([line for line in screen.shown if line.startswith("error")]) == 1


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


def _said(tracker: ScriptedTracker) -> list[str]:
    return [line[line.index("PRIVMSG") :] for line in tracker.peer().received if "PRIVMSG" in line]


_SIX = [f"line {number}" for number in range(6)]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("l", [f"PRIVMSG #lobby :{line}" for line in _SIX]),
        ("", [f"PRIVMSG #lobby :{line}" for line in _SIX]),
        ("n", []),
        ("e", []),
    ],
)
def test_many_lines_are_sent_as_the_answer_says(tracker: ScriptedTracker, answer: str, said: list[str]) -> None:
    screen = SeenScreen("\n".join(_SIX), answer, "exit")
    Visit(tracker, screen).run()
    assert [question for question in screen.questions if "lines" in question] == [
        "6 lines to #lobby? (l)ines [Enter] / (e)dit / (n)o "
    ]
    assert _said(tracker) == said
    assert screen.put_back_texts == (["\n".join(_SIX)] if answer == "e" else [])
    assert (f"* {NOTHING_SAID}" in screen.shown) == (answer == "n")


def test_lines_in_question_are_reported_unsent_when_the_chat_ends(tracker: ScriptedTracker) -> None:
    class Dropped(SeenScreen):
        def choose(self, question: str, letters: Collection[str], *, default: str, refusal: str) -> str:
            tracker.peer().send("ERROR :Kicked by the operator")
            tracker.peer().hang_up()
            return super().choose(question, letters, default=default, refusal=refusal)

    screen = Dropped("\n".join(_SIX))
    Visit(tracker, screen).run()
    assert [line for line in screen.shown if "not sent" in line] == ["error: not sent: " + r"\n".join(_SIX)]


def test_a_private_paste_stays_private_after_the_question(tracker: ScriptedTracker) -> None:
    screen = SeenScreen("```to 127.0.0.1:5", "\n".join(_SIX), "e", "\n".join(_SIX), "l", "exit")
    Visit(tracker, screen).run()
    assert {line.split()[1] for line in _said(tracker)} == {"127.0.0.1:5"}


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
    answering = tracker.answers.pop("PING", None)
    tracker.answers["PING"] = lambda _peer, _message: None
    screen.type("/rooms", "said at once", "/join dev", "said in the new room")
    tracker.peer().wait_for_word("PRIVMSG")
    assert "JOIN #dev" not in tracker.peer().received, "a command waits"
    del tracker.answers["PING"]
    if answering is not None:
        tracker.answers["PING"] = answering
    pinged = next(line for line in reversed(tracker.peer().received) if line.startswith("PING"))
    tracker.peer().send(f":t PONG t {pinged.removeprefix('PING ')}")
    screen.wait_for("[#dev] <ann> said in the new room")
    screen.type("exit")
    thread.join()
