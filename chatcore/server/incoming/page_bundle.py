"""Joins the page's modules into one script, so that a browser fetches one file instead of sixty. Pure text.

Each module becomes a function that is called once, after the modules it imports, and returns its exports. Only the
forms of import and export that the page uses are supported; any other raises ValueError. So does a template literal of
several lines, whose text might look like code. Comments on lines of their own, a third of the text, are dropped.
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
    """Return one script equivalent to the module `entry` and everything it imports.

    `scripts` maps paths to texts. Raises ValueError.
    """
    joined: dict[str, str] = {}
    _add(scripts, entry, joined, ())
    return "".join(joined.values())


def _add(scripts: Mapping[str, str], path: str, joined: dict[str, str], importers: tuple[str, ...]) -> None:
    """Add a module after those it imports, unless it is already there."""
    if path in joined:
        return
    if path not in scripts or path in importers:
        raise ValueError(f"{importers[-1]} imports {path}, which is missing or part of a circle")
    text = _bare(path, scripts[path])
    for imported in _IMPORT.findall(text):
        _add(scripts, _resolved(path, imported[1]), joined, (*importers, path))
    exported = [name for _, name in _EXPORT.findall(text)]
    body = _EXPORT.sub(r"\1 \2", _IMPORT.sub(lambda found: _bound(path, found, joined), text))
    if found := _NOT_UNDERSTOOD.search(body):
        raise ValueError(f"{path} has an import or export that cannot be joined: {found[0][:80]}")
    joined[path] = f"const m{len(joined)}=(()=>{{\n{body.strip()}\nreturn{{{','.join(exported)}}};\n}})();\n"


def _bare(path: str, text: str) -> str:
    """Return a script without its comments and indentation. Raises ValueError."""
    bare = _BLANK.sub("", _COMMENT.sub("", text))
    for line in bare.splitlines():
        if line.count("`") % 2:
            raise ValueError(f"{path} has a template literal of several lines: {line[:80]}")
    return bare


def _resolved(path: str, imported: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), imported))


def _bound(path: str, found: re.Match[str], joined: Mapping[str, str]) -> str:
    """Return the code that replaces an import."""
    if not found[1]:
        return ""
    number = list(joined).index(_resolved(path, found[2]))
    return f"const {{{_RENAMED.sub(':', ' '.join(found[1].split()))}}}=m{number};"
