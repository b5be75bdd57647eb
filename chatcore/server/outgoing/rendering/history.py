"""Earlier messages, marked as history (https://ircv3.net/specs/extensions/chathistory)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate

from chatcore.protocol.capabilities import BATCH
from chatcore.protocol.ctcp import ACTION, split_ctcp
from chatcore.protocol.multiline import BREAK
from chatcore.protocol.names import casefold, is_channel
from chatcore.protocol.timestamp import format_time
from chatcore.protocol.wrap import bytes_left, wrap_text
from chatcore.server.outgoing.history import History
from chatcore.server.outgoing.lines import Line, seconds
from chatcore.server.outgoing.membership import Reader
from chatcore.server.outgoing.memory_history import answer
from chatcore.server.outgoing.rendering.context import Appliers, RenderContext
from chatcore.state import facts, requests
from chatcore.state.history import HistoryQuery, Past, kinds_for
from chatcore.state.history_identity import account_identity


def apply_history_requested(ctx: RenderContext, event: requests.HistoryRequested) -> None:
    """CHATHISTORY: of a room that the reader is in, or of one of its conversations."""
    reader = ctx.view.readers[event.client]
    if reader.is_remote:
        return
    name, history, past = _place(ctx, reader, event)
    if past is not None:
        past = past.without(ctx.view.is_redacted)
    lines = _select(ctx, reader, history, event.query, past)
    if is_channel(name):
        lines = [_as_now(line, name) for line in lines]
    _give(ctx, reader, name, lines)


def apply_history_targets_requested(ctx: RenderContext, event: requests.HistoryTargetsRequested) -> None:
    """CHATHISTORY TARGETS: the places whose last message is between two times, earliest first."""
    reader = ctx.view.readers[event.client]
    found: dict[str, tuple[int, str, int]] = {}  # order time (ms), name and shown time (ms), by casefolded name
    for name, order_ms, time_ms in (*_said_in_memory(ctx, reader), *_said_in_archive(ctx, reader, event)):
        found[casefold(name)] = max((order_ms, name, time_ms), found.get(casefold(name), (0, "", 0)))
    within = sorted(place for place in found.values() if event.after_ms < place[0] < event.before_ms)
    wanted = within[-event.limit :] if event.from_latest else within[: event.limit]
    replies = [("CHATHISTORY", "TARGETS", name, format_time(seconds(time_ms))) for _, name, time_ms in wanted]
    give_batch(ctx, reader, "draft/chathistory-targets", [ctx.reply_line(reader, reply) for reply in replies])


def _said_in_memory(ctx: RenderContext, reader: Reader) -> Iterator[tuple[str, int, int]]:
    """Yield each of the reader's places, with the order time and the shown time (ms) of its last message."""
    places = [(room.name, room.history) for room in reader.rooms]
    places += [(name, dialog.history) for name, dialog in ctx.view.conversations(reader)]
    for name, history in places:
        latest = history.latest()
        if latest is not None:
            yield name, int(latest.order_time * 1000), int(latest.time * 1000)


def _said_in_archive(
    ctx: RenderContext, reader: Reader, event: requests.HistoryTargetsRequested
) -> Iterator[tuple[str, int, int]]:
    """Yield the same from the archive."""
    latest = {folded: times for folded, *times in event.rooms}
    for room in reader.rooms:
        if casefold(room.name) in latest:
            order_ms, time_ms = latest[casefold(room.name)]
            yield room.name, order_ms, time_ms
    for conversation in event.conversations:
        name = ctx.view.name_of(conversation.identity, conversation.name)
        if name:
            yield name, conversation.order_ms, conversation.time_ms


def _place(
    ctx: RenderContext, reader: Reader, event: requests.HistoryRequested
) -> tuple[str, History | None, Past | None]:
    """Return a target's name (a room's own spelling, a person's as requested), and what the reader may read of it.

    The specification wants canonical names; the conformance suite (irctest) wants people's as requested. Clients
    casefold both.
    """
    target, past = event.target, event.past
    if is_channel(target):
        room = ctx.view.room(target)
        if room is None or reader not in room.members:
            return target, None, None
        return target, room.history, past if past is not None and past.place == room.instance else None
    other = ctx.view.find_nick(target)
    if other is not None or event.account_id:
        identity = other.identity if other is not None else account_identity(event.account_id)
        dialog = ctx.view.dialogs.find(reader.identity, identity)
        is_theirs = past is not None and past.place == frozenset((reader.identity, identity))
        return target, dialog.history if dialog is not None else None, past if is_theirs else None
    named = (dialog for name, dialog in ctx.view.conversations(reader) if casefold(name) == casefold(target))
    dialog = next(named, None)
    return target, dialog.history if dialog is not None else None, past


def _select(
    ctx: RenderContext, reader: Reader, history: History | None, query: HistoryQuery, past: Past | None
) -> list[Line]:
    """Return the requested lines, or as many of them, with their reactions, as the reader's outbox can take.

    If one message has more reactions than that, return the first ones.
    """
    kinds = kinds_for(reader.capabilities)
    most = ctx.config.limits.max_sendq_bytes // 2
    while True:
        if history is not None:
            lines = history.select(query, kinds, past)
        else:
            lines = answer(query, [], past, ctx.sequence, kinds)
        total = _sent_bytes(lines)
        if total <= most:
            return lines
        asked = min(query.limit, len(lines))  # reactions do not count towards the limit
        if asked <= 1:
            fitting = sum(size <= most for size in accumulate(line.sent_bytes for line in lines))
            return lines[: max(1, fitting)]
        query = query._replace(limit=asked * most // total or 1)  # fewer than before, so this ends


def _as_now(line: Line, name: str) -> Line:
    """Return a line of a room's past under the room's present name, which clients look for.

    A line whose text would not fit with that name is unchanged.
    """
    given = line.target
    return line if given == name or not is_channel(given) or line.command == "RENAME" else line.to(name)


def _sent_bytes(lines: Sequence[Line]) -> int:
    """Return roughly how many bytes the lines take with all tags."""
    return sum(line.sent_bytes for line in lines)


def _give(ctx: RenderContext, reader: Reader, target: str, lines: Sequence[Line]) -> None:
    """Give a reader old lines in a batch, or as notices without the batch capability."""
    if not reader.capabilities & BATCH:
        for line in lines:
            give_as_read(ctx, reader, target, line)
        return
    give_batch(ctx, reader, f"chathistory {target}", lines)


def give_batch(ctx: RenderContext, reader: Reader, kind: str, lines: Sequence[Line]) -> None:
    """Give a reader lines as one batch, or unchanged without the batch capability."""
    if not reader.capabilities & BATCH:
        for line in lines:
            ctx.fanout.to_one(reader, line)
        return
    batch = ctx.new_batch()
    ctx.tell([reader], ctx.server_line(f":{ctx.server} BATCH +{batch} {kind}"))
    for line in lines:
        ctx.fanout.to_one(reader, line, batch)
    ctx.tell([reader], ctx.server_line(f":{ctx.server} BATCH -{batch}"))


def give_as_read(ctx: RenderContext, reader: Reader, to: str, line: Line, where: str = "") -> None:
    """Give an old line as people read it, in notices: one for each line of its text, or more for a long one."""
    left = bytes_left(ctx.server, "NOTICE", to)
    for text in as_read(line, where):
        for piece in wrap_text(text, left):
            ctx.reply(reader, "NOTICE", to, piece)


def as_read(line: Line, where: str = "") -> list[str]:
    """Return an old line as people read it: a CTCP ACTION (/me) as plain text, and without blank lines."""
    nick = line.source.decode().partition("!")[0]
    kind, said = split_ctcp(line.said)
    words = [f"* {nick} {said}"] if kind == ACTION else [f"<{nick}> {text}" for text in line.said.split(BREAK) if text]
    return [" ".join(filter(None, (f"[{format_time(line.time)}]", where, each))) for each in words]


def apply_clock_stepped(ctx: RenderContext, event: facts.ClockStepped) -> None:
    """Make later lines come after all earlier ones, also in queries by time."""
    if event.now < event.expected and not ctx.config.cluster:  # each of several trackers has its own clock
        ctx.pass_peak()


def apply_history_erased(ctx: RenderContext, event: facts.HistoryErased) -> None:
    """Forget the lines that the operator erases, up to this event."""
    up_to = min(event.up_to or ctx.line_id, ctx.line_id)
    ctx.erase(event.number, event.erasure, up_to)


APPLIERS: Appliers = {
    requests.HistoryRequested: apply_history_requested,
    requests.HistoryTargetsRequested: apply_history_targets_requested,
    facts.HistoryErased: apply_history_erased,
    facts.ClockStepped: apply_clock_stepped,
}
