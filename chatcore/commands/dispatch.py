"""From a parsed message to its handler: the one place for preconditions and for turning errors into replies."""

from __future__ import annotations

from chatcore.commands.context import Context
from chatcore.commands.refusals import ACCOUNTS_REFUSAL, LOG_REFUSAL
from chatcore.commands.table import COMMANDS, Command
from chatcore.errors import AccountsUnavailable, CommandError
from chatcore.protocol import numerics as num
from chatcore.protocol.message import Message, parse, rest_of


def read_command(line: bytes) -> tuple[Message, Command | None]:
    """Return a line's message, its command in capitals, and the table's record for that.

    Raises ProtocolError for what is no message, UnicodeDecodeError for what is not UTF-8 and has to be.
    """
    fault: UnicodeDecodeError | None = None
    try:
        text = line.decode()
    except UnicodeDecodeError as error:
        text, fault = line.decode(errors="replace"), error
    message = parse(text)
    command = COMMANDS.get(message.command)
    if command is None:
        message = message._replace(command=message.command.upper())
        command = COMMANDS.get(message.command)
    if fault is not None and (command is None or not command.takes_any_bytes):
        raise fault
    if command is not None and command.rest_is is not None and len(message.params) > command.rest_is:
        message = message._replace(params=(*message.params[: command.rest_is], rest_of(text, command.rest_is)))
    return message, command


def dispatch(ctx: Context, message: Message, command: Command | None) -> None:
    """Run one command, as `read_command` gave it; its refusal becomes its reply.

    Raises Leave when the visit is over, StreamClosed when the tracker is.
    """
    try:
        if command is None:
            raise CommandError(num.ERR_UNKNOWNCOMMAND, message.command, "Unknown command")
        if not (command.before_registration or ctx.client.is_registered):
            raise CommandError(num.ERR_NOTREGISTERED, "You have not chosen a username yet")
        if len(message.params) < command.min_params:
            usage = f"Not enough parameters: {message.command} {command.syntax}"
            raise CommandError(num.ERR_NEEDMOREPARAMS, message.command, usage)
        needs_log = command.logged_from is not None and len(message.params) >= command.logged_from
        if needs_log and not ctx.services.is_log_writable:
            raise CommandError(num.ERR_UNKNOWNERROR, message.command, LOG_REFUSAL)
        command.handler(ctx, message)
    except CommandError as refusal:
        if message.command != "NOTICE":  # https://modern.ircdocs.horse/#notice-message
            ctx.reply(*refusal.reply)
    except AccountsUnavailable:
        ctx.reply(num.ERR_UNKNOWNERROR, message.command, ACCOUNTS_REFUSAL)
