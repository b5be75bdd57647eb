"""The door of the room endpoint: `/ws/chat/ROOM/?nickname=N` lets guest N into ROOM, or says why not.

The checks are those of registration (commands.entry_checks), which then need not check the password again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import parse_qs, unquote

from chatcore.commands.entry_checks import WRONG_PASSWORD, Bar, Barred, await_free, check_entry, check_password
from chatcore.commands.refusals import ACCOUNTS_REFUSAL, invitation_reason
from chatcore.errors import AccountsUnavailable, RequestRefused
from chatcore.protocol.framing import MAX_BODY_BYTES
from chatcore.protocol.names import channel_problem, nick_problem, printable_host, user_ident
from chatcore.server.incoming.gate import Gate
from chatcore.state.client import Client
from chatcore.state.notes import LoginProblem, login_refused
from chatcore.transport.http import response
from chatcore.transport.websocket import Entrance

_STATUS = {
    Bar.BAN: HTTPStatus.FORBIDDEN,
    Bar.LOG: HTTPStatus.SERVICE_UNAVAILABLE,
    Bar.ACCOUNT: HTTPStatus.CONFLICT,
    Bar.HOLDER: HTTPStatus.CONFLICT,
}


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody who wants to come in, and the room they want."""

    nick: str
    channel: str
    password: str = field(repr=False)


def guest_of(room: str, query: str, max_name_length: int) -> Guest:
    """Return the guest named by an address with this room and query. Raises RequestRefused."""
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
    """Check a guest; return how they come in. The client's thread; may wait. Raises RequestRefused, StreamClosed."""
    nick = guest.nick
    if gate.services.keys.needs_password:
        _check_password(guest, client, gate)
    _check_nick(guest, client, gate)
    registration = ("CAP REQ :echo-message draft/channel-rename", f"NICK {nick}", f"USER {nick} 0 * :{nick}", "CAP END")
    host = printable_host(gate.services.shown_host(client))
    relayed = f":{nick}!{user_ident(nick)}@{host} PRIVMSG {guest.channel} :"
    return Entrance(
        guest.channel,
        "".join(line + "\r\n" for line in registration).encode(),
        MAX_BODY_BYTES - len(relayed.encode()),
    )


def _check_password(guest: Guest, client: Client, gate: Gate) -> None:
    proof = check_password(gate.services, client, guest.password)
    verdict = proof.verdict
    if proof.lets_in:
        return
    if proof.refusal:
        _note_refused(guest, client, gate, LoginProblem.INVITATION, invitation_reason(proof.invitation, proof.refusal))
        raise RequestRefused(response(HTTPStatus.UNAUTHORIZED, f"{proof.refusal}.\n", WWW_Authenticate="chatcore"))
    client.credit.pause(verdict.hold_s)
    _note_refused(guest, client, gate, LoginProblem.PASSWORD, verdict.noted(WRONG_PASSWORD.lower()))
    if verdict.refusal:
        raise RequestRefused(response(HTTPStatus.TOO_MANY_REQUESTS, f"{verdict.refusal}.\n"))
    raise RequestRefused(response(HTTPStatus.UNAUTHORIZED, f"{WRONG_PASSWORD}.\n", WWW_Authenticate="chatcore"))


def _check_nick(guest: Guest, client: Client, gate: Gate) -> None:
    try:
        check_entry(gate.services, gate.registry, client, guest.nick)
        await_free(gate.services, gate.registry, client, guest.nick)
    except AccountsUnavailable:
        words = f"{ACCOUNTS_REFUSAL}.\n"
        raise RequestRefused(response(HTTPStatus.SERVICE_UNAVAILABLE, words, Retry_After="1")) from None
    except Barred as barred:
        if barred.bar is Bar.BAN:
            _note_refused(guest, client, gate, LoginProblem.BAN, "banned")
        status = _STATUS[barred.bar]
        words = "That nickname is taken" if status is HTTPStatus.CONFLICT else str(barred)
        raise RequestRefused(response(status, f"{words}.\n")) from None


def _note_refused(guest: Guest, client: Client, gate: Gate, problem: LoginProblem, reason: str) -> None:
    gate.publish(login_refused(problem, guest.nick, client.address, reason))
