"""docs/operating.md has every command of the console; its service starts a tracker."""

from __future__ import annotations

import configparser
import shlex
from collections.abc import Iterable

from chatcore.config import Limits
from chatcore.server.cli.arguments import split_arguments
from chatcore.server.console.table import CONSOLE_COMMANDS
from tests.support.document import Document

_PATH = "docs/operating.md"
_DOCUMENT = Document(_PATH)
_SYNTAXES = [command.syntax for command in CONSOLE_COMMANDS.values()]


def _differences(syntaxes: Iterable[str], document: Document) -> set[str]:
    return set(syntaxes) ^ {row[0].strip("`") for row in document.table("Command") if row[1]}


def test_every_console_command() -> None:
    assert _differences(_SYNTAXES, _DOCUMENT) == set()


def test_a_console_command_without_a_row_is_found() -> None:
    assert _differences([*_SYNTAXES, "fly NAME"], _DOCUMENT) == {"fly NAME"}


def test_a_row_that_is_no_console_command_is_found() -> None:
    document = Document(_PATH, _DOCUMENT.text.replace("| `bans` | ", "| `banned` | "))
    assert _differences(_SYNTAXES, document) == {"banned", "bans"}


def test_the_service_starts_a_tracker() -> None:
    (unit,) = _DOCUMENT.blocks("ini")
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # systemd tells upper from lower case
    parser.read_string(unit)
    program, *arguments = shlex.split(parser["Service"]["ExecStart"])
    assert program.endswith("/chat-tracker")
    options, command = split_arguments(arguments)
    assert options["keep_alive"]
    assert not command
    assert str(options["password_file"]) == "password"
    assert int(parser["Service"]["LimitNOFILE"]) > Limits().max_clients
