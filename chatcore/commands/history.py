"""CHATHISTORY: earlier messages (https://ircv3.net/specs/extensions/chathistory)."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable

from chatcore.commands.context import Context
from chatcore.commands.missing import gaps_within, tell_of_gaps
from chatcore.commands.seekers import called_before, partner_of, seeker_of
from chatcore.errors import ArchiveUnavailable, CommandError
from chatcore.protocol.message import Message, parse_count
from chatcore.protocol.names import casefold, is_channel
from chatcore.protocol.timestamp import parse_time
from chatcore.state.channel import Channel
from chatcore.state.history import HistoryQuery, Past, Reference, kinds_for
from chatcore.state.requests import HistoryRequested, HistoryTargetsRequested

_REFERENCES = {"LATEST": 1, "BEFORE": 1, "AFTER": 1, "AROUND": 1, "BETWEEN": 2}
_MSGID = re.compile(r"[0-9a-f]{20,40}")  # also the ids of other runs and versions


def handle_chathistory(ctx: Context, message: Message) -> None:
    """CHATHISTORY LATEST, BEFORE, AFTER, AROUND, BETWEEN and TARGETS."""
    subcommand, params = message.params[0].upper(), message.params[1:]
    if subcommand == "TARGETS":
        _targets(ctx, params)
        return
    count = _REFERENCES.get(subcommand)
    if count is None:
        raise _failure("INVALID_PARAMS", subcommand, "There is no such subcommand")
    _check_count(subcommand, params, count + 2)
    target = _resolve(ctx, subcommand, params[0])
    first = None if subcommand == "LATEST" and params[1] == "*" else _reference(subcommand, params[1])
    second = _reference(subcommand, params[2]) if count == 2 else None
    query = HistoryQuery(subcommand, _limit(ctx, subcommand, params[count + 1]), first, second)
    archive = ctx.services.archive
    past = _past(ctx, subcommand, target, query) if archive.is_on else None
    if past is not None and (gaps := archive.gaps()):
        tell_of_gaps(ctx, "CHATHISTORY", target, gaps_within(gaps, query, past))
    ctx.publish(HistoryRequested(ctx.client.id, target, query, _account_id(ctx, target), past))


def _targets(ctx: Context, params: tuple[str, ...]) -> None:
    _check_count("TARGETS", params, 3)
    first, second = (_reference("TARGETS", param) for param in params[:2])
    if first.msgid or second.msgid:
        raise _failure("INVALID_PARAMS", "TARGETS", "TARGETS takes two timestamps")
    after, before = sorted((first.ms, second.ms))
    limit = _limit(ctx, "TARGETS", params[2])
    from_latest = first.ms > second.ms
    asked = HistoryTargetsRequested(ctx.client.id, after, before, limit, from_latest)
    archive = ctx.services.archive
    if archive.is_on:
        seeker = seeker_of(ctx)
        try:
            rooms = tuple((room, *times) for room, times in archive.latest_times(seeker).items())
            asked = asked._replace(rooms=rooms, conversations=tuple(archive.conversations(seeker)))
        except ArchiveUnavailable as error:
            raise _failure("MESSAGE_ERROR", "TARGETS", str(error)) from None
    ctx.publish(asked)


def _past(ctx: Context, subcommand: str, target: str, query: HistoryQuery) -> Past | None:
    """Return the archive's part of the answer; None if it cannot have any."""
    archive, seeker = ctx.services.archive, seeker_of(ctx)
    kinds = kinds_for(ctx.client.capabilities)
    try:
        if is_channel(target):
            if casefold(target) not in seeker.rooms:
                raise _not_there(subcommand, target)
            return archive.room_past(seeker, casefold(target), query, kinds)
        other = partner_of(ctx, seeker, target)
        return archive.dialog_past(seeker, other, query, kinds) if other else None
    except ArchiveUnavailable as error:
        raise CommandError("FAIL", "CHATHISTORY", "MESSAGE_ERROR", subcommand, target, str(error)) from None


def read_pasts(ctx: Context, names: Iterable[str]) -> dict[str, Past]:
    """Return the archive's latest messages of rooms that the client may be about to enter, by casefolded name.

    Called before the client enters, because no lock may be held here. Rooms that the archive cannot answer for are left
    out.
    """
    archive = ctx.services.archive
    if not archive.is_on:
        return {}
    rooms = {casefold(name): ctx.registry.past_of(name) for name in names}
    instances = {room: instance for room, (instance, _) in rooms.items()}
    seeker = seeker_of(ctx)._replace(rooms=instances, called=called_before(rooms))
    kinds = kinds_for(ctx.client.capabilities)
    pasts = {}
    for room in instances:
        with contextlib.suppress(ArchiveUnavailable):
            pasts[room] = archive.room_past(seeker, room, _replayed(ctx), kinds)
    return pasts


def replay(ctx: Context, channel: Channel, past: Past | None) -> HistoryRequested:
    """Return the event that shows the latest messages to a client that has just entered a channel."""
    if past is not None and past.place == 0:  # the room is new, perhaps by this JOIN, and was never closed
        past = past._replace(place=channel.instance)
    return HistoryRequested(ctx.client.id, channel.name, _replayed(ctx), "", past)


def _replayed(ctx: Context) -> HistoryQuery:
    return HistoryQuery("LATEST", ctx.config.replay)


def _check_count(subcommand: str, params: tuple[str, ...], count: int) -> None:
    if len(params) != count:
        raise _failure("INVALID_PARAMS", subcommand, "Not enough parameters" if len(params) < count else "Too many")


def _resolve(ctx: Context, subcommand: str, target: str) -> str:
    """Return a channel's own spelling, or the nick as given. Raises CommandError if the client may not read it."""
    if not is_channel(target):
        return target
    channel = ctx.registry.channel(target)
    if channel is None or channel.key_name not in ctx.client.channels:
        raise _not_there(subcommand, target)
    return channel.name


def _not_there(subcommand: str, target: str) -> CommandError:
    return CommandError("FAIL", "CHATHISTORY", "INVALID_TARGET", subcommand, target, "You are not in that room")


def _account_id(ctx: Context, target: str) -> str:
    """Return the id of the account that a nick means; '' for a channel, and if there is none.

    For somebody who is here, the accounts need not be read.
    """
    if is_channel(target):
        return ""
    holder = ctx.registry.client(target)
    account = holder.login if holder is not None else ctx.services.keys.account(target)
    return account.account_id if account is not None else ""


def _reference(subcommand: str, text: str) -> Reference:
    kind, _, value = text.partition("=")
    found = REFERENCE_TYPES[kind](value) if kind in REFERENCE_TYPES else None
    if found is None:
        raise _failure("INVALID_PARAMS", subcommand, f"Neither msgid= nor timestamp=: {text}")
    return found


def _message(value: str) -> Reference | None:
    return Reference(msgid=value) if _MSGID.fullmatch(value) else None


def _moment(value: str) -> Reference | None:
    ms = parse_time(value)
    return Reference(ms=ms) if ms is not None else None


REFERENCE_TYPES = {"msgid": _message, "timestamp": _moment}


def _limit(ctx: Context, subcommand: str, text: str) -> int:
    limit = parse_count(text)
    if not limit:
        raise _failure("INVALID_PARAMS", subcommand, "The limit must be a number over 0")
    return min(limit, max(1, ctx.config.history))


def _failure(code: str, subcommand: str, text: str) -> CommandError:
    return CommandError("FAIL", "CHATHISTORY", code, subcommand, text)
