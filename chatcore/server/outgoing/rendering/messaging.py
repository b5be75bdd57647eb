"""Messages, in rooms and in private."""

from __future__ import annotations

from functools import cache

from chatcore.protocol import numerics as num
from chatcore.protocol.capabilities import AWAY_NOTIFY, MESSAGE_TAGS
from chatcore.protocol.framing import MAX_BODY_BYTES
from chatcore.protocol.modes import PREFIXES
from chatcore.protocol.multiline import BREAK
from chatcore.protocol.wrap import bytes_left, wrap_text
from chatcore.server.outgoing.dialogs import Dialog
from chatcore.server.outgoing.lines import Line, Tags, WholeMessage
from chatcore.server.outgoing.membership import Reader, Room
from chatcore.server.outgoing.rendering.context import Appliers, RenderContext
from chatcore.server.outgoing.rendering.monitor import tell_acquaintances
from chatcore.state import facts
from chatcore.state.reactions import reaction_in

_PERSIST = "+draft/persist"


def apply_said(ctx: RenderContext, event: facts.Said) -> None:
    """PRIVMSG, NOTICE or TAGMSG: to a channel. By far the most frequent event."""
    room = ctx.view.rooms[event.channel]
    sender = ctx.view.readers[event.source]
    if event.command == "TAGMSG":
        _apply_tagmsg(ctx, room, sender, event.tags)
        return
    ctx.messages += 1
    text = f":{sender.source} {event.command} {room.name} :{event.text}"
    tags = sender.tags + event.tags if sender.tags else event.tags
    kind = WholeMessage if BREAK in event.text else Line
    line = kind(text, ctx.time, ctx.serial, tags, sender.account, sender.identity)
    room.history.add_said(line)
    if not sender.has_echo:
        ctx.fanout.to_room(room, line, sender)
    elif ctx.fanout.is_captured(sender):
        ctx.fanout.to_room(room, line, sender)
        if sender in room.members:
            ctx.fanout.to_one(sender, line)
    else:
        ctx.fanout.to_room(room, line, None)
        if sender not in room.members:
            ctx.fanout.to_one(sender, line)
    if kind is WholeMessage:
        ctx.fanout.settle(room)  # pending lines are limited by number, and these are long


def _apply_tagmsg(ctx: RenderContext, room: Room, sender: Reader, tags: Tags) -> None:
    line = ctx.line(sender, "TAGMSG", room.name, tags=tags)
    readers = dict.fromkeys(room.members)
    readers.pop(sender, None)
    ctx.tell([*readers, sender] if sender.has_echo else readers, line, MESSAGE_TAGS)
    line.author = sender.identity
    _remember_tags(ctx, room, line, tags)


def apply_said_to_status(ctx: RenderContext, event: facts.SaidToStatus) -> None:
    """PRIVMSG, NOTICE or TAGMSG: to members from a prefix up. Not kept, because all members may read history."""
    room = ctx.view.rooms[event.channel]
    sender = ctx.view.readers[event.source]
    is_tagmsg = event.command == "TAGMSG"
    ctx.messages += not is_tagmsg
    letters = _at_least(event.prefix)
    readers = [member for member, held in room.members.items() if member is not sender and letters.intersection(held)]
    text = f"{event.command} {event.prefix}{room.name}"
    line = ctx.line_of(sender, text if is_tagmsg else f"{text} :{event.text}", event.tags)
    ctx.tell([*readers, sender] if sender.has_echo else readers, line, MESSAGE_TAGS if is_tagmsg else 0)


@cache
def _at_least(prefix: str) -> frozenset[str]:
    """Return the membership modes with this prefix or a higher one."""
    shown = [*PREFIXES.values()]
    return frozenset([*PREFIXES][: shown.index(prefix) + 1])


def apply_said_privately(ctx: RenderContext, event: facts.SaidPrivately) -> None:
    """PRIVMSG, NOTICE or TAGMSG: to one person, and its echo."""
    sender = ctx.view.readers[event.source]
    target = ctx.view.readers.get(event.target)
    ctx.messages += event.command != "TAGMSG"
    if target is None or target.is_closing:
        if event.command != "NOTICE":
            refuse_gone(ctx, sender, target)
        return
    before = f":{sender.source} {event.command} {target.nick}"
    line = before if event.command == "TAGMSG" else f"{before} :{event.text}"
    if len(line.encode()) <= MAX_BODY_BYTES or BREAK in event.text:
        _give_privately(ctx, event, sender, target, line)
        return
    # It fitted when it was sent; the recipient has taken a longer nick since.
    for piece in wrap_text(event.text, bytes_left(sender.source, event.command, target.nick)):
        _give_privately(ctx, event, sender, target, f"{before} :{piece}")
        ctx.next_message()


def refuse_gone(ctx: RenderContext, sender: Reader, target: Reader | None) -> None:
    """Tell the source that the target has left meanwhile."""
    ctx.reply(sender, num.ERR_NOSUCHNICK, target.nick if target else "*", "They have just left")


def _give_privately(ctx: RenderContext, event: facts.SaidPrivately, sender: Reader, target: Reader, text: str) -> None:
    kind = WholeMessage if BREAK in text else Line
    line = kind(text, ctx.time, ctx.serial, sender.tags + event.tags, sender.account, sender.identity)
    dialog = ctx.view.dialog(sender, target)
    is_tagmsg = event.command == "TAGMSG"
    if is_tagmsg:
        _remember_tags(ctx, dialog, line, event.tags)
    else:
        dialog.history.add_said(line)
    capability = MESSAGE_TAGS if is_tagmsg else 0
    if sender.has_echo:
        ctx.tell([sender], line, capability)
    if target is sender and ctx.fanout.is_captured(sender):
        ctx.after_answer.append(line)  # the label goes on the echo or, without one, on an ACK
    else:
        ctx.tell([target], line, capability)


def _remember_tags(ctx: RenderContext, place: Room | Dialog, line: Line, tags: Tags) -> None:
    """Keep a reaction, or a TAGMSG that its sender wants kept; typing notices and the like are not kept."""
    if (reaction := reaction_in(tags, ctx.sequence)) is not None:
        place.history.react(reaction, line)
    elif any(key == _PERSIST for key, _ in tags):
        place.history.add_event(line)


def apply_away_changed(ctx: RenderContext, event: facts.AwayChanged) -> None:
    """AWAY: to readers with away-notify (https://ircv3.net/specs/extensions/away-notify)."""
    reader = ctx.view.readers[event.client]
    reader.away = event.text
    tell_acquaintances(ctx, reader, away_line(ctx, reader), AWAY_NOTIFY)


def away_line(ctx: RenderContext, reader: Reader) -> Line:
    """Return an AWAY line for the reader's current state."""
    return ctx.line(reader, "AWAY", *([reader.away] if reader.away is not None else []))


APPLIERS: Appliers = {
    facts.Said: apply_said,
    facts.SaidToStatus: apply_said_to_status,
    facts.SaidPrivately: apply_said_privately,
    facts.AwayChanged: apply_away_changed,
}
