"""The table of slash commands: the list shared with the page, and the handlers of this client. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from chatcore.protocol.message import Message
from chatcore.terminal.commands import actions, answering, inviting, listed, moderation, past, quieting, registering
from chatcore.terminal.commands.actions import UsageError
from chatcore.terminal.commands.guessing import near
from chatcore.terminal.session.effects import Answer, Effect, Problem, Suggest
from chatcore.terminal.session.session import Session

MOST_GUESSES = 2

WITH_PASSWORD = ("oper", "register")
"""The commands that may be followed by a password."""


class SlashCommand(NamedTuple):
    """One row. `usage` is what follows the name; it is shown if there are fewer than `min_words`."""

    name: str
    usage: str
    min_words: int
    help: str
    handler: Callable[[Session, str], Iterator[Effect]]
    aliases: tuple[str, ...] = ()


def handle_help(_session: Session, text: str) -> Iterator[Effect]:
    """Show all commands, or one."""
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
    """Return a line for each command, and for what is typed without one."""
    rows = [(_synopsis(command), command.help) for command in COMMANDS]
    rows += [("//TEXT", "say a text that begins with a slash"), ("exit", "leave the chat, like /quit")]
    width = max(len(synopsis) for synopsis, _ in rows)
    return [f"{synopsis.ljust(width)}  {text}" for synopsis, text in rows]


_HANDLERS: Mapping[str, Callable[[Session, str], Iterator[Effect]]] = {
    "join": actions.handle_join,
    "leave": actions.handle_leave,
    "send": actions.handle_send,
    "msg": actions.handle_msg,
    "query": actions.handle_query,
    "to": actions.handle_to,
    "notice": actions.handle_notice,
    "me": actions.handle_me,
    "reply": answering.handle_reply,
    "react": answering.handle_react,
    "unreact": answering.handle_unreact,
    "unsay": answering.handle_unsay,
    "who": actions.handle_who,
    "names": actions.handle_names,
    "rooms": actions.handle_rooms,
    "history": past.handle_history,
    "search": past.handle_search,
    "export": past.handle_export,
    "topic": actions.handle_topic,
    "name": actions.handle_name,
    "register": registering.handle_register,
    "away": actions.handle_away,
    "invite": actions.handle_invite,
    "invite-link": inviting.handle_invite_link,
    "kick": moderation.handle_kick,
    "ban": moderation.handle_ban,
    "unban": moderation.handle_unban,
    "ignore": quieting.handle_ignore,
    "unignore": quieting.handle_unignore,
    "mute": quieting.handle_mute,
    "unmute": quieting.handle_unmute,
    "slow": moderation.handle_slow,
    "mode": actions.handle_mode,
    "oper": moderation.handle_oper,
    "kill": moderation.handle_kill,
    "kline": moderation.handle_kline,
    "unkline": moderation.handle_unkline,
    "ping": actions.handle_ping,
    "clear": actions.handle_clear,
    "logout": actions.handle_logout,
    "quit": actions.handle_quit,
    "help": handle_help,
}

COMMANDS: tuple[SlashCommand, ...] = tuple(
    SlashCommand(row.name, row.usage, row.least, row.help, _HANDLERS[row.name], row.aliases)
    for row in listed.commands()
)

_MOVING = ("JOIN", "PART")

_BY_NAME = {name: command for command in COMMANDS for name in (command.name, *command.aliases)}


def find(name: str) -> SlashCommand | None:
    """Return the command with this name or alias."""
    return _BY_NAME.get(name.lower())


def names() -> list[str]:
    """Return all names and aliases in alphabetical order."""
    return sorted(_BY_NAME)


def unknown(name: str) -> str:
    """Return the message about an unknown command."""
    meant = guesses(name)
    guess = f"did you mean {' or '.join(f'/{each}' for each in meant)}?" if meant else "/help lists what there is"
    return f"there is no /{name}; {guess}"


def guesses(name: str) -> list[str]:
    """Return the names, two at most, of the commands that may have been meant by `name`, best first."""
    found: dict[SlashCommand, str] = {}
    for each in near(name.lower(), _BY_NAME):
        found.setdefault(_BY_NAME[each], each)
    return list(found.values())[:MOST_GUESSES]


def run_slash(session: Session, line: str) -> Iterator[Effect]:
    """Carry out a line that begins with a slash. A request to the tracker is followed by a PING."""
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
    """Say that there is no such command, and suggest the one that may have been meant, ready for the arrow keys."""
    meant = guesses(name)
    if session.shows_all or len(meant) != 1 or meant[0] in WITH_PASSWORD:
        yield Problem(f"{unknown(name)} (to say it, begin with //)")
    else:
        yield Problem(f"{unknown(name)} (\N{UPWARDS ARROW} corrects it; to say it, begin with //)")
        yield Suggest(f"/{meant[0]} {text}".rstrip())


def _synopsis(command: SlashCommand) -> str:
    return f"/{command.name} {command.usage}".rstrip()
