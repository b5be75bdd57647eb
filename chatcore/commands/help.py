"""HELP: the help texts in the table of commands (https://modern.ircdocs.horse/#help-message)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from chatcore.commands.context import Context
from chatcore.errors import CommandError
from chatcore.protocol import numerics as num
from chatcore.protocol.message import Message


class Described(Protocol):
    """A row of the table, as far as HELP needs it."""

    @property
    def syntax(self) -> str:
        """Return the command's parameters."""

    @property
    def help(self) -> str:
        """Return one line about what the command does."""


def handle_help(commands: Mapping[str, Described], ctx: Context, message: Message) -> None:
    """HELP: list all commands, or explain one."""
    subject = message.params[0].upper() if message.params else "*"
    if subject == "*":
        lines = ["Commands", *(f"{name} {command.syntax}".rstrip() for name, command in commands.items())]
    elif subject in commands:
        lines = [f"{subject} {commands[subject].syntax}".rstrip(), commands[subject].help]
    else:
        raise CommandError(num.ERR_HELPNOTFOUND, subject, "There is no help on that")
    ctx.reply(num.RPL_HELPSTART, subject, lines[0])
    for line in lines[1:]:
        ctx.reply(num.RPL_HELPTXT, subject, line)
    ctx.reply(num.RPL_ENDOFHELP, subject, "End of help")
