"""People who come and go in a room without speaking, folded into one line. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from chatcore.protocol.names import casefold
from chatcore.terminal.session.effects import Coming, Told
from chatcore.terminal.session.rooms import MOST_NICK_CHARS

MOST_NAMED = 5
MOST_KNOWN = 10_000
"""Beyond this many, comings and goings are only counted."""


class Crowd:
    """The people who have come and gone since the room's last line."""

    def __init__(self) -> None:
        self.time: datetime | None = None
        """When somebody last came or went."""
        self._come: dict[str, str] = {}
        self._gone: dict[str, str] = {}
        self._passed = 0  # people who came and went
        self._unknown = 0  # comings and goings beyond the limit

    def __bool__(self) -> bool:
        return bool(self._come or self._gone or self._passed or self._unknown)

    def note(self, coming: Coming, time: datetime | None) -> None:
        """Count somebody's coming or going."""
        key = casefold(coming.nick)
        self.time = time
        if len(self._come) + len(self._gone) >= MOST_KNOWN or len(key) > MOST_NICK_CHARS:
            self._unknown += 1
        elif coming.is_here and self._gone.pop(key, None) is None:
            self._come[key] = coming.nick
        elif not coming.is_here and self._come.pop(key, None) is None:
            self._gone[key] = coming.nick
        elif not coming.is_here:
            self._passed += 1

    @property
    def text(self) -> str:
        """The line's text, '' if there is nobody."""
        return "; ".join(self._parts())

    def line(self, place: str) -> Told:
        """Return the line for a room."""
        return Told(self.text, self.time, (place,))

    def _parts(self) -> Iterator[str]:
        for names, verb in ((self._come, "joined"), (self._gone, "left")):
            if names:
                yield f"{_listed(list(names.values()))} {verb}"
        if self._passed:
            yield f"{self._passed} came and went"
        if self._unknown:
            yield f"{self._unknown} more came or went"


def _listed(names: list[str]) -> str:
    if len(names) > MOST_NAMED:
        return f"{', '.join(names[:MOST_NAMED])} and {len(names) - MOST_NAMED} more"
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
