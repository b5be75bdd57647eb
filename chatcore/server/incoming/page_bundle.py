"""Joins the page's modules into one script, so that a browser fetches one file instead of sixty. Pure text.

Each module becomes a function that is called once, after those it imports, and returns what it exports. Only the forms
of import and export that the page uses are understood; any other raises ValueError, and so does a text of several
lines, which might look like code. Comments that have lines of their own are left out: a third of what would be sent.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping

_COMMENT = re.compile(r"^[ \t]*(?:/\*(?:(?!\*/).)*\*/[ \t]*|//[^\n]*)$", re.DOTALL | re.MULTILINE)
_BLANK = re.compile(r"^[ \t]+|\n(?=\n)", re.MULTILINE)
_IMPORT = re.compile(r'^import (?:\{([^{}]*)\} from )?"(\.[^"\n]*)";$', re.MULTILINE)
_EXPORT = re.compile(r"^export ((?:async )?function\*?|class|const) ([\w$]+)\b", re.MULTILINE)
_NOT_UNDERSTOOD = re.compile(r"^(?:import|export)[\s{*\"'][^\n]*|\bimport(?:\(|\.meta\b)[^\n]*", re.MULTILINE)
_RENAMED = re.compile(r"\bas\b")


def join_modules(scripts: Mapping[str, str], entry: str) -> str:
    """Return one script that does what the module `entry` does with all that it imports.

    `scripts` are texts by their paths. Raises ValueError.
    """
    joined: dict[str, str] = {}
    _add(scripts, entry, joined, ())
    return "".join(joined.values())


def _add(scripts: Mapping[str, str], path: str, joined: dict[str, str], importers: tuple[str, ...]) -> None:
    """Add a module behind those that it imports, unless it is there already."""
    if path in joined:
        return
    if path not in scripts or path in importers:
        raise ValueError(f"{importers[-1]} imports {path}, which is not there or imports it, too")
    text = _bare(path, scripts[path])
    for imported in _IMPORT.findall(text):
        _add(scripts, _resolved(path, imported[1]), joined, (*importers, path))
    exported = [name for _, name in _EXPORT.findall(text)]
    body = _EXPORT.sub(r"\1 \2", _IMPORT.sub(lambda found: _bound(path, found, joined), text))
    if found := _NOT_UNDERSTOOD.search(body):
        raise ValueError(f"{path} has what cannot be joined: {found[0][:80]}")
    joined[path] = f"const m{len(joined)}=(()=>{{\n{body.strip()}\nreturn{{{','.join(exported)}}};\n}})();\n"


def _bare(path: str, text: str) -> str:
    """Return a script without comments and indentation."""
    bare = _BLANK.sub("", _COMMENT.sub("", text))
    for line in bare.splitlines():
        if line.count("`") % 2:
            raise ValueError(f"{path} has a template of several lines: {line[:80]}")
    return bare


def _resolved(path: str, imported: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), imported))


def _bound(path: str, found: re.Match[str], joined: Mapping[str, str]) -> str:
    """Return what takes the place of an import."""
    if not found[1]:
        return ""
    number = list(joined).index(_resolved(path, found[2]))
    return f"const {{{_RENAMED.sub(':', ' '.join(found[1].split()))}}}=m{number};"
