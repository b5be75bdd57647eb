"""From a parsed message to its handler: the one place for preconditions and for turning errors into replies."""

from __future__ import annotations

from chatcore.commands.context import Context
from chatcore.commands.refusals import LOG_REFUSAL
from chatcore.commands.table import COMMANDS, Command
from chatcore.errors import CommandError
from chatcore.protocol import numerics as num
from chatcore.protocol.message import Message


def find_command(name: str) -> Command | None:
    """Return the table's record for a command in any case."""
    return COMMANDS.get(name) or COMMANDS.get(name.upper())


def dispatch(ctx: Context, message: Message, command: Command | None) -> None:
    """Run one command; its refusal becomes its reply.

    Raises Leave when the visit is over, StreamClosed when the tracker is.
    """
    try:
        if command is None:
            raise CommandError(num.ERR_UNKNOWNCOMMAND, message.command, "Unknown command")
        check_preconditions(ctx, message, command)
        command.handler(ctx, message)
    except CommandError as refusal:
        if message.command.upper() != "NOTICE":  # https://modern.ircdocs.horse/#notice-message
            ctx.reply(*refusal.reply)


def check_preconditions(ctx: Context, message: Message, command: Command) -> None:
    """Raise CommandError when the command may not run now, or not with so few parameters."""
    name = message.command.upper()
    if not (ctx.client.is_registered or command.before_registration):
        raise CommandError(num.ERR_NOTREGISTERED, "You have not chosen a username yet")
    if len(message.params) < command.min_params:
        raise CommandError(num.ERR_NEEDMOREPARAMS, name, f"Not enough parameters: {name} {command.syntax}")
    if command.needs_log and not ctx.tracker.is_log_writable:
        raise CommandError(num.ERR_UNKNOWNERROR, name, LOG_REFUSAL)
