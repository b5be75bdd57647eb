"""docs/operating.md has every command of the console, and its JSON for programs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from chatcore.server.console.table import CONSOLE_COMMANDS, carry_out
from tests.support.document import Document
from tests.support.dormant import dormant
from tests.support.trackers import Hosted

_PATH = "docs/operating.md"
_DOCUMENT = Document(_PATH)
_SYNTAXES = [command.syntax for command in CONSOLE_COMMANDS.values()]


def _differences(syntaxes: Iterable[str], document: Document) -> set[str]:
    return set(syntaxes) ^ {row[0].strip("`") for row in document.table("Command") if row[1]}


def test_every_console_command_is_documented() -> None:
    assert _differences(_SYNTAXES, _DOCUMENT) == set()


def test_a_console_command_without_a_row_is_found() -> None:
    found = _differences([*_SYNTAXES, "fly NAME"], _DOCUMENT)
    assert found - _differences(_SYNTAXES, _DOCUMENT) == {"fly NAME"}


def test_a_row_without_a_console_command_is_found() -> None:
    document = Document(_PATH, _DOCUMENT.text.replace("| `bans` | ", "| `banned` | "))
    assert _differences(_SYNTAXES, document) - _differences(_SYNTAXES, _DOCUMENT) == {"banned", "bans"}


def _documented_json() -> dict[str, str]:
    """Return the documented JSON for programs, by command."""
    return {row[0].strip("`"): row[1] for row in _DOCUMENT.table("Done by")}


def test_the_json_of_every_command_is_documented() -> None:
    assert _documented_json().keys() == CONSOLE_COMMANDS.keys()


@pytest.mark.parametrize(
    "line", ["active", "rooms", "bans", "lan", "lan on", "reload", "fingerprint", "help", "ban x", "unban x", "say x"]
)
def test_a_commands_json_has_the_documented_names(hosted: Hosted, line: str) -> None:
    hosted.client("ann", "#room")
    hosted.tracker.registry.lay_down([dormant("#old")])
    if line == "unban x":
        carry_out(hosted.tracker, "ban x")
    told = _documented_json()[line.split(maxsplit=1)[0]]
    assert _keys(carry_out(hosted.tracker, line).data) == set(re.findall(r"`(\w+)`", told))


def _keys(data: Any) -> set[str]:
    """Return all names in a document."""
    if isinstance(data, Mapping):
        return set(data).union(*map(_keys, data.values()))
    return set().union(*map(_keys, data)) if isinstance(data, list) else set()
