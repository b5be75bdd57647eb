"""Messages of several lines: each comes as a batch, and is one message once that has ended. Pure.

https://ircv3.net/specs/extensions/multiline
"""

from __future__ import annotations

from dataclasses import dataclass, field

from chatcore.protocol.message import Message
from chatcore.protocol.multiline import BATCH_TYPE, CONCAT_TAG, Part, as_read, join

CAPABILITY = "draft/multiline"

MOST_OPEN = 16
MOST_CHARS = 1 << 16
"""Of one message, with what each of its lines takes in memory."""

_CHARS_PER_LINE = 200
_MORE = Part("[...]", is_joined=False)


@dataclass(slots=True)
class _Composition:
    """A message that has not ended."""

    opening: Message
    command: str = ""
    parts: list[Part] = field(default_factory=list)
    chars: int = 0


class Compositions:
    """The messages of several lines that have not ended, oldest first; that is given up if too many are open."""

    def __init__(self) -> None:
        self._open: dict[str, _Composition] = {}  # by the batch's reference

    def take(self, message: Message) -> Message | None:
        """Return the message itself, or the one that it is the end of; None for what only a later one completes.

        Raises IndexError if it has too few parameters.
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
    """Add a line; of what is too long, only that there is more."""
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
