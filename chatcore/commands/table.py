"""The table of commands. Help, preconditions and credit derive from it; a new command is a row and a handler."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from chatcore.commands import (
    capability,
    channels,
    history,
    messaging,
    modes,
    queries,
    registration,
    server_info,
)
from chatcore.commands.context import Context
from chatcore.protocol.message import Message


@dataclass(frozen=True, slots=True)
class Command:
    """One command: who handles it, and what must hold before it does."""

    handler: Callable[[Context, Message], None]
    min_params: int = 0
    before_registration: bool = False
    is_free: bool = False  # needs no credit
    needs_log: bool = False  # refused while chat.log cannot be written
    syntax: str = ""
    help: str = ""


COMMANDS: dict[str, Command] = {
    "AWAY": Command(messaging.handle_away, needs_log=True, syntax="[text]", help="Be away, or back"),
    "CAP": Command(
        capability.handle_cap,
        1,
        before_registration=True,
        syntax="LS|LIST|REQ|END [capabilities]",
        help="Negotiate capabilities",
    ),
    "CHATHISTORY": Command(
        history.handle_chathistory,
        1,
        syntax="LATEST <channel> * <limit>",
        help="Messages from before",
    ),
    "INVITE": Command(
        channels.handle_invite,
        2,
        needs_log=True,
        syntax="<nick> <channel>",
        help="Invite somebody to a channel",
    ),
    "JOIN": Command(
        channels.handle_join,
        1,
        needs_log=True,
        syntax="<channel>{,<channel>} [<key>{,<key>}]",
        help="Enter channels",
    ),
    "KICK": Command(
        channels.handle_kick,
        2,
        needs_log=True,
        syntax="<channel> <nick>{,<nick>} [reason]",
        help="Remove members from a channel",
    ),
    "LIST": Command(queries.handle_list, syntax="[<channel>{,<channel>}]", help="The channels"),
    "LUSERS": Command(server_info.handle_lusers, help="How many are here"),
    "MODE": Command(
        modes.handle_mode,
        1,
        needs_log=True,
        syntax="<channel|nick> [modes [parameters]]",
        help="Read or change modes",
    ),
    "MOTD": Command(server_info.handle_motd, help="The welcome text"),
    "NAMES": Command(queries.handle_names, syntax="<channel>{,<channel>}", help="Who is in channels"),
    "NICK": Command(
        registration.handle_nick,
        before_registration=True,
        needs_log=True,
        syntax="<nick>",
        help="Choose or change your nick",
    ),
    "NOTICE": Command(
        messaging.handle_message, needs_log=True, syntax="<target>{,<target>} <text>", help="Say, unanswered"
    ),
    "PART": Command(
        channels.handle_part,
        1,
        needs_log=True,
        syntax="<channel>{,<channel>} [reason]",
        help="Leave channels",
    ),
    "PASS": Command(
        registration.handle_pass, 1, before_registration=True, syntax="<password>", help="The server password"
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
        messaging.handle_message, needs_log=True, syntax="<target>{,<target>} <text>", help="Say something"
    ),
    "QUIT": Command(registration.handle_quit, before_registration=True, is_free=True, syntax="[reason]", help="Leave"),
    "TAGMSG": Command(messaging.handle_tagmsg, 1, syntax="<target>", help="Send tags without a text"),
    "TIME": Command(server_info.handle_time, help="The tracker's clock"),
    "TOPIC": Command(channels.handle_topic, 1, needs_log=True, syntax="<channel> [topic]", help="Read or set a topic"),
    "USER": Command(
        registration.handle_user,
        4,
        before_registration=True,
        syntax="<user> 0 * <realname>",
        help="Say who you are",
    ),
    "VERSION": Command(server_info.handle_version, help="Which program this is"),
    "WHO": Command(queries.handle_who, syntax="[<channel|mask>]", help="Who is here"),
    "WHOIS": Command(queries.handle_whois, 1, syntax="<nick>", help="All about somebody"),
}
