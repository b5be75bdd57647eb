"""docs/irc-clients.md has a row for each command of the table, and none for what is no command."""

from __future__ import annotations

from collections.abc import Iterable

from chatcore.commands.table import COMMANDS
from tests.docs.document import Document

_DOCUMENT = Document("docs/irc-clients.md")
_COMMANDS = [f"{name} {command.syntax}".rstrip() for name, command in COMMANDS.items()]


def _documented(document: Document) -> list[str]:
    """Return the commands that the document names and explains."""
    rows = document.table("Command")
    return [name.strip("`") for name, meaning in rows if meaning]


def _differences(synopses: Iterable[str], document: Document) -> set[str]:
    return set(synopses) ^ set(_documented(document))


def test_every_command_has_its_row() -> None:
    assert _differences(_COMMANDS, _DOCUMENT) == set()
    assert _documented(_DOCUMENT) == sorted(_COMMANDS)


def test_a_command_without_a_row_is_found() -> None:
    assert _differences([*_COMMANDS, "FLY <target>"], _DOCUMENT) == {"FLY <target>"}


def test_a_row_without_a_command_is_found() -> None:
    text = _DOCUMENT.text.replace("| `WHOWAS <nick> [count]` | ", "| `WHOAMI` | ")
    assert _differences(_COMMANDS, Document("docs/irc-clients.md", text)) == {"WHOWAS <nick> [count]", "WHOAMI"}
