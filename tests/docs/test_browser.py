"""docs/browser.md has a row for each command of the page, and none for what is no command."""

from __future__ import annotations

import re

from tests.support.document import ROOT, Document

_PATH = "docs/browser.md"
_DOCUMENT = Document(_PATH)
_ROW = re.compile(r'^  "?([a-z-]+)"?: \{ syntax: "([^"]*)", help: "[^"]+", run: \w+ \},$', re.MULTILINE)


def _commands() -> set[str]:
    """Return the page's commands with what follows them, and what is typed without one."""
    source = (ROOT / "chatcore/web/commands/slash.js").read_text(encoding="utf-8")
    table = source.partition("const COMMANDS = {\n")[2].partition("};\n")[0]
    found = {f"/{name} {syntax}".rstrip() for name, syntax in _ROW.findall(table)}
    assert len(found) == len(table.splitlines())
    return found | {"//TEXT"}


def _documented(document: Document) -> set[str]:
    return {row[0].strip("`") for row in document.table("Command") if row[1]}


def test_every_command_of_the_page() -> None:
    assert "/msg NAME [TEXT]" in _commands()
    assert _documented(_DOCUMENT) == _commands()


def test_a_row_less_is_found() -> None:
    text = re.sub(r"^\| `/me TEXT` .*\n", "", _DOCUMENT.text, flags=re.MULTILINE)
    assert _commands() - _documented(Document(_PATH, text)) == {"/me TEXT"}
