"""The documentation, as tests look at it: sections, tables, blocks of code, links."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
_CELL_END = re.compile(r"(?<!\\)\|")


class Document:
    """One Markdown file of this repository, or a text in place of it."""

    def __init__(self, path: str, text: str | None = None) -> None:
        self.path = ROOT / path
        self.text = self.path.read_text(encoding="utf-8") if text is None else text

    def __str__(self) -> str:
        return self.path.relative_to(ROOT).as_posix()

    def table(self, heading: str) -> list[list[str]]:
        """Return the rows of the one table whose first column has this heading, as cells, bars unescaped."""
        found = re.findall(rf"^\| {re.escape(heading)} \|.*\n\|[-|]+\|\n((?:\|.*\n)*)", self.text, re.MULTILINE)
        assert len(found) == 1, f"{self} has {len(found)} tables of {heading!r}"
        rows = [_CELL_END.split(line)[1:-1] for line in found[0].splitlines()]
        return [[cell.strip().replace("\\|", "|") for cell in row] for row in rows]

    def row_names(self, heading: str) -> list[str]:
        """Return the text between backticks at the start of each row's first cell; '' if there is none."""
        return [name[1] if (name := re.match(r"`([^`]+)`", row[0])) else "" for row in self.table(heading)]

    def blocks(self, language: str) -> list[str]:
        """Return the fenced blocks of this language."""
        return re.findall(rf"^```{language}\n(.*?)^```$", self.text, re.MULTILINE | re.DOTALL)

    def section(self, heading: str) -> Document:
        """Return the text below a heading of the second or third level, up to the next of its level."""
        found = re.search(rf"^(###?) {re.escape(heading)}\n(.*?)(?=^##? |^\1 |\Z)", self.text, re.MULTILINE | re.DOTALL)
        assert found, f"{self} has no section {heading!r}"
        return Document(str(self), found[2])

    def indented(self) -> list[str]:
        """Return the lines of the indented blocks of code, without the four spaces."""
        return re.findall(r"^    (?! )(.*)$", self.text, re.MULTILINE)

    def anchors(self) -> set[str]:
        """Return the anchors of its headings."""
        headings = re.findall(r"^#+ (.+)$", self.text, re.MULTILINE)
        return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}

    def links(self) -> list[str]:
        """Return its links within the repository."""
        return [link for link in re.findall(r"\]\(([^)\s]+)\)", self.text) if "://" not in link]


def documents() -> list[Document]:
    """Return every document."""
    paths = [
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/*.md"),
        *ROOT.glob("clients/*.md"),
        *ROOT.glob("bench/*.md"),
        *ROOT.glob("contrib/*.md"),
    ]
    return [Document(path.relative_to(ROOT).as_posix()) for path in sorted(paths)]
