"""What was said before, marked as such (https://ircv3.net/specs/extensions/chathistory)."""

from __future__ import annotations

from collections.abc import Sequence

from chatcore.protocol.capabilities import BATCH, EVENT_PLAYBACK, MESSAGE_TAGS
from chatcore.protocol.ctcp import ACTION, split_ctcp
from chatcore.protocol.message import parse
from chatcore.protocol.names import casefold, is_channel
from chatcore.protocol.timestamp import format_time
from chatcore.server.outgoing.dialogs import Dialog
from chatcore.server.outgoing.lines import Line
from chatcore.server.outgoing.rendering.context import Appliers, RenderContext
from chatcore.server.outgoing.view import Reader, Room
from chatcore.state import facts, requests
from chatcore.state.history import HistoryQuery, account_identity

_OTHER_TAG_BYTES = 110  # time, msgid, batch and account
_PLAYBACK = EVENT_PLAYBACK | BATCH  # without batches old events would look like new ones


def apply_history_requested(ctx: RenderContext, event: requests.HistoryRequested) -> None:
    """CHATHISTORY of a room that the reader is in, or of one of its conversations."""
    reader = ctx.view.readers[event.client]
    name, place = _place(ctx, reader, event)
    _give(ctx, reader, name, _select(ctx, reader, place, event.query) if place else [])


def apply_history_targets_requested(ctx: RenderContext, event: requests.HistoryTargetsRequested) -> None:
    """CHATHISTORY TARGETS: where something was said last between two times, the earliest first."""
    reader = ctx.view.readers[event.client]
    places: list[tuple[str, Room | Dialog]] = [(room.name, room) for room in reader.rooms]
    places.extend(ctx.view.conversations(reader))
    found = []
    for name, place in places:
        latest = place.history.latest()
        if latest is not None and event.after_ms < int(latest.order_time * 1000) < event.before_ms:
            found.append((latest.order_time, name, latest.time))
    found.sort()
    wanted = found[-event.limit :] if event.from_latest else found[: event.limit]
    replies = [("CHATHISTORY", "TARGETS", name, format_time(time)) for _, name, time in wanted]
    give_batch(ctx, reader, "draft/chathistory-targets", [ctx.reply_line(reader, reply) for reply in replies])


def replay(ctx: RenderContext, reader: Reader, room: Room, limit: int) -> None:
    """Give the last messages of a room to whoever has just joined."""
    _give(ctx, reader, room.name, _select(ctx, reader, room, HistoryQuery("LATEST", limit)))


def _place(ctx: RenderContext, reader: Reader, event: requests.HistoryRequested) -> tuple[str, Room | Dialog | None]:
    """Return a target's name (a room's own spelling, a person's as asked for), and the place if the reader may read it.

    The specification wants canonical names, the conformance suite (irctest) people's as asked for; clients fold both.
    """
    target = event.target
    if is_channel(target):
        room = ctx.view.room(target)
        return target, room if room is not None and reader in room.members else None
    other = ctx.view.find_nick(target)
    if other is not None:
        return target, ctx.view.dialogs.find(reader.identity, other.identity)
    if event.account_id:
        return target, ctx.view.dialogs.find(reader.identity, account_identity(event.account_id))
    named = (dialog for name, dialog in ctx.view.conversations(reader) if casefold(name) == casefold(target))
    return target, next(named, None)


def _select(ctx: RenderContext, reader: Reader, place: Room | Dialog, query: HistoryQuery) -> list[Line]:
    """Return what is asked for; of very long lines no more than the reader's outbox can take."""
    with_events = reader.capabilities & _PLAYBACK == _PLAYBACK
    with_tagmsgs = bool(reader.capabilities & MESSAGE_TAGS)
    most = ctx.config.limits.max_sendq_bytes // 2
    while True:
        lines = place.history.select(query, with_events=with_events, with_tagmsgs=with_tagmsgs)
        total = _sent_bytes(lines)
        if len(lines) <= 1 or total <= most:
            return lines
        query = query._replace(limit=max(1, len(lines) * most // total))


def _sent_bytes(lines: Sequence[Line]) -> int:
    """Return about how many bytes the lines take with all tags."""
    return sum(len(line.body) + len(line.tags) + _OTHER_TAG_BYTES for line in lines)


def _give(ctx: RenderContext, reader: Reader, target: str, lines: Sequence[Line]) -> None:
    """Give old lines in a batch, or as notices to a reader without batches."""
    if not reader.capabilities & BATCH:
        for line in lines:
            ctx.reply(reader, "NOTICE", target, as_read(line))
        return
    give_batch(ctx, reader, f"chathistory {target}", lines)


def give_batch(ctx: RenderContext, reader: Reader, kind: str, lines: Sequence[Line]) -> None:
    """Give lines as one batch, or as they are to a reader without batches."""
    if not reader.capabilities & BATCH:
        for line in lines:
            ctx.fanout.to_one(reader, line)
        return
    batch = ctx.new_batch()
    ctx.tell([reader], ctx.server_line(f":{ctx.server} BATCH +{batch} {kind}"))
    for line in lines:
        ctx.fanout.to_one(reader, line, batch)
    ctx.tell([reader], ctx.server_line(f":{ctx.server} BATCH -{batch}"))


def as_read(line: Line, where: str = "") -> str:
    """Return an old line as people read it: a CTCP ACTION (/me) is no longer a command."""
    message = parse(line.body.decode().removesuffix("\r\n"))
    nick = (message.source or "").partition("!")[0]
    text = message.params[-1] if message.params else ""
    kind, said = split_ctcp(text)
    words = f"* {nick} {said}" if kind == ACTION else f"<{nick}> {text}"
    return " ".join(filter(None, (f"[{format_time(line.time)}]", where, words)))


def apply_clock_stepped(ctx: RenderContext, event: facts.ClockStepped) -> None:
    """What is said from here on comes after all that was said before, for questions by time too."""
    if event.now < event.expected:
        ctx.peak = (int(ctx.peak * 1000) + 1.5) / 1000  # in the next millisecond: questions are in milliseconds


APPLIERS: Appliers = {
    requests.HistoryRequested: apply_history_requested,
    requests.HistoryTargetsRequested: apply_history_targets_requested,
    facts.ClockStepped: apply_clock_stepped,
}
