"""MARKREAD: how far one has read (https://ircv3.net/specs/extensions/read-marker)."""

from __future__ import annotations

import re

from chatcore.commands.context import Context
from chatcore.config import MAX_NICK_CHARS
from chatcore.errors import AccountsUnavailable, CommandError
from chatcore.protocol.message import Message
from chatcore.protocol.names import channel_problem, is_channel, nick_problem
from chatcore.protocol.timestamp import format_time, parse_time
from chatcore.state.credentials import Credentials
from chatcore.state.requests import MarkerRequested

_TIMESTAMP = re.compile(r"timestamp=([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z)")


def handle_markread(ctx: Context, message: Message) -> None:
    """MARKREAD: set a marker, or ask for it. The room or person need not exist."""
    target, time_ms = read_marker(message)
    account = _account(ctx, target)
    account_id, name = (account.account_id, account.account or "") if account is not None else ("", "")
    ctx.publish(MarkerRequested(ctx.client.id, _own_spelling(ctx, target), time_ms, account_id, name))


def reply_marker(ctx: Context, target: str, time_ms: int) -> None:
    """Reply with the marker (Unix, ms) that will be set later."""
    ctx.reply("MARKREAD", _own_spelling(ctx, target), f"timestamp={format_time(time_ms / 1000)}")


def read_marker(message: Message) -> tuple[str, int | None]:
    """Return target and time (Unix, ms) of a MARKREAD; None if it asks. Raises CommandError."""
    if not message.params or not message.params[0]:
        raise CommandError("FAIL", "MARKREAD", "NEED_MORE_PARAMS", "Missing parameters")
    target, *given = message.params
    problem = channel_problem(target) if is_channel(target) else nick_problem(target, MAX_NICK_CHARS)
    if problem:
        raise CommandError("FAIL", "MARKREAD", "INVALID_PARAMS", target, problem)
    return target, _time_of(given[0]) if given else None


def asks_marker(message: Message) -> bool:
    """Return whether MARKREAD only asks."""
    return len(message.params) < 2


def _time_of(text: str) -> int:
    """Return the time (Unix, ms) in a timestamp parameter. Raises CommandError."""
    found = _TIMESTAMP.fullmatch(text)
    time_ms = parse_time(found[1]) if found else None
    if time_ms is None or time_ms < 0:
        raise CommandError("FAIL", "MARKREAD", "INVALID_PARAMS", text, "Not timestamp=YYYY-MM-DDThh:mm:ss.sssZ")
    return time_ms


def _own_spelling(ctx: Context, target: str) -> str:
    """Return a room's own spelling if the client is a member; any other target as given."""
    channel = ctx.registry.channel(target) if is_channel(target) else None
    return channel.name if channel is not None and channel.key_name in ctx.client.channels else target


def _account(ctx: Context, target: str) -> Credentials | None:
    """Return the account of this name, unless a client here has the name as its nick. Raises CommandError."""
    if is_channel(target) or ctx.registry.client(target) is not None:
        return None
    try:
        return ctx.services.keys.account(target)
    except AccountsUnavailable:
        text = "The read timestamp is not known at the moment"
        raise CommandError("FAIL", "MARKREAD", "INTERNAL_ERROR", target, text) from None
