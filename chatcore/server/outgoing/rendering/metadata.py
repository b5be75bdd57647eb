"""The metadata of people and rooms, for subscribers (draft/metadata-3).

Readers who see a target are told its changes; readers who ask, or begin to see it, receive all its values in a batch.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from chatcore.protocol import numerics as num
from chatcore.protocol.capabilities import METADATA_AWARE
from chatcore.protocol.names import casefold, is_channel
from chatcore.server.outgoing.lines import Line
from chatcore.server.outgoing.membership import Reader, Room
from chatcore.server.outgoing.rendering.context import Appliers, RenderContext
from chatcore.server.outgoing.rendering.history import give_batch
from chatcore.state import facts, requests
from chatcore.state.metadata import ALL, Metadata

MAX_UNASKED_LINES = 100
"""If there are more lines, the reader is told to request them when it has time."""
_LATER_S = "2"


def apply_metadata_changed(ctx: RenderContext, event: facts.MetadataChanged) -> None:
    """Send RPL_KEYVALUE or RPL_KEYNOTSET to subscribers who see the target, except the one who changed it."""
    source = ctx.view.readers[event.source]
    if event.channel:
        room = ctx.view.rooms[event.channel]
        ctx.view.change_room_metadata(room, event.key, event.value)
        _tell(ctx, room.members, source, room.name, event.key, event.value)
        return
    for reader in ctx.view.change_metadata(source, event.key, event.value, ctx.line_id):
        _tell(ctx, _who_see(ctx, reader), source, reader.nick, event.key, event.value)


def tell_of_newcomer(ctx: RenderContext, reader: Reader, room: Room) -> None:
    """Tell the members of a room the metadata of a newcomer."""
    for key, value in reader.metadata.items():
        _tell(ctx, room.members, reader, reader.nick, key, value)


def tell_differences(ctx: RenderContext, reader: Reader, before: Metadata) -> None:
    """Tell everybody who sees the reader the changes in its metadata."""
    for key in {**before, **reader.metadata}:
        value = reader.metadata.get(key, "")
        if value != before.get(key, ""):
            _tell(ctx, _who_see(ctx, reader), None, reader.nick, key, value)


def give_of_room(ctx: RenderContext, reader: Reader, room: Room) -> None:
    """Give a reader the metadata of a room that it has entered and of its members, or tell it to request them later."""
    if is_aware(reader):
        _give_unasked(ctx, reader, room.name, _of_room(ctx, reader, room))


def give_of_people(ctx: RenderContext, reader: Reader, people: Iterable[Reader]) -> None:
    """Give a reader one person's metadata, or tell it to request several people's later."""
    found = [*people]
    if not found or not is_aware(reader):
        return
    if len(found) == 1:
        _give_unasked(ctx, reader, found[0].nick, _lines(ctx, reader, found[0].nick, found[0].metadata))
    else:
        _put_off(ctx, reader, ALL)


def is_aware(reader: Reader) -> bool:
    """Return whether the reader is told about metadata here."""
    return reader.capabilities & METADATA_AWARE == METADATA_AWARE and not reader.is_remote


def apply_subscriptions_changed(ctx: RenderContext, event: requests.SubscriptionsChanged) -> None:
    """METADATA SUB and UNSUB: take new subscriptions."""
    ctx.view.readers[event.client].subscriptions = event.keys


def apply_metadata_requested(ctx: RenderContext, event: requests.MetadataRequested) -> None:
    """METADATA SYNC: as many values as the reader's outbox can take."""
    reader = ctx.view.readers[event.client]
    left = ctx.config.limits.max_sendq_bytes // 2
    lines = []
    for line in _wanted(ctx, reader, event.target):
        left -= line.sent_bytes
        if left < 0:
            break
        lines.append(line)
    give_batch(ctx, reader, f"metadata {event.target}", lines)


def _wanted(ctx: RenderContext, reader: Reader, target: str) -> Iterator[Line]:
    if target == ALL:
        for each in reader.rooms:
            yield from _lines(ctx, reader, each.name, each.metadata)
        watched = (ctx.view.by_nick.get(folded) for folded in reader.watched)
        people = dict.fromkeys((reader, *ctx.view.neighbours(reader), *filter(None, watched)))
        for person in people:
            yield from _lines(ctx, reader, person.nick, person.metadata)
    elif is_channel(target):
        room = ctx.view.room(target)
        if room is not None and room in reader.rooms:
            yield from _of_room(ctx, reader, room)
    elif (found := ctx.view.by_nick.get(casefold(target))) is not None:
        yield from _lines(ctx, reader, found.nick, found.metadata)


def _of_room(ctx: RenderContext, reader: Reader, room: Room) -> Iterator[Line]:
    yield from _lines(ctx, reader, room.name, room.metadata)
    for member in room.members:
        yield from _lines(ctx, reader, member.nick, member.metadata)


def _lines(ctx: RenderContext, reader: Reader, target: str, metadata: Metadata) -> Iterator[Line]:
    """Yield the values of a target under the keys that the reader has subscribed to."""
    if metadata and reader.subscriptions:
        for key, value in metadata.items():
            if key in reader.subscriptions:
                yield ctx.reply_line(reader, (num.RPL_KEYVALUE, target, key, "*", value))


def _give_unasked(ctx: RenderContext, reader: Reader, target: str, lines: Iterator[Line]) -> None:
    first = [*islice(lines, MAX_UNASKED_LINES + 1)]
    if len(first) > MAX_UNASKED_LINES:
        _put_off(ctx, reader, target)
    else:
        give_batch(ctx, reader, f"metadata {target}", first)


def _put_off(ctx: RenderContext, reader: Reader, target: str) -> None:
    ctx.reply(reader, num.ERR_METADATASYNCLATER, target, _LATER_S, f"METADATA {target} SYNC brings the values")


def _who_see(ctx: RenderContext, reader: Reader) -> dict[Reader, None]:
    """Return everybody who shares a room with the reader or monitors it, and the reader itself."""
    found = dict.fromkeys((reader, *ctx.view.neighbours(reader)))
    found.update(ctx.view.watchers.get(casefold(reader.nick), {}))
    return found


def _tell(
    ctx: RenderContext, readers: Iterable[Reader], doer: Reader | None, target: str, key: str, value: str
) -> None:
    """Tell subscribers to a key, except the one who changed it, the key's value, or that it has none."""
    numeric, rest = (num.RPL_KEYVALUE, f"* :{value}") if value else (num.RPL_KEYNOTSET, ":Key not set")
    before, after = (
        f":{ctx.server} {numeric}",
        f"{target} {key} {rest}",
    )  # made once, because there may be many readers; only the nick differs
    for reader in readers:
        if reader is not doer and key in reader.subscriptions and not reader.is_remote:
            ctx.fanout.to_one(reader, ctx.server_line(f"{before} {reader.nick} {after}"))


APPLIERS: Appliers = {
    facts.MetadataChanged: apply_metadata_changed,
    requests.SubscriptionsChanged: apply_subscriptions_changed,
    requests.MetadataRequested: apply_metadata_requested,
}
