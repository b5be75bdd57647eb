"""Who spoke last, in each room and in private, so that Tab offers them first. Pure.

Somebody we speak to counts as having spoken.
"""

from __future__ import annotations

import re
from collections import OrderedDict

from chatcore.protocol.names import casefold
from chatcore.terminal.session.effects import Said
from chatcore.terminal.session.rooms import Members

MOST_PLACES = 250
MOST_IN_A_PLACE = 100

_PRIVATE = ""
_ADDRESSED = re.compile(r"@?([^\s:,]+)[:,]?\s")


class Talkers:
    """Names by place, the last to speak last. Those silent the longest are forgotten."""

    def __init__(self) -> None:
        self._places: OrderedDict[str, OrderedDict[str, str]] = OrderedDict()

    def in_room(self, room: str) -> list[str]:
        """Return who has spoken in a room or was spoken to, last first. Some may have left."""
        return self._names(casefold(room))

    def in_private(self) -> list[str]:
        """Return the people with whom there were private messages, last first."""
        return self._names(_PRIVATE)

    def note(self, said: Said, members: Members | None, *, is_own: bool) -> None:
        """Note a live message. `members` are those of its room, if we are in it."""
        if said.room is None:
            self._note(_PRIVATE, said.to or said.nick)
            return
        addressed = _ADDRESSED.match(said.text)
        if not is_own:
            self._note(casefold(said.room), said.nick)
        elif addressed and members is not None and addressed[1] in members:
            self._note(casefold(said.room), addressed[1])

    def rename(self, old: str, new: str) -> None:
        """Rename a person."""
        for place, names in self._places.items():
            if casefold(old) in names:
                renamed = [new if casefold(name) == casefold(old) else name for name in names.values()]
                self._places[place] = OrderedDict((casefold(name), name) for name in renamed)

    def _note(self, place: str, name: str) -> None:
        names = self._places.setdefault(place, OrderedDict())
        self._places.move_to_end(place)
        names[casefold(name)] = name
        names.move_to_end(casefold(name))
        if len(names) > MOST_IN_A_PLACE:
            names.popitem(last=False)
        if len(self._places) > MOST_PLACES:
            self._places.popitem(last=False)

    def _names(self, place: str) -> list[str]:
        return list(reversed(self._places.get(place, {}).values()))
