"""Private messages to absent people with an account, for whom the messages wait."""

from __future__ import annotations

from chatcore.commands.context import Context
from chatcore.protocol.ctcp import ACTION, split_ctcp
from chatcore.state.credentials import Credentials


def account_of_absent(ctx: Context, command: str, name: str, text: str) -> Credentials | None:
    """Return the account of a name that nobody here has; None if there is none, or if this message cannot wait.

    Waiting messages are stored on disk, and only messages for people wait: a reply to a program would come too late.
    Raises AccountsUnavailable. The client's own thread, without a lock: the accounts are in a file.
    """
    is_for_people = command == "PRIVMSG" and split_ctcp(text)[0] in ("", ACTION)
    if is_for_people and ctx.config.log_private and ctx.services.archive.is_on:
        return ctx.services.keys.account(name)
    return None
