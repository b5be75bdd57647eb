"""The table of commands. Help, preconditions and credit derive from it; a new command is a row and a handler."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from chatcore.commands import (
    capabilities,
    channel,
    history,
    messaging,
    modes,
    monitor,
    operators,
    queries,
    registration,
    sasl,
    server_info,
    who,
)
from chatcore.commands.context import Context
from chatcore.commands.help import handle_help
from chatcore.protocol.message import Message


@dataclass(frozen=True, slots=True)
class Command:
    """One command: who handles it, and what must hold before it does."""

    handler: Callable[[Context, Message], None]
    min_params: int = 0
    before_registration: bool = False
    is_free: bool = False  # needs no credit
    takes_any_bytes: bool = False  # bytes that are not UTF-8 are replaced: it is worth more than its text
    rest_is: int | None = None  # this parameter is the raw rest of the line: passwords, which clients send unmarked
    logged_from: int | None = None  # with so many parameters it is refused while chat.log cannot be written
    syntax: str = ""
    help: str = ""


COMMANDS: dict[str, Command] = {
    "AUTHENTICATE": Command(
        sasl.handle_authenticate,
        1,
        before_registration=True,
        syntax="<mechanism|data|*>",
        help="Log in to an account with SASL",
    ),
    "AWAY": Command(
        messaging.handle_away, takes_any_bytes=True, logged_from=0, syntax="[text]", help="Be away, or back"
    ),
    "CAP": Command(
        capabilities.handle_cap,
        1,
        before_registration=True,
        syntax="LS|LIST|REQ|END [capabilities]",
        help="Negotiate capabilities",
    ),
    "CHATHISTORY": Command(
        history.handle_chathistory,
        1,
        syntax="LATEST|BEFORE|AFTER|AROUND|BETWEEN <target> <reference> [reference] <limit>",
        help="Messages from before; TARGETS <timestamp> <timestamp> <limit> says where there are any",
    ),
    "HELP": Command(handle_help, before_registration=True, syntax="[command]", help="This help"),
    "INFO": Command(server_info.handle_info, help="About the program"),
    "INVITE": Command(
        channel.handle_invite,
        logged_from=0,
        syntax="[<nick> <channel>]",
        help="Invite somebody to a channel, or see where you are invited",
    ),
    "ISON": Command(queries.handle_ison, 1, syntax="<nick> ...", help="Which of these are here"),
    "JOIN": Command(
        channel.handle_join,
        1,
        logged_from=0,
        syntax="<channel>{,<channel>} [<key>{,<key>}]",
        help="Enter channels; JOIN 0 leaves all",
    ),
    "KICK": Command(
        channel.handle_kick,
        2,
        takes_any_bytes=True,
        logged_from=0,
        syntax="<channel> <nick>{,<nick>} [reason]",
        help="Remove members from a channel",
    ),
    "KILL": Command(
        operators.handle_kill,
        2,
        takes_any_bytes=True,
        logged_from=0,
        syntax="<nick> <reason>",
        help="Disconnect somebody",
    ),
    "LINKS": Command(server_info.handle_links, help="The servers of the network: this one"),
    "LIST": Command(
        queries.handle_list,
        syntax="[<channel|filter>{,<channel|filter>}]",
        help="The channels; filters are >n <n C>n C<n T>n T<n mask !mask",
    ),
    "LUSERS": Command(server_info.handle_lusers, help="How many are here"),
    "MODE": Command(
        modes.handle_mode,
        1,
        logged_from=2,
        syntax="<channel|nick> [modes [parameters]]",
        help="Read or change modes",
    ),
    "MONITOR": Command(
        monitor.handle_monitor,
        1,
        syntax="+|-|C|L|S [<nick>{,<nick>}]",
        help="Be told when people come and go",
    ),
    "MOTD": Command(server_info.handle_motd, help="The welcome text"),
    "NAMES": Command(queries.handle_names, syntax="<channel>{,<channel>}", help="Who is in channels"),
    "NICK": Command(
        registration.handle_nick,
        takes_any_bytes=True,
        before_registration=True,
        logged_from=0,
        syntax="<nick>",
        help="Choose or change your nick",
    ),
    "NOTICE": Command(
        messaging.handle_message,
        logged_from=0,
        syntax="<target>{,<target>} <text>",
        help="Say something that is not to be answered automatically",
    ),
    "OPER": Command(
        operators.handle_oper,
        2,
        rest_is=1,
        logged_from=0,
        syntax="<name> <password>",
        help="Become an IRC operator",
    ),
    "PART": Command(
        channel.handle_part,
        1,
        takes_any_bytes=True,
        logged_from=0,
        syntax="<channel>{,<channel>} [reason]",
        help="Leave channels",
    ),
    "PASS": Command(
        registration.handle_pass,
        1,
        rest_is=0,
        before_registration=True,
        syntax="<password>",
        help="The server password",
    ),
    "PING": Command(
        registration.handle_ping,
        before_registration=True,
        is_free=True,
        syntax="<token>",
        help="Ask for a PONG",
    ),
    "PONG": Command(
        registration.handle_pong,
        before_registration=True,
        is_free=True,
        syntax="<token>",
        help="Answer a PING",
    ),
    "PRIVMSG": Command(
        messaging.handle_message,
        logged_from=0,
        syntax="<target>{,<target>} <text>",
        help="Say something to channels or people",
    ),
    "QUIT": Command(
        registration.handle_quit,
        takes_any_bytes=True,
        before_registration=True,
        is_free=True,
        syntax="[reason]",
        help="Leave the tracker",
    ),
    "SETNAME": Command(
        registration.handle_setname,
        1,
        takes_any_bytes=True,
        logged_from=0,
        syntax="<realname>",
        help="Change your real name",
    ),
    "TAGMSG": Command(messaging.handle_tagmsg, 1, syntax="<target>{,<target>}", help="Send tags without a text"),
    "TIME": Command(server_info.handle_time, help="The tracker's clock"),
    "TOPIC": Command(
        channel.handle_topic,
        1,
        takes_any_bytes=True,
        logged_from=2,
        syntax="<channel> [topic]",
        help="Read or set a topic",
    ),
    "USER": Command(
        registration.handle_user,
        4,
        takes_any_bytes=True,
        before_registration=True,
        syntax="<user> 0 * <realname>",
        help="Say who you are",
    ),
    "USERHOST": Command(queries.handle_userhost, 1, syntax="<nick> ...", help="Users and hosts of up to five people"),
    "VERSION": Command(server_info.handle_version, help="Which program this is"),
    "WALLOPS": Command(operators.handle_wallops, 1, logged_from=0, syntax="<text>", help="Tell all who hear WALLOPS"),
    "WHO": Command(who.handle_who, syntax="[<channel|mask> [o][%fields[,token]]]", help="Who is here"),
    "WHOIS": Command(who.handle_whois, 1, syntax="<nick>", help="All about somebody"),
    "WHOWAS": Command(queries.handle_whowas, 1, syntax="<nick> [count]", help="Who had a nick before"),
}
