"""Guessing the command meant by a mistyped one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcore.terminal.commands.guessing import near, slips_between

_KNOWN = ["join", "leave", "list", "who", "whois", "to", "msg", "history"]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("jion", ["join"]),
        ("joi", ["join"]),
        ("msgg", ["msg"]),
        ("mgs", ["msg"]),
        ("whos", ["who", "whois"]),
        ("wh", ["who", "whois"]),
        ("hsitroy", ["history"]),
        ("hist", ["history", "list"]),
        ("le", ["leave"]),
        ("foo", []),
        ("go", []),
        ("j", []),
        ("", []),
        ("leev", []),
        ("hsitroi", []),
        ("x" * 100_000, []),
    ],
)
def test_near(typed: str, meant: list[str]) -> None:
    assert near(typed, _KNOWN) == meant


def test_nothing_is_near_if_there_are_no_commands() -> None:
    assert near("xx", []) == []


@pytest.mark.parametrize(
    ("typed", "meant", "slips"),
    [("", "", 0), ("", "abc", 3), ("ab", "ba", 1), ("abc", "ca", 3), ("kitten", "sitting", 3)],
)
def test_slips(typed: str, meant: str, slips: int) -> None:
    assert slips_between(typed, meant) == slips


@given(a=st.text("abc", max_size=6), b=st.text("abc", max_size=6))
def test_slips_are_symmetric(a: str, b: str) -> None:
    slips = slips_between(a, b)
    assert slips == slips_between(b, a)
    assert (slips == 0) == (a == b)
    assert abs(len(a) - len(b)) <= slips <= max(len(a), len(b))
