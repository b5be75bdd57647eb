"""Keys that no prompt reads must not reach the shell."""

from __future__ import annotations

import os
import pty
import select
import sys
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatcore.prompting import terminal_keys
from chatcore.prompting.terminal_keys import (
    attributes,
    drop_line,
    leave_keys_to_prompts,
    restore,
    swallow_keys,
    take_again,
)


class Keyboard:
    """A terminal as standard input, and its keyboard."""

    def __init__(self) -> None:
        self.master, slave = pty.openpty()
        self.stdin = os.fdopen(slave, "r", encoding="utf-8")

    def type(self, text: str) -> None:
        os.write(self.master, text.encode())
        if select.select([self.stdin], [], [], 0)[0] or not text.endswith("\n"):
            return
        raise AssertionError("the typed keys did not arrive")

    @property
    def has_keys(self) -> bool:
        """Whether a shell, which reads key by key, would find keys."""
        attributes = termios.tcgetattr(self.stdin)
        attributes[3] &= ~termios.ICANON
        termios.tcsetattr(self.stdin, termios.TCSANOW, attributes)
        return bool(select.select([self.stdin], [], [], 0)[0])

    def hang_up(self) -> None:
        os.close(self.master)
        self.master = -1

    def close(self) -> None:
        self.stdin.close()
        if self.master >= 0:
            os.close(self.master)


@pytest.fixture
def keyboard(monkeypatch: pytest.MonkeyPatch) -> Iterator[Keyboard]:
    keyboard = Keyboard()
    monkeypatch.setattr(sys, "stdin", keyboard.stdin)
    yield keyboard
    keyboard.close()


def test_unread_keys_are_dropped_at_the_end(keyboard: Keyboard) -> None:
    before = termios.tcgetattr(keyboard.stdin)
    attributes = leave_keys_to_prompts()
    assert attributes == before
    assert not termios.tcgetattr(keyboard.stdin)[3] & (termios.ECHO | termios.ICANON)
    keyboard.type("rm -rf old\nhalf")
    assert keyboard.has_keys
    restore(attributes)
    assert termios.tcgetattr(keyboard.stdin) == before
    assert not keyboard.has_keys


def test_half_a_line_is_dropped_too(keyboard: Keyboard) -> None:
    keyboard.type("rm -rf old\nhalf")
    drop_line()
    assert not keyboard.has_keys


def test_keys_typed_afterwards_are_swallowed(keyboard: Keyboard) -> None:
    leave_keys_to_prompts()
    keyboard.type("m -rf\n")
    swallow_keys(0.01)
    assert not keyboard.has_keys


def test_each_key_extends_the_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    keys, waits, now = ["m", " ", "-rf\n", ""], [], 0.0

    def take(within_s: float) -> str:
        nonlocal now
        waits.append(within_s)
        key = keys.pop(0)
        now += 0.25 if key else within_s
        return key

    monkeypatch.setattr(terminal_keys, "_take_keys", take)
    monkeypatch.setattr(terminal_keys, "monotonic", lambda: now)
    swallow_keys(1.0)
    assert waits == [1.0, 1.0, 1.0, terminal_keys.AFTER_ENTER_S]


def test_a_stuck_key_does_not_block_forever(keyboard: Keyboard, monkeypatch: pytest.MonkeyPatch) -> None:
    leave_keys_to_prompts()
    monkeypatch.setattr(terminal_keys, "_MOST_S", 0.05)
    monkeypatch.setattr(terminal_keys, "_take_keys", lambda _within_s: "x")
    swallow_keys(1000.0)


@pytest.mark.parametrize("end", [KeyboardInterrupt(), OSError("gone")])
def test_ctrl_c_or_an_error_ends_the_wait(
    keyboard: Keyboard, monkeypatch: pytest.MonkeyPatch, end: BaseException
) -> None:
    def interrupted(_within_s: float) -> str:
        raise end

    monkeypatch.setattr(terminal_keys, "_take_keys", interrupted)
    swallow_keys(1000.0)


def test_a_vanished_terminal_raises_nothing(keyboard: Keyboard) -> None:
    before = leave_keys_to_prompts()
    keyboard.hang_up()
    swallow_keys(1000.0)
    restore(before)
    drop_line()
    keyboard.stdin.close()


def test_an_input_that_is_not_a_terminal_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    with Path(os.devnull).open(encoding="utf-8") as nothing:
        monkeypatch.setattr(sys, "stdin", nothing)
        assert leave_keys_to_prompts() is None
        restore(None)
        drop_line()
        swallow_keys(1000.0)


def test_taking_the_terminal_again_keeps_typed_keys(keyboard: Keyboard) -> None:
    leave_keys_to_prompts()
    waiting = attributes()
    assert waiting == termios.tcgetattr(keyboard.stdin)
    keyboard.type("x")
    changed = termios.tcgetattr(keyboard.stdin)
    changed[3] |= termios.ECHO
    termios.tcsetattr(keyboard.stdin, termios.TCSANOW, changed)
    take_again(waiting)
    assert attributes() == waiting
    assert keyboard.has_keys


def test_a_vanished_terminal_is_not_taken_again(keyboard: Keyboard) -> None:
    before = attributes()
    keyboard.hang_up()
    assert attributes() is None
    take_again(before)


@pytest.mark.parametrize("platform", ["win32"])
def test_without_terminal_attributes_nothing_happens(monkeypatch: pytest.MonkeyPatch, platform: str) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    assert attributes() is None
    take_again(None)
