"""The last lines of one kind in one place, with the reactions to each. Delivery's thread only."""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Callable
from typing import NamedTuple, Protocol

from chatcore.server.outgoing.lines import Line
from chatcore.state.reactions import Reaction, has_room


class Bounds(Protocol):
    """The memory limits that all tails share."""

    limit: int
    """How many lines each tail keeps."""
    max_bytes: int
    """How much memory all tails may use together."""
    used_bytes: int
    """How much of that is used."""

    def make_room(self) -> None:
        """Shorten the largest tails until they fit into memory again."""


class Attached(NamedTuple):
    """A reaction that is kept with its message."""

    value: str
    line: Line


class Tail:
    """The last lines, oldest first. Each query or change looks at only a few of them."""

    __slots__ = ("_histories", "_last_forgotten", "_limit", "_message_of", "attached", "lines", "size")

    def __init__(self, histories: Bounds) -> None:
        self.size = 0  # in bytes, including attached reactions
        self.attached: dict[int, list[Attached]] | None = None  # reactions by the ids of the kept lines; for reading
        self._message_of: dict[int, int] | None = None  # the line's id for each reaction's id
        self._last_forgotten: Line | None = None
        self.lines: deque[Line] = deque()
        self._histories = histories
        self._limit = histories.limit

    @property
    def forgotten(self) -> int:
        """Return the id of the last line that is no longer kept; -1 if all are."""
        return -1 if self._last_forgotten is None else self._last_forgotten.id

    def add(self, line: Line) -> None:
        """Keep a line, and drop the oldest if there are too many."""
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
        """Forget the oldest lines until the rest take at most `size` bytes."""
        while self.size > size:
            self._last_forgotten = self.lines.popleft()
            self._note_grown(-self._last_forgotten.size - self._detach(self._last_forgotten.id))

    def find(self, id_: int) -> Line | None:
        """Return the line with this id, kept as a line or attached to one."""
        at = self._index(id_)
        if at is not None:
            return self.lines[at]
        message = (self._message_of or {}).get(id_)
        return self._attached(message, id_).line if message is not None else None

    def attach(self, reaction: Reaction, line: Line) -> None:
        """Keep a reaction with its line, or drop it if the line is not kept. One of each kind per person."""
        message = reaction.message
        attached = (self.attached or {}).get(message, [])
        which = reaction.value, line.author
        same = next((each for each in attached if (each.value, each.line.author) == which), None)
        if reaction.is_taken_back:
            if same is not None:
                self._drop(message, same)
        elif same is None and self._index(message) is not None:
            if not has_room((each.line.author for each in attached), line.author):
                return
            self.attached, self._message_of = self.attached or {}, self._message_of or {}
            self.attached.setdefault(message, []).append(Attached(reaction.value, line))
            self._message_of[line.id] = message
            self._note_grown(line.size)
            if self._histories.used_bytes > self._histories.max_bytes:
                self._histories.make_room()

    def remove(self, id_: int) -> None:
        """Drop a line with everything attached to it, or one attached reaction."""
        at = self._index(id_)
        if at is not None:
            line = self.lines[at]
            del self.lines[at]
            self._note_grown(-line.size - self._detach(id_))
        elif (message := (self._message_of or {}).get(id_)) is not None:
            self._drop(message, self._attached(message, id_))

    def erase(self, is_erased: Callable[[Line], bool]) -> None:
        """Drop the lines that an erasure covers. This leaves no gap that the archive would have to fill."""
        erased = [line for line in self.lines if is_erased(line)]
        if erased:
            ids = {line.id for line in erased}
            self.lines = deque(line for line in self.lines if line.id not in ids)
            self._note_grown(-sum(line.size + self._detach(line.id) for line in erased))
        for message, attached in tuple((self.attached or {}).items()):
            for each in [each for each in attached if is_erased(each.line)]:
                self._drop(message, each)

    def _index(self, id_: int) -> int | None:
        """Return the index of the line with this id; None if it is not kept."""
        at = bisect_left(self.lines, id_, key=lambda line: line.id)
        return at if at < len(self.lines) and self.lines[at].id == id_ else None

    def _attached(self, message: int, id_: int) -> Attached:
        """Return the reaction with this id, if one is attached to a line."""
        assert self.attached is not None
        return next(each for each in self.attached[message] if each.line.id == id_)

    def _drop(self, message: int, attached: Attached) -> None:
        """Drop one reaction of a line."""
        assert self.attached is not None
        self.attached[message].remove(attached)
        if not self.attached[message]:
            del self.attached[message]
        self._note_detached([attached])
        self._note_grown(-attached.line.size)

    def _detach(self, message: int) -> int:
        """Drop all reactions to a line; return the bytes that they took."""
        attached = self.attached.pop(message, []) if self.attached else []
        self._note_detached(attached)
        return sum(each.line.size for each in attached)

    def _note_detached(self, attached: list[Attached]) -> None:
        for each in attached:
            assert self._message_of is not None
            del self._message_of[each.line.id]

    def _note_grown(self, size: int) -> None:
        self.size += size
        self._histories.used_bytes += size
