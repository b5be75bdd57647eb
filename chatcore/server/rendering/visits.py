"""Coming, going, and what changes about a person in between."""

from __future__ import annotations

from chatcore.protocol import numerics as num
from chatcore.protocol.capabilities import (
    ACCOUNT_NOTIFY,
    AWAY_NOTIFY,
    EXTENDED_MONITOR,
    SETNAME,
)
from chatcore.protocol.modes import format_modes
from chatcore.protocol.names import casefold
from chatcore.server.lines import Line
from chatcore.server.rendering.desk import Appliers, Desk
from chatcore.server.rendering.watching import tell_watchers
from chatcore.server.view import Reader
from chatcore.state import events as ev


def apply_connected(desk: Desk, event: ev.Connected) -> None:
    """A reader begins."""
    connection = desk.on_connected(event)
    if connection is not None:
        reader = Reader(event, connection)
        connection.on_output = lambda: desk.on_output(reader)
        desk.view.readers[event.client] = reader
        desk.view.by_nick[casefold(event.nick)] = reader
        desk.view.identify(reader)
        tell_watchers(desk, num.RPL_MONONLINE, reader)


def apply_replied(desk: Desk, event: ev.Replied) -> None:
    """Answers to one reader."""
    reader = desk.view.readers.get(event.client)
    if reader is not None:
        for reply in event.replies:
            desk.reply(reader, *reply)


def apply_capabilities_changed(desk: Desk, event: ev.CapabilitiesChanged) -> None:
    """What was said before is written as it was negotiated then."""
    reader = desk.view.readers[event.client]
    for room in reader.rooms:
        desk.fanout.settle(room)
    reader.negotiate(event.capabilities)


def apply_renamed(desk: Desk, event: ev.Renamed) -> None:
    """NICK, once to each who shares a room."""
    reader = desk.view.readers[event.client]
    line = desk.line(reader, "NICK", event.nick)
    desk.tell((reader, *desk.view.neighbours(reader)), line)
    for room in reader.rooms:
        room.events.add(line)
    is_other = casefold(event.nick) != casefold(reader.nick)
    if is_other:
        tell_watchers(desk, num.RPL_MONOFFLINE, reader)
    if desk.view.by_nick.get(casefold(reader.nick)) is reader:
        del desk.view.by_nick[casefold(reader.nick)]
    reader.rename(event.nick)
    desk.view.by_nick[casefold(event.nick)] = reader
    if is_other:
        tell_watchers(desk, num.RPL_MONONLINE, reader)


def apply_quit(desk: Desk, event: ev.Quit) -> None:
    """QUIT, once to each who shares a room, and the goodbye to whoever leaves."""
    reader = desk.view.readers[event.client]
    desk.on_quit(reader, event)
    desk.reply(reader, "ERROR", f"Closing link: {event.reason}")
    line = desk.line(reader, "QUIT", event.reason)
    desk.tell(desk.view.neighbours(reader), line)
    for room in tuple(reader.rooms):
        desk.fanout.settle(room)
        room.events.add(line)
        desk.view.leave(reader, room)
    reader.is_closing = True
    desk.view.unidentify(reader)
    desk.view.dialogs.forget_visit(reader.id)
    if desk.view.by_nick.get(casefold(reader.nick)) is reader:
        del desk.view.by_nick[casefold(reader.nick)]
    tell_watchers(desk, num.RPL_MONOFFLINE, reader)
    for folded in reader.watched:
        desk.view.unwatch(folded, reader)


def apply_closed(desk: Desk, event: ev.Closed) -> None:
    """The client's thread is done."""
    reader = desk.view.readers.pop(event.client, None)
    if reader is not None:
        desk.closed.append(reader)


def apply_away_changed(desk: Desk, event: ev.AwayChanged) -> None:
    """AWAY to those with away-notify (https://ircv3.net/specs/extensions/away-notify)."""
    reader = desk.view.readers[event.client]
    reader.away = event.text
    _notify(desk, reader, away_line(desk, reader), AWAY_NOTIFY)


def away_line(desk: Desk, reader: Reader) -> Line:
    """Return the AWAY that says how the reader is now."""
    return desk.line(reader, "AWAY", *([reader.away] if reader.away is not None else []))


def apply_account_changed(desk: Desk, event: ev.AccountChanged) -> None:
    """ACCOUNT to those with account-notify (https://ircv3.net/specs/extensions/account-notify)."""
    reader = desk.view.readers[event.client]
    desk.view.unidentify(reader)
    reader.account, reader.account_id = event.account, event.account_id
    desk.view.identify(reader)
    line = desk.line(reader, "ACCOUNT", event.account or "*")
    desk.tell([reader], line, ACCOUNT_NOTIFY)
    _notify(desk, reader, line, ACCOUNT_NOTIFY)


def apply_realname_changed(desk: Desk, event: ev.RealnameChanged) -> None:
    """SETNAME to those with setname (https://ircv3.net/specs/extensions/setname)."""
    reader = desk.view.readers[event.client]
    reader.realname = event.realname
    line = desk.line(reader, "SETNAME", event.realname)
    desk.tell([reader], line, SETNAME)
    _notify(desk, reader, line, SETNAME)


def apply_user_modes_changed(desk: Desk, event: ev.UserModesChanged) -> None:
    """MODE of the reader's own."""
    reader = desk.view.readers[event.client]
    for change in event.changes:
        (reader.modes.add if change.adding else reader.modes.discard)(change.letter)
    desk.tell([reader], desk.server_line(f":{reader.nick} MODE {reader.nick} {' '.join(format_modes(event.changes))}"))


def apply_wallops(desk: Desk, event: ev.Wallops) -> None:
    """WALLOPS to those who want to hear it."""
    source = desk.view.readers[event.source]
    listeners = [reader for reader in desk.view.readers.values() if "w" in reader.modes]
    desk.tell(listeners, desk.line(source, "WALLOPS", event.text))


def apply_announced(desk: Desk, event: ev.Announced) -> None:
    """The tracker's operator to everybody."""
    for reader in desk.view.readers.values():
        desk.reply(reader, "NOTICE", reader.nick, event.text)


def apply_clock_stepped(desk: Desk, event: ev.ClockStepped) -> None:
    """What is said from here on is after all that was said before, to whoever asks by time too."""
    if event.now < event.expected:
        desk.peak = (int(desk.peak * 1000) + 1.5) / 1000  # in the next millisecond: questions are in milliseconds


def apply_stopped(desk: Desk, event: ev.Stopped) -> None:
    """Goodbye to everybody."""
    for reader in desk.view.readers.values():
        desk.reply(reader, "ERROR", event.reason)
        reader.is_closing = True
    desk.has_stopped = True


def _notify(desk: Desk, reader: Reader, line: Line, capability: int) -> None:
    """Tell neighbours, and with extended-monitor watchers, who have the capability."""
    told = dict.fromkeys(desk.view.neighbours(reader))
    for watcher in desk.view.watchers.get(casefold(reader.nick), ()):
        if watcher.capabilities & EXTENDED_MONITOR and watcher is not reader:
            told[watcher] = None
    desk.tell(told, line, capability)


APPLIERS: Appliers = {
    ev.Connected: apply_connected,
    ev.Replied: apply_replied,
    ev.CapabilitiesChanged: apply_capabilities_changed,
    ev.Renamed: apply_renamed,
    ev.Quit: apply_quit,
    ev.Closed: apply_closed,
    ev.AwayChanged: apply_away_changed,
    ev.AccountChanged: apply_account_changed,
    ev.RealnameChanged: apply_realname_changed,
    ev.UserModesChanged: apply_user_modes_changed,
    ev.Wallops: apply_wallops,
    ev.Announced: apply_announced,
    ev.ClockStepped: apply_clock_stepped,
    ev.Stopped: apply_stopped,
}
