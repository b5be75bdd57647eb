"""CTCP: messages within messages, of which people see only ACTION, the /me (https://modern.ircdocs.horse/ctcp)."""

from __future__ import annotations

ACTION = "ACTION"

DELIMITER = "\x01"


def action(text: str) -> str:
    """Return the text of a PRIVMSG that says what somebody does."""
    return f"{DELIMITER}{ACTION} {text}{DELIMITER}"


def split_ctcp(text: str) -> tuple[str, str]:
    """Return the kind of CTCP message that a text is, and what it says; '' and the text for what is none.

    Clients leave out the delimiter at the end, or lose it where a line was cut.
    """
    if not text.startswith(DELIMITER):
        return "", text
    kind, _, said = text.removeprefix(DELIMITER).removesuffix(DELIMITER).partition(" ")
    return (kind, said) if kind else ("", text)
