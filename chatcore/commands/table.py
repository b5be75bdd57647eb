"""The table of commands. Help, preconditions and prices derive from it; a new command is a row and a handler."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from chatcore.commands import (
    account_registration,
    bans,
    capabilities,
    channel,
    costs,
    history,
    inviting,
    markers,
    messaging,
    metadata,
    modes,
    monitor,
    multiline,
    operators,
    queries,
    redaction,
    registration,
    renaming,
    resumption,
    sasl,
    search,
    server_info,
    who,
)
from chatcore.commands.context import Context
from chatcore.commands.costs import Price
from chatcore.commands.help import handle_help
from chatcore.protocol.capabilities import PRE_AWAY
from chatcore.protocol.message import Message
from chatcore.state.client import Client


@dataclass(frozen=True, slots=True)
class Command:
    """One command: its handler, and what must hold before the handler runs.

    With several trackers, each answers its own clients' questions, and all carry out changes: either the whole line, if
    `is_shared` returns True for it, or the step in which the handler ends (`commands.steps`). A handler that all
    trackers run may use no more of its Context than a step.
    """

    handler: Callable[[Context, Message], None]
    min_params: int = 0
    before_registration: bool = False
    before_registration_with: int = 0  # also for clients with one of these capabilities
    is_free: bool = False  # needs no credit
    takes_any_bytes: bool = False  # replace bytes that are not UTF-8: the command matters more than its text
    rest_is: int | None = (
        None  # this parameter is the raw rest of the line: for passwords that clients send without a colon
    )
    is_logged: bool = False  # refused while chat.log cannot be written...
    is_question: Callable[[Message], bool] = lambda message: False  # ...unless the command only asks
    is_for_all: Callable[[Client, Message], bool] = lambda client, message: False  # see is_shared
    syntax: str = ""
    help: str = ""
    cost: Price = field(kw_only=True)  # beyond one token; no default, so that none is forgotten

    def is_early_for(self, client: Client) -> bool:
        """Return whether the client may send it before registration is complete."""
        return self.before_registration or bool(client.capabilities & self.before_registration_with)

    def is_shared(self, client: Client, message: Message) -> bool:
        """Return whether all trackers carry out this line, which may still be refused."""
        return len(message.params) >= self.min_params and self.is_for_all(client, message)


def _always(client: Client, message: Message) -> bool:
    return True


def _once_in(client: Client, message: Message) -> bool:
    return client.is_registered


def _unless(is_question: Callable[[Message], bool]) -> Callable[[Client, Message], bool]:
    return lambda client, message: client.is_registered and not is_question(message)


COMMANDS: dict[str, Command] = {
    "AUTHENTICATE": Command(
        sasl.handle_authenticate,
        1,
        cost=costs.login,
        before_registration=True,
        syntax="<mechanism|data|*>",
        help="Log in to an account with SASL",
    ),
    "AWAY": Command(
        resumption.noting(messaging.handle_away),
        cost=costs.neighbours,
        before_registration_with=PRE_AWAY,
        takes_any_bytes=True,
        is_logged=True,
        is_for_all=_once_in,
        syntax="[text]",
        help="Say that you are away or, without a text, that you are back",
    ),
    "BATCH": Command(
        multiline.handle_batch,
        1,
        cost=costs.whole_messages,
        syntax="+<name> draft/multiline <target>|-<name>",
        help="Begin a message of several lines, or end it",
    ),
    "CAP": Command(
        capabilities.handle_cap,
        1,
        cost=costs.nothing,
        before_registration=True,
        syntax="LS|LIST|REQ|END [capabilities]",
        help="Negotiate capabilities",
    ),
    "CHATHISTORY": Command(
        history.handle_chathistory,
        1,
        cost=costs.lines_asked_for,
        syntax="LATEST|BEFORE|AFTER|AROUND|BETWEEN <target> <reference> [reference] <limit>",
        help="Read earlier messages; TARGETS <timestamp> <timestamp> <limit> lists where there are any",
    ),
    "HELP": Command(
        lambda ctx, message: handle_help(COMMANDS, ctx, message),
        cost=costs.nothing,
        before_registration=True,
        syntax="[command]",
        help="List the commands, or explain one",
    ),
    "HELPOP": Command(
        lambda ctx, message: handle_help(COMMANDS, ctx, message),
        cost=costs.nothing,
        before_registration=True,
        syntax="[command]",
        help="The same as HELP",
    ),
    "INFO": Command(server_info.handle_info, cost=costs.nothing, help="Show information about the program"),
    "INVITE": Command(
        channel.handle_invite,
        cost=costs.invitations,
        is_logged=True,
        is_question=channel.asks_invitations,
        is_for_all=_unless(channel.asks_invitations),
        syntax="[<nick> <channel>]",
        help="Invite somebody to a channel, or list your own invitations",
    ),
    "INVITELINK": Command(
        inviting.handle_invitelink,
        cost=costs.derivation,
        is_logged=True,
        syntax="[<channel>|REVOKE <id>]",
        help="Make a link that lets people in without the password, or revoke one",
    ),
    "ISON": Command(
        queries.handle_ison,
        1,
        cost=costs.nothing,
        syntax="<nick> ...",
        help="Show which of these people are here",
    ),
    "JOIN": Command(
        channel.handle_join,
        1,
        cost=costs.targets,
        is_logged=True,
        is_for_all=lambda client, message: channel.leaves_all(message),
        syntax="<channel>{,<channel>} [<key>{,<key>}]",
        help="Enter channels; JOIN 0 leaves all of them",
    ),
    "KICK": Command(
        channel.handle_kick,
        2,
        cost=costs.second_targets,
        takes_any_bytes=True,
        is_logged=True,
        is_for_all=_always,
        syntax="<channel> <nick>{,<nick>} [reason]",
        help="Remove members from a channel",
    ),
    "KILL": Command(
        operators.handle_kill,
        2,
        cost=costs.nothing,
        takes_any_bytes=True,
        is_logged=True,
        is_for_all=_always,
        syntax="<nick> <reason>",
        help="Disconnect somebody",
    ),
    "KLINE": Command(
        bans.handle_kline,
        cost=costs.everything,
        rest_is=1,
        takes_any_bytes=True,
        is_logged=True,
        is_question=bans.asks_bans,
        syntax="[<nick|address|network> [reason]]",
        help="Ban somebody from the tracker, or list the bans",
    ),
    "LINKS": Command(server_info.handle_links, cost=costs.nothing, help="List the network's servers: none is shown"),
    "LIST": Command(
        queries.handle_list,
        cost=costs.rooms_listed,
        syntax="[<channel|filter>{,<channel|filter>}]",
        help="List channels; filters are >n <n C>n C<n T>n T<n mask !mask",
    ),
    "LUSERS": Command(server_info.handle_lusers, cost=costs.everything, help="Show how many people are here"),
    "MARKREAD": Command(
        markers.handle_markread,
        cost=costs.nothing,
        is_for_all=_unless(markers.asks_marker),
        syntax="<target> [timestamp=<time>]",
        help="Set the time up to which you have read, or ask for it",
    ),
    "METADATA": Command(
        metadata.handle_metadata,
        2,
        cost=costs.metadata,
        takes_any_bytes=True,
        before_registration=True,
        is_logged=True,
        is_question=metadata.asks_metadata,
        is_for_all=_unless(metadata.changes_nothing),
        syntax="<target> GET|LIST|SET|CLEAR|SUB|UNSUB|SUBS|SYNC [<key> ...] [value]",
        help="Read or set what people and channels say about themselves",
    ),
    "MODE": Command(
        resumption.noting(modes.handle_mode),
        1,
        cost=costs.changes,
        is_logged=True,
        is_question=modes.asks_modes,
        is_for_all=_unless(modes.asks_modes),
        syntax="<channel|nick> [modes [parameters]]",
        help="Read or change modes",
    ),
    "MONITOR": Command(
        monitor.handle_monitor,
        1,
        cost=costs.nothing,
        is_for_all=_unless(monitor.asks_monitored),
        syntax="+|-|C|L|S [<nick>{,<nick>}]",
        help="Be notified when people come and go",
    ),
    "MOTD": Command(server_info.handle_motd, cost=costs.nothing, help="Show the welcome text"),
    "NAMES": Command(
        queries.handle_names,
        cost=costs.rooms_asked_for,
        syntax="<channel>{,<channel>}",
        help="List the members of channels",
    ),
    "NICK": Command(
        registration.handle_nick,
        cost=costs.neighbours,
        takes_any_bytes=True,
        before_registration=True,
        is_logged=True,
        syntax="<nick>",
        help="Choose or change your nick",
    ),
    "NOTICE": Command(
        messaging.handle_message,
        cost=costs.targets,
        is_logged=True,
        is_for_all=_always,
        syntax="<target>{,<target>} <text>",
        help="Send a message that no program should answer",
    ),
    "OPER": Command(
        operators.handle_oper,
        2,
        cost=costs.derivation,
        rest_is=1,
        is_logged=True,
        syntax="<name> <password>",
        help="Become an IRC operator",
    ),
    "PART": Command(
        channel.handle_part,
        1,
        cost=costs.targets,
        takes_any_bytes=True,
        is_logged=True,
        is_for_all=_always,
        syntax="<channel>{,<channel>} [reason]",
        help="Leave channels",
    ),
    "PASS": Command(
        registration.handle_pass,
        1,
        cost=costs.nothing,
        rest_is=0,
        before_registration=True,
        syntax="<password>",
        help="Give the server password, or an invitation",
    ),
    "PING": Command(
        registration.handle_ping,
        cost=costs.nothing,
        before_registration=True,
        is_free=True,
        syntax="<token>",
        help="Ask for a PONG",
    ),
    "PONG": Command(
        registration.handle_pong,
        cost=costs.nothing,
        before_registration=True,
        is_free=True,
        syntax="<token>",
        help="Answer a PING",
    ),
    "PRIVMSG": Command(
        messaging.handle_message,
        cost=costs.targets,
        is_logged=True,
        is_for_all=_always,
        syntax="<target>{,<target>} <text>",
        help="Send a message to channels or people",
    ),
    "QUIT": Command(
        registration.handle_quit,
        cost=costs.nothing,
        takes_any_bytes=True,
        before_registration=True,
        is_free=True,
        syntax="[reason]",
        help="Leave the tracker",
    ),
    "REDACT": Command(
        redaction.handle_redact,
        2,
        cost=costs.redaction,
        is_logged=True,
        syntax="<target> <msgid> [reason]",
        help="Take a message back",
    ),
    "REGISTER": Command(
        account_registration.handle_register,
        3,
        cost=costs.new_account,
        before_registration=True,
        rest_is=2,
        syntax="<account|*> <email|*> <password>",
        help="Create an account for your nick",
    ),
    "RENAME": Command(
        renaming.handle_rename,
        2,
        cost=costs.members_told,
        is_logged=True,
        is_for_all=_always,
        syntax="<channel> <new name> [reason]",
        help="Rename a channel",
    ),
    "RESUME": Command(
        resumption.handle_resume,
        1,
        cost=costs.nothing,
        before_registration=True,
        syntax="<token>",
        help="Resume a visit whose connection was lost",
    ),
    "SEARCH": Command(
        search.handle_search,
        1,
        cost=costs.search,
        syntax="<attribute>=<value>{;<attribute>=<value>}",
        help="Find earlier messages; the attributes are text, in, from, after, before and limit",
    ),
    "SETNAME": Command(
        resumption.noting(registration.handle_setname),
        1,
        cost=costs.neighbours,
        takes_any_bytes=True,
        is_logged=True,
        is_for_all=_always,
        syntax="<realname>",
        help="Change your real name",
    ),
    "STATS": Command(bans.handle_stats, 1, cost=costs.nothing, syntax="<letter>", help="List the bans: STATS k"),
    "TAGMSG": Command(
        messaging.handle_tagmsg,
        1,
        cost=costs.targets,
        is_for_all=_always,
        syntax="<target>{,<target>}",
        help="Send tags without text",
    ),
    "TIME": Command(server_info.handle_time, cost=costs.nothing, help="Show the time of the tracker's clock"),
    "TOPIC": Command(
        channel.handle_topic,
        1,
        cost=costs.nothing,
        takes_any_bytes=True,
        is_logged=True,
        is_question=channel.asks_topic,
        is_for_all=_unless(channel.asks_topic),
        syntax="<channel> [topic]",
        help="Read or set a channel's topic",
    ),
    "UNKLINE": Command(
        bans.handle_unkline,
        1,
        cost=costs.nothing,
        is_logged=True,
        syntax="<nick|address|network>",
        help="Lift a ban",
    ),
    "USER": Command(
        registration.handle_user,
        4,
        cost=costs.nothing,
        takes_any_bytes=True,
        before_registration=True,
        syntax="<user> 0 * <realname>",
        help="Give your username and real name",
    ),
    "USERHOST": Command(
        queries.handle_userhost,
        1,
        cost=costs.nothing,
        syntax="<nick> ...",
        help="Show users and hosts of up to five people",
    ),
    "VERIFY": Command(
        account_registration.handle_verify,
        2,
        cost=costs.nothing,
        before_registration=True,
        syntax="<account> <code>",
        help="Confirm an account: not needed here",
    ),
    "VERSION": Command(server_info.handle_version, cost=costs.nothing, help="Show the program's version"),
    "WALLOPS": Command(
        operators.handle_wallops,
        1,
        cost=costs.nothing,
        is_logged=True,
        is_for_all=_always,
        syntax="<text>",
        help="Send a message to everybody with user mode w",
    ),
    "WHO": Command(
        who.handle_who,
        cost=costs.people_matched,
        syntax="[<channel|mask> [o][%fields[,token]]]",
        help="List the people who are here",
    ),
    "WHOIS": Command(who.handle_whois, 1, cost=costs.nothing, syntax="<nick>", help="Show information about somebody"),
    "WHOWAS": Command(
        queries.handle_whowas, 1, cost=costs.nothing, syntax="<nick> [count]", help="Show who had a nick before"
    ),
}

PART = Command(multiline.handle_part, cost=costs.nothing)
"""The row for any line that is tagged as part of a batch."""
