"""The room endpoint's door: `/ws/chat/ROOM/?nickname=N` names the room and the guest, who is let in or told why not."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote

from chatcore.commands.refusals import ACCOUNTS_REFUSAL
from chatcore.errors import AccountsUnavailable, RequestRefused
from chatcore.protocol.framing import MAX_BODY_BYTES
from chatcore.protocol.names import channel_problem, nick_problem, printable_host, user_ident
from chatcore.server.incoming.gate import Gate
from chatcore.state.client import Client
from chatcore.state.notes import Noted, NoteKind
from chatcore.transport.http import response
from chatcore.transport.websocket import Entrance


@dataclass(frozen=True, slots=True)
class Guest:
    """Who wants to come in, and where to."""

    nick: str
    channel: str
    password: str = field(repr=False)


def guest_of(room: str, query: str, max_name_length: int) -> Guest:
    """Return whom an address names, which says this as the room and has this query. Raises RequestRefused."""
    try:
        asked = parse_qs(query, errors="strict")
        channel = "#" + unquote(room, errors="strict").removeprefix("#")
    except ValueError as error:
        raise RequestRefused(response(400, "That address is not UTF-8.\n")) from error
    nick = asked.get("nickname", [""])[0]
    if not nick:
        raise RequestRefused(response(400, "No nickname specified."))
    problem = nick_problem(nick, max_name_length) or channel_problem(channel)
    if problem:
        raise RequestRefused(response(400, f"{problem}.\n"))
    return Guest(nick, channel, asked.get("password", [""])[0])


def admit_guest(guest: Guest, client: Client, gate: Gate) -> Entrance:
    """Return how a guest comes in. The client's own thread, which may wait. Raises RequestRefused, StreamClosed."""
    nick = guest.nick
    _check_admission(guest, client, gate)
    registration = ["CAP REQ :echo-message", f"NICK {nick}", f"USER {nick} 0 * :{nick}", "CAP END"]
    if gate.services.keys.needs_password:
        registration.insert(0, f"PASS :{guest.password}")
    host = printable_host(gate.services.shown_host(client))
    relayed = f":{nick}!{user_ident(nick)}@{host} PRIVMSG {guest.channel} :"
    return Entrance(
        guest.channel,
        "".join(line + "\r\n" for line in registration).encode(),
        MAX_BODY_BYTES - len(relayed.encode()),
    )


def _check_admission(guest: Guest, client: Client, gate: Gate) -> None:
    """Raise RequestRefused when the password is wrong, or the nick somebody else's, banned, or perhaps an account's."""
    services = gate.services
    if services.keys.needs_password:
        _check_password(guest, client, gate)
    banned = services.ban_on(guest.nick, client.host)
    if banned:
        _note_refused(guest, client, gate, "banned")
        raise RequestRefused(response(403, f"{banned}.\n"))
    holder = gate.registry.client(guest.nick)
    is_held = holder is not None and services.is_there(holder, client)
    try:
        is_registered = services.keys.account(guest.nick) is not None
    except AccountsUnavailable:
        raise RequestRefused(response(503, f"{ACCOUNTS_REFUSAL}.\n", Retry_After="1")) from None
    if is_held or is_registered:
        raise RequestRefused(response(409, "That nickname is taken.\n"))


def _check_password(guest: Guest, client: Client, gate: Gate) -> None:
    keys = gate.services.keys
    verdict = gate.services.guess(client, lambda: keys.is_password(guest.password))
    if verdict.refusal:
        _note_refused(guest, client, gate, "wrong or missing password (not compared)")
        raise RequestRefused(response(429, f"{verdict.refusal}.\n"))
    if not verdict.is_right:
        client.credit.pause(verdict.hold_s)
        _note_refused(guest, client, gate, "wrong or missing password")
        raise RequestRefused(response(401, "Wrong or missing password.\n", WWW_Authenticate="chatcore"))


def _note_refused(guest: Guest, client: Client, gate: Gate, reason: str) -> None:
    gate.publish(Noted(NoteKind.REFUSED, (guest.nick, client.address), reason))
