"""Invitations (`inv-ID-SECRET`), which stand for the chat's password, and links that carry one. Pure.

Id and secret are written in Crockford's base32 in lower case, which has no letters that look alike. The id is public
and appears in the log; the secret lets people in. A link has everything after the `#`, which browsers never send:
`https://HOST:PORT/#room=lobby&invite=inv-…&room-key=…`, each part optional.
"""

from __future__ import annotations

import base64
import re
from contextlib import suppress
from enum import StrEnum
from typing import NamedTuple
from urllib.parse import parse_qsl, quote, urlsplit

from chatcore.errors import InvalidLink
from chatcore.protocol.names import CHANNEL_PREFIX, channel_problem

RANDOM_BYTES = 20
"""The size of an invitation: 30 bits are its id, 130 its secret."""
ID_CHARS = 6
SECRET_CHARS = 26
ROOM_FIELD, INVITATION_FIELD, ROOM_KEY_FIELD = "room", "invite", "room-key"
MAX_LINK_CHARS = 2000

_PREFIX = "inv-"
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_FROM_BASE32 = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", _ALPHABET)
_MISREAD = str.maketrans("oil", "011")  # Crockford's rule for what people type
_INVITATION = re.compile(f"{_PREFIX}([0-9a-z]{{{ID_CHARS}}})-([0-9a-z]{{{SECRET_CHARS}}})")
_ANYWHERE = re.compile(rf"({_PREFIX}[0-9a-z]{{{ID_CHARS}}}-)[0-9a-z]+", re.IGNORECASE | re.ASCII)
_IDENTITY = re.compile(f"{_PREFIX}([0-9a-z]{{{ID_CHARS}}})")
_DEFAULT_PORTS = {"https": 443, "http": 80}


class Refusal(StrEnum):
    """Why an invitation with a right or unknown secret is refused, in words for the newcomer."""

    EXPIRED = "That invitation has expired: ask for another"
    USED_UP = "That invitation is used up: ask for another"
    REVOKED = "That invitation was revoked: ask for another"
    ENDED = "That invitation ended with the password it was made under: ask for another"
    UNKNOWN = "That invitation is not known here: ask for another"


class Invitation(NamedTuple):
    """An invitation. `repr` does not show its secret."""

    id: str
    secret: str

    @property
    def text(self) -> str:
        """Return the invitation in the form that people pass on and use as a password."""
        return f"{_PREFIX}{self.id}-{self.secret}"

    @property
    def identity(self) -> str:
        """Return the invitation's login name (SASL)."""
        return identity_of(self.id)

    def __repr__(self) -> str:
        return f"<invitation {self.id}>"


class Link(NamedTuple):
    """Where a chat is, and how to come in, from a link. `repr` shows no secret.

    `port` is 0 if the link has neither port nor scheme, `path` is the page's. `room` begins with #; '' is none.
    """

    host: str
    port: int
    room: str = ""
    invitation: Invitation | None = None
    room_key: str = ""
    scheme: str = "https"
    path: str = "/"

    @property
    def text(self) -> str:
        """Return the link's text."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == _DEFAULT_PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}{self.path}{fragment(self.room, self.invitation, self.room_key)}"

    def __repr__(self) -> str:
        return f"<link to {self.host}:{self.port}>"


def make_invitation(randomness: bytes) -> Invitation:
    """Return an invitation made from RANDOM_BYTES random bytes."""
    if len(randomness) != RANDOM_BYTES:
        raise ValueError(f"an invitation is made from {RANDOM_BYTES} bytes")
    written = base64.b32encode(randomness).decode().translate(_FROM_BASE32)
    return Invitation(written[:ID_CHARS], written[ID_CHARS:])


def parse_invitation(text: str) -> Invitation | None:
    """Return the invitation that a text is, in any case and with blanks around it; None if it is not one."""
    found = _INVITATION.fullmatch(_folded(text))
    return _corrected(*found.groups()) if found else None


def identity_of(invitation_id: str) -> str:
    """Return the login name of the invitation with this id."""
    return f"{_PREFIX}{invitation_id}"


def id_of(identity: str) -> str | None:
    """Return the id of the invitation with this login name; None if it is not an invitation's."""
    found = _IDENTITY.fullmatch(_folded(identity))
    corrected = _corrected(found[1], "") if found else None
    return corrected.id if corrected else None


def without_secrets(text: str) -> str:
    """Return a text without the secrets of any invitations in it, even incomplete ones."""
    return _ANYWHERE.sub(r"\1…", text)


def id_meant(text: str) -> str | None:
    """Return the id of an invitation given by its id, its login name, its whole text, or a link; or None."""
    whole = parse_invitation(text)
    with suppress(InvalidLink):
        whole = whole or (parse_link(text).invitation if "#" in text else None)
    return whole.id if whole else id_of(text) or id_of(identity_of(text.strip()))


def fragment(room: str = "", invitation: Invitation | None = None, room_key: str = "") -> str:
    """Return the fragment of a page's address, with its #; '' if it is empty."""
    name = room.removeprefix(CHANNEL_PREFIX)
    said = (
        (ROOM_FIELD, room if name.startswith(CHANNEL_PREFIX) else name),
        (INVITATION_FIELD, invitation.text if invitation else ""),
        (ROOM_KEY_FIELD, room_key),
    )
    fields = "&".join(f"{field}={quote(value, safe='')}" for field, value in said if value)
    return f"#{fields}" if fields else ""


def parse_link(text: str) -> Link:
    """Parse a link; `https://` may be missing. Raises InvalidLink, whose text repeats no part of the link."""
    text = text.strip()
    if len(text) > MAX_LINK_CHARS:
        raise InvalidLink("that link is too long")
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        port = parts.port
    except ValueError:
        raise InvalidLink("that is not a link") from None
    default = _DEFAULT_PORTS.get(parts.scheme)
    if default is None:
        raise InvalidLink("a link to a chat begins with https://")
    if not parts.hostname or not parts.hostname.isprintable() or set(parts.hostname) & set(" @"):
        raise InvalidLink("that link names no host")
    if not parts.path.isprintable():
        raise InvalidLink("that is not a link")
    said = parse_fragment(parts.fragment)
    return said._replace(
        host=parts.hostname,
        port=port if port is not None else default if "://" in text else 0,
        scheme=parts.scheme,
        path=parts.path or "/",
    )


def parse_fragment(said: str) -> Link:
    """Return the content of a link's fragment (after its #) as a link without a host; ignore unknown fields.

    A fragment without `=` is the name of a room. Raises InvalidLink.
    """
    said = said.removeprefix("#")
    fields = dict(reversed(parse_qsl(said if "=" in said else f"{ROOM_FIELD}={said}", errors="replace")))
    room, key = fields.get(ROOM_FIELD, "").strip(), fields.get(ROOM_KEY_FIELD, "")
    if room and not room.startswith(CHANNEL_PREFIX):
        room = f"{CHANNEL_PREFIX}{room}"
    if room and channel_problem(room):
        raise InvalidLink("that link names a room that cannot exist")
    if set(key) & set(" ,") or not key.isprintable() or "\ufffd" in key:
        raise InvalidLink("the room's password in that link cannot be right: copy the link again")
    invited = fields.get(INVITATION_FIELD, "")
    invitation = parse_invitation(invited)
    if invited and invitation is None:
        raise InvalidLink("the invitation in that link is incomplete: copy the link again")
    return Link("", 0, room, invitation, key)


def _folded(text: str) -> str:
    stripped = text.strip()
    return stripped.lower() if stripped.isascii() else ""


def _corrected(invitation_id: str, secret: str) -> Invitation | None:
    """Return a text with look-alikes replaced by letters of the alphabet; None if it has any others."""
    found = Invitation(invitation_id.translate(_MISREAD), secret.translate(_MISREAD))
    return found if set(found.id + found.secret) <= set(_ALPHABET) else None
