"""Which passwords are allowed, which are weak, and which give some clients trouble. Checked when one is set."""

from __future__ import annotations

import unicodedata

from scramp import ScramException
from scramp.utils import saslprep

from chatcore.protocol.invitations import without_secrets
from chatcore.protocol.names import casefold

MAX_PASSWORD_BYTES = 300  # fits a PASS or OPER line
MAX_ACCOUNT_PASSWORD_BYTES = 1000  # only ever sent by SASL
MIN_CHOSEN_CHARS = 8
"""The minimum for passwords that people choose for their own accounts (NIST SP 800-63B, section 5.1.1.2)."""


def password_problem(password: str, max_bytes: int = MAX_PASSWORD_BYTES) -> str | None:
    """Return why this cannot be a password, in words that do not repeat it; None if it can."""
    if not password:
        return "a password cannot be empty"
    if "\ufffd" in password:
        return "that password is not UTF-8"
    if len(password.encode(errors="surrogatepass")) > max_bytes:
        return f"a password can have at most {max_bytes} bytes, in UTF-8"
    if without_secrets(password) != password:
        return "an invitation takes the place of a password, and cannot be one"
    forbidden = sorted({ord(character) for character in password if not _is_allowed(character)})
    if forbidden:
        return (
            f"a password cannot have {', '.join(f'U+{code:04X}' for code in forbidden)}: control characters, and "
            "characters newer than Unicode 3.2, such as emoji, are not allowed (RFC 4013, for SCRAM)"
        )
    if not _is_prepared(password):
        return (
            "a password with right-to-left letters must begin and end with one and have no left-to-right letters "
            "(RFC 4013, for SCRAM)"
        )
    return None


def password_weakness(password: str, name: str) -> str | None:
    """Return why others could easily guess the password of the account `name`; None if there is no obvious reason.

    The operator may give people any password; this is for passwords that people choose themselves.
    """
    if len(password) < MIN_CHOSEN_CHARS:
        return f"an account's password needs at least {MIN_CHOSEN_CHARS} characters"
    if casefold(password) == casefold(name):
        return "an account's password must be different from its name"
    return None


def password_troubles(password: str, *, is_for_all: bool = False) -> list[str]:
    """Return warnings about a valid password that some clients will mangle, one sentence each; usually none.

    `is_for_all` says that it is the server password, which everybody has to type.
    """
    troubles = []
    if password.startswith(":"):
        troubles.append("It begins with a colon, which irssi and other IRC clients take for a marker and drop.")
    if password != " ".join(password.split()):
        troubles.append("It begins or ends with a space, or has several in a row: some programs drop them.")
    elif is_for_all and " " in password:
        troubles.append("It has spaces: quote it in irssi, and use two kinds of quotes on the command line.")
    if unicodedata.normalize("NFKC", password) != password:
        troubles.append("It has letters in an unusual Unicode form: another keyboard may produce other characters.")
    return troubles


def _is_allowed(character: str) -> bool:
    return character.isprintable() and _is_prepared(character)


def _is_prepared(text: str) -> bool:
    try:
        return bool(saslprep(text))
    except ScramException:
        return False
