"""Commands about invitations: make one, list them, revoke one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from time import localtime, strftime
from typing import TYPE_CHECKING, Any, NamedTuple

from chatcore.config import MAX_INVITATION_HOURS, MAX_INVITATION_USES
from chatcore.protocol.invitations import Link, Refusal, id_meant
from chatcore.protocol.modes import KEY
from chatcore.protocol.names import CHANNEL_PREFIX, DEFAULT_CHANNEL, casefold, channel_problem
from chatcore.protocol.timestamp import format_time
from chatcore.server.access.issued_invitation import Issued
from chatcore.server.chat_links import links
from chatcore.server.console.result import NotDone, Result
from chatcore.server.console.ways_shown import ways_shown
from chatcore.state.notes import invitation_made, invitation_revoked

if TYPE_CHECKING:
    from chatcore.server.tracker import Tracker

_USAGE = "Usage: invite [ROOM] [--uses N] [--hours N], or invite revoke ID, or invite revoke --by NAME"
_REVOKE, _BY = "revoke", "--by"
_HEAD = ("ID", "ROOM", "BY", "LEFT", "UNTIL", "WHO CAME")
_MAX_NAMES = 10
_OVER = {
    Refusal.EXPIRED: "expired",
    Refusal.USED_UP: "used up",
    Refusal.REVOKED: "revoked",
    Refusal.ENDED: "other password",
}
_NUMBER = re.compile(r"[0-9]{1,6}")


def handle_invite(tracker: Tracker, argument: str) -> Result:
    """Make an invitation, or revoke one."""
    words = argument.split()
    if words[:1] == [_REVOKE]:
        return _revoke(tracker, words[1:])
    room, uses, hours = _asked(words, tracker.config.invitation_uses, tracker.config.invitation_hours)
    if not tracker.keys.needs_password:
        lines, data = ways_shown(tracker, links(tracker.config, tracker.port, room=room))
        return Result(["There is no password: everybody can come in.", *lines], data)
    made, found = invite(tracker, room, uses, hours)
    until = strftime("%Y-%m-%d %H:%M", localtime(made.until))
    how_many = "One person" if uses == 1 else f"{uses} people"
    lines, data = ways_shown(tracker, found)
    return Result(
        [f"{how_many} can join {room} with invitation {made.id} until {until}.", *lines],
        {"id": made.id, "room": room, "uses": uses, "until": format_time(made.until), **data},
    )


class Made(NamedTuple):
    """A new invitation: its id, and when it expires (Unix time, s)."""

    id: str
    until: float


def invite(tracker: Tracker, room: str, uses: int, hours: int) -> tuple[Made, list[Link]]:
    """Make an invitation from the operator; return it with the links that carry it. Main thread. Raises ChatError.

    The links include the room's key, if it has one.
    """
    if not tracker.log.is_writable:
        raise NotDone("The log cannot be written, so nobody is invited.")
    channel = tracker.registry.channel(room)
    key = ""
    if channel is not None:
        with channel.lock:
            key = channel.values.get(KEY.letter, "")
    invitation, until = tracker.invitations.make("", room, uses, hours)
    tracker.publish(invitation_made(invitation.id, room, "", uses, until))
    return Made(invitation.id, until), links(tracker.config, tracker.port, invitation, room, key)


def handle_invites(tracker: Tracker, argument: str) -> Result:
    """List the invitations, including those that are over."""
    found = [(issued, _OVER[refusal] if refusal else "") for issued, refusal in tracker.invitations.all()]
    return Result(
        list(_table([_row(issued, over) for issued, over in found])) if found else ["There are no invitations."],
        {"invitations": [_data(issued, over) for issued, over in found]},
    )


def offer_words(tracker: Tracker, words: list[str]) -> list[str]:
    """Return the rooms that people can be invited to, or the invitations that can be revoked."""
    if words == [_REVOKE]:
        return [_BY, *(issued.id for issued, refusal in tracker.invitations.all() if not refusal)]
    if words == [_REVOKE, _BY]:
        return sorted({issued.by for issued, refusal in tracker.invitations.all() if issued.by and not refusal})
    rooms = [] if words else [_REVOKE, *(channel.name for channel in tracker.registry.channels())]
    return [*rooms, "--uses", "--hours"]


def _revoke(tracker: Tracker, words: list[str]) -> Result:
    if len(words) == 2 and words[0] == _BY:
        return _revoke_all_by(tracker, words[1])
    if len(words) != 1:
        raise NotDone(_USAGE)
    invitation_id = id_meant(words[0]) or ""
    revoked = tracker.invitations.revoked(invitation_id)
    if revoked is None:
        raise NotDone(f"There is no valid invitation {invitation_id or 'with that id'}; invites lists them all.")
    tracker.publish(invitation_revoked(revoked.id, revoked.room, ""))
    came = [guest.nick for guest in revoked.guests.values()]
    lines = [f"Invitation {revoked.id} is revoked.", *_who_stays("it", came)]
    return Result(lines, {"revoked": revoked.id, "came": came})


def _revoke_all_by(tracker: Tracker, name: str) -> Result:
    """Revoke all invitations that somebody has made."""
    known = [issued.id for issued, _ in tracker.invitations.all() if casefold(issued.by) == casefold(name)]
    revoked = [issued for issued in map(tracker.invitations.revoked, known) if issued]
    if not revoked:
        raise NotDone(f"There is no valid invitation by {name}; invites lists them all.")
    tracker.publish(*(invitation_revoked(issued.id, issued.room, "") for issued in revoked))
    ids = [issued.id for issued in revoked]
    came = list(dict.fromkeys(guest.nick for issued in revoked for guest in issued.guests.values()))
    lines = [f"These invitations by {name} are revoked: {', '.join(ids)}", *_who_stays("them", came)]
    return Result(lines, {"revoked_all": ids, "came": came})


def _who_stays(by: str, came: list[str]) -> list[str]:
    return [f"People who came with {by} stay ({_listed(came)}); kick NAME disconnects them."] if came else []


def _asked(words: list[str], uses: int, hours: int) -> tuple[str, int, int]:
    """Parse a command into room, uses and hours. Raises NotDone."""
    room, rest = "", iter(words)
    for word in rest:
        option, equals, value = word.partition("=")
        if option in ("--uses", "--hours"):
            number = value if equals else next(rest, "")
            most = MAX_INVITATION_USES if option == "--uses" else MAX_INVITATION_HOURS
            if not _NUMBER.fullmatch(number) or not 1 <= int(number) <= most:
                raise NotDone(f"{option} takes a number from 1 to {most}.")
            uses, hours = (int(number), hours) if option == "--uses" else (uses, int(number))
        elif word.startswith("-") or room:
            raise NotDone(_USAGE)
        else:
            room = word if word.startswith(CHANNEL_PREFIX) else f"{CHANNEL_PREFIX}{word}"
    if room and (problem := channel_problem(room)):
        raise NotDone(f"{problem}.")
    return room or DEFAULT_CHANNEL, uses, hours


def _row(issued: Issued, over: str) -> tuple[str, ...]:
    until = strftime("%Y-%m-%d %H:%M", localtime(issued.until))
    return issued.id, issued.room or "-", issued.by or "-", over or str(issued.left), until, _names(issued)


def _names(issued: Issued) -> str:
    return _listed([guest.nick for guest in issued.guests.values()])


def _listed(nicks: list[str]) -> str:
    more = [f"and {len(nicks) - _MAX_NAMES} more"] if len(nicks) > _MAX_NAMES else []
    return ", ".join([*nicks[-_MAX_NAMES:], *more])


def _data(issued: Issued, over: str) -> dict[str, Any]:
    return {
        "id": issued.id,
        "room": issued.room,
        "by": issued.by,
        "uses": issued.uses,
        "left": 0 if over else issued.left,
        "made": format_time(issued.made),
        "until": format_time(issued.until),
        "over": over,
        "came": [{"nick": guest.nick, "time": format_time(guest.at)} for guest in issued.guests.values()],
    }


def _table(found: list[tuple[str, ...]]) -> Iterator[str]:
    rows = [_HEAD, *found]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
