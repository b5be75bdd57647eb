"""docs/browser.md has a row for each command of the page with its other names, and none for what is no command."""

from __future__ import annotations

import re

from chatcore.terminal.commands import listed
from tests.support.document import Document

_PATH = "docs/browser.md"
_DOCUMENT = Document(_PATH)


def _commands() -> set[str]:
    """Return the page's commands with what follows them, and what is typed without one."""
    return {f"/{row.name} {row.usage}".rstrip() for row in listed.commands("page")} | {"//TEXT"}


def _documented(document: Document) -> set[str]:
    return {row[0].strip("`") for row in document.table("Command") if row[1]}


def _aliases_untold(document: Document) -> set[str]:
    also = {row[0].strip("`").split()[0]: row[2] for row in document.table("Command")}
    rows = listed.commands("page")
    return {alias for row in rows for alias in row.aliases if f"`/{alias}`" not in also[f"/{row.name}"]}


def test_every_command_of_the_page() -> None:
    assert "/msg NAME [TEXT]" in _commands()
    assert _documented(_DOCUMENT) == _commands()


def test_every_other_name_of_a_command() -> None:
    assert _aliases_untold(_DOCUMENT) == set()


def test_a_row_less_is_found() -> None:
    text = re.sub(r"^\| `/me TEXT` .*\n", "", _DOCUMENT.text, flags=re.MULTILINE)
    undocumented = _commands() - _documented(_DOCUMENT)
    assert _commands() - _documented(Document(_PATH, text)) - undocumented == {"/me TEXT"}


def test_an_alias_that_is_not_told_is_found() -> None:
    assert _aliases_untold(Document(_PATH, _DOCUMENT.text.replace("`/nick`", ""))) == {"nick"}
