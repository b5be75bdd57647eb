"""HELP: what the table of commands says of itself (https://modern.ircdocs.horse/#help-message)."""

from __future__ import annotations

from chatcore.commands.context import Context
from chatcore.errors import CommandError
from chatcore.protocol import numerics as num
from chatcore.protocol.message import Message


def handle_help(ctx: Context, message: Message) -> None:
    """HELP: all commands, or one."""
    from chatcore.commands.table import COMMANDS  # the table has this handler in it

    subject = message.params[0].upper() if message.params else "*"
    if subject == "*":
        lines = ["Commands", *(f"{name} {command.syntax}".rstrip() for name, command in COMMANDS.items())]
    elif subject in COMMANDS:
        lines = [f"{subject} {COMMANDS[subject].syntax}".rstrip(), COMMANDS[subject].help]
    else:
        raise CommandError(num.ERR_HELPNOTFOUND, subject, "There is no help on that")
    ctx.reply(num.RPL_HELPSTART, subject, lines[0])
    for line in lines[1:]:
        ctx.reply(num.RPL_HELPTXT, subject, line)
    ctx.reply(num.RPL_ENDOFHELP, subject, "End of help")
