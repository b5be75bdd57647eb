"""The keys of the chat's input line."""

import os
import pty
import sys
import termios
import threading

import pytest

from chatcore.terminal.commands.completion import Names
from chatcore.terminal.screen.keys import AGAIN_LEAVES, AGAIN_LEAVES_FOR_GOOD, NOT_SUSPENDED, ONE_LINE
from chatcore.terminal.screen.prompt import TerminalScreen
from chatcore.terminal.session.effects import Told
from chatcore.terminal.session.status import Status, Tab
from tests.terminal.screen.keyboard import Terminal, paste

CTRL_C, CTRL_L, CTRL_Y, CTRL_Z = "\x03", "\x0c", "\x19", "\x1a"
ENTER, UP = "\r", "\x1b[A"
ALT_ENTER, SHIFT_TAB, HOME = "\x1b\r", "\x1b[Z", "\x01"
RIGHT = "\x1b[C"


@pytest.fixture(autouse=True)
def _names(terminal: Terminal) -> None:
    terminal.screen.complete_from(lambda: Names(["#lobby"], ["bob", "Bobby", "cleo"], ["zoe"]))


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        ("bo\thello", "bob: hello"),
        ("bo\t\thello", "Bobby: hello"),
        ("bo\t\t\thello", "bohello"),
        (f"bo\t\t{SHIFT_TAB}hello", "bob: hello"),
        ("hi @bo\tand @C\t!", "hi @bob and @cleo !"),
        ("cl\t\t", "cleo: "),
        ("nobody\there", "nobodyhere"),
        (f"hello you{HOME}cl\t", "cleo: hello you"),
        (f"hi you{HOME}{RIGHT * 2} cl\t", "hi cleo you"),
        (f"hello{ALT_ENTER}cl\tyes", "hello\ncleo: yes"),
        (f"hello{ALT_ENTER}/jo\tyes", "hello\n/joyes"),
        ("/w z\thello", "/w zoe hello"),
        ("/disc\t", "/disconnect "),
    ],
)
def test_tab_completes_before_the_keys_after_it(terminal: Terminal, keys: str, line: str) -> None:
    terminal.keys.send_text(keys + "\r")
    assert terminal.screen.read_line() == line


def test_ctrl_c_closes_the_menu_and_then_clears_the_line(terminal: Terminal) -> None:
    terminal.keys.send_text(f"bo\t{CTRL_C}x\r")
    assert terminal.screen.read_line() == "box"
    terminal.keys.send_text(f"bo\t{CTRL_C}{CTRL_C}x\r")
    assert terminal.screen.read_line() == "x"


def test_ctrl_c_in_an_empty_line_leaves(terminal: Terminal) -> None:
    terminal.keys.send_text(f"bo\t{CTRL_C * 3}")
    with pytest.raises(KeyboardInterrupt):
        terminal.screen.read_line()


def test_the_hint_about_ctrl_c_lasts_until_a_key_is_typed(terminal: Terminal) -> None:
    terminal.once_drawn(AGAIN_LEAVES, lambda: terminal.keys.send_text("x"))
    terminal.once_drawn("> x", lambda: terminal.keys.send_text("\r"))
    terminal.keys.send_text(f"hello{CTRL_C}")
    assert terminal.screen.read_line() == "x"
    assert AGAIN_LEAVES not in terminal.text


def test_the_hint_about_ctrl_c_lasts_until_there_is_news(terminal: Terminal) -> None:
    status = Status("ann", (Tab(1, "#lobby", is_current=True), Tab(2, "#dev", 2)), 3)
    changing = threading.Thread(target=lambda: terminal.screen.show_status(status))
    terminal.once_drawn(AGAIN_LEAVES, changing.start)
    terminal.once_drawn("2:#dev 2", lambda: terminal.keys.send_text("x\r"))
    terminal.keys.send_text(f"hello{CTRL_C}")
    assert terminal.screen.read_line() == "x"
    changing.join()


def test_ctrl_y_brings_back_the_line_cleared_by_ctrl_c(terminal: Terminal) -> None:
    terminal.keys.send_text(f"hello{CTRL_C}{CTRL_Y}!\r")
    assert terminal.screen.read_line() == "hello!"


def test_a_password_cleared_by_ctrl_c_is_gone(terminal: Terminal) -> None:
    terminal.once_drawn(AGAIN_LEAVES_FOR_GOOD, lambda: terminal.keys.send_text(f"{CTRL_Y}x\r"))
    terminal.keys.send_text(f"/oper boss secret{CTRL_C}")
    assert terminal.screen.read_line() == "x"


def test_alt_enter_begins_a_new_line(terminal: Terminal) -> None:
    terminal.once_drawn("2 lines: Enter sends all", lambda: terminal.keys.send_text("\r"))
    terminal.keys.send_text(f"one{ALT_ENTER}two")
    assert terminal.screen.read_line() == "one\ntwo"


@pytest.mark.parametrize("line", ["/msg bob hi", "/xyz", "//x", "```to 127.0.0.1:5 x"])
def test_a_command_has_one_line(terminal: Terminal, line: str) -> None:
    terminal.once_drawn(ONE_LINE, lambda: terminal.keys.send_text("you\r"))
    terminal.keys.send_text(line + ALT_ENTER)
    assert terminal.screen.read_line() == line + "you"


def test_a_path_is_text_and_may_have_several_lines(terminal: Terminal) -> None:
    terminal.keys.send_text(f"/etc/hosts{ALT_ENTER}x\r")
    assert terminal.screen.read_line() == "/etc/hosts\nx"


def test_arrows_move_within_a_message_first(terminal: Terminal) -> None:
    terminal.keys.send_text("before\r")
    terminal.screen.read_line()
    terminal.keys.send_text(paste("one\ntwo") + "\x1b[A!\x1b[B?\r")
    assert terminal.screen.read_line() == "one!\ntwo?"
    terminal.keys.send_text(paste("three\nfour") + "\x1b[A\x1b[A\x1b[A\x1b[A.\r")
    assert terminal.screen.read_line() == "before."


def _look_at(terminal: Terminal, name: str) -> None:
    terminal.screen.show_status(
        Status("ann", (Tab(1, "#lobby", is_current=name == "#lobby"), Tab(2, "bob", is_current=name == "bob")))
    )


def test_lines_of_a_conversation_are_recalled_only_there(terminal: Terminal) -> None:
    for name, line in (("#lobby", "hello all"), ("bob", "psst"), ("#lobby", "/w bob psst")):
        _look_at(terminal, name)
        terminal.keys.send_text(line + ENTER)
        assert terminal.screen.read_line() == line
    for name, lines in (
        ("#lobby", ["/w bob psst", "hello all", "hello all"]),
        ("bob", ["/w bob psst", "psst", "hello all"]),
    ):
        for number, line in enumerate(lines, 1):
            _look_at(terminal, name)
            terminal.keys.send_text(UP * number)
            terminal.once_drawn(f"> {line}", lambda: terminal.keys.send_text(CTRL_C + "\x04"))
            with pytest.raises(EOFError):
                terminal.screen.read_line()


def test_suggestions_in_a_conversation_are_recalled_only_there(terminal: Terminal) -> None:
    _look_at(terminal, "#lobby")
    terminal.screen.recall(["hello all"])
    _look_at(terminal, "bob")
    terminal.screen.recall(["/me waves at bob alone"])
    _look_at(terminal, "#lobby")
    terminal.keys.send_text(UP * 2 + ENTER)
    assert terminal.screen.read_line() == "hello all"
    _look_at(terminal, "bob")
    terminal.keys.send_text(UP + ENTER)
    assert terminal.screen.read_line() == "/me waves at bob alone"


def test_turning_to_a_view_recalls_its_own_lines(terminal: Terminal) -> None:
    def turn(_: object, draft: str) -> str:
        assert draft == "psst"
        _look_at(terminal, "#lobby")
        return "draft"

    for name, line in (("#lobby", "hello all"), ("bob", "psst")):
        _look_at(terminal, name)
        terminal.keys.send_text(line + ENTER)
        terminal.screen.read_line()
    terminal.screen.turn_by(turn)
    terminal.once_drawn("> psst", lambda: terminal.keys.send_text("\x1b1"))
    terminal.once_drawn("> draft", lambda: terminal.keys.send_text(UP + ENTER))
    terminal.keys.send_text(UP)
    assert terminal.screen.read_line() == "hello all"


def test_a_long_draft_leaves_the_chat_visible(terminal: Terminal) -> None:
    shown: list[str] = []

    def look() -> None:
        shown.append(terminal.text)
        terminal.keys.send_text(ENTER)

    terminal.screen.show(Told("bob joined #lobby"))
    terminal.once_drawn("line 99", look)
    terminal.keys.send_text(paste("\n".join(f"line {number}" for number in range(100))))
    terminal.screen.read_line()
    assert "bob joined #lobby" in shown[0]
    assert "line 88" in shown[0]
    assert "line 80" not in shown[0]


def test_ctrl_l_empties_the_window(terminal: Terminal) -> None:
    terminal.screen.show(Told("bob joined #lobby"))
    terminal.keys.send_text(f"hel{CTRL_L}lo\r")
    assert terminal.screen.read_line() == "hello"
    before, home, _ = terminal.raw.partition("\n" * 24 + "\x1b[H")
    assert home
    assert "bob joined" in before


def test_ctrl_z_suspends_and_keeps_the_line(terminal: Terminal) -> None:
    stopped: list[str] = []

    def stop() -> None:
        stopped.append(terminal.raw)
        terminal.screen.show(Told("bob joined #lobby"))

    terminal.on_stop = stop
    terminal.once_drawn("joined #lobby\n> half", lambda: terminal.keys.send_text(" a line\r"))
    terminal.keys.send_text(f"half{CTRL_Z}")
    terminal.screen.read_line()
    (before,) = stopped
    assert before.endswith("\x1b[?2004l"), "bracketed paste is off while the shell has the terminal"
    assert "\x1b[?2004h" in terminal.raw[len(before) :]


def test_ctrl_z_without_job_control_shows_a_hint(terminal: Terminal) -> None:
    terminal.screen = TerminalScreen()
    terminal.once_drawn(NOT_SUSPENDED, lambda: terminal.keys.send_text(ENTER))
    terminal.keys.send_text(f"half{CTRL_Z}")
    assert terminal.screen.read_line() == "half"


def test_ctrl_z_suspends_at_questions_too(terminal: Terminal) -> None:
    stopped: list[bool] = []
    terminal.on_stop = lambda: stopped.append(True)
    terminal.keys.send_text(f"secr{CTRL_Z}et{ENTER}")
    assert terminal.screen.ask("Password: ", is_secret=True) == "secret"
    terminal.keys.send_text(f"{CTRL_Z}n")
    assert terminal.screen.choose("Yes or no? ", "yn", default="y", refusal="n") == "n"
    assert stopped == [True, True]


def test_resuming_takes_the_terminal_back(terminal: Terminal) -> None:
    def go_on() -> None:
        begun.append(len(terminal.raw))
        terminal.screen.resume()
        terminal.keys.send_text("\r")

    begun: list[int] = []
    terminal.once_drawn("> x", go_on)
    terminal.keys.send_text("x")
    assert terminal.screen.read_line() == "x"
    assert "\x1b[?2004h" in terminal.raw[begun[0] :]


def test_resuming_turns_echo_off_between_prompts(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    master, slave = pty.openpty()
    with os.fdopen(slave, encoding="utf-8") as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        terminal.screen.resume()
        assert not termios.tcgetattr(stdin)[3] & termios.ECHO
    os.close(master)


def test_lines_of_an_earlier_visit_come_back(terminal: Terminal) -> None:
    terminal.screen.recall(["first", "/oper boss secret", "second"])
    terminal.keys.send_text(f"third{ENTER}")
    terminal.screen.read_line()
    terminal.keys.send_text(UP * 3 + ENTER)
    assert terminal.screen.read_line() == "first"
    terminal.screen.recall(["fourth"])
    terminal.keys.send_text(UP + ENTER)
    assert terminal.screen.read_line() == "fourth"
    terminal.keys.send_text("\x12sec" + ENTER * 2)
    assert terminal.screen.read_line() == "second"
