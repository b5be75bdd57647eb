"""RPL_ISUPPORT: write tokens as lines, and parse them (https://modern.ircdocs.horse/#rplisupport-005)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

_TOKENS_PER_LINE = 12
_VALUE_ESCAPES = {" ": r"\x20", "=": r"\x3D", "\\": r"\x5C"}
_ESCAPE = re.compile(r"\\x(20|3[Dd]|5[Cc])")  # only these: an escape must not yield a control character


def isupport_lines(tokens: Mapping[str, str]) -> list[tuple[str, ...]]:
    """Return the 005 lines for these tokens, each as its parameters without the target."""
    words = [f"{key}={_escape(value)}" if value else key for key, value in tokens.items()]
    chunks = [words[start : start + _TOKENS_PER_LINE] for start in range(0, len(words), _TOKENS_PER_LINE)]
    return [(*chunk, "are supported by this server") for chunk in chunks]


def parse_isupport(params: Sequence[str]) -> dict[str, str]:
    """Return the tokens of one 005 line, given its parameters without the target and the trailing text."""
    pairs: Iterable[tuple[str, str, str]] = (param.partition("=") for param in params)
    return {key: _ESCAPE.sub(_unescape, value) for key, _, value in pairs}


def _escape(value: str) -> str:
    return "".join(_VALUE_ESCAPES.get(character, character) for character in value)


def _unescape(match: re.Match[str]) -> str:
    return chr(int(match[1], 16))
