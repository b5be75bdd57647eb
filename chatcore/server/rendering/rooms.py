"""Who is in a room, and what holds there."""

from __future__ import annotations

from chatcore.protocol import numerics as num
from chatcore.protocol.capabilities import (
    AWAY_NOTIFY,
    EXTENDED_JOIN,
    INVITE_NOTIFY,
    MULTI_PREFIX,
    NO_IMPLICIT_NAMES,
    USERHOST_IN_NAMES,
)
from chatcore.protocol.framing import MAX_BODY_BYTES
from chatcore.protocol.modes import PREFIXES, format_modes, prefixes, split_modes
from chatcore.protocol.wrap import join_words
from chatcore.server.lines import Line
from chatcore.server.rendering.desk import Appliers, Desk
from chatcore.server.rendering.recall import replay
from chatcore.server.rendering.visits import away_line
from chatcore.server.view import Reader, Room
from chatcore.state import events as ev


def apply_joined(desk: Desk, event: ev.Joined) -> None:
    """JOIN to all, and to whoever joined also the topic, the names and, if configured, what was said last."""
    reader = desk.view.readers[event.client]
    before = desk.view.room(event.channel)
    for room in (*reader.rooms, *([before] if before else ())):
        desk.fanout.settle(room)
    room = desk.view.enter(reader, event.channel, event.letters)
    if before is None:
        room.address = desk.open_room(room.name)
    line = desk.line(reader, "JOIN", room.name)
    extended = desk.line(reader, "JOIN", room.name, reader.account or "*", reader.realname)
    desk.tell_variants(room.members, line, extended, EXTENDED_JOIN)
    room.events.add(line)
    if reader.away is not None:
        desk.next_message()
        others = [member for member in room.members if member is not reader]
        desk.tell(others, away_line(desk, reader), AWAY_NOTIFY)
    if room.topic is not None:
        text, setter, set_at = room.topic
        desk.reply(reader, num.RPL_TOPIC, room.name, text)
        desk.reply(reader, num.RPL_TOPICWHOTIME, room.name, setter, str(set_at))
    if not reader.capabilities & NO_IMPLICIT_NAMES:
        _names(desk, reader, room)
        desk.reply(reader, num.RPL_ENDOFNAMES, room.name, "End of names")
    _tell_address(desk, reader, room)
    if desk.config.replay:
        replay(desk, reader, room, desk.config.replay)


def apply_parted(desk: Desk, event: ev.Parted) -> None:
    """PART."""
    reader = desk.view.readers[event.client]
    line = desk.line(reader, "PART", event.channel, *([event.reason] if event.reason else []))
    _leave(desk, reader, event.channel, line)


def apply_kicked(desk: Desk, event: ev.Kicked) -> None:
    """KICK."""
    target = desk.view.readers[event.target]
    line = desk.line(desk.view.readers[event.source], "KICK", event.channel, target.nick, event.reason)
    _leave(desk, target, event.channel, line)


def apply_topic_changed(desk: Desk, event: ev.TopicChanged) -> None:
    """TOPIC; an empty one unsets it, and is written as such."""
    room = desk.view.room(event.channel)
    if room is not None:
        room.topic = (event.text, event.setter, event.set_at) if event.text else None
        source = desk.view.readers[event.source]
        line = Line(f":{source.source} TOPIC {room.name} :{event.text}", desk.time, desk.serial, (), source.account)
        desk.tell(room.members, line)
        room.events.add(line)


def apply_modes_changed(desk: Desk, event: ev.ModesChanged) -> None:
    """MODE of a channel."""
    room = desk.view.room(event.channel)
    if room is None:
        return
    was_secret = room.is_secret
    targets = iter(event.members)
    for change in event.changes:
        if change.letter in PREFIXES:
            member = desk.view.readers[next(targets)]
            letters = room.members[member].replace(change.letter, "")
            room.members[member] = letters + change.letter if change.adding else letters
        elif change.letter == "s":
            room.is_secret = change.adding
    source = desk.view.readers[event.source]
    left = MAX_BODY_BYTES - len(f":{source.source} MODE {room.name} :".encode())
    for changes in split_modes(event.changes, left):
        line = desk.line(source, "MODE", room.name, *format_modes(changes))
        desk.tell(room.members, line)
        room.events.add(line)
        desk.next_message()
    if room.is_secret != was_secret:
        _change_address(desk, room)


def _change_address(desk: Desk, room: Room) -> None:
    """Close a secret room's address of its own: a stranger at it must not learn that there is a room. Or open one."""
    if room.is_secret:
        room.address = ""
        desk.view.close_room(room.name)
        return
    room.address = desk.open_room(room.name)
    for member in room.members:
        _tell_address(desk, member, room)


def _tell_address(desk: Desk, reader: Reader, room: Room) -> None:
    if room.address:
        desk.reply(reader, "NOTICE", room.name, f"{room.name} is also at {room.address}")


def apply_invited(desk: Desk, event: ev.Invited) -> None:
    """INVITE to whoever is invited, and to members with invite-notify who could have invited too."""
    target = desk.view.readers.get(event.target)
    source = desk.view.readers[event.source]
    room = desk.view.room(event.channel)
    if target is None or room is None:
        return
    line = desk.line(source, "INVITE", target.nick, event.channel)
    desk.tell([target], line)
    operators = [member for member, letters in room.members.items() if "o" in letters and member is not source]
    desk.tell(operators, line, INVITE_NOTIFY)


def apply_names_requested(desk: Desk, event: ev.NamesRequested) -> None:
    """NAMES; one end for all channels asked for."""
    reader = desk.view.readers[event.client]
    for channel in event.channels:
        room = desk.view.room(channel)
        if room is not None:
            _names(desk, reader, room)
    desk.reply(reader, num.RPL_ENDOFNAMES, event.given, "End of names")


def _leave(desk: Desk, reader: Reader, channel: str, line: Line) -> None:
    """Tell all members, the leaving one too, and end the membership."""
    room = desk.view.room(channel)
    if room is not None and reader in room.members:
        desk.fanout.settle(room)
        desk.tell(room.members, line)
        room.events.add(line)
        desk.view.leave(reader, room)


def _names(desk: Desk, reader: Reader, room: Room) -> None:
    shown = len(PREFIXES) if reader.capabilities & MULTI_PREFIX else 1
    with_host = reader.capabilities & USERHOST_IN_NAMES
    sees_all = reader in room.members or "o" in reader.modes
    names = [
        prefixes(letters)[:shown] + (member.source if with_host else member.nick)
        for member, letters in room.members.items()
        if sees_all or "i" not in member.modes
    ]
    symbol = "@" if room.is_secret else "="
    left = MAX_BODY_BYTES - len(f":{desk.server} 353 {reader.nick} {symbol} {room.name} :".encode())
    for text in join_words(names, " ", left):
        desk.reply(reader, num.RPL_NAMREPLY, symbol, room.name, text)


APPLIERS: Appliers = {
    ev.Joined: apply_joined,
    ev.Parted: apply_parted,
    ev.Kicked: apply_kicked,
    ev.TopicChanged: apply_topic_changed,
    ev.ModesChanged: apply_modes_changed,
    ev.Invited: apply_invited,
    ev.NamesRequested: apply_names_requested,
}
