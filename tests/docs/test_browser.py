"""docs/browser.md has a row for each command of the page with its aliases, and no others."""

from __future__ import annotations

import re

from chatcore.terminal.commands import listed
from tests.support.document import Document

_PATH = "docs/browser.md"
_DOCUMENT = Document(_PATH)


def _commands() -> set[str]:
    """Return the page's commands with their arguments, and the form without a command."""
    return {f"/{row.name} {row.usage}".rstrip() for row in listed.commands("page")} | {"//TEXT"}


def _documented(document: Document) -> set[str]:
    return {row[0].strip("`") for row in document.table("Command") if row[1]}


def _missing_aliases(document: Document) -> set[str]:
    also = {row[0].strip("`").split()[0]: row[2] for row in document.table("Command")}
    rows = listed.commands("page")
    return {alias for row in rows for alias in row.aliases if f"`/{alias}`" not in also[f"/{row.name}"]}


def test_every_command_of_the_page_is_documented() -> None:
    assert "/msg NAME [TEXT]" in _commands()
    assert _documented(_DOCUMENT) == _commands()


def test_every_alias_is_documented() -> None:
    assert _missing_aliases(_DOCUMENT) == set()


def test_a_missing_row_is_found() -> None:
    text = re.sub(r"^\| `/me TEXT` .*\n", "", _DOCUMENT.text, flags=re.MULTILINE)
    undocumented = _commands() - _documented(_DOCUMENT)
    assert _commands() - _documented(Document(_PATH, text)) - undocumented == {"/me TEXT"}


def test_a_missing_alias_is_found() -> None:
    assert _missing_aliases(Document(_PATH, _DOCUMENT.text.replace("`/nick`", ""))) == {"nick"}
