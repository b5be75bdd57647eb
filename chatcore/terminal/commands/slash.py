"""The table of slash commands: names, what they need, what they do. `/help` derives from it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from chatcore.protocol.message import Message
from chatcore.terminal.commands import actions, answering, inviting, moderation, past, quieting, registering
from chatcore.terminal.commands.actions import UsageError
from chatcore.terminal.commands.guessing import near
from chatcore.terminal.session.effects import Answer, Effect, Problem, Suggest
from chatcore.terminal.session.session import Session

MOST_GUESSES = 2

WITH_PASSWORD = ("oper", "register")
"""The commands after which a password may be typed."""


class SlashCommand(NamedTuple):
    """One row. `usage` is what follows the name; with fewer than `min_words` it is shown instead."""

    name: str
    usage: str
    min_words: int
    help: str
    handler: Callable[[Session, str], Iterator[Effect]]
    aliases: tuple[str, ...] = ()


def handle_help(_session: Session, text: str) -> Iterator[Effect]:
    """Show the whole table, or one row."""
    if text:
        command = find(text.removeprefix("/"))
        if command is None:
            raise UsageError(unknown(text.removeprefix("/")))
        aliases = f" (also: {', '.join('/' + alias for alias in command.aliases)})" if command.aliases else ""
        yield Answer(f"{_synopsis(command)}  {command.help}{aliases}")
        return
    for line in help_lines():
        yield Answer(line)


def help_lines() -> list[str]:
    """Return a line for each command, and one for what is typed without a slash."""
    rows = [(_synopsis(command), command.help) for command in COMMANDS]
    rows += [("//TEXT", "say a text that begins with a slash"), ("exit", "leave the tracker, like /quit")]
    width = max(len(synopsis) for synopsis, _ in rows)
    return [f"{synopsis.ljust(width)}  {text}" for synopsis, text in rows]


COMMANDS: tuple[SlashCommand, ...] = (
    SlashCommand("join", "ROOM [KEY]", 1, "enter a room, or write to it if you are there", actions.handle_join, ("j",)),
    SlashCommand("leave", "[ROOM]", 0, "leave a room", actions.handle_leave, ("leave_chatroom", "part")),
    SlashCommand("send", "ROOM TEXT", 2, "say something in another room", actions.handle_send),
    SlashCommand("msg", "NAME TEXT", 2, "say something to one person only", actions.handle_msg, ("w",)),
    SlashCommand("query", "NAME [TEXT]", 1, "talk to one person: what you type goes there", actions.handle_query),
    SlashCommand("to", "IP:PORT TEXT", 2, "the same, by the address that /who shows", actions.handle_to),
    SlashCommand("notice", "NAME | ROOM TEXT", 2, "say what no program answers", actions.handle_notice),
    SlashCommand("me", "TEXT", 1, "say what you do: * ann waves", actions.handle_me),
    SlashCommand("reply", "[NAME] TEXT", 1, "answer what was said last here, or by NAME", answering.handle_reply),
    SlashCommand("react", "[NAME] EMOJI", 1, "react to it; +1, ok, heart are emoji too", answering.handle_react),
    SlashCommand("unreact", "[NAME] EMOJI", 1, "take a reaction back", answering.handle_unreact),
    SlashCommand("unsay", "[NAME]", 0, "take back what you said last here", answering.handle_unsay, ("redact",)),
    SlashCommand("who", "[ROOM | NAME]", 0, "show who is there, with ip:port", actions.handle_who, ("whois",)),
    SlashCommand("names", "[ROOM]", 0, "show the names of those who are in this room", actions.handle_names),
    SlashCommand(
        "rooms", "[PART]", 0, "list the rooms, or those with this in their name", actions.handle_rooms, ("list",)
    ),
    SlashCommand("history", "[N]", 0, "show what was last said in this room", past.handle_history),
    SlashCommand(
        "search",
        "WORDS [FILTERS]",
        1,
        "find words; in:ROOM from:NAME before:DAY after:DAY",
        past.handle_search,
    ),
    SlashCommand(
        "export",
        "[WHAT] [FILE]",
        0,
        "save what was said here, all, in:NAME; stop ends it",
        past.handle_export,
    ),
    SlashCommand("topic", "[TEXT]", 0, "show or set the topic of this room", actions.handle_topic),
    SlashCommand("name", "NEWNAME", 1, "change your name", actions.handle_name, ("nick",)),
    SlashCommand("register", "", 0, "make an account of your name, with a password", registering.handle_register),
    SlashCommand("away", "[TEXT]", 0, "say that you are away; without a text, back", actions.handle_away),
    SlashCommand("invite", "NAME [ROOM]", 1, "invite somebody to a room", actions.handle_invite),
    SlashCommand(
        "invite-link", "[ROOM]", 0, "make a link by which others come in; or revoke ID", inviting.handle_invite_link
    ),
    SlashCommand("kick", "NAME [REASON]", 1, "put somebody out of this room", moderation.handle_kick),
    SlashCommand("ban", "[NAME] [REASON]", 0, "put and keep somebody out; alone: list", moderation.handle_ban),
    SlashCommand("unban", "NAME", 1, "let somebody come to this room again", moderation.handle_unban),
    SlashCommand("ignore", "[NAME]", 0, "hear no more of somebody; alone: list", quieting.handle_ignore),
    SlashCommand("unignore", "NAME", 1, "hear somebody again", quieting.handle_unignore),
    SlashCommand("mute", "[NAME | #ROOM]", 0, "let somebody only read here; or mute a room", quieting.handle_mute),
    SlashCommand("unmute", "NAME | #ROOM", 1, "the contrary", quieting.handle_unmute),
    SlashCommand(
        "slow", "[SECONDS | off]", 0, "one message each in so many seconds; alone: show", moderation.handle_slow
    ),
    SlashCommand("mode", "[MODES]", 0, "show or set the modes of this room, as +o NAME", actions.handle_mode),
    SlashCommand("oper", "NAME [PASSWORD]", 1, "become an IRC operator", moderation.handle_oper),
    SlashCommand("kill", "NAME [REASON]", 1, "IRC operators: disconnect somebody", moderation.handle_kill),
    SlashCommand("kline", "[WHO] [REASON]", 0, "IRC operators: keep a name or address out", moderation.handle_kline),
    SlashCommand("unkline", "WHO", 1, "IRC operators: let a name or address in again", moderation.handle_unkline),
    SlashCommand("ping", "", 0, "show how long the way to the tracker and back takes", actions.handle_ping),
    SlashCommand("clear", "", 0, "empty the window", actions.handle_clear),
    SlashCommand("logout", "", 0, "go back to the username prompt", actions.handle_logout),
    SlashCommand("quit", "", 0, "leave the tracker", actions.handle_quit, ("disconnect", "exit")),
    SlashCommand("help", "[COMMAND]", 0, "show the commands", handle_help),
)

_MOVING = ("JOIN", "PART")

_BY_NAME = {name: command for command in COMMANDS for name in (command.name, *command.aliases)}


def find(name: str) -> SlashCommand | None:
    """Return the command of that name or alias."""
    return _BY_NAME.get(name.lower())


def names() -> list[str]:
    """Return all names and aliases in alphabetical order."""
    return sorted(_BY_NAME)


def unknown(name: str) -> str:
    """Return what to say about an unknown command."""
    meant = guesses(name)
    guess = f"did you mean {' or '.join(f'/{each}' for each in meant)}?" if meant else "/help lists what there is"
    return f"there is no /{name}; {guess}"


def guesses(name: str) -> list[str]:
    """Return the names of the commands, two at most, that may have been meant by `name`, best first."""
    found: dict[SlashCommand, str] = {}
    for each in near(name.lower(), _BY_NAME):
        found.setdefault(_BY_NAME[each], each)
    return list(found.values())[:MOST_GUESSES]


def run_slash(session: Session, line: str) -> Iterator[Effect]:
    """Carry out a line that begins with a slash. A question to the tracker is followed by a PING."""
    name, _, text = line.removeprefix("/").partition(" ")
    text = text.strip()
    command = find(name)
    if command is None:
        yield from _guess(session, name, text)
        return
    try:
        if len(text.split()) < command.min_words:
            raise UsageError
        effects = list(command.handler(session, text))
    except UsageError as error:
        usage = f"usage: {_synopsis(command)}"
        yield Problem(f"{error} ({usage})" if str(error) else usage)
        return
    yield from effects
    session.is_moving |= any(isinstance(effect, Message) and effect.command in _MOVING for effect in effects)
    if any(isinstance(effect, Message) and effect.command not in ("PRIVMSG", "PING") for effect in effects):
        yield session.ping()


def _guess(session: Session, name: str, text: str) -> Iterator[Effect]:
    """Say that there is no such command, and what may have been meant; a person need not type that again."""
    meant = guesses(name)
    if session.shows_all or len(meant) != 1 or meant[0] in WITH_PASSWORD:
        yield Problem(f"{unknown(name)} (to say it, begin with //)")
    else:
        yield Problem(f"{unknown(name)} (\N{UPWARDS ARROW} corrects it; to say it, begin with //)")
        yield Suggest(f"/{meant[0]} {text}".rstrip())


def _synopsis(command: SlashCommand) -> str:
    return f"/{command.name} {command.usage}".rstrip()
