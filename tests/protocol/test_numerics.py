"""The table of numerics."""

from __future__ import annotations

import re
from pathlib import Path

from chatcore.protocol import numerics

_TABLE = {name: value for name, value in vars(numerics).items() if name.startswith(("RPL_", "ERR_"))}
_WORD = re.compile(r"\w+")


def test_every_numeric_is_three_digits() -> None:
    """The rule: "a numeric (a three-digit number represented as text)"."""
    assert _TABLE
    assert all(re.fullmatch("[0-9]{3}", value) for value in _TABLE.values())


def test_no_numeric_has_two_names() -> None:
    assert len(set(_TABLE.values())) == len(_TABLE)


def test_errors_and_replies_are_in_their_ranges() -> None:
    """RFC 2812, section 5: "Error replies are found in the range from 400 to 599"; later numerics have no ranges."""
    for name, value in _TABLE.items():
        if int(value) < 600:
            assert (int(value) >= 400) == name.startswith("ERR_"), name


def test_every_numeric_is_used() -> None:
    program = Path(numerics.__file__).parents[1]
    words = {
        word
        for path in program.rglob("*.py")
        if path.stem != "numerics"
        for word in _WORD.findall(path.read_text("utf-8"))
    }
    assert _TABLE.keys() - words == set()
