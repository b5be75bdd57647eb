"""The direction of imports: they point down only, and the pure layers stay pure."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[1]

# What a layer may import of chatcore, beyond itself and `from chatcore import __version__`. A layer is a
# package or a module directly in chatcore; one without a row here is a violation.
_MAY_IMPORT: dict[str, frozenset[str]] = {
    "command_line": frozenset({"errors"}),
    "config": frozenset({"errors"}),
    "errors": frozenset(),
    "protocol": frozenset({"config", "errors"}),
    "state": frozenset({"config", "errors", "protocol"}),
    "transport": frozenset({"config", "errors", "protocol", "state"}),
    "commands": frozenset({"config", "errors", "protocol", "state", "transport"}),
    "web": frozenset(),
    "terminal": frozenset({"command_line", "config", "errors", "protocol", "transport"}),
    "server": frozenset({"command_line", "config", "errors", "protocol", "state", "transport", "commands", "web"}),
    "__init__": frozenset(),
}

_SOCKETS = frozenset({"asyncio", "select", "selectors", "socket", "socketserver", "ssl"})
_THREADS = frozenset({"_thread", "concurrent", "multiprocessing", "queue", "subprocess", "threading"})

# What a layer may not import of the world outside.
_MUST_NOT_KNOW: dict[str, frozenset[str]] = {
    "protocol": _SOCKETS | _THREADS | {"logging", "time"},
    "state": _SOCKETS,
}

# Folders of tests that need more than one layer.
_TESTS_OF_THE_WHOLE = frozenset(
    {"bench", "clients", "concurrency", "docs", "faults", "fuzz", "integration", "programs", "support"}
)

_NAMES_THAT_SAY_NOTHING = frozenset({"helper", "helpers", "manager", "managers", "misc", "util", "utils"})


def _imported_names(module: Path, package: list[str]) -> Iterator[str]:
    """Yield the dotted name of all that a file imports, wherever in the file, relative ones made absolute."""
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"), filename=str(module))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            origin = ".".join([*base, *filter(None, [node.module])])
            # `from chatcore import state` names a layer only together with what it imports.
            yield from (f"{origin}.{alias.name}" for alias in node.names)


def _violations(root: Path) -> list[str]:
    """List every import below root/chatcore that the tables above forbid."""
    found = []
    for module in sorted((root / "chatcore").rglob("*.py")):
        parts = module.relative_to(root).with_suffix("").parts
        layer, where = parts[1], module.relative_to(root)
        if layer not in _MAY_IMPORT:
            found.append(f"{where}: the layer {layer!r} has no row in the table")
            continue
        allowed = _MAY_IMPORT[layer] | {layer, "__version__"}
        for name in _imported_names(module, list(parts[:-1])):
            top, _, rest = name.partition(".")
            target = rest.partition(".")[0]
            if top == "chatcore" and target not in allowed:
                found.append(f"{where}: {layer} must not import chatcore.{target or '*'}")
            if top in _MUST_NOT_KNOW.get(layer, frozenset()):
                found.append(f"{where}: {layer} must not import {top}")
    return found


def _modules(root: Path) -> list[Path]:
    return [path.relative_to(root) for path in sorted((root / "chatcore").rglob("*"))]


def test_imports_point_down_only() -> None:
    assert _violations(_ROOT) == []


@pytest.mark.parametrize("layer", sorted(_MAY_IMPORT.keys() - {"__init__"}))
def test_every_layer_in_the_table_exists(layer: str) -> None:
    # A layer that was renamed or moved would otherwise escape its row.
    assert any((_ROOT / "chatcore").glob(f"{layer}/__init__.py")) or (_ROOT / f"chatcore/{layer}.py").is_file()


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert [path for path in _modules(_ROOT) if path.stem.strip("_") in _NAMES_THAT_SAY_NOTHING] == []


@pytest.mark.parametrize(
    ("module", "source", "violation"),
    [
        ("state/registry.py", "import chatcore.commands.table", "state must not import chatcore.commands"),
        ("state/registry.py", "from chatcore import transport", "state must not import chatcore.transport"),
        ("state/registry.py", "import socket", "state must not import socket"),
        ("state/registry.py", "import ssl as tls", "state must not import ssl"),
        ("protocol/message.py", "from threading import Lock", "protocol must not import threading"),
        ("protocol/message.py", "def now():\n    import time", "protocol must not import time"),
        ("protocol/message.py", "import logging.handlers", "protocol must not import logging"),
        ("protocol/deep/er.py", "from ...state import registry", "protocol must not import chatcore.state"),
        ("protocol/__init__.py", "from ..state import registry", "protocol must not import chatcore.state"),
        ("protocol/message.py", "from .. import state", "protocol must not import chatcore.state"),
        ("transport/plain.py", "from ..commands import table", "transport must not import chatcore.commands"),
        ("commands/table.py", "from chatcore.server import app", "commands must not import chatcore.server"),
        ("server/cli/app.py", "from chatcore.terminal import app", "server must not import chatcore.terminal"),
        ("terminal/app.py", "from chatcore.server import app", "terminal must not import chatcore.server"),
        ("terminal/app.py", "from chatcore.state import history", "terminal must not import chatcore.state"),
        ("terminal/app.py", "from chatcore import *", "terminal must not import chatcore.*"),
        ("terminal/app.py", "import chatcore", "terminal must not import chatcore.*"),
        ("config.py", "from chatcore.protocol import names", "config must not import chatcore.protocol"),
        ("errors.py", "from . import config", "errors must not import chatcore.config"),
        ("__init__.py", "from .protocol import message", "__init__ must not import chatcore.protocol"),
        ("plugins/late.py", "", "the layer 'plugins' has no row in the table"),
    ],
)
def test_violation_is_caught(tmp_path: Path, module: str, source: str, violation: str) -> None:
    path = tmp_path / "chatcore" / module
    path.parent.mkdir(parents=True)
    path.write_text(source, encoding="utf-8")
    assert _violations(tmp_path) == [f"chatcore/{module}: {violation}"]


@pytest.mark.parametrize(
    ("module", "source"),
    [
        (
            "server/cli/app.py",
            "from chatcore import __version__\nfrom chatcore.commands import table\nimport socket",
        ),
        ("terminal/app.py", "from ..protocol.message import Message\nfrom ..config import Config"),
        ("transport/plain.py", "from .detect import Detected\nimport ssl"),
        ("state/striped.py", "import threading\nfrom chatcore.errors import ChatError"),
        ("protocol/message.py", "import re\nfrom .names import casefold\n# import socket"),
    ],
)
def test_import_that_points_down_is_allowed(tmp_path: Path, module: str, source: str) -> None:
    path = tmp_path / "chatcore" / module
    path.parent.mkdir(parents=True)
    path.write_text(source, encoding="utf-8")
    assert _violations(tmp_path) == []


def _server_folders() -> list[Path]:
    server = _ROOT / "chatcore" / "server"
    return [server, *(path.parent for path in sorted(server.glob("*/__init__.py")))]


@pytest.mark.parametrize("folder", _server_folders(), ids=lambda folder: folder.name)
def test_every_file_of_the_server_is_on_the_map(folder: Path) -> None:
    where = folder.relative_to(_ROOT / "chatcore").as_posix()
    text = (_ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    (row,) = [line for line in text.splitlines() if line.startswith(f"| `{where}/` |")]
    assert {path.stem for path in folder.glob("[!_]*.py") if f"`{path.stem}`" not in row} == set()


def test_one_topic_has_one_name() -> None:
    commands = {path.stem for path in (_ROOT / "chatcore/commands").glob("[!_]*.py")}
    rendering = {path.stem for path in (_ROOT / "chatcore/server/outgoing/rendering").glob("[!_]*.py")}
    assert rendering - commands == {"answers"}


@pytest.mark.parametrize("tree", ["chatcore", "tests"])
def test_no_file_is_told_from_another_by_a_plural(tree: str) -> None:
    names = {path.stem for path in (_ROOT / tree).rglob("*.py")}
    assert {name for name in names if names & {f"{name}s", f"{name}es", f"{name.removesuffix('y')}ies"}} == set()


def test_tests_mirror_the_program() -> None:
    layers = {path.relative_to(_ROOT / "chatcore") for path in (_ROOT / "chatcore").rglob("*") if path.is_dir()}
    folders = {
        path.relative_to(_ROOT / "tests") for path in (_ROOT / "tests").rglob("*") if any(path.glob("test_*.py"))
    }
    of_layers = {folder for folder in folders if folder.parts and folder.parts[0] not in _TESTS_OF_THE_WHOLE}
    assert of_layers - {Path()} <= layers
