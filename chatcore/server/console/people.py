"""Commands about people: list, disconnect and ban them, or say something to everybody."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import localtime, strftime
from typing import TYPE_CHECKING

from chatcore.errors import InDoubt
from chatcore.protocol.escape import escape_for_screen
from chatcore.protocol.timestamp import format_time
from chatcore.protocol.wrap import wrap_text
from chatcore.server.console.result import NotDone, Result
from chatcore.state.client import Client
from chatcore.state.notes import Noted, NoteKind

if TYPE_CHECKING:
    from chatcore.server.tracker import Tracker

_MAX_SAID_BYTES = 400
_HEAD = ("NAME", "ADDRESS", "SINCE", "IDLE")


def handle_active(tracker: Tracker, argument: str) -> Result:
    """Show who is connected."""
    now, ends_in = tracker.services.monotonic(), tracker.ends_in()
    clients = sorted(tracker.registry.clients(), key=lambda client: client.id)
    people = [(client, [channel.name for channel in tracker.registry.channels_of(client)]) for client in clients]
    return Result(
        _table(tracker, people, now) if people else [_nobody(ends_in)],
        {
            "people": [
                {
                    "nick": client.nick,
                    "address": client.address,
                    "tracker": tracker.footing.tracker_of(client.id),
                    "since": format_time(client.connected_at),
                    "idle_s": round(now - client.active_at),
                    "rooms": rooms,
                }
                for client, rooms in people
            ],
            "ends_in_s": None if ends_in is None else round(ends_in),
        },
    )


def handle_kick(tracker: Tracker, argument: str) -> Result:
    """Disconnect somebody."""
    nick, _, reason = argument.partition(" ")
    client = tracker.registry.client_at(nick)
    visit = tracker.visit_of(client) if client else None
    if client is None or (visit is None and tracker.footing.is_ours(client.id)):
        raise NotDone(f"Nobody here is called {nick}.")
    if visit is None and tracker.footing.refusal:
        raise NotDone(f"{client.nick} is on another tracker, and the engine cannot be reached.")
    tracker.services.disconnect(client, "Kicked by the operator" + (f": {reason.strip()}" if reason.strip() else ""))
    return Result([f"{client.nick} was disconnected."], {"nick": client.nick})


def handle_ban(tracker: Tracker, argument: str) -> Result:
    """Ban a username or address, and disconnect those it covers."""
    note = Noted(NoteKind.BAN, (argument,))
    with _noted_if_later(tracker, note):
        is_new = tracker.bans.add(argument)
    if not is_new:
        raise NotDone(f"{argument} is already banned.")
    tracker.publish(note)
    count = _banned_elsewhere(tracker) + tracker.ban_watch.end_banned()
    return Result([f"{argument} is banned; {count} disconnected."], {"ban": argument, "disconnected": count})


def _banned_elsewhere(tracker: Tracker) -> int:
    """Return how many clients of other trackers a ban covers. Those trackers disconnect them."""
    elsewhere = (client for client in tracker.registry.clients() if not tracker.footing.is_ours(client.id))
    return sum(tracker.bans.matches(client.nick, client.host) for client in elsewhere)


def handle_unban(tracker: Tracker, argument: str) -> Result:
    """Lift a ban."""
    note = Noted(NoteKind.UNBAN, (argument,))
    with _noted_if_later(tracker, note):
        was_banned = tracker.bans.remove(argument)
    if not was_banned:
        raise NotDone(f"{argument} is not banned.")
    tracker.publish(note)
    return Result([f"{argument} is no longer banned."], {"unban": argument})


@contextmanager
def _noted_if_later(tracker: Tracker, note: Noted) -> Iterator[None]:
    """If it is in doubt whether a change was done, log it all the same: the note follows the change to the engine."""
    try:
        yield
    except InDoubt:
        tracker.publish(note)
        raise


def handle_bans(tracker: Tracker, argument: str) -> Result:
    """Show the bans."""
    bans = list(tracker.bans.all())
    return Result(bans or ["Nobody is banned."], {"bans": bans})


def handle_say(tracker: Tracker, argument: str) -> Result:
    """Say something to everybody."""
    if not tracker.log.is_writable:
        raise NotDone("The log cannot be written, so nothing is said.")
    for piece in wrap_text(argument, _MAX_SAID_BYTES):
        tracker.announce(piece)
    return Result(data={"said": argument})


def offer_nicks(tracker: Tracker, words: list[str]) -> list[str]:
    """Return the nicks that the first word can be."""
    return [] if words else [client.nick for client in tracker.registry.clients()]


def offer_bans(tracker: Tracker, words: list[str]) -> list[str]:
    """Return the bans that can be lifted."""
    return [] if words else tracker.bans.all()


def _nobody(ends_in: float | None) -> str:
    soon = "" if ends_in is None else f" The chat ends in {ends_in:.0f} s, unless somebody comes back."
    return f"Nobody is here.{soon}"


def _table(tracker: Tracker, people: list[tuple[Client, list[str]]], now: float) -> list[str]:
    """Return a line for each person, with their tracker if there are several."""
    is_shared = bool(tracker.config.cluster)
    rows = [(*_HEAD, *(["TRACKER"] if is_shared else []), "ROOMS")]
    for client, rooms in people:
        where = [tracker.footing.tracker_of(client.id)] if is_shared else []
        rows.append((*_row(client, now), *where, " ".join(rooms)))
    return columns(rows)


def _row(client: Client, now: float) -> tuple[str, ...]:
    since = strftime("%H:%M:%S", localtime(client.connected_at))
    return escape_for_screen(client.nick), client.address, since, _duration(now - client.active_at)


def columns(rows: list[tuple[str, ...]]) -> list[str]:
    """Return rows as lines, aligned in columns; the last column is not padded."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]) - 1)]
    cells = ([cell.ljust(width) for cell, width in zip(row, widths, strict=False)] + [row[len(widths)]] for row in rows)
    return ["  ".join(row).rstrip() for row in cells]


def _duration(seconds: float) -> str:
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}"
