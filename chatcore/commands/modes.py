"""MODE: read and change the modes of a channel, or your own (https://modern.ircdocs.horse/#mode-message)."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from chatcore.commands.bounds import MAX_CHANGES, MAX_KEY_CHARS, MAX_LIST_ENTRIES, MAX_MASK_CHARS
from chatcore.commands.context import Context
from chatcore.commands.powers import check_power_locked
from chatcore.commands.refusals import no_such_nick, not_a_member, not_operator
from chatcore.commands.targets import known_locked
from chatcore.errors import CommandError
from chatcore.protocol import numerics as num
from chatcore.protocol.extbans import complete_mask
from chatcore.protocol.message import Message, parse_count
from chatcore.protocol.modes import (
    CHANNEL_MODES,
    USER_MODES,
    Kind,
    Listing,
    ModeChange,
    UnknownMode,
    parse_modes,
)
from chatcore.protocol.names import casefold, is_channel
from chatcore.state.channel import Channel, Listed
from chatcore.state.facts import ModesChanged
from chatcore.state.notes import Noted
from chatcore.state.requests import UserModesChanged


class Done(NamedTuple):
    """A change as it took effect, the member it concerned, and the notes that the log gets before it."""

    change: ModeChange
    member: int | None = None
    notes: tuple[Noted, ...] = ()


def handle_mode(ctx: Context, message: Message) -> None:
    """MODE: read or change the modes of a channel or of the client."""
    if not is_channel(message.params[0]):
        _user_mode(ctx, message)
        return
    name, *rest = message.params
    with ctx.registry.hold([name]) as held:
        channel = known_locked(ctx, held, name)
        if rest:
            _change_locked(ctx, channel, parse_modes(rest[0], rest[1:]))
        else:
            words = channel.mode_words_locked(with_key=ctx.client in channel.members)
            ctx.reply(num.RPL_CHANNELMODEIS, channel.name, *words)
            ctx.reply(num.RPL_CREATIONTIME, channel.name, str(channel.created_at))


def asks_modes(message: Message) -> bool:
    """Return whether MODE only asks: for the modes, or for a room's lists."""
    name, *rest = message.params
    if not rest or not is_channel(name):
        return not rest
    return all(isinstance(change, ModeChange) and _asked_for(change) for change in parse_modes(rest[0], rest[1:]))


def _change_locked(ctx: Context, channel: Channel, wanted: list[ModeChange | UnknownMode]) -> None:
    done: list[Done] = []
    now = int(ctx.services.now())
    for change in wanted[:MAX_CHANGES]:
        try:
            applied = _apply_locked(ctx, channel, change, now)
        except CommandError as refusal:
            if refusal.reply not in ctx.response.replies:
                ctx.reply(*refusal.reply)
            continue
        if applied:
            done.append(applied)
    if done:
        changes = tuple(each.change for each in done)
        members = tuple(each.member for each in done if each.member is not None)
        notes = next((each.notes for each in done if each.notes), ())
        ctx.publish(*notes, ModesChanged(ctx.client.id, channel.name, changes, members, now))


def _apply_locked(ctx: Context, channel: Channel, change: ModeChange | UnknownMode, now: int) -> Done | None:
    """Carry out one change, made at `now` (Unix time, s); return how it took effect, or None if nothing changed."""
    if isinstance(change, UnknownMode):
        raise CommandError(num.ERR_UNKNOWNMODE, change.letter, "There is no such mode")
    mode = CHANNEL_MODES[change.letter]
    if listing := _asked_for(change):
        _reply_list_locked(ctx, channel, mode.letter, listing)
        return None
    if not (ctx.client in channel.members or ctx.client.is_operator):
        raise not_operator(channel.name)
    notes = check_power_locked(ctx, channel)
    done = SETTERS[mode.kind](ctx, channel, change, now)
    return done._replace(notes=notes) if done else None


def _asked_for(change: ModeChange) -> Listing | None:
    """Return how to reply with the requested list; None for a change."""
    return CHANNEL_MODES[change.letter].listing if change.param is None else None


def _set_flag_locked(ctx: Context, channel: Channel, change: ModeChange, now: int) -> Done | None:
    if (change.letter in channel.flags) == change.adding:
        return None
    channel.set_flag_locked(change.letter, on=change.adding)
    return Done(change)


def _set_membership_locked(ctx: Context, channel: Channel, change: ModeChange, now: int) -> Done | None:
    nick = change.param or ""
    target = ctx.registry.client(nick)
    if target is None:
        raise no_such_nick(nick)
    if target not in channel.members:
        raise not_a_member(nick, channel.name)
    letters = channel.members[target]
    if (change.letter in letters) == change.adding:
        return None
    channel.members[target] = letters + change.letter if change.adding else letters.replace(change.letter, "")
    return Done(change._replace(param=target.nick), target.id)


def _set_key_locked(ctx: Context, channel: Channel, change: ModeChange, now: int) -> Done | None:
    if not change.adding:
        had = channel.values.get(change.letter)
        channel.set_value_locked(change.letter, None)
        return None if had is None else Done(change._replace(param=had))
    key = change.param or ""
    if not key or len(key) > MAX_KEY_CHARS or not set(key).isdisjoint(" ,:") or not key.isprintable():
        raise CommandError(num.ERR_INVALIDMODEPARAM, channel.name, change.letter, "*", "That cannot be a key")
    channel.set_value_locked(change.letter, key)
    return Done(change)


def _set_limit_locked(ctx: Context, channel: Channel, change: ModeChange, now: int) -> Done | None:
    if not change.adding:
        had = channel.values.get(change.letter)
        channel.set_value_locked(change.letter, None)
        return None if had is None else Done(change)
    given, allowed = change.param or "", CHANNEL_MODES[change.letter].range
    assert allowed is not None, "every mode that takes a number has a range"
    number = parse_count(given)
    if not 0 < number <= allowed.most:
        raise CommandError(num.ERR_INVALIDMODEPARAM, channel.name, change.letter, given or "*", allowed.words)
    channel.set_value_locked(change.letter, str(number))
    return Done(change._replace(param=str(number)))


def _set_listed_locked(ctx: Context, channel: Channel, change: ModeChange, now: int) -> Done | None:
    letter, param = change.letter, change.param or ""
    try:
        mask = complete_mask(letter, param)
    except ValueError:
        mask = ""
    if not 0 < len(mask) <= MAX_MASK_CHARS or " " in mask or mask.startswith(":"):
        raise CommandError(num.ERR_INVALIDMODEPARAM, channel.name, letter, param or "*", "That cannot be a mask")
    entries = channel.lists[letter]
    if (casefold(mask) in entries) == change.adding:
        return None
    if not change.adding:
        return Done(change._replace(param=channel.take_off_list_locked(letter, mask).mask))
    most = ctx.config.limits.max_list_entries
    if len(entries) >= MAX_LIST_ENTRIES or 0 < most <= ctx.registry.listed_count:
        raise CommandError(num.ERR_BANLISTFULL, channel.name, letter, "The list is full")
    channel.put_on_list_locked(letter, Listed(mask, ctx.client.source, now))
    return Done(change._replace(param=mask))


SETTERS: dict[Kind, Callable[[Context, Channel, ModeChange, int], Done | None]] = {
    Kind.MEMBERSHIP: _set_membership_locked,
    Kind.LIST: _set_listed_locked,
    Kind.KEY: _set_key_locked,
    Kind.LIMIT: _set_limit_locked,
    Kind.FLAG: _set_flag_locked,
}


def _reply_list_locked(ctx: Context, channel: Channel, letter: str, listing: Listing) -> None:
    if listing.is_for_operators and not (channel.is_operator_locked(ctx.client) or ctx.client.is_operator):
        raise not_operator(channel.name)
    for entry in channel.lists[letter].values():
        ctx.reply(listing.entry, channel.name, entry.mask, entry.setter, str(entry.set_at))
    ctx.reply(listing.end, channel.name, f"End of the room's {listing.name} list")


def _user_mode(ctx: Context, message: Message) -> None:
    nick = message.params[0]
    target = ctx.registry.client(nick)
    if target is None:
        raise no_such_nick(nick)
    if target is not ctx.client:
        raise CommandError(num.ERR_USERSDONTMATCH, "You can see and change only your own modes")
    if len(message.params) == 1:
        ctx.reply(num.RPL_UMODEIS, "+" + "".join(sorted(ctx.client.modes)))
        return
    changes: list[ModeChange] = []
    adding = True
    for letter in message.params[1]:
        if letter in "+-":
            adding = letter == "+"
            continue
        mode = USER_MODES.get(letter)
        if mode is None:
            refusal = (num.ERR_UMODEUNKNOWNFLAG, "There is no such user mode")
            if refusal not in ctx.response.replies:
                ctx.reply(*refusal)
        elif (letter in ctx.client.modes) != adding and not (mode.is_granted and adding):
            ctx.client.modes ^= {letter}
            changes.append(ModeChange(adding, letter))
    if changes:
        ctx.publish(UserModesChanged(ctx.client.id, tuple(changes)))
