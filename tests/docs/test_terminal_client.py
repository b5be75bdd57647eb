"""docs/terminal-client.md has a row for each slash command with its aliases, and no others."""

from __future__ import annotations

import json
from collections.abc import Iterable

from chatcore.protocol.message import Message
from chatcore.protocol.search_terms import FILTERS
from chatcore.terminal.commands.slash import COMMANDS, SlashCommand
from chatcore.terminal.session.export import as_json
from tests.support.document import Document

_PATH = "docs/terminal-client.md"
_DOCUMENT = Document(_PATH)
_OTHER_ROWS = {"//TEXT"}  # the form without a command


def _defects(commands: Iterable[SlashCommand], document: Document) -> list[str]:
    rows = {row[0].strip("`"): row for row in document.table("Command")}
    synopses = {f"/{command.name} {command.usage}".rstrip(): command for command in commands}
    found = [f"{name} has no row" for name in synopses.keys() - rows.keys()]
    found += [f"{name} is no command" for name in rows.keys() - synopses.keys() - _OTHER_ROWS]
    for name in synopses.keys() & rows.keys():
        _, meaning, also = rows[name]
        found += [f"/{alias} is not told" for alias in synopses[name].aliases if f"`/{alias}`" not in also]
        if not meaning:
            found.append(f"{name} means nothing")
    return sorted(found)


def _new_defects(commands: Iterable[SlashCommand], document: Document) -> set[str]:
    """Return the defects that a change adds, so that a missing row fails only one test."""
    return set(_defects(commands, document)) - set(_defects(COMMANDS, _DOCUMENT))


def test_every_slash_command_is_documented() -> None:
    assert _defects(COMMANDS, _DOCUMENT) == []


def test_every_search_filter_is_documented() -> None:
    rows = [cells for cells, *_ in _DOCUMENT.table("Filter")]
    assert {word.partition(":")[0] + ":" for cell in rows for word in cell.replace("`", "").split(", ")} == set(FILTERS)


def test_the_export_example_is_correct() -> None:
    (line,) = _DOCUMENT.section("Export").indented()
    shown = json.loads(line)
    tags = {"time": shown["time"], "msgid": shown["msgid"]}
    message = Message("PRIVMSG", (shown["room"], shown["text"]), "bob!bob@192.0.2.1", tags)
    assert as_json("#lobby", message) == line


def test_a_command_without_a_row_is_found() -> None:
    fly = COMMANDS[0]._replace(name="fly", usage="NAME", aliases=())
    assert _new_defects([*COMMANDS, fly], _DOCUMENT) == {"/fly NAME has no row"}


def test_a_missing_alias_is_found() -> None:
    join = COMMANDS[0]._replace(aliases=("enter",))
    assert _new_defects([join, *COMMANDS[1:]], _DOCUMENT) == {"/enter is not told"}


def test_a_row_without_a_command_is_found() -> None:
    document = Document(_PATH, _DOCUMENT.text.replace("| `/logout` |", "| `/log` |"))
    assert _new_defects(COMMANDS, document) == {"/log is no command", "/logout has no row"}
