"""MONITOR: tell watchers when people come and go (https://ircv3.net/specs/extensions/monitor)."""

from __future__ import annotations

from collections.abc import Iterable

from chatcore.protocol import numerics as num
from chatcore.protocol.capabilities import EXTENDED_MONITOR
from chatcore.protocol.names import casefold
from chatcore.protocol.wrap import bytes_left, join_words
from chatcore.server.outgoing.lines import Line
from chatcore.server.outgoing.membership import Reader
from chatcore.server.outgoing.rendering.context import Appliers, RenderContext
from chatcore.server.outgoing.rendering.metadata import give_of_people
from chatcore.state import requests


def tell_watchers(ctx: RenderContext, numeric: str, reader: Reader) -> None:
    """Tell readers who monitor this reader's nick that it has come or gone."""
    word = reader.source if numeric == num.RPL_MONONLINE else reader.nick
    for watcher in tuple(ctx.view.watchers.get(casefold(reader.nick), ())):
        ctx.reply(watcher, numeric, word)
        if numeric == num.RPL_MONONLINE:
            give_of_people(ctx, watcher, [reader])


def apply_monitor_changed(ctx: RenderContext, event: requests.MonitorChanged) -> None:
    """MONITOR + and -: the reader is told the current state of each nick that it adds."""
    reader = ctx.view.readers[event.client]
    for nick in event.removed:
        reader.watched.pop(casefold(nick), None)
        ctx.view.unwatch(casefold(nick), reader)
    for nick in event.added:
        reader.watched[casefold(nick)] = nick
        ctx.view.watchers.setdefault(casefold(nick), {})[reader] = None
    _reply_status(ctx, reader, event.added)


def apply_monitor_requested(ctx: RenderContext, event: requests.MonitorRequested) -> None:
    """MONITOR S: the state of all monitored nicks."""
    _reply_status(ctx, ctx.view.readers[event.client], event.nicks)


def _reply_status(ctx: RenderContext, reader: Reader, nicks: Iterable[str]) -> None:
    if reader.is_remote:
        return
    here = {nick: ctx.view.by_nick.get(casefold(nick)) for nick in nicks}
    online = [found.source for found in here.values() if found is not None]
    offline = [nick for nick, found in here.items() if found is None]
    for numeric, words in ((num.RPL_MONONLINE, online), (num.RPL_MONOFFLINE, offline)):
        for text in join_words(words, ",", bytes_left(ctx.server, numeric, reader.nick)):
            ctx.reply(reader, numeric, text)
    give_of_people(ctx, reader, filter(None, here.values()))


def tell_acquaintances(ctx: RenderContext, reader: Reader, line: Line, capability: int) -> None:
    """Tell those neighbours, and watchers with extended-monitor, who have the capability."""
    told = dict.fromkeys(ctx.view.neighbours(reader))
    for watcher in ctx.view.watchers.get(casefold(reader.nick), ()):
        if watcher.capabilities & EXTENDED_MONITOR and watcher is not reader:
            told[watcher] = None
    ctx.tell(told, line, capability)


APPLIERS: Appliers = {
    requests.MonitorChanged: apply_monitor_changed,
    requests.MonitorRequested: apply_monitor_requested,
}
