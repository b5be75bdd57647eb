"""Files and the coverage threshold that documents name are right."""

from __future__ import annotations

import configparser
import re

import pytest

from tests.support.document import ROOT, Document, documents

_PATH = re.compile(r"`((?:[\w.-]+/)*[\w.-]+\.(?:py|js|md|toml|lua)|(?:[\w.-]+/)+)`")
_ROOTS = [ROOT, ROOT / "chatcore", ROOT / "chatcore" / "server", ROOT / "tests", ROOT / "clients"]
_RUNTIME_PATHS = {"logs/", "state/", "state/several/", "tracker.toml"}  # where a tracker runs, not here


def _missing(document: Document) -> set[str]:
    """Return the files and folders of this repository that a document names but that do not exist."""
    return {path for path in _PATH.findall(document.text) if path not in _RUNTIME_PATHS and not _is_there(path)}


def _is_there(path: str) -> bool:
    if any((root / path).exists() for root in _ROOTS):
        return True
    # One whose folder was named before.
    return "/" not in path.rstrip("/") and any(next(root.rglob(path), None) for root in _ROOTS[1:])


@pytest.mark.parametrize("document", documents(), ids=str)
def test_named_files_exist(document: Document) -> None:
    assert _missing(document) == set()


def test_a_missing_file_is_found() -> None:
    text = "In `server/tracker.py`, `tracker.py`, `chatcore/web/`, `no.py`, `tests/docs/nothing.py` and `nowhere/`."
    assert _missing(Document("ARCHITECTURE.md", text)) == {"no.py", "tests/docs/nothing.py", "nowhere/"}


def test_the_documented_coverage_threshold_is_the_configured_one() -> None:
    settings = configparser.ConfigParser()
    settings.read(ROOT / "setup.cfg", encoding="utf-8")
    told = re.findall(r"at\s+least (\d+)% branch coverage", Document("CONTRIBUTING.md").text)
    assert told == [settings["coverage:report"]["fail_under"]]
