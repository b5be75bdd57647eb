"""The room endpoint's door: `/ws/chat/ROOM/?nickname=N` names the room and the guest, who is let in or told why not.

Runs in the client's own thread, before registration.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote

from chatcore.commands.refusals import ACCOUNTS_REFUSAL
from chatcore.errors import AccountsUnavailable, RequestRefused
from chatcore.protocol.framing import MAX_BODY_BYTES
from chatcore.protocol.names import channel_problem, nick_problem, printable_host, user_ident
from chatcore.state.notes import Noted, NoteKind
from chatcore.transport.http import response
from chatcore.transport.websocket import Entrance

if TYPE_CHECKING:
    from chatcore.server.visit import Visit


def check_guest(visit: Visit, room: str, query: str) -> Entrance:
    """Return how a guest of the room endpoint comes in. Raises RequestRefused when it cannot."""
    try:
        asked = parse_qs(query, errors="strict")
        channel = "#" + unquote(room, errors="strict").removeprefix("#")
    except ValueError as error:
        raise RequestRefused(response(400, "That address is not UTF-8.\n")) from error
    nick = asked.get("nickname", [""])[0]
    tracker = visit.tracker
    if not nick:
        raise RequestRefused(response(400, "No nickname specified."))
    problem = nick_problem(nick, tracker.config.max_name_length) or channel_problem(channel)
    if problem:
        raise RequestRefused(response(400, f"{problem}.\n"))
    password = asked.get("password", [""])[0]
    _check_admission(visit, nick, password)
    registration = ["CAP REQ :echo-message", f"NICK {nick}", f"USER {nick} 0 * :{nick}", "CAP END"]
    if tracker.keys.needs_password:
        registration.insert(0, f"PASS :{password}")
    host = printable_host(tracker.services.shown_host(visit.client))
    relayed = f":{nick}!{user_ident(nick)}@{host} PRIVMSG {channel} :"
    return Entrance(
        channel,
        "".join(line + "\r\n" for line in registration).encode(),
        MAX_BODY_BYTES - len(relayed.encode()),
    )


def _check_admission(visit: Visit, nick: str, password: str) -> None:
    """Raise RequestRefused when the password is wrong, or the nick somebody else's, banned, or perhaps an account's."""
    tracker = visit.tracker
    if tracker.keys.needs_password:
        _check_password(visit, nick, password)
    banned = tracker.services.ban_on(nick, visit.client.host)
    if banned:
        _note_refused(visit, nick, "banned")
        raise RequestRefused(response(403, f"{banned}.\n"))
    holder = tracker.registry.client(nick)
    is_held = holder is not None and tracker.services.is_there(holder, visit.client)
    try:
        is_registered = tracker.keys.account(nick) is not None
    except AccountsUnavailable:
        raise RequestRefused(response(503, f"{ACCOUNTS_REFUSAL}.\n", Retry_After="1")) from None
    if is_held or is_registered:
        raise RequestRefused(response(409, "That nickname is taken.\n"))


def _check_password(visit: Visit, nick: str, password: str) -> None:
    tracker = visit.tracker
    verdict = tracker.services.guess(visit.client, lambda: tracker.keys.is_password(password))
    if verdict.refusal:
        _note_refused(visit, nick, "wrong or missing password (not compared)")
        raise RequestRefused(response(429, f"{verdict.refusal}.\n"))
    if not verdict.is_right:
        visit.client.credit.pause(verdict.hold_s)
        _note_refused(visit, nick, "wrong or missing password")
        raise RequestRefused(response(401, "Wrong or missing password.\n", WWW_Authenticate="chatcore"))


def _note_refused(visit: Visit, nick: str, reason: str) -> None:
    visit.tracker.publish(Noted(NoteKind.REFUSED, (nick, visit.client.address), reason))
