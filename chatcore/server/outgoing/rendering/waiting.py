"""Private messages to an account whose owner is not here, given to the owner on returning."""

from __future__ import annotations

from chatcore.protocol import numerics as num
from chatcore.protocol.capabilities import SERVER_TIME
from chatcore.protocol.ctcp import ACTION, action, split_ctcp
from chatcore.protocol.message import serialize_tags
from chatcore.protocol.multiline import BREAK
from chatcore.protocol.timestamp import format_time
from chatcore.protocol.wrap import bytes_left, wrap_text
from chatcore.server.outgoing.lines import Line, seconds
from chatcore.server.outgoing.membership import Reader
from chatcore.server.outgoing.rendering.context import Appliers, RenderContext
from chatcore.server.outgoing.rendering.markers import give_all_markers
from chatcore.state import facts, requests
from chatcore.state.history import Recorded
from chatcore.state.history_identity import account_identity

TOLD_AGAIN_S = 300.0
_NEWS = "Your message waits until they come back"


def apply_said_to_absent(ctx: RenderContext, event: facts.SaidToAbsent) -> None:
    """PRIVMSG: to an account. It waits, unless the owner is here under another nick, or has just come back."""
    ctx.messages += 1
    sender = ctx.view.readers[event.source]
    message = _message(ctx, sender, event)
    here = tuple(ctx.view.present.get(account_identity(event.account_id), ()))
    if here:
        if here[0].away is not None:
            ctx.reply(sender, num.RPL_AWAY, event.account, here[0].away)
    else:
        refusal = ctx.waiting.refusal(event.account_id, message)
        if refusal:
            ctx.reply(sender, num.ERR_CANNOTSENDTOCHAN, event.account, refusal)
            return
        _tell_sender(ctx, sender, event)
        ctx.waiting.add(event.account_id, message)
    line = Line.recorded(message, ctx.sequence)
    to = account_identity(event.account_id), event.account
    ctx.view.dialogs.between(sender.identity, sender.account or sender.nick, *to).history.add_said(line)
    if sender.has_echo:
        ctx.tell([sender], line)
    for reader in here:
        if not reader.is_remote:
            _give(ctx, reader, _lines_of(ctx, message, reader.nick, _text_of(message)))


def _message(ctx: RenderContext, sender: Reader, event: facts.SaidToAbsent) -> Recorded:
    return Recorded(
        ctx.line_id,
        int(ctx.time * 1000),
        int(ctx.peak * 1000),
        sender.source,
        sender.account,
        serialize_tags(sender.tags + event.tags),
        f"{event.command} {event.account} :{event.text}",
        sender.identity,
    )


def _tell_sender(ctx: RenderContext, sender: Reader, event: facts.SaidToAbsent) -> None:
    """Tell the sender that the owner is not here, but not after every message."""
    account_id, told_at = sender.told_absent
    if account_id != event.account_id or not 0 <= ctx.time - told_at < TOLD_AGAIN_S:
        sender.told_absent = event.account_id, ctx.time
        ctx.reply(sender, num.RPL_AWAY, event.account, _NEWS)


def apply_waiting_requested(ctx: RenderContext, event: requests.WaitingRequested) -> None:
    """Give an account's waiting messages to all its clients, and its read markers to this one, usually the first."""
    reader = ctx.view.readers.get(event.client)
    if reader is None or reader.is_closing or not reader.account_id:
        return
    if reader.is_lost and not ctx.config.cluster:  # with several trackers, only one of them would know
        return
    for message in ctx.waiting.take(reader.account_id, ctx.line_id, int(ctx.time * 1000)):
        for each in ctx.view.present[reader.identity]:
            if not each.is_remote:
                _give(ctx, each, _lines_of(ctx, message, each.nick, _text_for(each, message)))
    give_all_markers(ctx, reader)


def _give(ctx: RenderContext, reader: Reader, lines: list[Line]) -> None:
    """Give a reader messages to it, which are not part of the answer to its own last command."""
    if ctx.fanout.is_captured(reader):
        ctx.after_answer += lines
    else:
        for line in lines:
            ctx.fanout.to_one(reader, line)


def _text_of(message: Recorded) -> str:
    return message.rest.partition(" :")[2]


def _text_for(reader: Reader, message: Recorded) -> str:
    """Return the text of an old message, with the time in it for a reader without server-time."""
    text = _text_of(message)
    if reader.capabilities & SERVER_TIME:
        return text
    kind, said = split_ctcp(text)
    nick = message.source.partition("!")[0]
    return f"[{format_time(seconds(message.time_ms))}] {f'* {nick} {said}' if kind == ACTION else text}"


def _lines_of(ctx: RenderContext, message: Recorded, nick: str, text: str) -> list[Line]:
    """Return a message as lines to this nick: one, or several if the text is now too long. Only the first has an id."""
    before = f"{message.rest.partition(' ')[0]} {nick}"
    if BREAK in text:
        return [Line.recorded(message._replace(rest=f"{before} :{text}"), ctx.sequence)]
    max_bytes = bytes_left(message.source, before)
    pieces = [text]
    if len(text.encode()) > max_bytes:
        kind, said = split_ctcp(text)
        written = action if kind == ACTION else str
        pieces = [written(piece) for piece in wrap_text(said, max_bytes - len(written("")))]
    first, *more = (f"{before} :{piece}" for piece in pieces)
    lines = [Line.recorded(message._replace(rest=first), ctx.sequence)]
    return lines + [Line(f":{message.source} {rest}", lines[0].time, None, (), message.account) for rest in more]


APPLIERS: Appliers = {
    facts.SaidToAbsent: apply_said_to_absent,
    requests.WaitingRequested: apply_waiting_requested,
}
