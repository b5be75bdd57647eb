"""What somebody gave for the password: as it was meant, and as it was typed.

What is pasted has blanks and line breaks around it, and may be the whole link that somebody was sent.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from chatcore.errors import ConfigError, InvalidLink
from chatcore.protocol.invitations import INVITATION_FIELD, Link, parse_link

UNSENDABLE = re.compile(r"[\r\n\0]")
"""What ends an answer: a line break, which may also be pasted."""

NO_INVITATION = "there is no invitation in that link: ask for one, or for the password"


class Given(NamedTuple):
    """A password, '' for none. Its repr shows no secret."""

    password: str
    as_typed: str = ""
    """With its blanks, if it had any around it: a password may, though hardly any does."""
    link: Link | None = None

    def __repr__(self) -> str:
        return "<a password>"


def understand(text: str) -> Given:
    """Return what was meant. Raises InvalidLink for a link that lets nobody in."""
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
    """Return what comes before the first line break, if that is not all in front of it."""
    return UNSENDABLE.split(text.lstrip("\r\n"), maxsplit=1)[0]


def read_password_file(path: Path) -> Given:
    """Return the password that a file begins with. Raises ConfigError."""
    try:
        with path.open(encoding="utf-8-sig") as file:
            given = understand(UNSENDABLE.split(file.readline(), maxsplit=1)[0])
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise ConfigError(f"cannot read the password file {path}: {reason}") from error
    except InvalidLink as error:
        raise ConfigError(f"the password file {path}: {error}") from error
    if not given.password:
        raise ConfigError(
            f"the password file {path} begins with an empty line; leave it out where there is no password"
        )
    return given


def _of_password(text: str) -> Given:
    meant = text.strip()
    return Given(meant, text) if meant not in ("", text) else Given(text)
