"""The last lines of one kind in one place, with the reactions to each. Delivery's thread only."""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Iterable
from typing import NamedTuple, Protocol

from chatcore.server.outgoing.lines import Line
from chatcore.state.reactions import Reaction, has_room


class Bounds(Protocol):
    """What all tails share."""

    limit: int
    """So many lines each tail keeps, ..."""
    max_bytes: int
    """... and all together so much memory, ..."""
    used_bytes: int
    """... of which so much is used."""

    def make_room(self) -> None:
        """Shorten the largest tails until there is memory again."""


class Attached(NamedTuple):
    """A reaction that is kept with its message."""

    value: str
    line: Line


class Tail:
    """The last lines, oldest first."""

    __slots__ = ("_histories", "_last_forgotten", "_limit", "attached", "lines", "size")

    def __init__(self, histories: Bounds) -> None:
        self.size = 0  # bytes, with all that is attached
        self.attached: dict[int, list[Attached]] | None = None  # to lines that are kept, by their ids
        self._last_forgotten: Line | None = None
        self.lines: deque[Line] = deque()
        self._histories = histories
        self._limit = histories.limit

    @property
    def forgotten(self) -> int:
        """Return the id of the last line that is no longer kept; -1 if all are."""
        return -1 if self._last_forgotten is None else self._last_forgotten.id

    def add(self, line: Line) -> None:
        """Keep a line; when there are too many, the oldest goes."""
        lines, histories = self.lines, self._histories
        grown = line.size
        if len(lines) == self._limit:
            if not lines:
                self._last_forgotten = line
                return
            self._last_forgotten = forgotten = lines.popleft()
            grown -= forgotten.size
            if self.attached:
                grown -= self._detach(forgotten.id)
        lines.append(line)
        self.size += grown
        histories.used_bytes += grown
        if histories.used_bytes > histories.max_bytes:
            histories.make_room()

    def shrink(self, size: int) -> None:
        """Forget the oldest lines until the rest takes at most `size` bytes."""
        while self.size > size:
            self._last_forgotten = self.lines.popleft()
            freed = self._last_forgotten.size + self._detach(self._last_forgotten.id)
            self.size -= freed
            self._histories.used_bytes -= freed

    def find(self, id_: int) -> Line | None:
        """Return the line with this id, kept as a line or attached to one."""
        at = bisect_left(self.lines, id_, key=lambda line: line.id)
        if at < len(self.lines) and self.lines[at].id == id_:
            return self.lines[at]
        all_attached = (each.line for attached in (self.attached or {}).values() for each in attached)
        return next((line for line in all_attached if line.id == id_), None)

    def attach(self, reaction: Reaction, line: Line) -> None:
        """Keep a reaction with its line, if that is kept, or drop it. One of each kind for each person."""
        attached = (self.attached or {}).get(reaction.message, [])
        others = [each for each in attached if (each.value, each.line.author) != (reaction.value, line.author)]
        if reaction.is_taken_back:
            self._set_attached(reaction.message, others)
        elif others == attached and self._has_room(reaction.message, attached, line.author):
            self._set_attached(reaction.message, [*attached, Attached(reaction.value, line)])
            if self._histories.used_bytes > self._histories.max_bytes:
                self._histories.make_room()

    def _has_room(self, message: int, attached: Iterable[Attached], author: str) -> bool:
        is_kept = any(line.id == message for line in reversed(self.lines))
        return is_kept and has_room((each.line.author for each in attached), author)

    def remove(self, id_: int) -> None:
        """Drop a line with all that is attached to it, or what is attached itself."""
        self._keep(line for line in self.lines if line.id != id_)
        for message, attached in tuple((self.attached or {}).items()):
            self._set_attached(message, [each for each in attached if each.line.id != id_])

    def erase(self, is_erased: Callable[[Line], bool]) -> None:
        """Drop what is to be erased. That leaves no gap which the archive would have to fill."""
        self._keep(line for line in self.lines if not is_erased(line))
        for message, attached in tuple((self.attached or {}).items()):
            self._set_attached(message, [each for each in attached if not is_erased(each.line)])

    def _keep(self, lines: Iterable[Line]) -> None:
        """Drop all lines but these."""
        before, self.lines = self.lines, deque(lines)
        if len(self.lines) < len(before):
            kept = {line.id for line in self.lines}
            size = sum(line.size + self._detach(line.id) for line in before if line.id not in kept)
            self.size -= size
            self._histories.used_bytes -= size

    def _set_attached(self, message: int, attached: list[Attached]) -> None:
        grown = sum(each.line.size for each in attached) - self._detach(message)
        if attached:
            self.attached = {**(self.attached or {}), message: attached}
        self.size += grown
        self._histories.used_bytes += grown

    def _detach(self, message: int) -> int:
        """Drop what is attached to a line; return how many bytes that took."""
        return sum(each.line.size for each in self.attached.pop(message, ())) if self.attached else 0
