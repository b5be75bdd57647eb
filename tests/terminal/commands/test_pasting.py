"""The question before many lines are sent."""

import pytest

from chatcore.terminal.commands.pasting import MOST_UNASKED, Question, Way, question


def _lines(count: int) -> list[str]:
    return [f"line {number}" for number in range(count)]


def test_few_lines_are_sent_without_a_question() -> None:
    assert question(_lines(MOST_UNASKED), "#lobby", 1) is None
    assert question(["", *_lines(MOST_UNASKED), " ", ""], "#lobby", 1) is None, "blank lines do not count"


def test_many_lines_are_asked_about() -> None:
    asked = "100 lines to #lobby? (o)ne message / (l)ines [Enter] / (e)dit / (n)o "
    assert question(_lines(100), "#lobby", 1) == Question(asked, tuple(Way), Way.LINE_BY_LINE)


def test_lines_too_many_for_one_message_are_offered_as_several() -> None:
    asked = question(_lines(100), "bob", 2)
    assert asked is not None
    assert asked.text == "100 lines to bob? t(o)gether, in 2 messages / (l)ines [Enter] / (e)dit / (n)o "


def test_without_multiline_support_only_lines_are_offered() -> None:
    asked = question(_lines(6), "#lobby", 6)
    assert asked is not None
    assert asked.text == "6 lines to #lobby? (l)ines [Enter] / (e)dit / (n)o "


def test_a_first_line_that_looks_like_a_command_is_asked_about() -> None:
    """Lines after a command are probably meant for somebody else."""
    asked = question(["/msg bob one", "two"], "#lobby", 1)
    assert asked is not None
    assert asked.text == "2 lines to #lobby, /msg too? (o)ne message / (l)ines / (e)dit [Enter] / (n)o "
    assert asked.default is Way.EDIT


@pytest.mark.parametrize("line", ["/etc/hosts", "/xyzzy", "//msg bob", "msg bob", "", "/"])
def test_other_first_lines_are_not_asked_about(line: str) -> None:
    assert question([line, "two"], "#lobby", 1) is None
