"""Keys that turn to another view, and the draft there."""

import pytest

from chatcore.terminal.screen.screen import Turn
from chatcore.terminal.session.effects import Answer, Said, Told, Turned
from chatcore.terminal.session.places import Views
from chatcore.terminal.session.status import Status
from tests.terminal.screen.keyboard import Terminal


def _views() -> Views:
    views = Views()
    for name in ("#one", "#two", "bob"):
        views.open(name)
    views.note(Said("bob", "psst"), is_for_us=True)
    return views


@pytest.mark.parametrize(
    ("keys", "name"),
    [
        ("\x1b1", "#one"),
        ("\x1b2", "#two"),
        ("\x1b3", "bob"),
        ("\x0e", "#two"),
        ("\x10", "bob"),
        ("\x1ba", "bob"),
        ("\x1b9", None),
    ],
)
def test_keys_turn_to_other_views(terminal: Terminal, keys: str, name: str | None) -> None:
    led_to: list[str | None] = []

    def turning(turn: Turn, draft: str) -> str:
        view = turn(_views())
        led_to.append(view.name if view else None)
        return f"{draft} and back"

    terminal.screen.turn_by(turning)
    terminal.keys.send_text(f"half{keys}\r")
    assert terminal.screen.read_line() == "half and back"
    assert led_to == [name]


def test_turning_shows_the_lines_of_the_view(terminal: Terminal) -> None:
    lines = (Told("bob joined #two"), Answer("an answer"), Said("bob", "hi", "#two", is_here=False))
    terminal.screen.show(Turned("#two", lines, new=1))
    assert terminal.text.split("\n") == [
        "── #two ──",
        "      * bob joined #two",
        "  an answer",
        "── new ──",
        "      <bob> hi",
        "",
    ]
    terminal.screen.show(Turned("#two", lines, new=3, unseen=7))
    assert "── new, and 7 more before ──" in terminal.text


def test_an_own_line_stays_above_the_prompt_until_it_arrives(terminal: Terminal) -> None:
    terminal.screen.show_status(Status("ann", unsaid=(Said("ann", "on its way"),)))
    terminal.once_drawn("  on its way\n> ", lambda: terminal.screen.show_status(Status("ann")))
    terminal.once_drawn("not in a room", lambda: None)
    arrived = ["on its way"]

    def look(_: object) -> None:
        if arrived and "on its way" not in terminal.text and "> x" in terminal.text:
            arrived.clear()
            terminal.keys.send_text("\r")

    terminal.screen.prompt.session.app.after_render += look
    terminal.keys.send_text("x")
    assert terminal.screen.read_line() == "x"
    assert not arrived
