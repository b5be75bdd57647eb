"""Several lines pasted at once."""

from collections.abc import Collection, Iterator
from pathlib import Path

import pytest

from chatcore.protocol.message import Message
from chatcore.terminal.chat import NOTHING_SAID
from chatcore.terminal.connecting import pace
from chatcore.terminal.outcome import Outcome
from chatcore.terminal.session.session import LINES_BETWEEN_PINGS
from tests.support.scripted import Peer, ScriptedTracker, scripted_tracker
from tests.support.seen import SeenScreen
from tests.support.trackers import hosted_tracker
from tests.terminal.visiting import Visit


@pytest.fixture
def tracker() -> Iterator[ScriptedTracker]:
    with scripted_tracker() as tracker:
        yield tracker


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
