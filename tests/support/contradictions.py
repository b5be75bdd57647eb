"""Facts that delivery's view holds twice, compared with each other."""

from __future__ import annotations

from chatcore.protocol.names import casefold
from chatcore.server.outgoing.view import View


def contradictions(view: View) -> list[str]:
    """List where the view contradicts itself."""
    here = {reader for reader in view.readers.values() if not reader.is_closing}
    found = [
        f"{room.name} and {reader.nick} do not agree"
        for room in view.rooms.values()
        for reader in here
        if (reader in room.members) != (room in reader.rooms)
    ]
    found += [f"{room.name} has a member who is not here" for room in view.rooms.values() if room.members.keys() - here]
    found += [f"{room.name} is empty" for room in view.rooms.values() if not room.members]
    for room in view.rooms.values():
        if room.shared != sum(len(member.rooms) > 1 for member in room.members):
            found.append(f"{room.name} is wrong about who is in other rooms too")
    for reader in here:
        gone = [room.name for room in reader.rooms if view.rooms.get(room.name) is not room]
        found += [f"{reader.nick} is in {name}, which is gone" for name in gone]
    if view.by_nick != {casefold(reader.nick): reader for reader in here}:
        found.append("nicks lead to others than who have them")
    if {reader for readers in view.present.values() for reader in readers} != here:
        found.append("identities lead to others than whose they are")
    taken = [reader.nick for reader in here if reader not in view.present.get(reader.identity, ())]
    found += [f"{nick} is not whom it is taken for" for nick in taken]
    watched = {(folded, reader) for reader in here for folded in reader.watched}
    if watched != {(folded, reader) for folded, watchers in view.watchers.items() for reader in watchers}:
        found.append("others than who asked are told who comes and goes")
    return found
