"""Every link in a document works, and every page is linked from a contents page and begins with its purpose."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.document import ROOT, Document, documents

_CONTENTS = ("docs/host.md", "docs/operate.md", "docs/write-a-client.md")


def _broken(document: Document) -> list[str]:
    """Return a document's broken links: to a missing file, or to a missing heading."""
    broken = []
    for link in document.links():
        path, _, anchor = link.partition("#")
        target = document.path.parent / path if path else document.path
        if not target.exists() or (anchor and anchor not in _anchors(document, target)):
            broken.append(link)
    return broken


def _anchors(document: Document, target: Path) -> set[str]:
    if target == document.path:
        return document.anchors()
    return Document(target.resolve().relative_to(ROOT).as_posix()).anchors()


@pytest.mark.parametrize("document", documents(), ids=str)
def test_links_lead_somewhere(document: Document) -> None:
    assert _broken(document) == []


@pytest.mark.parametrize("link", ["#nowhere", "none.md", "docs/options.md#nowhere", "docs/none.md#options"])
def test_a_broken_link_is_found(link: str) -> None:
    assert _broken(Document("README.md", f"# Here\n[here](#here) [there]({link})\n")) == [link]


def _linked(document: Document) -> set[str]:
    """Return the files in this repository that a document links to."""
    paths = {link.partition("#")[0] for link in document.links()} - {""}
    return {(document.path.parent / path).resolve().relative_to(ROOT).as_posix() for path in paths}


def test_readme_leads_to_the_contents_pages() -> None:
    assert _linked(Document("README.md")) >= {*_CONTENTS, "SECURITY.md", "CONTRIBUTING.md", "ARCHITECTURE.md"}


def test_contents_pages_lead_to_every_page() -> None:
    pages = {path.relative_to(ROOT).as_posix() for path in ROOT.glob("docs/*.md")}
    assert pages - set(_CONTENTS) - set().union(*(_linked(Document(path)) for path in _CONTENTS)) == set()


@pytest.mark.parametrize("path", _CONTENTS)
def test_a_contents_page_describes_each_page(path: str) -> None:
    rows = [line for line in Document(path).text.splitlines() if line.startswith("| ") and "](" in line]
    assert rows
    assert [row for row in rows if not row.split(" | ")[-1].rstrip(" |")] == []


@pytest.mark.parametrize("path", sorted(ROOT.glob("docs/*.md")), ids=lambda path: path.name)
def test_a_document_begins_with_its_purpose(path: Path) -> None:
    title, blank, first = path.read_text(encoding="utf-8").splitlines()[:3]
    assert title.startswith("# ")
    assert not blank
    assert len(first) > 40
    assert first[0].isalpha()
