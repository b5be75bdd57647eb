"""What the tracker says about itself: the welcome with ISUPPORT, MOTD, LUSERS, VERSION, TIME, INFO, LINKS."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache

from chatcore import __version__
from chatcore.commands.bounds import (
    MAX_AWAY_CHARS,
    MAX_CHANGES,
    MAX_LIST_ENTRIES,
    MAX_MONITORED,
    MAX_REALNAME_CHARS,
    MAX_REASON_CHARS,
    MAX_TOPIC_CHARS,
)
from chatcore.commands.context import Context
from chatcore.commands.history import REFERENCE_TYPES
from chatcore.commands.queries import ELIST
from chatcore.commands.targets import TAKE_SEVERAL
from chatcore.config import Config
from chatcore.protocol import numerics as num
from chatcore.protocol.extbans import ACCOUNT, EXTBAN_TOKEN
from chatcore.protocol.isupport import isupport_lines
from chatcore.protocol.message import Message
from chatcore.protocol.modes import (
    BAN_EXCEPTION,
    BOT,
    CHANMODES,
    CHANNEL_MODES,
    INVITE_EXCEPTION,
    LIST_MODES,
    PREFIX_TOKEN,
    PREFIXES,
    USER_MODES,
)
from chatcore.protocol.names import CHANNEL_PREFIX, MAX_CHANNEL_CHARS, MAX_HOST_CHARS, MAX_USER_CHARS
from chatcore.state.requests import Reply

_VERSION = f"chatcore-{__version__}"
_MODE_LETTERS = ("".join(USER_MODES), "".join(sorted(CHANNEL_MODES)))
_MAX_HEADCOUNT_AGE_S = 1.0  # in the welcome: when thousands enter, each would count them all


def welcome_lines(ctx: Context, nick: str) -> list[Reply]:
    """Return the welcome for a client that enters as `nick`: 001 to 005, LUSERS, MOTD."""
    name = ctx.config.server_name
    return [
        (num.RPL_WELCOME, f"Welcome to the chat, {nick}!"),
        (num.RPL_YOURHOST, f"Your host is {name}, running {_VERSION}"),
        (num.RPL_CREATED, f"This tracker was started {_date_of(ctx.services.started_at)} UTC"),
        (num.RPL_MYINFO, name, _VERSION, *_MODE_LETTERS),
        *_isupport_of(ctx.config),
        *_luser_lines(ctx, _MAX_HEADCOUNT_AGE_S, newcomers=1),
        *_motd_lines(ctx),
        *([(num.RPL_HOSTHIDDEN, ctx.client.shown_host, "is your host as others see it")] * ctx.config.hide_addresses),
    ]


@lru_cache(maxsize=8)  # strftime would need another page of every client's stack
def _date_of(unix_time: float) -> str:
    return f"{datetime.fromtimestamp(unix_time, UTC):%Y-%m-%d %H:%M:%S}"


@lru_cache(maxsize=8)
def _isupport(network: str, history: int, name_chars: int, max_channels: int, max_targets: int) -> tuple[Reply, ...]:
    """Return RPL_ISUPPORT, from the configuration and the mode tables. Cached, because every newcomer gets it."""
    tokens = {
        "ACCOUNTEXTBAN": ACCOUNT.letter,
        "AWAYLEN": str(MAX_AWAY_CHARS),
        "BOT": BOT.letter,
        "CASEMAPPING": "ascii",
        "CHANLIMIT": f"{CHANNEL_PREFIX}:{max_channels}",
        "CHANMODES": CHANMODES,
        "CHANNELLEN": str(MAX_CHANNEL_CHARS),
        "CHANTYPES": CHANNEL_PREFIX,
        "CHATHISTORY": str(history),
        "ELIST": ELIST,
        "EXCEPTS": BAN_EXCEPTION.letter,
        "EXTBAN": EXTBAN_TOKEN,
        "HOSTLEN": str(MAX_HOST_CHARS),
        "INVEX": INVITE_EXCEPTION.letter,
        "KICKLEN": str(MAX_REASON_CHARS),
        "MAXLIST": ",".join(f"{letter}:{MAX_LIST_ENTRIES}" for letter in LIST_MODES),
        "MODES": str(MAX_CHANGES),
        "MONITOR": str(MAX_MONITORED),
        "MSGREFTYPES": ",".join(REFERENCE_TYPES),
        "NAMELEN": str(MAX_REALNAME_CHARS),
        "NETWORK": network,
        "NICKLEN": str(name_chars),
        "PREFIX": PREFIX_TOKEN,
        "SAFELIST": "",
        "STATUSMSG": "".join(PREFIXES.values()),
        "TARGMAX": ",".join(f"{command}:{max_targets}" for command in TAKE_SEVERAL),
        "TOPICLEN": str(MAX_TOPIC_CHARS),
        "USERLEN": str(MAX_USER_CHARS),
        "UTF8ONLY": "",
        "WHOX": "",
    }
    return tuple((num.RPL_ISUPPORT, *line) for line in isupport_lines(tokens))


def _isupport_of(config: Config) -> tuple[Reply, ...]:
    limits = config.limits
    channels, targets = limits.max_channels_per_client, limits.max_targets
    return _isupport(config.server_name, config.history, config.max_name_length, channels, targets)


def handle_motd(ctx: Context, message: Message) -> None:
    """MOTD: show the welcome text."""
    for line in _motd_lines(ctx):
        ctx.reply(*line)


def handle_lusers(ctx: Context, message: Message) -> None:
    """LUSERS: show how many people are here."""
    for line in _luser_lines(ctx):
        ctx.reply(*line)


def handle_version(ctx: Context, message: Message) -> None:
    """VERSION: show the program's version, and what it supports."""
    ctx.reply(num.RPL_VERSION, _VERSION, ctx.config.server_name, "https://modern.ircdocs.horse and IRCv3")
    for line in _isupport_of(ctx.config):
        ctx.reply(*line)


def handle_time(ctx: Context, message: Message) -> None:
    """TIME: show the time of the tracker's clock, UTC."""
    now = datetime.fromtimestamp(ctx.services.now(), UTC)
    ctx.reply(num.RPL_TIME, ctx.config.server_name, f"{now:%A %B %d %Y -- %H:%M:%S} UTC")


def handle_info(ctx: Context, message: Message) -> None:
    """INFO: show information about the program."""
    for line in (_VERSION, "A password-protected group chat that one person starts and everybody joins."):
        ctx.reply(num.RPL_INFO, line)
    ctx.reply(num.RPL_ENDOFINFO, "End of INFO list")


def handle_links(ctx: Context, message: Message) -> None:
    """LINKS: reply with an empty list, because how trackers are linked is private."""
    ctx.reply(num.RPL_ENDOFLINKS, "*", "End of LINKS list")


def _luser_lines(ctx: Context, max_age_s: float = 0.0, *, newcomers: int = 0) -> list[Reply]:
    """Return the answer to LUSERS. It includes `newcomers`, who are about to enter."""
    total = ctx.registry.client_count() + newcomers
    invisible, operators, unknown, most, rooms = ctx.services.headcount(max_age_s)
    invisible, unknown, most = min(invisible, total), max(0, unknown - newcomers), max(most, total)
    return [
        (num.RPL_LUSERCLIENT, f"There are {total - invisible} users and {invisible} invisible on 1 servers"),
        (num.RPL_LUSEROP, str(operators), "operator(s) online"),
        (num.RPL_LUSERUNKNOWN, str(unknown), "unknown connection(s)"),
        (num.RPL_LUSERCHANNELS, str(rooms), "channels formed"),
        (num.RPL_LUSERME, f"I have {total} clients and 1 servers"),
        (num.RPL_LOCALUSERS, str(total), str(most), f"Current local users {total}, max {most}"),
        (num.RPL_GLOBALUSERS, str(total), str(most), f"Current global users {total}, max {most}"),
    ]


def _motd_lines(ctx: Context) -> list[Reply]:
    logged = ", private messages too" if ctx.config.log_private else "; of private messages, only who wrote to whom"
    # The page shows the last line where a private conversation begins.
    text = (
        *ctx.config.motd,
        _what_is_kept(ctx.config),
        f"Everything said here is written to the operator's log{logged}.",
    )
    return [
        (num.RPL_MOTDSTART, f"- {ctx.config.server_name} Message of the day -"),
        *((num.RPL_MOTD, f"- {line}") for line in text),
        (num.RPL_ENDOFMOTD, "End of MOTD"),
    ]


def _what_is_kept(config: Config) -> str:
    """Return a sentence about how long people can read what is said."""
    if not config.history:
        return "No history is kept: people who come later do not see what was said before."
    if not config.is_archive_on:
        return "What is said here can be read until the chat ends, and not after it."
    if not config.log_private:
        return f"What is said in rooms is kept for {config.history_span}; private messages are not."
    return f"What is said here is kept for {config.history_span}, for those who may read it."
