r"""The text of a message of several lines, as the program has it (https://ircv3.net/specs/extensions/multiline). Pure.

It is one string. A line feed breaks the line; a line feed and a carriage return join two parts of one line, which some
client has sent apart because a line of the protocol is short (draft/multiline-concat). No other text has either in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from chatcore.protocol.capabilities import BATCH, MULTILINE
from chatcore.protocol.wrap import split_text

MAX_LINES = 100
MAX_BYTES = 16384
"""Of one message: lines of the protocol, and bytes of its text as it is read."""

MAX_REPEATED_TAG_BYTES = 200
"""No longer client-only tags stand before each line of a message, or a few kilobytes would become some hundred."""

_LINE_BYTES = 150  # command, target, time and the like before a line

WHOLE_MESSAGES = MULTILINE | BATCH
"""Whoever has both capabilities may send a message of several lines, and gets each as one; others get lines."""

BATCH_TYPE = "draft/multiline"
CONCAT_TAG = "draft/multiline-concat"

BREAK = "\n"
JOINT = "\n\r"
_JOINED = "\r"


class Part(NamedTuple):
    """What one line of the protocol says of a message; `is_joined`: it goes on with the line before it."""

    text: str
    is_joined: bool


def join(parts: Iterable[Part]) -> str:
    """Return the text that these parts are."""
    return "".join(
        part.text if not at else f"{JOINT if part.is_joined else BREAK}{part.text}" for at, part in enumerate(parts)
    )


def take_apart(text: str) -> list[Part]:
    """Return the parts of a text: what `join` made it of."""
    return [Part(part.removeprefix(_JOINED), part.startswith(_JOINED)) for part in text.split(BREAK)]


def fitted(text: str, max_bytes: int) -> list[Part]:
    """Return the parts of a text, those that are longer than so many bytes in several."""
    return [piece for part in take_apart(text) for piece in _pieces(part, max_bytes)]


def _pieces(part: Part, max_bytes: int) -> Iterator[Part]:
    for at, piece in enumerate(split_text(part.text, max_bytes)):
        yield Part(piece, part.is_joined or at > 0)


def as_read(text: str) -> str:
    """Return a text as people read it: its lines, without joints."""
    return text.replace(JOINT, "")


def repeated_bytes(source: str, text: str, tags: str) -> int:
    """Return about how many bytes stand before the further lines of a text, for whoever gets lines."""
    breaks = text.count(BREAK)
    return breaks * (len(source) + min(len(tags), MAX_REPEATED_TAG_BYTES) + _LINE_BYTES) if breaks else 0


def to_one_line(text: bytes) -> bytes:
    """Return a text, which may have more around it, without line feeds: CR for a break, CR and NUL for a joint."""
    return text.replace(b"\n\r", b"\n\0").replace(b"\n", b"\r")


def from_one_line(text: str) -> str:
    """Return what `to_one_line` was given."""
    return text.replace("\r", BREAK).replace("\n\0", JOINT)
