"""SASL messages in lines, for attackers who change them on the way."""

import base64
from collections.abc import Callable

from chatcore.protocol.message import parse


def scram_text(line: str) -> str:
    """Return the SCRAM message in a line of either side, '' if there is none."""
    message = parse(line)
    if message.command != "AUTHENTICATE" or message.params[0] == "+" or "-" in message.params[0]:
        return ""
    return base64.b64decode(message.params[0]).decode()


def scram_line(text: str) -> str:
    """Return the line of a SCRAM message, which must fit into one line."""
    return f"AUTHENTICATE {base64.b64encode(text.encode()).decode()}"


def changing(change: Callable[[str], str]) -> Callable[[str], list[str]]:
    """Return a function that changes SCRAM messages, and leaves other lines alone."""

    def change_line(line: str) -> list[str]:
        text = scram_text(line)
        changed = change(text) if text else text
        return [line if changed == text else scram_line(changed)]

    return change_line
