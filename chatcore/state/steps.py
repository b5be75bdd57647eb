"""Steps: what a command comes to once its client's own tracker has asked what only it can: a password, a disk.

A tracker alone takes the step at once, in the client's thread. Of several, all take it, in the order of their stream;
so a step is plain data, and what it comes to follows from that and from what all of them know.
"""

from __future__ import annotations

from typing import NamedTuple

from chatcore.state.credentials import Credentials


class Opered(NamedTuple):
    """OPER: the client has proven to be the IRC operator of this name."""

    name: str


class LoggedIn(NamedTuple):
    """The client has logged in to an account; `is_new`: which it has just made."""

    proven: Credentials
    is_new: bool = False


class Renaming(NamedTuple):
    """NICK, by somebody who is in."""

    nick: str


Step = Opered | LoggedIn | Renaming
