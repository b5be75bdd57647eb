"""The views: rooms and private conversations, with the last lines of each. One view is current. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from chatcore.protocol.names import casefold, is_channel
from chatcore.terminal.session.comings import Crowd
from chatcore.terminal.session.effects import Answer, Line, Quoted, Said, Turned

MOST_LINES = 200
"""Lines remembered for each view."""
MOST_CHARS = 1 << 22
"""The memory of all lines together; beyond that, the largest view forgets its oldest line."""
MOST_CONVERSATIONS = 100
"""The conversations remembered: the latest ones."""
LINES_BEFORE_NEW = 5
LINES_SHOWN = 20
"""Lines shown on turning to a view, unless more are new."""

_CHARS_EACH = 200  # of memory for each line, besides its text


@dataclass(slots=True)
class View:
    """A room, or the conversation with one person."""

    name: str
    lines: deque[Line] = field(default_factory=deque)
    chars: int = 0
    """Roughly the memory that its lines take."""
    unread: int = 0
    """Messages since it was last looked at."""
    mentions: int = 0
    """How many of these are for us: those that name us, and all private ones."""
    fresh: int = 0
    """How many lines were added since it was last looked at."""
    draft: str = ""
    """The unfinished line that was left there."""
    crowd: Crowd = field(default_factory=Crowd)
    """People who have come and gone since its last line, if folded."""

    @property
    def is_room(self) -> bool:
        return is_channel(self.name)

    def mark_read(self) -> None:
        """Mark everything as read."""
        self.unread = self.mentions = self.fresh = 0

    def take(self, line: Line) -> None:
        """Remember a line."""
        self.lines.append(line)
        self.chars += len(line.text) + _CHARS_EACH
        if len(self.lines) > MOST_LINES:
            self.drop()

    def forget(self, msgid: str) -> None:
        """Forget a message, and its words wherever they are quoted."""
        first_fresh = len(self.lines) - self.fresh
        lines, self.lines = self.lines, deque()
        self.chars = 0
        for number, line in enumerate(lines):
            if _is_about(line, msgid):
                self._leave_out(line, is_fresh=number >= first_fresh)
            else:
                self.take(_without_quote(line, msgid))

    def _leave_out(self, line: Line, *, is_fresh: bool) -> None:
        self.fresh -= is_fresh and self.fresh > 0
        if is_fresh and isinstance(line, Said) and not line.is_own:
            self.unread -= self.unread > 0
            self.mentions = min(self.mentions, self.unread)

    def drop(self) -> None:
        """Forget the oldest line."""
        self.chars -= len(self.lines.popleft().text) + _CHARS_EACH


class Views:
    """All views, in the order in which they were opened. If there are any, one is current."""

    def __init__(self) -> None:
        self._views: dict[str, View] = {}
        self._current: str | None = None

    def __iter__(self) -> Iterator[View]:
        return iter(self._views.values())

    def __len__(self) -> int:
        return len(self._views)

    @property
    def current(self) -> View | None:
        return None if self._current is None else self._views[self._current]

    def get(self, name: str) -> View | None:
        return self._views.get(casefold(name))

    def is_current(self, name: str) -> bool:
        return casefold(name) == self._current

    def open(self, name: str) -> View:
        """Return the view of a room or person, opening it if need be. The first one becomes current."""
        view = self.get(name)
        if view is None:
            self._make_space(name)
            view = self._views[casefold(name)] = View(name)
            self._current = self._current or casefold(name)
        return view

    def close(self, name: str) -> View | None:
        """Remove a view. If it was current, return the one that is now: the last opened, if there is one.

        A room is followed by a room, if possible, so that the next line does not go to one person by accident.
        """
        was_current = self.is_current(name)
        self._views.pop(casefold(name), None)
        if not was_current:
            return None
        left = sorted(self, key=lambda view: view.is_room) if is_channel(name) else list(self)
        self._current = casefold(left[-1].name) if left else None
        return self.current

    def rename(self, old: str, new: str) -> None:
        """Rename a view, unless another one has the new name."""
        view = self.get(old)
        if view is None or self.get(new) not in (None, view):
            return
        was_current = self.is_current(old)
        view.name = new
        self._views = {casefold(each.name): each for each in self}
        if was_current:
            self._current = casefold(new)

    def turn_to(self, view: View, told: str = "") -> Turned:
        """Make a view current; return what to show of it. A pipe shows only `told`."""
        if self.current is not None and self.current is not view:
            self.tell_crowd(self.current)
        self._current = casefold(view.name)
        count = max(LINES_SHOWN, view.fresh + LINES_BEFORE_NEW)
        lines = list(view.lines)[-count:]
        new = min(view.fresh, len(lines)) if view.unread else 0
        unseen = max(0, view.fresh - len(view.lines))
        view.mark_read()
        return Turned(view.name, tuple(lines), new, unseen, told)

    def at(self, number: int) -> View | None:
        """Return the view with this number, from 1."""
        return list(self)[number - 1] if 0 < number <= len(self) else None

    def beside(self, step: int) -> View | None:
        """Return the view `step` places after the current one, wrapping around; None if there are no views."""
        names = list(self._views)
        return self._views[names[(names.index(self._current) + step) % len(names)]] if self._current else None

    def waiting(self) -> View | None:
        """Return the first view with a mention, or else with unread messages; None if there is none."""
        unread = [view for view in self if view.unread and not self.is_current(view.name)]
        return next((view for view in unread if view.mentions), unread[0] if unread else None)

    def tell_crowd(self, view: View) -> bool:
        """Add the view's folded comings and goings as a line; return whether there were any."""
        if not view.crowd:
            return False
        self._keep(view, view.crowd.line(view.name))
        view.fresh += view is not self.current
        view.crowd = Crowd()
        return True

    def note(self, line: Line, *, is_for_us: bool = False, is_counted: bool = True) -> bool:
        """Add a line to its views; return whether to show it now.

        With `is_for_us` it counts as a mention, with `is_counted` a message counts as unread.
        """
        if isinstance(line, Said):
            return self._note_said(line, is_for_us=is_for_us, is_counted=is_counted)
        views = [view for view in map(self.get, line.places) if view is not None]
        for view in views:
            self._keep(view, line)
            view.fresh += not self.is_current(view.name)
        return not views or self.current in views

    def _note_said(self, said: Said, *, is_for_us: bool, is_counted: bool) -> bool:
        if said.is_seen_before:
            return True
        view = self.open(said.place) if said.room is None else self.get(said.place)
        if view is None:
            return True
        self._keep(view, said)
        if self.current is view:
            return True
        view.fresh += not said.is_own or view.fresh > 0  # the new lines must not begin with one of our own
        if is_counted and not said.is_own:
            view.unread += 1
            view.mentions += is_for_us
        return said.is_from_here

    def _keep(self, view: View, line: Line) -> None:
        view.take(line)
        if sum(each.chars for each in self) > MOST_CHARS:
            max(self, key=lambda each: each.chars).drop()

    def _make_space(self, name: str) -> None:
        """Forget the conversation that has been silent longest, if another would be too many."""
        talks = [view for view in self if not view.is_room and view is not self.current]
        if not is_channel(name) and len(talks) >= MOST_CONVERSATIONS:
            del self._views[casefold(min(talks, key=_last_at).name)]


def _is_about(line: Line, msgid: str) -> bool:
    return not isinstance(line, Answer) and (line.msgid if isinstance(line, Said) else line.about) == msgid


def _without_quote(line: Line, msgid: str) -> Line:
    if isinstance(line, Said) and line.answers is not None and line.answers.msgid == msgid:
        return replace(line, answers=Quoted(msgid))
    return line


def _last_at(view: View) -> float:
    """Return the time of the last message in a view, 0 if unknown."""
    times = [item.time.timestamp() for item in view.lines if isinstance(item, Said) and item.time]
    return times[-1] if times else 0.0
