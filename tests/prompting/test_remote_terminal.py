"""Prompts on remote terminals: several at once, each in its own thread."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from prompt_toolkit.data_structures import Size
from prompt_toolkit.output import ColorDepth

from chatcore.prompting.asking import BackgroundQuestion
from chatcore.prompting.interruption import Woken
from chatcore.prompting.line_prompt import LinePrompt
from chatcore.prompting.remote_terminal import RemoteTerminal
from chatcore.prompting.theme import Background
from tests.support.window import ENVIRONMENT, Window


class Person:
    """Somebody at a prompt, with a thread."""

    def __init__(self, use: Callable[[LinePrompt], object], **options: object) -> None:
        self.window = Window(**options)  # type: ignore[arg-type]
        self.prompt = LinePrompt("> ", self.window.terminal, bottom_toolbar="below")
        self.outcome: object = None
        self._use = use
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self) -> None:
        with self.prompt:
            try:
                self.outcome = self._use(self.prompt)
            except (EOFError, KeyboardInterrupt, Woken) as error:
                self.outcome = type(error)

    def end(self) -> object:
        """Wait until it is over; return the result."""
        self.thread.join(20)
        assert not self.thread.is_alive()
        return self.outcome


def _two_lines(prompt: LinePrompt) -> list[str]:
    return [prompt.read_line(), prompt.read_line()]


def test_several_people_type_at_once() -> None:
    people = [Person(_two_lines) for _ in range(4)]
    for number, person in enumerate(people):
        person.window.wait_for("below")
        person.window.type(f"one {number}")
    for number, person in enumerate(people):
        person.window.wait_for(f"> one {number}")
        person.window.type("\r")
        person.window.type(f"two {number}\x1b[D\x1b[3~9\r")
    assert [person.end() for person in people] == [[f"one {number}", "two 9"] for number in range(4)]


def test_keys_for_two_prompts_may_arrive_together() -> None:
    person = Person(_two_lines)
    person.window.type("one\rtwo\rthree")
    assert person.end() == ["one", "two"]


@pytest.mark.thorough
def test_text_is_written_above_the_typed_line() -> None:
    person = Person(LinePrompt.read_line)
    person.window.type("half")
    person.window.wait_for("> half")
    for number in range(100):
        person.prompt.write(f"line {number}\n")
    person.window.wait_for("line 99\n> half")
    person.window.type(" a line\r")
    assert person.end() == "half a line"
    assert [f"line {number}" in person.window.text for number in range(100)] == [True] * 100


@pytest.mark.parametrize(
    ("keys", "outcome"),
    [("\x03", KeyboardInterrupt), ("\x04", EOFError), ("\x1a\r", ""), ("x\x04\x1b[D\x1b[3~y\r", "y")],
)
def test_control_keys_end_or_edit_the_line(keys: str, outcome: object) -> None:
    person = Person(LinePrompt.read_line)
    person.window.type(keys)
    assert person.end() == outcome


def test_the_end_of_the_keys_ends_the_prompt() -> None:
    person = Person(LinePrompt.read_line)
    person.window.type("half a line")
    person.window.wait_for("> half a line")
    person.window.terminal.end()
    assert person.end() is EOFError
    person = Person(lambda prompt: prompt.ask("Name: "))
    person.window.terminal.end()
    assert person.end() is EOFError


@pytest.mark.parametrize("use", [LinePrompt.read_line, lambda prompt: prompt.ask("Name: ")])
def test_another_thread_can_end_the_prompt(use: Callable[[LinePrompt], object]) -> None:
    person = Person(use)
    person.window.wait_until(lambda: "\x1b[?2004h" in person.window.raw)
    person.prompt.wake()
    assert person.end() is Woken


def test_a_paste_is_one_text_and_bracketed_paste_is_turned_off_at_the_end() -> None:
    person = Person(LinePrompt.read_line)
    person.window.type("\x1b[200~one\rtwo\x1b[201~\r")
    assert person.end() == "one\ntwo"
    assert person.window.raw.rindex("\x1b[?2004l") > person.window.raw.rindex("\x1b[?2004h")


def test_a_resized_window_is_redrawn() -> None:
    person = Person(LinePrompt.read_line, columns=80, rows=24)
    person.window.type("half")
    person.window.wait_for("> half")
    drawn = len(person.window.raw)
    person.window.resize(40, 10)
    person.window.wait_until(lambda: "below".ljust(39) in person.window.raw[drawn:])
    assert person.prompt.output.get_size() == Size(rows=10, columns=40)
    person.window.type("\r")
    assert person.end() == "half"


@pytest.mark.parametrize(
    ("columns", "rows", "size"),
    [(0, 0, Size(24, 80)), (-1, 10, Size(10, 80)), (1 << 31, 1 << 31, Size(300, 500)), (1, 1, Size(1, 1))],
)
def test_the_size_is_clamped(columns: int, rows: int, size: Size) -> None:
    terminal = RemoteTerminal(lambda _: None, columns, rows, ENVIRONMENT)
    assert terminal.output.get_size() == size


def test_nothing_is_written_while_the_terminal_is_paused() -> None:
    person = Person(_two_lines)
    person.window.wait_for("below")
    person.window.terminal.pause_writing()
    written = len(person.window.raw)
    person.prompt.write("above\n")
    person.prompt.redraw()
    person.window.type("one\r")
    assert (len(person.window.raw), person.window.text.count("above")) == (written, 0)
    person.window.terminal.resume_writing()
    person.window.wait_for("above")
    person.window.type("two\r")
    assert person.end() == ["one", "two"]


def test_the_last_text_is_written_before_the_prompt_closes() -> None:
    def say(prompt: LinePrompt) -> None:
        prompt.write("the end\n")

    person = Person(say)
    person.end()
    person.window.terminal.pause_writing()
    assert "the end\r\n" in person.window.raw


def test_the_background_can_be_asked_for() -> None:
    window = Window()
    window.background = "\x1b]11;rgb:ffff/ffff/ffff\x1b\\"
    question = BackgroundQuestion(window.terminal.environment)
    question.ask(window.terminal)
    assert question.background is Background.LIGHT
    window.terminal.end()
    question.end()


def test_a_lost_connection_raises_nothing() -> None:
    def gone(_: str) -> None:
        raise OSError

    terminal = RemoteTerminal(gone, 80, 24, ENVIRONMENT)
    terminal.output.write_raw("x")
    terminal.output.flush()


@pytest.mark.parametrize(
    ("environment", "depth"),
    [
        ({"TERM": "xterm"}, ColorDepth.DEPTH_8_BIT),
        ({"TERM": "linux"}, ColorDepth.DEPTH_4_BIT),
        ({"TERM": "xterm", "NO_COLOR": "1"}, ColorDepth.DEPTH_1_BIT),
    ],
)
def test_the_colour_depth_follows_the_environment(environment: dict[str, str], depth: ColorDepth) -> None:
    assert RemoteTerminal(lambda _: None, 80, 24, environment).output.get_default_color_depth() is depth


def test_keys_typed_at_the_end_are_swallowed() -> None:
    window = Window()
    window.type("ls\r")
    window.terminal.swallow_keys(1.0)
    assert window.terminal.input.read_keys() == []
    window.terminal.end()
    window.terminal.swallow_keys(1.0)


def test_the_prompt_is_at_the_bottom_without_cursor_queries() -> None:
    person = Person(LinePrompt.read_line)
    person.window.wait_for("below")
    assert person.window.shown()[-2:] == [">", "below"]
    person.prompt.clear()
    person.prompt.write("after\n")
    person.window.wait_for("after")
    assert person.window.shown()[-3:] == ["after", ">", "below"]
    person.window.type("x\r")
    assert (person.end(), person.window.times_asked) == ("x", 0)


def test_the_prompt_below_new_text_is_rendered_only_after_changes() -> None:
    person = Person(LinePrompt.read_line)
    app = person.prompt.session.app
    person.window.wait_for("below")
    drawings = app.render_counter
    for number in range(3):
        person.prompt.write(f"line {number}\n")
        person.window.wait_for(f"line {number}\n>\nbelow")
    assert app.render_counter == drawings
    person.window.type("one\x1b[200~\ntwo\x1b[201~\x1b[D\x1b[D")
    person.window.wait_for("> one\n")
    person.prompt.write("line 3\n")
    person.prompt.write("line 4\n")
    person.window.wait_for("line 4\n> one\n")
    person.prompt.write("line 5\n")
    person.window.wait_for("line 5\n> one\n")
    person.window.type("x\r")
    assert person.end() == "one\ntxwo"
    assert [line for line in person.window.text.split("\n") if line] == [f"line {number}" for number in range(6)]
