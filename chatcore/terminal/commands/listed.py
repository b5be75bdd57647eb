"""Lists that the terminal client shares with the page: literals in the page's files, read as data. Pure."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from importlib import resources
from typing import Any, NamedTuple

from chatcore import web


class Listed(NamedTuple):
    """A row in the list of commands. `only` names the one client that has it, '' for both."""

    name: str
    usage: str
    least: int
    help: str
    aliases: tuple[str, ...]
    only: str


def commands(client: str = "terminal") -> tuple[Listed, ...]:
    """Return the slash commands of a client, `terminal` or `page`, in the order of the help."""
    rows = (Listed(*row)._replace(aliases=tuple(row[4])) for row in _literal("command_list.js"))
    return tuple(row for row in rows if row.only in ("", client))


def emoji(lines: int | None = None) -> Mapping[str, str]:
    """Return emoji by name: all of them, or those in the first lines of the list."""
    words = [word for line in _literal("emoji_list.js")[:lines] for word in line.split()]
    return dict(zip(words[::2], words[1::2], strict=True))


def _literal(name: str) -> Any:
    """Return the array in a file of the page. Its strings, numbers and arrays are valid Python, too."""
    text = resources.files(web).joinpath(name).read_text(encoding="utf-8")
    return ast.literal_eval(text[text.index("= [") + 2 : text.rindex("]") + 1])
