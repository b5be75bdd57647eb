"""MONITOR: who is told of whose coming and going (https://ircv3.net/specs/extensions/monitor)."""

from __future__ import annotations

from collections.abc import Iterable

from chatcore.protocol import numerics as num
from chatcore.protocol.names import casefold
from chatcore.protocol.wrap import join_words
from chatcore.server.rendering.desk import Appliers, Desk
from chatcore.server.view import Reader
from chatcore.state import events as ev

_MAX_LIST_BYTES = 380


def tell_watchers(desk: Desk, numeric: str, reader: Reader) -> None:
    """Tell who monitors the reader's nick that it is here, or is not any more."""
    word = reader.source if numeric == num.RPL_MONONLINE else reader.nick
    for watcher in tuple(desk.view.watchers.get(casefold(reader.nick), ())):
        desk.reply(watcher, numeric, word)


def apply_monitor_changed(desk: Desk, event: ev.MonitorChanged) -> None:
    """MONITOR + and -: of what is added the reader learns how it is now."""
    reader = desk.view.readers[event.client]
    for nick in event.removed:
        reader.watched.pop(casefold(nick), None)
        desk.view.unwatch(casefold(nick), reader)
    for nick in event.added:
        reader.watched[casefold(nick)] = nick
        desk.view.watchers.setdefault(casefold(nick), {})[reader] = None
    _reply_status(desk, reader, event.added)


def apply_monitor_requested(desk: Desk, event: ev.MonitorRequested) -> None:
    """MONITOR S."""
    _reply_status(desk, desk.view.readers[event.client], event.nicks)


def _reply_status(desk: Desk, reader: Reader, nicks: Iterable[str]) -> None:
    here = {nick: desk.view.by_nick.get(casefold(nick)) for nick in nicks}
    online = [found.source for found in here.values() if found is not None]
    offline = [nick for nick, found in here.items() if found is None]
    for numeric, words in ((num.RPL_MONONLINE, online), (num.RPL_MONOFFLINE, offline)):
        for text in join_words(words, ",", _MAX_LIST_BYTES):
            desk.reply(reader, numeric, text)


APPLIERS: Appliers = {
    ev.MonitorChanged: apply_monitor_changed,
    ev.MonitorRequested: apply_monitor_requested,
}
