"""Talking: PRIVMSG, NOTICE, TAGMSG, AWAY (https://modern.ircdocs.horse/#sending-messages)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TypeVar

from chatcore.commands.bounds import MAX_AWAY_CHARS
from chatcore.commands.context import Context
from chatcore.commands.refusals import no_such_channel, no_such_nick, not_on_channel
from chatcore.commands.targets import find_person, split_status, split_targets
from chatcore.commands.waiting import account_of_absent
from chatcore.errors import CommandError
from chatcore.protocol import numerics as num
from chatcore.protocol.capabilities import MESSAGE_TAGS, PRE_AWAY
from chatcore.protocol.ctcp import ACTION, DELIMITER, action, split_ctcp
from chatcore.protocol.framing import MAX_BODY_BYTES
from chatcore.protocol.message import Message
from chatcore.protocol.multiline import BREAK
from chatcore.protocol.names import casefold, is_channel
from chatcore.protocol.wrap import bytes_left, wrap_text
from chatcore.state.channel import Channel
from chatcore.state.client import Client
from chatcore.state.credentials import Credentials
from chatcore.state.facts import AwayChanged, Said, SaidPrivately, SaidToAbsent, SaidToStatus

_SYNTAX_BYTES = 16  # ":", " PRIVMSG ", " :" and a few to spare
_MAX_CHAR_BYTES = 4
_NO_REASON, _NO_REASON_IN_WORDS = "*", "Not here at the moment"
_SURELY_FITTING_CHARS = (MAX_BODY_BYTES - _SYNTAX_BYTES) // _MAX_CHAR_BYTES  # of source, target and text
_CLIENT_ONLY_KEY = re.compile(r"\+(?:[A-Za-z0-9.-]+/)?[A-Za-z0-9-]+")

Tags = tuple[tuple[str, str], ...]
_Said = TypeVar("_Said", Said, SaidToStatus, SaidPrivately, SaidToAbsent)


def handle_message(ctx: Context, message: Message) -> None:
    """PRIVMSG and NOTICE: send a message to channels or people."""
    command = message.command
    if not message.params or not message.params[0]:
        raise CommandError(num.ERR_NORECIPIENT, f"No recipient given ({command})")
    if len(message.params) < 2 or not message.params[1]:
        raise CommandError(num.ERR_NOTEXTTOSEND, "No text to send")
    say(ctx, command, message.params[0], message.params[1], client_only_tags(message.tags))


def handle_tagmsg(ctx: Context, message: Message) -> None:
    """TAGMSG: send tags without text, such as a typing notice (https://ircv3.net/specs/extensions/message-tags)."""
    tags = client_only_tags(message.tags)
    if ctx.client.capabilities & MESSAGE_TAGS and tags:
        say(ctx, "TAGMSG", message.params[0], "", tags)


def handle_away(ctx: Context, message: Message) -> None:
    """AWAY: go away with a message, or come back without one. Before registration, it takes effect on arrival.

    See also https://ircv3.net/specs/extensions/pre-away.
    """
    text = message.params[0][:MAX_AWAY_CHARS] if message.params and message.params[0] else None
    if text == _NO_REASON and ctx.client.capabilities & PRE_AWAY:
        text = _NO_REASON_IN_WORDS
    ctx.client.away = text
    if text is None:
        ctx.reply(num.RPL_UNAWAY, "You are no longer marked as being away")
    else:
        ctx.reply(num.RPL_NOWAWAY, "You have been marked as being away")
    if ctx.client.is_registered:
        ctx.publish(AwayChanged(ctx.client.id, text))


def client_only_tags(tags: Mapping[str, str]) -> Tags:
    """Return the tags to relay: those whose keys begin with + and are as the message-tags specification has them."""
    return tuple(item for item in tags.items() if _CLIENT_ONLY_KEY.fullmatch(item[0])) if tags else ()


def say(ctx: Context, command: str, given: str, text: str, tags: Tags) -> None:
    """Send a text, or tags alone, to the targets. Raises CommandError."""
    targets = split_targets(ctx, command, given) if "," in given else None
    ctx.client.active_at = ctx.services.monotonic()
    if targets is not None:
        _say_to_many(ctx, command, targets, text, tags)
    elif is_channel(given):
        _say_in_channel(ctx, command, given, text, tags)
    elif split_status(given)[0]:
        _say_to_many(ctx, command, [given], text, tags)
    else:
        to = _addressee(ctx, command, given, text)
        ctx.publish_all(_said_to_one(ctx, command, given, to, text, tags))


def _say_to_many(ctx: Context, command: str, targets: list[str], text: str, tags: Tags) -> None:
    rooms = {target: split_status(target) for target in targets if is_channel(target) or split_status(target)[0]}
    people = [target for target in targets if target not in rooms]
    addressees = {target: _addressee(ctx, command, target, text) for target in people}  # before any lock is held
    with ctx.registry.hold(name for _, name in rooms.values()) as held:
        events: list[Said | SaidToStatus | SaidPrivately | SaidToAbsent] = []
        for target in targets:
            try:
                if target in rooms:
                    prefix, name = rooms[target]
                    events += _said_locked(ctx, command, name, held.get(casefold(name)), text, tags, prefix)
                else:
                    events += _said_to_one(ctx, command, target, addressees[target], text, tags)
            except CommandError as refusal:
                if command != "NOTICE":
                    ctx.reply(*refusal.reply)
        if events:
            ctx.publish_all(tuple(events))


def _say_in_channel(ctx: Context, command: str, name: str, text: str, tags: Tags) -> None:
    channel = ctx.registry.channel(name)
    if channel is None:
        raise no_such_channel(name)
    with channel.lock:
        ctx.publish_all(_said_locked(ctx, command, name, channel, text, tags))


def _said_locked(
    ctx: Context, command: str, name: str, channel: Channel | None, text: str, tags: Tags, prefix: str = ""
) -> tuple[Said, ...] | tuple[SaidToStatus, ...]:
    if channel is None or channel.is_dead:
        raise no_such_channel(name)
    refusal = channel.speech_refusal_locked(ctx.client, text)
    if refusal:
        raise CommandError(*refusal) if channel.is_visible_to_locked(ctx.client) else no_such_channel(name)
    said: tuple[Said, ...] | tuple[SaidToStatus, ...]
    if prefix:
        if ctx.client not in channel.members:
            raise not_on_channel(channel.name)
        to_some = SaidToStatus(ctx.client.id, channel.name, prefix, command, text, tags)
        said = _in_pieces(ctx, to_some, prefix + channel.name)
    else:
        said = _in_pieces(ctx, Said(ctx.client.id, channel.name, command, text, tags), channel.name)
    if channel.slow_mode.interval_s and text:
        channel.note_speech_locked(ctx.client)
    return said


def _addressee(ctx: Context, command: str, target: str, text: str) -> Client | Credentials | None:
    """Return the recipient, or an absent person's account. Hold no lock. Raises AccountsUnavailable."""
    return find_person(ctx, target) or account_of_absent(ctx, command, target, text)


def _said_to_one(
    ctx: Context, command: str, target: str, to: Client | Credentials | None, text: str, tags: Tags
) -> tuple[SaidPrivately, ...] | tuple[SaidToAbsent, ...]:
    if isinstance(to, Client):
        said = _in_pieces(ctx, SaidPrivately(ctx.client.id, to.id, command, text, tags), to.nick)
        if to.away is not None and command == "PRIVMSG":
            ctx.reply(num.RPL_AWAY, to.nick, to.away)
        return said
    if to is None or to.account is None:
        raise no_such_nick(target)
    return _in_pieces(ctx, SaidToAbsent(ctx.client.id, to.account, to.account_id, command, text, tags), to.account)


def _in_pieces(ctx: Context, said: _Said, target: str) -> tuple[_Said, ...]:
    """Return a message whole, or split into several if it does not fit one line with its source in front.

    The first piece keeps the tags. Raises CommandError for a word that does not fit, and for a CTCP message other than
    ACTION, because half of one means nothing. No piece may become one: a room's rules are checked for the whole alone.
    """
    source, text = ctx.client.source, said.text
    if len(source) + len(target) + len(text) <= _SURELY_FITTING_CHARS:
        return (said,)
    max_bytes = bytes_left(source, said.command, target)
    if len(text.encode()) <= max_bytes or BREAK in text:  # a multiline message is split for each reader
        return (said,)
    kind, body = split_ctcp(text)
    if kind not in ("", ACTION):
        raise _too_long()
    written = action if kind else str
    try:
        pieces = wrap_text(body, max_bytes - len(written("")), keep_words=True)
    except ValueError:
        raise _too_long() from None
    if any(piece.startswith(DELIMITER) for piece in pieces):
        raise _too_long()
    return tuple(said._replace(text=written(piece), tags=() if at else said.tags) for at, piece in enumerate(pieces))


def _too_long() -> CommandError:
    return CommandError(num.ERR_INPUTTOOLONG, "That message is too long, so it was not sent")
