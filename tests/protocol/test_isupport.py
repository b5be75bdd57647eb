"""RPL_ISUPPORT: https://modern.ircdocs.horse/#rplisupport-005."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcore.protocol.isupport import isupport_lines, parse_isupport
from chatcore.protocol.message import Message, parse, serialize
from tests.support.generated import CONTENT, PROPERTY

_KEYS = st.from_regex(r"[A-Z0-9./]{1,20}", fullmatch=True)
_TOKENS = st.dictionaries(_KEYS, st.text(CONTENT, max_size=10), max_size=15)


def _received(tokens: dict[str, str]) -> dict[str, str]:
    """Send the tokens as lines and read them back."""
    received: dict[str, str] = {}
    for params in isupport_lines(tokens):
        message = parse(serialize(Message("005", ("nick", *params), "irc.example.com")))
        received |= parse_isupport(message.params[1:-1])
    return received


@PROPERTY
@given(_TOKENS)
def test_tokens_are_read_back(tokens: dict[str, str]) -> None:
    assert _received(tokens) == tokens


@pytest.mark.parametrize("count", [0, 1, 12, 13, 14, 24, 25, 40])
def test_lines_have_at_most_thirteen_tokens_and_end_with_the_text(count: int) -> None:
    """The rule: "The maximum number of `RPL_ISUPPORT` tokens that can be advertised is 13"."""
    tokens = {f"KEY{number}": "" for number in range(count)}
    lines = isupport_lines(tokens)
    assert [word for *words, _ in lines for word in words] == list(tokens)
    assert all(1 <= len(line) - 1 <= 13 for line in lines)
    assert {line[-1] for line in lines} <= {"are supported by this server"}


@pytest.mark.parametrize(
    ("value", "token"),
    [
        ("", "NETWORK"),
        ("My Network", r"NETWORK=My\x20Network"),
        ("a=b", r"NETWORK=a\x3Db"),
        ("a\\b", r"NETWORK=a\x5Cb"),
        (r"\x20", r"NETWORK=\x5Cx20"),
        ("(ov)@+", "NETWORK=(ov)@+"),
    ],
)
def test_values_are_escaped(value: str, token: str) -> None:
    r"""The rule: "MAY contain escape sequences: `\x20` …, `\x5C` … and `\x3D` for the equal character"."""
    assert isupport_lines({"NETWORK": value}) == [(token, "are supported by this server")]
    assert parse_isupport([token]) == {"NETWORK": value}


def test_other_escapes_are_not_undone() -> None:
    r"""A value cannot smuggle in a control character."""
    assert parse_isupport([r"NETWORK=\x1b\x0A\x5cx\x3d"]) == {"NETWORK": "\\x1b\\x0A\\x" + "="}


def test_empty_value_is_the_same_as_none() -> None:
    """The rule: "A parameter MAY have a default value and value MAY be empty when sent by servers"."""
    assert parse_isupport(["EXCEPTS=", "INVEX", "-SAFELIST"]) == {"EXCEPTS": "", "INVEX": "", "-SAFELIST": ""}
