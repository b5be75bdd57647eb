"""The page's files as browsers fetch them: few of them, at addresses whose content never changes.

The start page refers to its files below `a/DIGEST/`, where the digest covers all of them. So browsers may cache them
forever, and a tracker with another version of the page has other addresses. The scripts are joined into one. Each file
is also served at its own path, for clients that ask for it by name.
"""

from __future__ import annotations

import functools
import gzip
import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from chatcore import web
from chatcore.server.incoming.page_bundle import join_modules

_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
    ".txt": "text/plain; charset=utf-8",
    ".png": "image/png",
    ".ico": "image/x-icon",
}
_FOLDER = Path(web.__file__).parent
SOURCES = {
    file.relative_to(_FOLDER).as_posix(): file.read_bytes()
    for file in sorted(_FOLDER.rglob("*"))
    if file.suffix in _TYPES
}
"""Read once, so that the page can be served even when no descriptor is left."""
_START, _ENTRY = "index.html", "app.js"
_LASTING = (_ENTRY, "address.js", "style.css", "icon.svg")
"""The files that the start page refers to."""
_ANY_EDITION = re.compile(r"a/[0-9a-f]{20}/(.*)")


class PageFile(NamedTuple):
    """One file and what its response headers say."""

    content: bytes
    content_type: str
    tag: str  # without quotes
    compressed: bytes = b""  # with gzip; empty if that is not worth it
    is_lasting: bool = False  # the content at its address never changes


class Edition:
    """All the page's files. Immutable. Raises ValueError if they cannot be joined."""

    def __init__(self, sources: Mapping[str, bytes]) -> None:
        """`sources` maps paths to contents."""
        self._home = f"a/{_digest_of(sources)[:20]}/"
        self._files = {name: _page_file(name, content) for name, content in sources.items()}
        scripts = {name: content.decode() for name, content in sources.items() if name.endswith(".js")}
        joined = {**sources, _ENTRY: join_modules(scripts, _ENTRY).encode()}
        self._lasting = {name: _page_file(name, joined[name], compress=True, is_lasting=True) for name in _LASTING}
        start = self._start_page(sources[_START].decode()).encode()
        self._files[_START] = self._files[""] = _page_file(_START, start, compress=True)

    def _start_page(self, text: str) -> str:
        """Return the start page with the addresses below `a/DIGEST/`."""
        for name in _LASTING:
            named = re.compile(rf'\b(src|href)="{re.escape(name)}"')
            if not named.search(text):
                raise ValueError(f"the start page does not refer to {name}")
            text = named.sub(rf'\1="{self._home}{name}"', text)
        return text

    def find(self, path: str) -> PageFile | None:
        """Return the file at a path without a leading slash; None if there is none."""
        found = _ANY_EDITION.fullmatch(path)
        if found is None:
            return self._files.get(path)
        lasting = self._lasting.get(found[1])
        # A browser that still has another edition's start page gets our file, but must not cache it forever.
        return lasting if lasting is None or path.startswith(self._home) else lasting._replace(is_lasting=False)

    def names(self) -> tuple[str, ...]:
        """Return the paths of all files."""
        return tuple(self._files)


@functools.cache
def edition() -> Edition:
    """Return the tracker's edition. It is made on the first call, when the tracker starts. Any thread."""
    return Edition(SOURCES)


def _digest_of(sources: Mapping[str, bytes]) -> str:
    """Return a digest of the names and contents of all files."""
    digest = hashlib.sha256()
    for name, content in sorted(sources.items()):
        digest.update(f"{name} {len(content)}\n".encode() + content)
    return digest.hexdigest()


def _page_file(name: str, content: bytes, *, compress: bool = False, is_lasting: bool = False) -> PageFile:
    return PageFile(
        content,
        _TYPES[Path(name).suffix],
        hashlib.sha256(content).hexdigest()[:32],
        gzip.compress(content, mtime=0) if compress else b"",
        is_lasting,
    )
