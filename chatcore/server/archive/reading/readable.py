"""What a seeker may read of a room, by the table in ARCHITECTURE.md ("The archive")."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Mapping, Sequence
from operator import itemgetter
from types import MappingProxyType
from typing import NamedTuple

from chatcore.server.archive.reading.volume import Audience, Volume
from chatcore.state.history import Seeker


class Readable(NamedTuple):
    """What a seeker may read of a room in one file, by the numbers of its audiences.

    They may read everything that was said to the `free` audiences. Of the `others`, they may read what was said while
    their account was in the room: `presences` are those ranges of ids, in order. `former` are audiences under former
    names of the room, each with the last id under that name.
    """

    free: tuple[int, ...]
    others: tuple[int, ...]
    presences: tuple[tuple[int, int], ...]
    former: Mapping[int, int] = MappingProxyType({})

    def has(self, audience: int, id_: int) -> bool:
        """Return whether the seeker may read the line with this id that was said to an audience."""
        if audience in self.free or id_ <= self.former.get(audience, -1):
            return True
        return audience in self.others and self.is_present(id_)

    def is_present(self, id_: int) -> bool:
        """Return whether the seeker's account was in the room at that id."""
        at = bisect_right(self.presences, id_, key=itemgetter(0))
        return at > 0 and id_ <= self.presences[at - 1][1]


def readable(volume: Volume, seeker: Seeker, rooms: Collection[str], eras: frozenset[int]) -> dict[str, Readable]:
    """Return what may be read of each room (casefolded). `eras` are those that may be read in the current era."""
    found = {}
    names = {name.room for room in rooms if room in seeker.called for name in seeker.called[room].former}
    everywhere = volume.audiences({*rooms, *names})
    for room in rooms:
        audiences = everywhere[room]
        free: list[int] = []
        others: list[int] = []
        for each in audiences:
            (free if _is_free(each, seeker, room, eras) else others).append(each.number)
        presences = tuple(volume.presences(seeker.account_id, room)) if others and seeker.account_id else ()
        found[room] = Readable(tuple(free), tuple(others), presences, _former(everywhere, seeker, room, eras))
    return found


def _former(
    everywhere: Mapping[str, Sequence[Audience]], seeker: Seeker, room: str, eras: frozenset[int]
) -> Mapping[int, int]:
    """Return what may be read of a room's past under former names, as if it had had its present name."""
    if room not in seeker.called:
        return {}
    found: dict[int, int] = {}
    for name, up_to in seeker.called[room].former:
        for each in everywhere[name]:
            if _is_free(each, seeker, room, eras):
                found[each.number] = max(up_to, found.get(each.number, 0))
    return found


def _is_free(audience: Audience, seeker: Seeker, room: str, eras: frozenset[int]) -> bool:
    """Return whether the seeker may read everything of an audience because they are in the room now."""
    instance = seeker.rooms.get(room)
    return instance is not None and audience.era in eras and (audience.is_open or audience.instance == instance)
