r"""The text of a multiline message within the program (https://ircv3.net/specs/extensions/multiline). Pure.

It is one string. A line feed breaks the line; a line feed and a carriage return join two parts of one line that a
client sent separately because protocol lines are short (draft/multiline-concat). No other text contains either.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from chatcore.protocol.capabilities import BATCH, MULTILINE
from chatcore.protocol.wrap import split_text

MAX_LINES = 100
MAX_BYTES = 16384
"""Limits of one message: its protocol lines, and the bytes of its text as people read it."""

MAX_REPEATED_TAG_BYTES = 200
"""Longer client-only tags are not repeated before each line: they would make hundreds of kilobytes of a few."""

_LINE_BYTES = 150  # command, target, time and the like before a line

WHOLE_MESSAGES = MULTILINE | BATCH
"""Clients with both capabilities may send multiline messages, and receive them whole; others receive lines."""

BATCH_TYPE = "draft/multiline"
CONCAT_TAG = "draft/multiline-concat"

BREAK = "\n"
JOINT = "\n\r"
_JOINED = "\r"


class Part(NamedTuple):
    """One protocol line's part of a message. If `is_joined`, it continues the line before it."""

    text: str
    is_joined: bool


def join(parts: Iterable[Part]) -> str:
    """Return the text of these parts."""
    return "".join(
        part.text if not at else f"{JOINT if part.is_joined else BREAK}{part.text}" for at, part in enumerate(parts)
    )


def take_apart(text: str) -> list[Part]:
    """Return the parts of a text. The inverse of `join`."""
    return [Part(part.removeprefix(_JOINED), part.startswith(_JOINED)) for part in text.split(BREAK)]


def fitted(text: str, max_bytes: int) -> list[Part]:
    """Return the parts of a text, with those of more than `max_bytes` split."""
    return [piece for part in take_apart(text) for piece in _pieces(part, max_bytes)]


def _pieces(part: Part, max_bytes: int) -> Iterator[Part]:
    for at, piece in enumerate(split_text(part.text, max_bytes)):
        yield Part(piece, part.is_joined or at > 0)


def as_read(text: str) -> str:
    """Return a text as people read it, without joints."""
    return text.replace(JOINT, "")


def repeated_bytes(source: str, text: str, tags: str) -> int:
    """Return about how many bytes precede a text's lines after the first, for clients that receive lines."""
    breaks = text.count(BREAK)
    return breaks * (len(source) + min(len(tags), MAX_REPEATED_TAG_BYTES) + _LINE_BYTES) if breaks else 0


def to_one_line(text: bytes) -> bytes:
    """Replace the line feeds in a text, or in a record that contains one: CR for a break, CR and NUL for a joint."""
    return text.replace(b"\n\r", b"\n\0").replace(b"\n", b"\r")


def from_one_line(text: str) -> str:
    """Undo `to_one_line`."""
    return text.replace("\r", BREAK).replace("\n\0", JOINT)
