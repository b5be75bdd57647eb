"""The screen on a terminal, with keys from a pipe and a terminal that records its text."""

import re
import signal
import threading
from typing import Any

import pytest
from prompt_toolkit.styles import default_ui_style, merge_styles

from chatcore.prompting import terminal_keys
from chatcore.prompting.interruption import Terminated, Woken
from chatcore.prompting.terminal_keys import HALF_TYPED_QUIET_S, QUIET_S
from chatcore.prompting.theme import Role, Theme
from chatcore.terminal.commands.completion import Names
from chatcore.terminal.screen.prompt import STYLE
from chatcore.terminal.session.effects import Problem, Told
from chatcore.terminal.session.status import Status, Tab
from tests.support.contrast import contrast, from_hex
from tests.terminal.screen.keyboard import Terminal, paste

_TABS = (Tab(1, "#lobby", is_current=True), Tab(2, "#dev", 2), Tab(3, "bob", 1, 1))


def test_a_typed_line_is_returned_and_erased(terminal: Terminal) -> None:
    terminal.keys.send_text("hello\r")
    assert terminal.screen.read_line() == "hello"
    assert terminal.text.strip() == ""


def test_clear_empties_the_window(terminal: Terminal) -> None:
    terminal.screen.show(Told("bob joined #lobby"))
    terminal.screen.clear()
    terminal.screen.show(Problem("no"))
    before, _, after = terminal.raw.partition("\n" * 24 + "\x1b[H")
    assert "bob joined" in before, "earlier lines only scroll up"
    assert "! no" in after


def test_a_question_is_asked(terminal: Terminal) -> None:
    terminal.keys.send_text("ann\r")
    assert terminal.screen.ask("Username: ") == "ann"
    assert "Username: ann\n" in terminal.text


def test_a_secret_is_not_on_the_screen(terminal: Terminal) -> None:
    terminal.keys.send_text("s3cr3t\r")
    assert terminal.screen.ask("Password: ", is_secret=True) == "s3cr3t"
    assert terminal.text == "Password: ******\n"
    assert "s3" not in terminal.raw
    terminal.keys.send_text("ann\r")
    assert terminal.screen.ask("Username: ") == "ann"
    assert "ann" in terminal.text


@pytest.mark.parametrize(("key", "raised"), [("\x03", KeyboardInterrupt), ("\x04", EOFError)])
def test_ctrl_c_and_ctrl_d_end_any_prompt(terminal: Terminal, key: str, raised: type[BaseException]) -> None:
    terminal.keys.send_text(key)
    with pytest.raises(raised):
        terminal.screen.read_line()
    terminal.keys.send_text(key)
    with pytest.raises(raised):
        terminal.screen.ask("Password: ", is_secret=True)


def test_wake_ends_the_current_prompt(terminal: Terminal) -> None:
    waking = threading.Thread(target=terminal.screen.wake)
    terminal.once_drawn("> x", waking.start)
    terminal.keys.send_text("x")
    with pytest.raises(Woken):
        terminal.screen.read_line()
    waking.join()


@pytest.fixture
def swallowed(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The quiet time asked for, each time that keys are swallowed."""
    times: list[float] = []
    monkeypatch.setattr(terminal_keys, "swallow_keys", times.append)
    return times


@pytest.mark.parametrize(("typed", "quiet_s"), [("", QUIET_S), ("half a li", HALF_TYPED_QUIET_S)])
def test_keys_typed_after_the_end_are_swallowed_once(
    terminal: Terminal, swallowed: list[float], typed: str, quiet_s: float
) -> None:
    terminal.once_drawn(f"> {typed}".rstrip(), terminal.screen.wake)
    terminal.keys.send_text(typed)
    with pytest.raises(Woken):
        terminal.screen.read_line()
    terminal.screen.swallow_keys()
    terminal.screen.swallow_keys()
    assert swallowed == [quiet_s]


def test_no_keys_are_swallowed_before_the_first_prompt(terminal: Terminal, swallowed: list[float]) -> None:
    terminal.screen.swallow_keys()
    assert swallowed == []


@pytest.mark.parametrize(("end", "is_own"), [(LookupError(), False), (KeyboardInterrupt(), True)])
def test_keys_are_swallowed_after_an_unexpected_end(
    terminal: Terminal, swallowed: list[float], end: BaseException, is_own: bool
) -> None:
    terminal.keys.send_text("hello\r")
    terminal.screen.read_line()
    terminal.screen.__exit__(type(end), end, None)
    assert swallowed == ([] if is_own else [QUIET_S])


def test_wake_before_a_prompt_ends_only_the_next(terminal: Terminal) -> None:
    terminal.screen.wake()
    with pytest.raises(Woken):
        terminal.screen.read_line()
    terminal.keys.send_text("hello\r")
    assert terminal.screen.read_line() == "hello"


def test_a_signal_ends_the_current_prompt(terminal: Terminal) -> None:
    terminal.once_drawn("> x", lambda: terminal.screen.terminate(signal.SIGTERM))
    terminal.keys.send_text("x")
    with pytest.raises(Terminated) as ended:
        terminal.screen.read_line()
    assert ended.value.signum == signal.SIGTERM


def test_a_signal_between_prompts_ends_at_once(terminal: Terminal) -> None:
    with pytest.raises(Terminated):
        terminal.screen.terminate(signal.SIGHUP)


def test_items_are_shown_between_prompts(terminal: Terminal) -> None:
    terminal.screen.show(Told("bob joined #lobby"))
    terminal.screen.show(Problem("no"))
    assert re.fullmatch(r"[0-9]{2}:[0-9]{2} \* bob joined #lobby\n! no\n", terminal.text)
    assert f"\x1b[{Theme()[Role.PROBLEM]}m! no\x1b[0m" in terminal.raw


def test_showing_an_item_keeps_the_line_being_typed(terminal: Terminal) -> None:
    showing = threading.Thread(target=lambda: terminal.screen.show(Told("bob joined #lobby")))
    terminal.once_drawn("> half", showing.start)
    terminal.once_drawn("bob joined #lobby\n> half", lambda: terminal.keys.send_text("a line\r"))
    terminal.keys.send_text("half ")
    assert terminal.screen.read_line() == "half a line"
    showing.join()
    assert re.fullmatch(r"[0-9]{2}:[0-9]{2} \* bob joined #lobby\s*", terminal.text)


def test_items_shown_while_a_prompt_begins_wait_for_it(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    """prompt_toolkit uses the output then, and writes of two threads would appear twice or not at all."""
    renderer = terminal.screen.prompt.session.app.renderer
    begin = renderer.reset
    seen: list[str] = []

    def show_meanwhile(*arguments: Any, **named: Any) -> None:
        if not seen:
            showing = threading.Thread(target=lambda: terminal.screen.show(Told("meanwhile")))
            showing.start()
            showing.join()
            seen.append("".join(terminal.screen.prompt._pending._texts))
        begin(*arguments, **named)

    monkeypatch.setattr(renderer, "reset", show_meanwhile)
    terminal.once_drawn("meanwhile", lambda: terminal.keys.send_text("x\r"))
    assert terminal.screen.read_line() == "x"
    assert "meanwhile" in seen[0], "the line was held back"
    assert terminal.text.count("meanwhile") == 1


def test_show_does_not_wait_for_a_stopped_terminal(terminal: Terminal) -> None:
    """Only the prompt's loop waits for it."""
    stopped, shown = threading.Event(), threading.Event()
    waits: list[bool] = []

    def stop() -> None:
        if "one." in "".join(terminal.output._buffer):
            stopped.set()
            waits.append(shown.wait(5))

    def show_one() -> None:
        terminal.output.on_flush = stop
        terminal.screen.show(Told("one."))

    def show_more() -> None:
        stopped.wait(20)
        terminal.screen.show(Told("two."))
        shown.set()

    showing = threading.Thread(target=show_more)
    showing.start()
    terminal.once_drawn("> half", show_one)
    terminal.once_drawn("two.\n> half", lambda: terminal.keys.send_text("\r"))
    terminal.keys.send_text("half")
    assert terminal.screen.read_line() == "half"
    showing.join()
    assert waits == [True], "show waited for the stopped terminal"


@pytest.mark.thorough
def test_no_item_is_lost_or_reordered_across_prompts(terminal: Terminal) -> None:
    def show_many() -> None:
        for number in range(500):
            terminal.screen.show(Told(f"item {number}."))

    showing = threading.Thread(target=show_many)
    showing.start()
    for number in range(20):
        terminal.keys.send_text(f"line {number}\r")
        assert terminal.screen.read_line() == f"line {number}"
    showing.join()
    assert [int(number) for number in re.findall(r"item (\d+)\.", terminal.text)] == list(range(500))


@pytest.mark.parametrize(
    ("status", "line"),
    [
        (Status("ann", _TABS, 3), "ann [1:#lobby 3] 2:#dev 2 3:bob 1!"),
        (Status("ann"), "ann not in a room"),
        (Status("\x1b[2J", (Tab(1, "#\x9b", is_current=True),)), r"\x1b[2J [1:#\x9b]"),
    ],
)
def test_the_status_line_changes_while_the_user_types(terminal: Terminal, status: Status, line: str) -> None:
    changing = threading.Thread(target=lambda: terminal.screen.show_status(status))
    terminal.once_drawn("x", changing.start)
    terminal.once_drawn(line, lambda: terminal.keys.send_text("\r"))
    terminal.keys.send_text("x")
    assert terminal.screen.read_line() == "x"
    changing.join()


def test_the_chosen_completion_is_readable() -> None:
    whole = merge_styles([default_ui_style(), STYLE])
    attributes = whole.get_attrs_for_style_str("class:completion-menu.completion.current")
    assert not attributes.reverse
    assert contrast(from_hex(attributes.color or ""), from_hex(attributes.bgcolor or "")) >= 4.5


def test_tab_completes(terminal: Terminal) -> None:
    terminal.screen.complete_from(lambda: Names(["#lobby"], ["bob"]))
    terminal.once_drawn("/join", lambda: terminal.keys.send_text("lo\t"))
    terminal.once_drawn("/join #lobby", lambda: terminal.keys.send_text("bo\t"))
    terminal.once_drawn("#lobby bob", lambda: terminal.keys.send_text("\r"))
    terminal.keys.send_text("/jo\t")
    assert terminal.screen.read_line() == "/join #lobby bob "


def test_earlier_lines_can_be_recalled(terminal: Terminal) -> None:
    terminal.keys.send_text("first\r")
    terminal.screen.read_line()
    terminal.keys.send_text("\x1b[A!\r")
    assert terminal.screen.read_line() == "first!"


def test_a_secret_cannot_be_recalled(terminal: Terminal) -> None:
    terminal.keys.send_text("wrong\x15s3cr3t\r")
    assert terminal.screen.ask("Password: ", is_secret=True) == "s3cr3t"
    terminal.keys.send_text("\x1b[A\x19ann\r")  # neither Up nor Ctrl+Y brings a secret back
    assert terminal.screen.ask("Username: ") == "ann"
    terminal.keys.send_text("\x1b[A\x19hello\r")
    assert terminal.screen.read_line() == "hello"
    assert "s3cr3t" not in terminal.raw
    assert "wrong" not in terminal.raw


def test_a_line_with_a_password_cannot_be_recalled(terminal: Terminal) -> None:
    for line in ("first", "/oper boss s3cr3t", " /OPER boss s3cr3t"):
        terminal.keys.send_text(f"{line}\r")
        assert terminal.screen.read_line() == line
    terminal.keys.send_text("\x1b[A!\r")
    assert terminal.screen.read_line() == "first!"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_pasted_lines_come_together(terminal: Terminal, end: str) -> None:
    terminal.keys.send_text(paste(f"one{end}{end}two{end}") + "\r")
    assert terminal.screen.read_line() == "one\n\ntwo"


@pytest.mark.parametrize("line", ["exit", "/away", "hello"])
def test_a_pasted_line_waits_for_enter(terminal: Terminal, line: str) -> None:
    terminal.once_drawn(f"> {line}", lambda: terminal.keys.send_text("!\r"))
    terminal.keys.send_text(paste(line + "\n"))
    assert terminal.screen.read_line() == line + "!"


def test_the_status_line_explains_several_lines(terminal: Terminal) -> None:
    terminal.screen.show_status(Status("ann", _TABS, 3))
    terminal.once_drawn(
        "ann 2 lines: Enter sends all, Ctrl+U drops them", lambda: terminal.keys.send_text("\x15x\x19\r")
    )
    terminal.keys.send_text(paste("one\n\ntwo"))
    assert terminal.screen.read_line() == "xone\n\ntwo", "Ctrl+U drops all of it, and Ctrl+Y brings it back"


def test_the_status_line_announces_the_question_for_many_lines(terminal: Terminal) -> None:
    terminal.once_drawn("6 lines: Enter asks how, Ctrl+U drops them", lambda: terminal.keys.send_text("\r"))
    terminal.keys.send_text(paste("\n".join("abcdef")))
    assert terminal.screen.read_line() == "a\nb\nc\nd\ne\nf"


@pytest.mark.parametrize("before", ["/msg bob ", "/", "```to 127.0.0.1:5 "])
def test_lines_pasted_into_a_command_belong_to_it(terminal: Terminal, before: str) -> None:
    """Sent as text, they would go to the whole room."""
    terminal.keys.send_text(before + paste("one\ntwo\n") + "\r")
    assert terminal.screen.read_line() == before + "one two"


def test_consecutive_pastes_are_joined(terminal: Terminal) -> None:
    terminal.keys.send_text(paste("/one\ntwo\n") + paste("three\nfour") + "\r")
    assert terminal.screen.read_line() == "/one\ntwothree\nfour"


def test_a_lost_terminal_ends_the_input(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone() -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(terminal.screen.prompt.session.app.output, "flush", gone)
    with pytest.raises(EOFError):
        terminal.screen.read_line()


def test_a_terminal_lost_while_showing_ends_the_prompt(terminal: Terminal) -> None:
    """If the prompt did not end, prompt_toolkit would wait for its output for ever."""
    showing = threading.Thread(target=lambda: terminal.screen.show(Told("bob joined #lobby")))

    def go() -> None:
        terminal.output.has_gone = True
        showing.start()
        showing.join()
        terminal.screen.terminate(signal.SIGHUP)

    terminal.once_drawn("> x", go)
    terminal.keys.send_text("x")
    with pytest.raises(Terminated):
        terminal.screen.read_line()


def test_a_fault_in_the_loop_of_a_prompt_is_raised(terminal: Terminal) -> None:
    def fault() -> None:
        raise LookupError("a fault of ours")

    terminal.once_drawn("> x", lambda: terminal.screen.prompt._loop.call(fault))
    terminal.keys.send_text("x")
    with pytest.raises(LookupError):
        terminal.screen.read_line()


def test_text_is_put_back_into_an_empty_line(terminal: Terminal) -> None:
    terminal.once_drawn("not in a room", lambda: terminal.screen.put_back("not sent"))
    terminal.once_drawn("not sent", lambda: terminal.keys.send_text(" yet\r"))
    assert terminal.screen.read_line() == "not sent yet"


def test_text_is_put_back_into_the_next_line(terminal: Terminal) -> None:
    terminal.screen.put_back("not sent")
    terminal.keys.send_text("ann\r")
    assert terminal.screen.ask("Username: ") == "ann"
    terminal.keys.send_text("\r")
    assert terminal.screen.read_line() == "not sent"


def test_nothing_is_put_back_into_a_started_line(terminal: Terminal) -> None:
    def put_back() -> None:
        terminal.screen.put_back("not sent")
        terminal.keys.send_text("!\r")

    terminal.keys.send_text("mine")
    terminal.once_drawn("> mine", put_back)
    assert terminal.screen.read_line() == "mine!"
    terminal.keys.send_text("\r")
    assert terminal.screen.read_line() == ""


@pytest.mark.parametrize(("typed", "told"), [("half a", "! not sent: half a"), ("/oper boss secret", "")])
def test_an_unfinished_line_is_shown_unless_it_is_secret(terminal: Terminal, typed: str, told: str) -> None:
    terminal.keys.send_text(typed)
    terminal.once_drawn(f"> {typed}", terminal.screen.wake)
    with pytest.raises(Woken):
        terminal.screen.read_line()
    assert terminal.text.strip() == told


def test_the_status_line_shows_the_state_of_reconnecting(terminal: Terminal) -> None:
    status = Status("ann", _TABS, 3, "connection lost; connecting...")
    terminal.screen.show_status(status)
    terminal.once_drawn("connection lost; connecting...", lambda: terminal.keys.send_text("\r"))
    terminal.screen.read_line()
    assert "#dev" not in terminal.raw


def test_the_line_is_watched_as_it_is_typed(terminal: Terminal) -> None:
    seen: list[str] = []
    terminal.screen.watch_line(seen.append)
    terminal.keys.send_text("hi\r")
    terminal.screen.read_line()
    assert seen[:2] == ["h", "hi"]
