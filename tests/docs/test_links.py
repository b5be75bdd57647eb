"""Every link in a document leads somewhere, and every document can be found and says what it is for."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.document import ROOT, Document, documents


def _broken(document: Document) -> list[str]:
    """Return the links of a document that lead nowhere: to no file, or to a heading that is not there."""
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
def test_a_link_that_leads_nowhere_is_found(link: str) -> None:
    assert _broken(Document("README.md", f"# Here\n[here](#here) [there]({link})\n")) == [link]


@pytest.mark.parametrize("path", sorted(ROOT.glob("docs/*.md")), ids=lambda path: path.name)
def test_a_document_says_at_its_top_what_it_is_for(path: Path) -> None:
    title, blank, first = path.read_text(encoding="utf-8").splitlines()[:3]
    assert title.startswith("# ")
    assert not blank
    assert len(first) > 40
    assert first[0].isalpha()
