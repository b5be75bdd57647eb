"""Multi-line messages: each is a batch on the wire, and one message for people. Pure.

https://ircv3.net/specs/extensions/multiline
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from chatcore.protocol.message import Message
from chatcore.protocol.multiline import BATCH_TYPE, BREAK, CONCAT_TAG, Part, as_read, fitted, join
from chatcore.protocol.wrap import split_text, wrap_text

CAPABILITY = "draft/multiline"

MOST_OPEN = 16
MOST_CHARS = 1 << 16
"""The limit for one message, including the memory that each of its lines takes."""

MOST_LINES = 62
"""The limit for our own messages, whatever the tracker allows: with two BATCH lines, what is sent between two pings."""

_LEAST_BYTES = 512
_CHARS_PER_LINE = 200
_MORE = Part("[...]", is_joined=False)


class Limits(NamedTuple):
    """The limits of a multi-line message; `lines` is 0 where there are none."""

    lines: int = 0
    max_bytes: int = 0


ONE_LINE = Limits()


def limits_of(value: str) -> Limits:
    """Parse the value of the capability."""
    limits = dict(token.partition("=")[::2] for token in value.split(","))
    lines, max_bytes = (_number(limits.get(name, "")) for name in ("max-lines", "max-bytes"))
    is_enough = lines != 1 and max_bytes >= _LEAST_BYTES
    return Limits(min(lines or MOST_LINES, MOST_LINES), max_bytes) if is_enough else ONE_LINE


def _number(word: str) -> int:
    return int(word) if word.isascii() and word.isdigit() and len(word) < 10 else 0


def divide(lines: Iterable[str], limits: Limits, part_bytes: int) -> list[str]:
    """Divide lines among as few messages as the limits allow.

    Blank lines are kept, but not at the ends of a message.
    """
    most_bytes = min(limits.max_bytes, part_bytes * limits.lines // 2)  # two neighbouring parts fill at least one
    messages: list[list[str]] = [[]]
    parts = size = 0
    for line in (piece for each in lines for piece in wrap_text(_utf8(each), most_bytes)):
        count, line_bytes = len(split_text(line, part_bytes)), len(line.encode()) + len(BREAK)
        if parts + count > limits.lines or size + line_bytes > limits.max_bytes:
            messages.append([])
            parts = size = 0
        messages[-1].append(line)
        parts, size = parts + count, size + line_bytes
    return [BREAK.join(_without_blank_ends(message)) for message in messages if any(map(str.strip, message))]


def batch(text: str, target: str, part_bytes: int, name: str) -> Iterator[Message]:
    """Yield the batch that says a text of several lines."""
    yield Message("BATCH", (f"+{name}", BATCH_TYPE, target))
    for part in fitted(text, part_bytes):
        tags = {"batch": name, CONCAT_TAG: ""} if part.is_joined else {"batch": name}
        yield Message("PRIVMSG", (target, part.text), tags=tags)
    yield Message("BATCH", (f"-{name}",))


def _utf8(text: str) -> str:
    """Replace characters that UTF-8 cannot encode, as sending does."""
    return text.encode(errors="replace").decode()


def _without_blank_ends(lines: list[str]) -> list[str]:
    said = [number for number, line in enumerate(lines) if line.strip()]
    return lines[said[0] : said[-1] + 1]


@dataclass(slots=True)
class _Composition:
    """An incomplete multi-line message."""

    opening: Message
    command: str = ""
    parts: list[Part] = field(default_factory=list)
    chars: int = 0


class Compositions:
    """The incomplete multi-line messages, oldest first. If too many are open, the oldest is dropped."""

    def __init__(self) -> None:
        self._open: dict[str, _Composition] = {}  # by the batch's reference

    def take(self, message: Message) -> Message | None:
        """Return an ordinary message as it is, or a whole multi-line message at its end; None before that.

        Raises IndexError if the message has too few parameters.
        """
        composition = self._open.get(message.tags.get("batch", ""))
        if composition is not None:
            _add(composition, message)
            return None
        if message.command.upper() != "BATCH":
            return message
        sign, reference = message.params[0][:1], message.params[0][1:]
        if sign == "+" and message.params[1].lower() == BATCH_TYPE:
            self._begin(reference, message)
        elif sign == "-" and reference in self._open:
            return _whole(self._open.pop(reference))
        else:
            return message
        return None

    def _begin(self, reference: str, opening: Message) -> None:
        if len(self._open) >= MOST_OPEN:
            del self._open[next(iter(self._open))]
        self._open[reference] = _Composition(opening)


def _add(composition: _Composition, message: Message) -> None:
    """Add a line; if the message is too long, only a note that there is more."""
    if composition.chars > MOST_CHARS or message.command.upper() not in ("PRIVMSG", "NOTICE"):
        return
    part = Part(message.params[1], CONCAT_TAG in message.tags)
    composition.command = message.command
    composition.chars += _CHARS_PER_LINE + len(part.text)
    composition.parts.append(part if composition.chars <= MOST_CHARS else _MORE)


def _whole(composition: _Composition) -> Message | None:
    if not composition.parts:
        return None
    target, text = composition.opening.params[2], as_read(join(composition.parts))
    return composition.opening._replace(command=composition.command, params=(target, text))
