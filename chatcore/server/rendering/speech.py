"""What is said: in rooms and privately."""

from __future__ import annotations

from chatcore.protocol import numerics as num
from chatcore.protocol.capabilities import MESSAGE_TAGS
from chatcore.protocol.framing import MAX_BODY_BYTES
from chatcore.protocol.wrap import wrap_text
from chatcore.server.dialogs import Dialog
from chatcore.server.lines import Line, Tags
from chatcore.server.rendering.desk import Appliers, Desk
from chatcore.server.view import Reader, Room
from chatcore.state import events as ev

_PERSIST = "+draft/persist"


def apply_said(desk: Desk, event: ev.Said) -> None:
    """PRIVMSG, NOTICE or TAGMSG to a channel: the way nearly every event goes."""
    source, channel, command, text, tags = event
    room = desk.view.rooms.get(channel)
    if room is None:
        return
    sender = desk.view.readers[source]
    if command == "TAGMSG":
        _apply_tagmsg(desk, room, sender, tags)
        return
    line = Line(f":{sender.source} {command} {channel} :{text}", desk.time, desk.serial, tags, sender.account)
    room.history.add(line)
    if not sender.has_echo:
        desk.fanout.to_room(room, line, sender)
    elif desk.fanout.is_captured(sender):
        desk.fanout.to_room(room, line, sender)
        if sender in room.members:
            desk.fanout.to_one(sender, line)
    else:
        desk.fanout.to_room(room, line, None)
        if sender not in room.members:
            desk.fanout.to_one(sender, line)


def _apply_tagmsg(desk: Desk, room: Room, sender: Reader, tags: Tags) -> None:
    line = desk.line(sender, "TAGMSG", room.name, tags=tags)
    readers = dict.fromkeys(room.members)
    readers.pop(sender, None)
    desk.tell([*readers, sender] if sender.has_echo else readers, line, MESSAGE_TAGS)
    _remember_tags(room, line, tags)


def apply_said_privately(desk: Desk, event: ev.SaidPrivately) -> None:
    """PRIVMSG, NOTICE or TAGMSG to one person, and its echo."""
    sender = desk.view.readers[event.source]
    target = desk.view.readers.get(event.target)
    if target is None or target.is_closing:
        if event.command != "NOTICE":
            desk.reply(sender, num.ERR_NOSUCHNICK, target.nick if target else "*", "They have just left")
        return
    before = f":{sender.source} {event.command} {target.nick}"
    line = before if event.command == "TAGMSG" else f"{before} :{event.text}"
    if len(line.encode()) <= MAX_BODY_BYTES:
        _give_privately(desk, event, sender, target, line)
        return
    # It did fit when it was said: the recipient has taken a longer nick since.
    for piece in wrap_text(event.text, MAX_BODY_BYTES - len(f"{before} :".encode())):
        _give_privately(desk, event, sender, target, f"{before} :{piece}")
        desk.next_message()


def _give_privately(desk: Desk, event: ev.SaidPrivately, sender: Reader, target: Reader, text: str) -> None:
    line = Line(text, desk.time, desk.serial, event.tags, sender.account)
    dialog = desk.view.dialog(sender, target)
    is_tagmsg = event.command == "TAGMSG"
    if is_tagmsg:
        _remember_tags(dialog, line, event.tags)
    else:
        dialog.history.add(line)
    capability = MESSAGE_TAGS if is_tagmsg else 0
    if sender.has_echo:
        desk.tell([sender], line, capability)
    if target is sender and desk.fanout.is_captured(sender):
        desk.after_answer.append(line)  # the label is for the echo or, without one, for an ACK
    else:
        desk.tell([target], line, capability)


def _remember_tags(place: Room | Dialog, line: Line, tags: Tags) -> None:
    """Keep a TAGMSG whose sender wants it kept; typing notices and the like are for the moment."""
    if any(key == _PERSIST for key, _ in tags):
        place.events.add(line)


APPLIERS: Appliers = {ev.Said: apply_said, ev.SaidPrivately: apply_said_privately}
