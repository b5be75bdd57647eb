"""Which of a module's names the rest of the program imports."""

from __future__ import annotations

import ast
import functools
from pathlib import Path

_PROGRAM = Path(__file__).parents[2] / "chatcore"


@functools.cache
def names_taken_from(module: str) -> set[str]:
    """Return the names that other modules of the program import from this one. Ruff finds unused imports."""
    return {
        alias.name
        for path in _PROGRAM.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module == module
        for alias in node.names
    }
