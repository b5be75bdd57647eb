"""What is asked before many lines are said."""

import pytest

from chatcore.terminal.commands.pasting import MOST_UNASKED, Question, Way, question


def _lines(count: int) -> list[str]:
    return [f"line {number}" for number in range(count)]


def test_few_lines_are_said_unasked() -> None:
    assert question(_lines(MOST_UNASKED), "#lobby", 1) is None
    assert question(["", *_lines(MOST_UNASKED), " ", ""], "#lobby", 1) is None, "blank lines do not count"


def test_many_lines_are_asked_about() -> None:
    asked = "100 lines to #lobby? (o)ne message / (l)ines [Enter] / (e)dit / (n)o "
    assert question(_lines(100), "#lobby", 1) == Question(asked, tuple(Way), Way.LINE_BY_LINE)


def test_too_many_for_one_message() -> None:
    asked = question(_lines(100), "bob", 2)
    assert asked is not None
    assert asked.text == "100 lines to bob? t(o)gether, in 2 messages / (l)ines [Enter] / (e)dit / (n)o "


def test_where_no_message_has_several_lines() -> None:
    asked = question(_lines(6), "#lobby", 6)
    assert asked is not None
    assert asked.text == "6 lines to #lobby? (l)ines [Enter] / (e)dit / (n)o "


def test_what_looks_like_a_command_is_asked_about() -> None:
    """After a command, the lines are meant for somebody else."""
    asked = question(["/msg bob one", "two"], "#lobby", 1)
    assert asked is not None
    assert asked.text == "2 lines to #lobby, /msg too? (o)ne message / (l)ines / (e)dit [Enter] / (n)o "
    assert asked.default is Way.EDIT


@pytest.mark.parametrize("line", ["/etc/hosts", "/xyzzy", "//msg bob", "msg bob", "", "/"])
def test_what_does_not(line: str) -> None:
    assert question([line, "two"], "#lobby", 1) is None
