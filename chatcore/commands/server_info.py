"""What the tracker says of itself: the welcome, MOTD, LUSERS, VERSION, TIME, ISUPPORT."""

from __future__ import annotations

from datetime import UTC, datetime

from chatcore import __version__
from chatcore.commands.context import Context
from chatcore.protocol import numerics as num
from chatcore.protocol.isupport import isupport_lines
from chatcore.protocol.message import Message
from chatcore.protocol.modes import CHANMODES, PREFIX_TOKEN, PREFIXES
from chatcore.protocol.names import CHANNEL_PREFIX, MAX_CHANNEL_CHARS, MAX_USER_CHARS
from chatcore.state.events import Reply

_USER_MODES = "i"
_VERSION = f"chatcore-{__version__}"


def welcome_lines(ctx: Context) -> list[Reply]:
    """Return what a client is told on entering: 001 to 005, LUSERS, MOTD."""
    name = ctx.config.server_name
    started = datetime.fromtimestamp(ctx.tracker.started_at, UTC)
    channel_modes = "".join(sorted(CHANMODES.replace(",", "") + "".join(PREFIXES)))
    return [
        (num.RPL_WELCOME, f"Welcome to the chat, {ctx.client.nick}!"),
        (num.RPL_YOURHOST, f"Your host is {name}, running {_VERSION}"),
        (num.RPL_CREATED, f"This tracker was started {started:%Y-%m-%d %H:%M:%S} UTC"),
        (num.RPL_MYINFO, name, _VERSION, _USER_MODES, channel_modes),
        *((num.RPL_ISUPPORT, *line) for line in isupport_lines(isupport_tokens(ctx))),
        *_luser_lines(ctx),
        *_motd_lines(ctx),
    ]


def isupport_tokens(ctx: Context) -> dict[str, str]:
    """Return what RPL_ISUPPORT says, from the configuration and the mode tables."""
    limits = ctx.config.limits
    targets = str(limits.max_targets)
    return {
        "CASEMAPPING": "ascii",
        "CHANLIMIT": f"{CHANNEL_PREFIX}:{limits.max_channels_per_client}",
        "CHANMODES": CHANMODES,
        "CHANNELLEN": str(MAX_CHANNEL_CHARS),
        "CHANTYPES": CHANNEL_PREFIX,
        "CHATHISTORY": str(ctx.config.history),
        "MODES": "20",
        "NETWORK": ctx.config.server_name,
        "NICKLEN": str(ctx.config.max_name_length),
        "PREFIX": PREFIX_TOKEN,
        "TARGMAX": f"JOIN:{targets},KICK:{targets},NAMES:{targets},NOTICE:{targets},PART:{targets},PRIVMSG:{targets}",
        "TOPICLEN": "300",
        "USERLEN": str(MAX_USER_CHARS),
        "UTF8ONLY": "",
    }


def handle_motd(ctx: Context, message: Message) -> None:
    """MOTD: the welcome text."""
    ctx.replies.extend(_motd_lines(ctx))


def handle_lusers(ctx: Context, message: Message) -> None:
    """LUSERS: how many are here."""
    ctx.replies.extend(_luser_lines(ctx))


def handle_version(ctx: Context, message: Message) -> None:
    """VERSION: which program this is, and what it supports."""
    ctx.reply(num.RPL_VERSION, _VERSION, ctx.config.server_name, "https://modern.ircdocs.horse and IRCv3")
    for line in isupport_lines(isupport_tokens(ctx)):
        ctx.reply(num.RPL_ISUPPORT, *line)


def handle_time(ctx: Context, message: Message) -> None:
    """TIME: the tracker's clock, UTC."""
    now = datetime.fromtimestamp(ctx.tracker.now(), UTC)
    ctx.reply(num.RPL_TIME, ctx.config.server_name, f"{now:%A %B %d %Y -- %H:%M:%S} UTC")


def _luser_lines(ctx: Context) -> list[Reply]:
    clients = ctx.registry.client_count()
    channels = ctx.registry.channel_count()
    count = str(clients)
    return [
        (num.RPL_LUSERCLIENT, f"There are {clients} users and 0 invisible on 1 servers"),
        (num.RPL_LUSEROP, "0", "operator(s) online"),
        (num.RPL_LUSERUNKNOWN, "0", "unknown connection(s)"),
        (num.RPL_LUSERCHANNELS, str(channels), "channels formed"),
        (num.RPL_LUSERME, f"I have {clients} clients and 1 servers"),
        (num.RPL_LOCALUSERS, count, count, f"Current local users {clients}, max {clients}"),
        (num.RPL_GLOBALUSERS, count, count, f"Current global users {clients}, max {clients}"),
    ]


def _motd_lines(ctx: Context) -> list[Reply]:
    logged = "private messages too" if ctx.config.log_private else "of private messages only who wrote to whom"
    text = (*ctx.config.motd, f"Everything said here is written to the operator's log, {logged}.")
    return [
        (num.RPL_MOTDSTART, f"- {ctx.config.server_name} Message of the day -"),
        *((num.RPL_MOTD, f"- {line}") for line in text),
        (num.RPL_ENDOFMOTD, "End of MOTD"),
    ]
