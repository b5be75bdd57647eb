"""CTCP: messages within messages. People see only ACTION, which is /me (https://modern.ircdocs.horse/ctcp)."""

from __future__ import annotations

ACTION = "ACTION"

DELIMITER = "\x01"


def action(text: str) -> str:
    """Return the text of a PRIVMSG for an action (/me)."""
    return f"{DELIMITER}{ACTION} {text}{DELIMITER}"


def split_ctcp(text: str) -> tuple[str, str]:
    """Return a text's kind of CTCP message and its content; '' and the text itself if it is not CTCP.

    Clients leave out the delimiter at the end, or lose it where a line was cut.
    """
    if not text.startswith(DELIMITER):
        return "", text
    kind, _, said = text.removeprefix(DELIMITER).removesuffix(DELIMITER).partition(" ")
    return (kind, said) if kind else ("", text)
