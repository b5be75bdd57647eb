"""MODE: read and change what holds in a channel, or of oneself (https://modern.ircdocs.horse/#mode-message)."""

from __future__ import annotations

from collections.abc import Callable

from chatcore.commands.bounds import MAX_CHANGES, MAX_KEY_CHARS, MAX_LIST_ENTRIES, MAX_MASK_CHARS
from chatcore.commands.context import Context
from chatcore.commands.refusals import no_such_nick, not_a_member, not_operator
from chatcore.commands.targets import known_locked
from chatcore.errors import CommandError
from chatcore.protocol import numerics as num
from chatcore.protocol.message import Message
from chatcore.protocol.modes import FLAGS, LIST_MODES, PREFIXES, USER_MODES, ModeChange, UnknownMode, parse_modes
from chatcore.protocol.names import casefold, is_channel, normalize_ban_mask
from chatcore.state.channel import Channel, Listed
from chatcore.state.facts import ModesChanged
from chatcore.state.requests import UserModesChanged

_LISTS_FOR_OPERATORS = "eI"
_LIST_REPLIES = {
    "b": (num.RPL_BANLIST, num.RPL_ENDOFBANLIST, "ban"),
    "e": (num.RPL_EXCEPTLIST, num.RPL_ENDOFEXCEPTLIST, "ban exception"),
    "I": (num.RPL_INVEXLIST, num.RPL_ENDOFINVEXLIST, "invitation exception"),
}


def handle_mode(ctx: Context, message: Message) -> None:
    """MODE of a channel or of the client itself."""
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


def _change_locked(ctx: Context, channel: Channel, wanted: list[ModeChange | UnknownMode]) -> None:
    done: list[ModeChange] = []
    members: list[int] = []
    for change in wanted[:MAX_CHANGES]:
        try:
            applied = _apply_locked(ctx, channel, change, members)
        except CommandError as refusal:
            if refusal.reply not in ctx.replies:
                ctx.reply(*refusal.reply)
            continue
        if applied:
            done.append(applied)
    ctx.more_targets = max(0, len(done) - 1)
    if done:
        ctx.publish(ModesChanged(ctx.client.id, channel.name, tuple(done), tuple(members)))


def _apply_locked(
    ctx: Context, channel: Channel, change: ModeChange | UnknownMode, members: list[int]
) -> ModeChange | None:
    """Carry out one change; return it as it took effect, or None when it changed nothing."""
    if isinstance(change, UnknownMode):
        raise CommandError(num.ERR_UNKNOWNMODE, change.letter, "There is no such mode")
    if change.letter in LIST_MODES and change.param is None:
        _reply_list_locked(ctx, channel, change.letter)
        return None
    if not channel.is_operator_locked(ctx.client):
        raise not_operator(channel.name)
    if change.letter in FLAGS:
        return _set_flag_locked(channel, change)
    if change.letter in PREFIXES:
        return _set_membership_locked(ctx, channel, change, members)
    return _WITH_PARAMETER[change.letter](ctx, channel, change)


def _set_flag_locked(channel: Channel, change: ModeChange) -> ModeChange | None:
    if (change.letter in channel.flags) == change.adding:
        return None
    channel.flags ^= {change.letter}
    return change


def _set_membership_locked(ctx: Context, channel: Channel, change: ModeChange, members: list[int]) -> ModeChange | None:
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
    members.append(target.id)
    return change._replace(param=target.nick)


def _set_key_locked(ctx: Context, channel: Channel, change: ModeChange) -> ModeChange | None:
    if not change.adding:
        had, channel.key = channel.key, ""
        return change._replace(param=had) if had else None
    key = change.param or ""
    if not key or len(key) > MAX_KEY_CHARS or not set(key).isdisjoint(" ,:") or not key.isprintable():
        raise CommandError(num.ERR_INVALIDMODEPARAM, channel.name, "k", "*", "That cannot be a key")
    channel.key = key
    return change


def _set_limit_locked(ctx: Context, channel: Channel, change: ModeChange) -> ModeChange | None:
    if not change.adding:
        had, channel.limit = channel.limit, 0
        return change if had else None
    param = change.param or ""
    if not (param.isascii() and param.isdigit() and 0 < int(param) < 1_000_000):
        raise CommandError(num.ERR_INVALIDMODEPARAM, channel.name, "l", param or "*", "A limit is a number over 0")
    channel.limit = int(param)
    return change._replace(param=str(channel.limit))


def _set_listed_locked(ctx: Context, channel: Channel, change: ModeChange) -> ModeChange | None:
    letter, param = change.letter, change.param or ""
    mask = normalize_ban_mask(param)
    if len(mask) > MAX_MASK_CHARS or " " in mask or mask.startswith(":"):
        raise CommandError(num.ERR_INVALIDMODEPARAM, channel.name, letter, param or "*", "That cannot be a mask")
    entries = channel.lists[letter]
    if (casefold(mask) in entries) == change.adding:
        return None
    if not change.adding:
        return change._replace(param=channel.take_off_list_locked(letter, mask).mask)
    most = ctx.config.limits.max_list_entries
    if len(entries) >= MAX_LIST_ENTRIES or 0 < most <= ctx.registry.listed_count:
        raise CommandError(num.ERR_BANLISTFULL, channel.name, letter, "The list is full")
    channel.put_on_list_locked(letter, Listed(mask, ctx.client.source, int(ctx.services.now())))
    return change._replace(param=mask)


def _reply_list_locked(ctx: Context, channel: Channel, letter: str) -> None:
    entry_numeric, end_numeric, name = _LIST_REPLIES[letter]
    if letter in _LISTS_FOR_OPERATORS and not (channel.is_operator_locked(ctx.client) or ctx.client.is_operator):
        raise not_operator(channel.name)
    for entry in channel.lists[letter].values():
        ctx.reply(entry_numeric, channel.name, entry.mask, entry.setter, str(entry.set_at))
    ctx.reply(end_numeric, channel.name, f"End of the room's {name} list")


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
        elif letter not in USER_MODES:
            refusal = (num.ERR_UMODEUNKNOWNFLAG, "There is no such user mode")
            if refusal not in ctx.replies:
                ctx.reply(*refusal)
        elif (letter in ctx.client.modes) != adding and not (letter == "o" and adding):
            ctx.client.modes ^= {letter}
            changes.append(ModeChange(adding, letter))
    if changes:
        ctx.publish(UserModesChanged(ctx.client.id, tuple(changes)))


_WITH_PARAMETER: dict[str, Callable[[Context, Channel, ModeChange], ModeChange | None]] = {
    "k": _set_key_locked,
    "l": _set_limit_locked,
    **dict.fromkeys(LIST_MODES, _set_listed_locked),
}
