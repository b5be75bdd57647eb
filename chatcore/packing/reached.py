"""Finds the modules that a program imports, anywhere in its sources, without running them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import TypeGuard


def modules_reached(root: Path, start: str) -> dict[str, Path]:
    """Return the files of all modules below `root` that a module imports, directly or indirectly, by dotted name.

    Imports only for type checking do not count. Raises OSError, SyntaxError.
    """
    found: dict[str, Path] = {}
    sought = [start]
    while sought:
        name = sought.pop()
        path = None if name in found else _file_of(root, name)
        if path is None:
            continue
        found[name] = path
        package = name if path.name == "__init__.py" else name.rpartition(".")[0]
        sought += [package, *names_imported(path.read_bytes(), package)]
        sought += [name.rpartition(".")[0]]
    return found


def names_imported(source: bytes, package: str) -> Iterator[str]:
    """Yield the dotted names of the modules and attributes that a module imports. Raises SyntaxError."""
    nodes: list[ast.AST] = [ast.parse(source)]
    while nodes:
        node = nodes.pop()
        nodes += node.orelse if _is_for_types(node) else ast.iter_child_nodes(node)
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: package.count(".") + 2 - node.level] if node.level else []
            origin = ".".join([*above, *([node.module] if node.module else [])])
            yield origin
            yield from (f"{origin}.{alias.name}" for alias in node.names)


def _is_for_types(node: ast.AST) -> TypeGuard[ast.If]:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def _file_of(root: Path, name: str) -> Path | None:
    """Return the file of a module; None if there is no such module below `root`."""
    path = root.joinpath(*name.split("."))
    candidates = (path / "__init__.py", path.with_name(f"{path.name}.py"))
    return next((file for file in candidates if name and file.is_file()), None)
