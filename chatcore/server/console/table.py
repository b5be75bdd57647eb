"""The operator's commands: one literal table, and the code that carries one out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatcore.errors import ChatError
from chatcore.server.console import invitations, nearby, people, rooms, running
from chatcore.server.console.result import Result

if TYPE_CHECKING:
    from chatcore.server.tracker import Tracker

CUT_OFF = "Not done: the engine cannot be reached; trackers says since when."
_NO_LINE_ENDS = dict.fromkeys(map(ord, "\r\n\0"), " ")  # pasted line ends would end protocol lines too


def _nothing(tracker: Tracker, words: list[str]) -> Iterable[str]:
    return ()


@dataclass(frozen=True, slots=True)
class ConsoleCommand:
    """One operator command. Its handler runs in the main thread, and raises ChatError if it cannot be carried out."""

    handler: Callable[[Tracker, str], Result]
    syntax: str
    help: str
    needs_argument: bool = False
    is_question: bool = False
    """Whether it changes nothing, so that the console need not report it when `ctl` asks."""

    is_for_all: bool = False
    """Whether all trackers of the chat have to agree, so that it is refused while the engine cannot be reached."""

    offers: Callable[[Tracker, list[str]], Iterable[str]] = _nothing
    """Returns what Tab offers for the word after these. Any thread."""


def find_command(line: str) -> ConsoleCommand | None:
    """Return the command that a line begins with; None if it is unknown."""
    return CONSOLE_COMMANDS.get(line.strip().partition(" ")[0].lower())


def carry_out(tracker: Tracker, line: str) -> Result:
    """Carry out one command as typed; mistakes become the result's `problem`. Main thread only."""
    name, _, argument = line.translate(_NO_LINE_ENDS).strip().partition(" ")
    if not name:
        return Result()
    command = CONSOLE_COMMANDS.get(name.lower())
    if command is None:
        return Result(problem=f"There is no command {name}; help lists them all.")
    if command.needs_argument and not argument.strip():
        return Result(problem=f"Usage: {command.syntax}")
    if command.is_for_all and tracker.footing.refusal:
        return Result(problem=CUT_OFF)
    try:
        return command.handler(tracker, argument.strip())
    except ChatError as error:
        return Result(problem=str(error))


def help_lines() -> list[str]:
    """Return a line for each command."""
    width = max(len(command.syntax) for command in CONSOLE_COMMANDS.values())
    return [f"  {command.syntax.ljust(width)}  {command.help}" for command in CONSOLE_COMMANDS.values()]


def _handle_help(tracker: Tracker, argument: str) -> Result:
    commands = [{"syntax": command.syntax, "help": command.help} for command in CONSOLE_COMMANDS.values()]
    return Result(help_lines(), {"commands": commands})


CONSOLE_COMMANDS: dict[str, ConsoleCommand] = {
    "active": ConsoleCommand(
        people.handle_active, "active", "List people: name, address, since when, idle time, rooms", is_question=True
    ),
    "rooms": ConsoleCommand(
        rooms.handle_rooms, "rooms", "List rooms, members and topics; and rooms that wait", is_question=True
    ),
    "forget": ConsoleCommand(
        rooms.handle_forget,
        "forget ROOM",
        "End a room that nobody has come back to",
        needs_argument=True,
        offers=rooms.offer_waiting,
        is_for_all=True,
    ),
    "kick": ConsoleCommand(
        people.handle_kick,
        "kick NAME [REASON]",
        "Disconnect somebody",
        needs_argument=True,
        offers=people.offer_nicks,
    ),
    "ban": ConsoleCommand(
        people.handle_ban,
        "ban NAME|ADDRESS",
        "Keep somebody out from now on",
        needs_argument=True,
        offers=people.offer_nicks,
        is_for_all=True,
    ),
    "unban": ConsoleCommand(
        people.handle_unban,
        "unban NAME|ADDRESS",
        "Lift a ban",
        needs_argument=True,
        offers=people.offer_bans,
        is_for_all=True,
    ),
    "bans": ConsoleCommand(people.handle_bans, "bans", "List the bans", is_question=True),
    "invite": ConsoleCommand(
        invitations.handle_invite,
        "invite [ROOM]",
        "Make a link to invite with; --uses N, --hours N; revoke ID",
        offers=invitations.offer_words,
        is_for_all=True,
    ),
    "invites": ConsoleCommand(
        invitations.handle_invites, "invites", "List the invitations, and who came with them", is_question=True
    ),
    "lan": ConsoleCommand(
        nearby.handle_lan,
        "lan [on|off]",
        "Announce the chat on this network or not, or show which",
        offers=nearby.offer_lan,
    ),
    "reload": ConsoleCommand(running.handle_reload, "reload", "Reload the TLS certificate, and reopen a rotated log"),
    "fingerprint": ConsoleCommand(
        running.handle_fingerprint,
        "fingerprint",
        "Show the certificate's fingerprints, for clients to pin",
        is_question=True,
    ),
    "trackers": ConsoleCommand(
        running.handle_trackers,
        "trackers",
        "List the chat's trackers, and how many people are on each",
        is_question=True,
    ),
    "say": ConsoleCommand(
        people.handle_say,
        "say TEXT",
        "Say something to everybody",
        needs_argument=True,
        is_for_all=True,
    ),
    "help": ConsoleCommand(_handle_help, "help", "Show this list", is_question=True),
    "exit": ConsoleCommand(
        running.handle_exit,
        "exit [--restart]",
        "Close this tracker; --restart tells people it will be back",
        offers=running.offer_restart,
    ),
}
