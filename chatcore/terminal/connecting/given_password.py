"""Parsing what a person gave as the password.

Pasted text may have blanks and line breaks around it, and may be a whole invitation link.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from chatcore.errors import ConfigError, InvalidLink
from chatcore.protocol.invitations import INVITATION_FIELD, Link, parse_link

UNSENDABLE = re.compile(r"[\r\n\0]")
"""Characters that end an answer; line breaks may come from a paste."""

NO_INVITATION = "there is no invitation in that link: ask for one, or for the password"


class Given(NamedTuple):
    """A password, '' for none. Its repr shows no secret."""

    password: str
    as_typed: str = ""
    """The text with the blanks around it, if there were any: a password may have them, though few do."""
    link: Link | None = None

    def __repr__(self) -> str:
        return "<a password>"


def understand(text: str) -> Given:
    """Parse a password or an invitation link. Raises InvalidLink for a link that lets nobody in."""
    text = first_line(text)
    if "://" in text or f"#{INVITATION_FIELD}=" in text or f"&{INVITATION_FIELD}=" in text:
        try:
            link = parse_link(text)
        except InvalidLink:
            if f"{INVITATION_FIELD}=" in text:
                raise
            return _of_password(text)
        if link.invitation is None:
            raise InvalidLink(NO_INVITATION)
        return Given(link.invitation.text, link=link)
    return _of_password(text)


def first_line(text: str) -> str:
    """Return the first line, ignoring empty lines before it."""
    return UNSENDABLE.split(text.lstrip("\r\n"), maxsplit=1)[0]


def read_password_file(path: Path) -> Given:
    """Return the password on the first line of a file. Raises ConfigError."""
    try:
        with path.open(encoding="utf-8-sig") as file:
            given = understand(UNSENDABLE.split(file.readline(), maxsplit=1)[0])
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise ConfigError(f"cannot read the password file {path}: {reason}") from error
    except InvalidLink as error:
        raise ConfigError(f"the password file {path}: {error}") from error
    if not given.password:
        raise ConfigError(f"the password file {path} begins with an empty line; give no file if there is no password")
    return given


def _of_password(text: str) -> Given:
    meant = text.strip()
    return Given(meant, text) if meant not in ("", text) else Given(text)
