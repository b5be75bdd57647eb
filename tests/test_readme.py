"""README.md is short, shows a picture at once, and names existing commands; tests/docs tests its parts."""

from __future__ import annotations

import re

from chatcore.terminal.commands.slash import COMMANDS
from tests.support.document import ROOT, Document, documents

_README = Document("README.md")
_MAX_LINES = 150
_MAX_PICTURE_BYTES = 150_000


def _make_targets(document: Document) -> set[str]:
    return {target for line in document.indented() for target in re.findall(r"\bmake ([a-z-]+)\b", line)}


def test_the_readme_is_short() -> None:
    assert len(_README.text.splitlines()) <= _MAX_LINES


def test_a_picture_is_within_the_first_screen() -> None:
    assert "](docs/images/" in "".join(_README.text.splitlines()[:10])


def test_commands_of_the_client_exist() -> None:
    synopses = {f"/{command.name} {command.usage}": command for command in COMMANDS}
    rows = _README.row_names("Command")
    assert "/msg NAME TEXT" in rows
    assert [row for row in rows if row != "exit" and not _is_command(row, list(synopses))] == []


def _is_command(row: str, synopses: list[str]) -> bool:
    """Return whether a row is a command with its required or optional parameters."""
    return any(
        row.split() == synopsis.replace("[", "").replace("]", "").split()[: len(row.split())] for synopsis in synopses
    )


def test_an_unknown_command_is_found() -> None:
    assert not _is_command("/fly", ["/me TEXT"])
    assert not _is_command("/me NAME", ["/me TEXT"])


def test_commands_of_make_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set().union(*map(_make_targets, documents()))
    assert {"tracker", "client", "test", "bench"} <= targets
    assert [target for target in sorted(targets) if not re.search(rf"^{target}:", makefile, re.MULTILINE)] == []


def test_pictures_are_small() -> None:
    pictures = {
        document.path.parent / link
        for document in documents()
        for link in re.findall(r"!\[[^\]]+\]\(([^)]+)\)|<img src=\"([^\"]+)\"|srcset=\"([^\"]+)\"", document.text)
        for link in filter(None, link)
    }
    assert {picture.resolve() for picture in pictures} == set(ROOT.glob("docs/images/*"))
    assert [picture.name for picture in pictures if picture.stat().st_size > _MAX_PICTURE_BYTES] == []
