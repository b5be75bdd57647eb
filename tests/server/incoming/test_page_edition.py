"""The page's files as browsers fetch them: few, compressed once, and at lasting addresses."""

from __future__ import annotations

import gzip
import re

import pytest

from chatcore.server.incoming.page_edition import SOURCES, Edition, edition


def _home(made: Edition) -> str:
    start = made.find("")
    assert start is not None
    (home,) = set(re.findall(rb'"(a/[0-9a-f]{20}/)', start.content))
    return bytes(home).decode()


def test_the_start_page_refers_to_lasting_addresses() -> None:
    start = edition().find("")
    assert start is not None
    assert start == edition().find("index.html")
    named = re.findall(r'(?:src|href)="([^"#]+)"', start.content.decode())
    assert named
    for path in named:
        file = edition().find(path)
        assert file is not None, path
        assert file.is_lasting == path.startswith("a/")
    assert not start.is_lasting


@pytest.mark.parametrize("name", ["", *(f"a/{'0' * 20}/{name}" for name in ("app.js", "address.js", "style.css"))])
def test_files_are_compressed(name: str) -> None:
    file = edition().find(name)
    assert file is not None
    assert gzip.decompress(file.compressed) == file.content
    assert len(file.compressed) < len(file.content) * 0.7


def test_changed_files_get_new_addresses() -> None:
    changed = Edition({**SOURCES, "style.css": SOURCES["style.css"] + b"\n"})
    renamed = Edition({**SOURCES, "more.js": b""})
    assert len({_home(edition()), _home(changed), _home(renamed)}) == 3
    assert _home(Edition(dict(reversed(SOURCES.items())))) == _home(edition())


def test_an_older_start_page_gets_the_current_files() -> None:
    """But they do not last at that address."""
    old, new = (edition().find(f"{home}app.js") for home in (f"a/{'0' * 20}/", _home(edition())))
    assert old is not None
    assert new is not None
    assert (old.content, old.is_lasting, new.is_lasting) == (new.content, False, True)


@pytest.mark.parametrize("path", ["a/", "a/app.js", f"a/{'0' * 19}/app.js", f"a/{'0' * 20}/index.html", "/app.js"])
def test_other_paths_are_not_found(path: str) -> None:
    assert edition().find(path) is None


def test_each_script_is_also_at_its_own_path() -> None:
    for name in ("app.js", "session/session.js"):
        file = edition().find(name)
        assert file is not None
        assert (file.content, file.is_lasting) == (SOURCES[name], False)


def test_a_start_page_without_own_files_is_refused() -> None:
    with pytest.raises(ValueError, match="start page"):
        Edition({**SOURCES, "index.html": b"<!doctype html>"})
