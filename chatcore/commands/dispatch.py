"""From a client's line to its response: preconditions, prices, and errors that become replies."""

from __future__ import annotations

from collections.abc import Callable

from chatcore.commands import steps
from chatcore.commands.context import Context, Local
from chatcore.commands.costs import afterwards
from chatcore.commands.multiline import spoil, takes_parts
from chatcore.commands.refusals import ACCOUNTS_REFUSAL, LOG_REFUSAL
from chatcore.commands.response import Response
from chatcore.commands.table import COMMANDS, PART, Command
from chatcore.errors import AccountsUnavailable, CommandError, Leave, LineTooLong, ProtocolError
from chatcore.protocol import numerics as num
from chatcore.protocol.capabilities import LABELED_RESPONSE
from chatcore.protocol.framing import OVERLONG, is_too_long
from chatcore.protocol.message import Message, parse, rest_of
from chatcore.state.client import Client
from chatcore.state.steps import Step
from chatcore.state.stream import Label

MAX_LABEL_BYTES = 64
_REFUSALS = (CommandError, AccountsUnavailable, Leave)

Run = Callable[[Context, Message, Command], None]


def read_command(line: bytes | None) -> tuple[Message, Command | None]:
    """Return a line's message, with its command in capitals, and the command's row in the table.

    Raises ProtocolError if the line is not a message, UnicodeDecodeError if it must be UTF-8 and is not.
    """
    if line is OVERLONG or is_too_long(line):
        raise LineTooLong("Input line was too long")
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


def refuse_line(ctx: Context, error: ProtocolError | UnicodeDecodeError) -> Response:
    """Answer a line that `read_command` rejected."""
    ctx.response = Response()
    if isinstance(error, UnicodeDecodeError):
        ctx.reply("FAIL", "*", "INVALID_UTF8", "Your message was not UTF-8, so it was dropped")
    elif isinstance(error, LineTooLong):
        ctx.reply(num.ERR_INPUTTOOLONG, str(error))
    else:
        ctx.reply(num.ERR_UNKNOWNCOMMAND, "*", "Unknown command")
    spoil(ctx)
    return ctx.response


def dispatch(ctx: Context, message: Message, command: Command | None, run: Run | None = None) -> Response:
    """Run one command, as returned by `read_command`, and return its response; a refusal becomes a reply.

    `run` replaces the command's handler, and is called when the response has its price. Raises StreamClosed if the
    tracker is stopping.
    """
    ctx.response = response = Response()
    if message.tags:
        response.label = _label_of(ctx.client, message)
        if "batch" in message.tags and takes_parts(ctx):
            command = PART
    try:
        if command is None:
            raise CommandError(num.ERR_UNKNOWNCOMMAND, message.command, "Unknown command")
        if not (ctx.client.is_registered or command.is_early_for(ctx.client)):
            raise CommandError(num.ERR_NOTREGISTERED, "You have not chosen a username yet")
        if len(message.params) < command.min_params:
            usage = f"Not enough parameters: {message.command} {command.syntax}"
            raise CommandError(num.ERR_NEEDMOREPARAMS, message.command, usage)
        if command.is_logged and not (ctx.services.is_log_writable or command.is_question(message)):
            raise CommandError(num.ERR_UNKNOWNERROR, message.command, LOG_REFUSAL)
        response.tokens = command.cost(ctx, message)
        if run is None:
            command.handler(ctx, message)
        else:
            run(ctx, message, command)
    except _REFUSALS as refusal:
        _refuse(ctx, message.command, refusal)
    if response.tokens or response.replies or response.published > 1 or ctx.client.looks:
        response.tokens = afterwards(response.tokens, response, ctx.client)
    return response


def rerun(ctx: Context, message: Message, response: Response) -> None:
    """Carry out a shared command on each tracker, after the client's own tracker has checked and charged for it.

    `response` comes with the price so far and the label. Afterwards it has the replies, the whole price, and the reason
    if the visit ends. Delivery's thread.
    """
    ctx.response = response
    try:
        COMMANDS[message.command].handler(ctx, message)
    except _REFUSALS as refusal:
        _refuse(ctx, message.command, refusal)
    response.tokens = afterwards(response.tokens, response, ctx.client)


def retake(ctx: Context, step: Step, local: Local | None, response: Response) -> bool:
    """Carry out a shared step, as `rerun` does a shared command; return whether it could be done.

    `response` also comes with the replies so far.
    """
    ctx.response, is_done = response, False
    try:
        is_done = steps.take(ctx, step, local)
    except _REFUSALS as refusal:
        _refuse(ctx, "*", refusal)
    response.tokens = afterwards(response.tokens, response, ctx.client)
    return is_done


def _refuse(ctx: Context, command: str, refusal: Exception) -> None:
    """Turn a refusal into a reply, or into the end of the visit."""
    if isinstance(refusal, Leave):
        ctx.response.end_reason = str(refusal)
    elif isinstance(refusal, AccountsUnavailable):
        ctx.reply(num.ERR_UNKNOWNERROR, command, ACCOUNTS_REFUSAL)
    elif isinstance(refusal, CommandError) and command != "NOTICE":  # https://modern.ircdocs.horse/#notice-message
        ctx.reply(*refusal.reply)


def _label_of(client: Client, message: Message) -> Label | None:
    """Return the label of a registered client's command (labeled-response); None if there is none or it is too long."""
    text = message.tags.get("label")
    if (
        not text
        or len(text.encode()) > MAX_LABEL_BYTES
        or not (client.is_registered and client.capabilities & LABELED_RESPONSE)
    ):
        return None
    return Label(client.id, text)
