"""Which view each line goes to, and which lines are shown now. Pure.

A terminal shows only the current view. People who come and go in a room without having spoken there lately are folded
into one line before the room's next line. A pipe shows everything as it comes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from chatcore.protocol.names import casefold
from chatcore.terminal.session.absence import Memory
from chatcore.terminal.session.effects import Alert, Effect, Line, Said, Told
from chatcore.terminal.session.noticing import marked
from chatcore.terminal.session.places import View


def noted(effects: Iterable[Effect], nick: str, memory: Memory, *, shows_all: bool) -> Iterator[Effect]:
    """Add lines to their views; yield the effects without lines that are not shown now. `nick` is our own."""
    for effect in effects:
        if not isinstance(effect, Line):
            yield effect
        elif _is_heard(effect, memory):
            yield from _noted(effect, nick, memory, shows_all=shows_all)


def _noted(line: Line, nick: str, memory: Memory, *, shows_all: bool) -> Iterator[Effect]:
    if isinstance(line, Told) and line.coming is not None and memory.folds_joins and not shows_all:
        line = _folded(line, memory)
        if not line.places:
            return
    yield from _unfolded(line, memory)
    if isinstance(line, Said):
        line = marked(nick, line)
    is_mention = isinstance(line, Said) and line.is_for_us
    is_counted = not isinstance(line, Said) or is_mention or not memory.quiet.has(line.place)
    if memory.views.note(line, is_for_us=is_mention, is_counted=is_counted) or shows_all:
        yield line
    if isinstance(line, Said) and is_mention and not (line.is_seen_before or shows_all):
        yield Alert(line, memory.views.is_current(line.place))


def _is_heard(line: Line, memory: Memory) -> bool:
    """Return False for a line by somebody who is ignored, unless a search found it."""
    if isinstance(line, Said):
        return line.is_own or line.found is not None or not memory.quiet.has(line.nick)
    return not (isinstance(line, Told) and line.coming is not None and memory.quiet.has(line.coming.nick))


def _folded(told: Told, memory: Memory) -> Told:
    """Fold a coming or going into the rooms where that person has not spoken; return it for all other views."""
    assert told.coming is not None
    views = [view for view in map(memory.views.get, told.places) if view is not None]
    folding = [view for view in views if view.is_room and not _has_spoken(told.coming.nick, view)]
    for view in folding:
        view.crowd.note(told.coming, told.time)
    return replace(told, places=tuple(view.name for view in views if view not in folding))


def _has_spoken(nick: str, view: View) -> bool:
    key = casefold(nick)
    return any(isinstance(line, Said) and casefold(line.nick) == key for line in view.lines)


def _unfolded(line: Line, memory: Memory) -> Iterator[Told]:
    """Add the folded comings and goings to a line's views before the line."""
    for place in (line.place,) if isinstance(line, Said) else line.places:
        view = memory.views.get(place)
        if view is not None and memory.views.tell_crowd(view):
            told = view.lines[-1]
            if memory.views.current is view and isinstance(told, Told):
                yield told
