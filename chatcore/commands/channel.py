"""Rooms: JOIN, PART, KICK, TOPIC, INVITE (https://modern.ircdocs.horse/#channel-operations)."""

from __future__ import annotations

from collections.abc import Mapping

from chatcore.commands.bounds import MAX_REASON_CHARS, MAX_TOPIC_CHARS
from chatcore.commands.context import Context, Local
from chatcore.commands.history import read_pasts, replay
from chatcore.commands.powers import check_power_locked, speech_refusal_locked
from chatcore.commands.refusals import no_such_nick, not_a_member, not_on_channel
from chatcore.commands.targets import known_locked, split_targets
from chatcore.errors import CommandError
from chatcore.protocol import numerics as num
from chatcore.protocol.message import Message
from chatcore.protocol.modes import INVITE_ONLY, TOPIC_LOCK, ModeChange
from chatcore.protocol.names import casefold, channel_problem
from chatcore.state.channel import Channel, Topic
from chatcore.state.client import Client
from chatcore.state.client_id import TRACKER
from chatcore.state.dormant import modes_of
from chatcore.state.events import Event
from chatcore.state.facts import Invited, Joined, Kicked, ModesChanged, Parted, RoomRestored, TopicChanged
from chatcore.state.steps import Joining


def handle_join(ctx: Context, message: Message) -> None:
    """JOIN: enter channels. The first client to enter creates the channel and becomes its operator."""
    if leaves_all(message):
        _part_all(ctx)
        return
    names = split_targets(ctx, message.command, message.params[0])
    keys = message.params[1].split(",") if len(message.params) > 1 else []
    key_of = dict(zip(map(casefold, message.params[0].split(",")), keys, strict=False))
    wanted = {name: key_of.get(casefold(name), "") for name in names if _check_name(ctx, name)}
    if wanted:
        pasts = read_pasts(ctx, wanted) if ctx.config.replay else {}
        ctx.carry(Joining(tuple(wanted.items())), Local(pasts=pasts))


def leaves_all(message: Message) -> bool:
    """Return whether a JOIN asks to leave every channel."""
    return message.params[0] == "0"


def join(ctx: Context, step: Joining, local: Local | None) -> None:
    """Let the client into the channels that admit it. `local` has their latest messages."""
    events: list[Event] = []
    with ctx.registry.hold((name for name, _ in step.channels), create=True) as held:
        for name, key in step.channels:
            channel = held[casefold(name)]
            joined = _join_locked(ctx, channel, name, key)
            if joined and ctx.config.replay:
                past = local.pasts.get(channel.key_name) if local is not None else None
                joined.append(replay(ctx, channel, past))
            events += joined
        if events:
            ctx.publish(*events)


def handle_part(ctx: Context, message: Message) -> None:
    """PART: leave channels."""
    names = split_targets(ctx, message.command, message.params[0])
    reason = message.params[1][:MAX_REASON_CHARS] if len(message.params) > 1 else ""
    with ctx.registry.hold(names) as held:
        parted = [event for name in names if (event := _part_locked(ctx, held, name, reason))]
        if parted:
            ctx.publish(*parted)


def handle_kick(ctx: Context, message: Message) -> None:
    """KICK: remove members from one channel, or each nick from the channel at the same position."""
    names = [name for name in message.params[0].split(",") if name]
    nicks = split_targets(ctx, message.command, message.params[1])
    if len(names) > 1:
        nicks = [nick for nick in message.params[1].split(",") if nick]  # the same nick may appear for several rooms
    if len(names) not in (1, len(nicks)):
        raise CommandError(num.ERR_NEEDMOREPARAMS, "KICK", "Name one room, or as many rooms as people")
    reason = message.params[2][:MAX_REASON_CHARS] if len(message.params) > 2 else ctx.client.nick
    kicked: list[Event] = []
    with ctx.registry.hold(names) as held:
        for name, nick in zip(names if len(names) > 1 else names * len(nicks), nicks, strict=True):
            try:
                done = _kick_locked(ctx, known_locked(ctx, held, name), nick, reason)
            except CommandError as refusal:
                if refusal.reply not in ctx.response.replies:
                    ctx.reply(*refusal.reply)
                continue
            kicked += [event for event in done if event not in kicked]
        if kicked:
            ctx.publish(*kicked)


def handle_topic(ctx: Context, message: Message) -> None:
    """TOPIC: read or set a channel's topic."""
    name = message.params[0]
    with ctx.registry.hold([name]) as held:
        channel = known_locked(ctx, held, name)
        if len(message.params) < 2:
            _reply_topic_locked(ctx, channel)
        else:
            _set_topic_locked(ctx, channel, message.params[1])


def asks_topic(message: Message) -> bool:
    """Return whether TOPIC only reads."""
    return len(message.params) < 2


def handle_invite(ctx: Context, message: Message) -> None:
    """INVITE: invite somebody to a channel, even an invite-only one. Without parameters, list your own invitations."""
    if not message.params:
        _list_invitations(ctx)
        return
    if len(message.params) < 2:
        raise CommandError(num.ERR_NEEDMOREPARAMS, "INVITE", "Not enough parameters: INVITE <nick> <channel>")
    nick, name = message.params[:2]
    target = ctx.registry.client(nick)
    if target is None:
        raise no_such_nick(nick)
    with ctx.registry.hold([name]) as held:
        channel = known_locked(ctx, held, name)
        check_power_locked(ctx, channel, of_operators=False)
        if target in channel.members:
            raise CommandError(num.ERR_USERONCHANNEL, target.nick, channel.name, "They are already in that room")
        notes = check_power_locked(ctx, channel, of_operators=channel.has_locked(INVITE_ONLY))
        channel.invite_locked(target)
        ctx.reply(num.RPL_INVITING, target.nick, channel.name)
        ctx.publish(*notes, Invited(ctx.client.id, target.id, channel.name))


def asks_invitations(message: Message) -> bool:
    """Return whether INVITE only lists."""
    return not message.params


def _list_invitations(ctx: Context) -> None:
    channels = sorted(ctx.registry.channels(), key=lambda channel: channel.key_name)
    for channel in channels:
        with channel.lock:
            if ctx.client.id in channel.invited and not channel.is_dead:
                ctx.reply(num.RPL_INVITELIST, channel.name)
    ctx.reply(num.RPL_ENDOFINVITELIST, "End of invitations")


def _check_name(ctx: Context, name: str) -> bool:
    problem = channel_problem(name)
    if problem:
        ctx.reply(num.ERR_NOSUCHCHANNEL, name, problem)
    return not problem


def _join_locked(ctx: Context, channel: Channel, name: str, key: str) -> list[Event]:
    client = ctx.client
    if client in channel.members:
        return []
    most = ctx.config.limits.max_channels_per_client
    if len(client.channels) >= most:
        ctx.reply(num.ERR_TOOMANYCHANNELS, name, f"You can be in at most {most} rooms")
        return []
    refusal = channel.join_refusal_locked(client, key)
    if refusal:
        ctx.reply(*refusal)
        return []
    before: list[Event] = [_restored_locked(channel)] if channel.is_asleep else []
    is_first = not channel.members
    letters = channel.add_locked(client)
    client.looks += len(client.said_of_itself) * len(channel.members)  # the members may be told its metadata
    joined = Joined(client.id, channel.name, letters if is_first else "", channel.instance, channel.created_at)
    after = [] if is_first or not letters else [_given_locked(ctx, channel, letters)]
    return [*before, joined, *after]


def _given_locked(ctx: Context, channel: Channel, letters: str) -> ModesChanged:
    """Return the event that tells the other members which modes the client got back."""
    client = ctx.client
    changes = tuple(ModeChange(True, letter, client.nick) for letter in letters)
    return ModesChanged(TRACKER, channel.name, changes, (client.id,) * len(letters), int(ctx.services.now()))


def _restored_locked(channel: Channel) -> RoomRestored:
    metadata = tuple(channel.metadata.items())
    return RoomRestored(
        channel.name, channel.instance, modes_of(channel), channel.topic, tuple(channel.absent), metadata
    )


def _part_locked(ctx: Context, held: Mapping[str, Channel], name: str, reason: str) -> Parted | None:
    try:
        channel = known_locked(ctx, held, name)
        if ctx.client not in channel.members:
            raise not_on_channel(channel.name)
    except CommandError as refusal:
        ctx.reply(*refusal.reply)
        return None
    if reason and speech_refusal_locked(ctx, channel, reason):
        reason = ""
    return _parted_locked(ctx, channel, reason)


def _parted_locked(ctx: Context, channel: Channel, reason: str) -> Parted:
    channel.remove_locked(ctx.client)
    return Parted(ctx.client.id, channel.name, reason)


def _part_all(ctx: Context) -> None:
    """Leave every channel (JOIN 0)."""
    with ctx.registry.hold_channels_of(ctx.client) as channels:
        parted = [_parted_locked(ctx, channel, "") for channel in channels]
        if parted:
            ctx.publish(*parted)


def _kick_locked(ctx: Context, channel: Channel, nick: str, reason: str) -> tuple[Event, ...]:
    notes = check_power_locked(ctx, channel)
    target = ctx.registry.client(nick)
    if target is None:
        raise no_such_nick(nick)
    if target not in channel.members:
        raise not_a_member(nick, channel.name)
    channel.remove_locked(target)
    return (*notes, Kicked(ctx.client.id, channel.name, target.id, reason))


def _reply_topic_locked(ctx: Context, channel: Channel) -> None:
    topic = channel.topic
    if topic is None:
        ctx.reply(num.RPL_NOTOPIC, channel.name, "No topic is set")
        return
    ctx.reply(num.RPL_TOPIC, channel.name, topic.text)
    ctx.reply(num.RPL_TOPICWHOTIME, channel.name, topic.setter, str(topic.set_at))


def _set_topic_locked(ctx: Context, channel: Channel, text: str) -> None:
    client: Client = ctx.client
    notes = check_power_locked(ctx, channel, of_operators=channel.has_locked(TOPIC_LOCK))
    speaks = client in channel.members and not client.is_operator  # a client with an operator's powers is not muted
    if speaks and (refusal := speech_refusal_locked(ctx, channel, text)):
        raise CommandError(*refusal)
    text = text[:MAX_TOPIC_CHARS]
    set_at = int(ctx.services.now())
    channel.topic = Topic(text, client.source, set_at) if text else None
    ctx.publish(*notes, TopicChanged(client.id, channel.name, text, client.source, set_at))
