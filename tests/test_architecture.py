"""The direction of imports: they point down only, and the pure layers stay pure."""

import ast
import functools
import re
from collections.abc import Iterator, Set
from pathlib import Path

import pytest

pytestmark = pytest.mark.xdist_group("sources")  # the sources are parsed once per worker
_ROOT = Path(__file__).parents[1]

# What a layer may import from chatcore, beyond itself and `from chatcore import __version__`. A layer is a
# package or a module directly in chatcore; one without a row here is a violation.
_MAY_IMPORT: dict[str, frozenset[str]] = {
    "command_line": frozenset({"errors"}),
    "config": frozenset({"errors", "protocol"}),
    "errors": frozenset(),
    "packing": frozenset({"errors"}),
    "protocol": frozenset({"errors"}),
    "state": frozenset({"errors", "protocol"}),
    "transport": frozenset({"errors", "protocol", "state"}),
    "commands": frozenset({"config", "errors", "protocol", "state"}),
    "cluster": frozenset({"commands", "config", "errors", "protocol", "state", "transport"}),
    "web": frozenset(),
    "prompting": frozenset({"protocol"}),
    "terminal": frozenset({"command_line", "config", "errors", "prompting", "protocol", "transport", "web"}),
    "ssh": frozenset({"config", "errors", "prompting", "protocol", "state", "terminal", "transport"}),
    "server": frozenset(
        {"command_line", "config", "errors", "prompting", "protocol", "state", "transport", "commands", "web"}
        | {"cluster", "packing", "ssh"}
    ),
    "__init__": frozenset(),
}

# The same for the rooms of server/: its folders, and the modules directly in it.
_ROOM_MAY_IMPORT: dict[str, frozenset[str]] = {
    "disk_room": frozenset(),
    "doorbell": frozenset(),
    "file_lock": frozenset(),
    "chat_links": frozenset(),
    "memory_limit": frozenset(),
    "notice_board": frozenset(),
    "own_names": frozenset(),
    "presence": frozenset(),
    "recollection": frozenset(),
    "ways_in": frozenset(),
    "access": frozenset({"disk_room", "file_lock"}),
    "metrics": frozenset(),
    "nearby": frozenset(),
    "audit": frozenset({"disk_room", "file_lock"}),
    "archive": frozenset({"disk_room"}),
    "backup": frozenset({"access", "archive", "audit", "file_lock"}),
    "outgoing": frozenset({"archive", "audit", "metrics"}),
    "incoming": frozenset({"access", "metrics", "notice_board", "own_names"}),
    "flood_control": frozenset(),
    "conduct": frozenset(),
    "visit": frozenset({"conduct", "flood_control", "incoming", "outgoing"}),
    "roster": frozenset({"visit"}),
    "resumption": frozenset({"access", "roster"}),
    "census": frozenset({"roster"}),
    "ghosts": frozenset({"visit"}),
    "attendance": frozenset({"census", "doorbell", "incoming", "presence", "recollection", "roster", "visit"}),
    "services": frozenset(
        {"access", "archive", "audit", "census", "chat_links", "ghosts", "presence", "recollection", "roster"}
    ),
    "standing": frozenset(),
    "footing": frozenset(
        {"access", "archive", "audit", "metrics", "outgoing", "premises", "presence", "roster", "services", "standing"}
    ),
    "cluster": frozenset(
        {"access", "archive", "audit", "footing", "ghosts", "metrics", "outgoing", "premises", "roster", "standing"}
    ),
    "upkeep": frozenset({"access", "roster", "visit"}),
    "readings": frozenset({"archive", "attendance", "audit", "incoming", "metrics", "outgoing", "roster", "services"}),
    "state_folder": frozenset({"file_lock"}),
    "state_versions": frozenset({"access", "archive", "audit"}),
    "premises": frozenset({"access", "archive", "audit", "own_names", "state_folder", "state_versions", "upkeep"}),
    "tracker": frozenset(
        {
            "access",
            "archive",
            "attendance",
            "audit",
            "census",
            "chat_links",
            "cluster",
            "doorbell",
            "footing",
            "incoming",
            "memory_limit",
            "nearby",
            "notice_board",
            "outgoing",
            "premises",
        }
        | {"presence", "readings", "recollection", "resumption", "roster", "services", "upkeep", "visit"}
    ),
    "console": frozenset({"access", "chat_links", "nearby", "standing", "tracker", "ways_in"}),
    "cli": frozenset(
        {
            "access",
            "archive",
            "backup",
            "audit",
            "chat_links",
            "console",
            "file_lock",
            "incoming",
            "memory_limit",
            "state_folder",
            "state_versions",
            "tracker",
            "ways_in",
        }
    ),
}

# The folders of terminal/, each of which may import those before it, and the modules that all may import.
_TERMINAL_FOLDERS = ("session", "commands", "screen", "connecting")
_TERMINAL_LEAVES = frozenset({"alarm", "arguments", "destination", "local", "recent", "settings", "waiting"})

_SOCKETS = frozenset({"asyncio", "select", "selectors", "socket", "socketserver", "ssl"})
_THREADS = frozenset({"_thread", "concurrent", "multiprocessing", "queue", "subprocess", "threading"})

# What a layer may not import from outside.
_MUST_NOT_KNOW: dict[str, frozenset[str]] = {
    "protocol": _SOCKETS | _THREADS | {"logging", "time"},
    "state": _SOCKETS,
}

# Folders of tests that need more than one layer.
_CROSS_LAYER_TESTS = frozenset(
    {"bench", "clients", "concurrency", "docs", "faults", "fuzz", "integration", "pictures", "programs", "support"}
)

_SUPPORT = Path("tests/support")

_VAGUE_NAMES = frozenset({"helper", "helpers", "manager", "managers", "misc", "util", "utils"})


def _imported_names(module: Path, package: list[str]) -> Iterator[str]:
    """Yield the dotted names that a file imports, anywhere in it, relative ones made absolute."""
    for node in _imports(module.read_text(encoding="utf-8")):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            origin = ".".join([*base, *filter(None, [node.module])])
            # `from chatcore import state` names a layer only together with what it imports.
            yield from (f"{origin}.{alias.name}" for alias in node.names)


@functools.cache
def _imports(source: str) -> list[ast.Import | ast.ImportFrom]:
    return [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Import | ast.ImportFrom)]


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


def _graph(root: Path) -> dict[str, set[str]]:
    """Return all modules below root/chatcore, each with those that it imports, anywhere in the file."""
    names: dict[str, Path] = {}
    for module in sorted((root / "chatcore").rglob("*.py")):
        parts = module.relative_to(root).with_suffix("").parts
        names[".".join(parts).removesuffix(".__init__")] = module
    graph = {}
    for name, module in names.items():
        package = list(module.relative_to(root).parts[:-1])
        found = {_module_of(imported, names.keys()) for imported in _imported_names(module, package)}
        graph[name] = found - {name, ""}
    return graph


def _module_of(imported: str, modules: Set[str]) -> str:
    """Return the module that a dotted name is or belongs to; '' if it is not ours."""
    while imported and imported not in modules:
        imported = imported.rpartition(".")[0]
    return imported


def _in_circles(graph: dict[str, set[str]]) -> list[str]:
    """List the modules in or between circles of imports."""
    left = graph
    while True:
        imported = set().union(*left.values())
        inner = {name: found for name, of in left.items() if name in imported and (found := of & left.keys())}
        if inner.keys() == left.keys():
            return sorted(left)
        left = inner


def _misused(graph: dict[str, set[str]], table: dict[str, frozenset[str]], root: str) -> list[str]:
    """List the imports between parts of `root` that a table does not allow, and its unused permissions."""
    depth = root.count(".") + 1
    used: set[tuple[str, str]] = set()
    for name, imports in graph.items():
        inside = [other for other in (name, *imports) if other.startswith(root + ".")]
        if inside[:1] == [name]:
            parts = [other.split(".")[depth] for other in inside]
            used |= {(parts[0], part) for part in parts[1:] if part != parts[0]}
    allowed = {(part, other) for part, others in table.items() for other in others}
    return sorted(
        [f"{part} must not import {other}" for part, other in used - allowed]
        + [f"{part} does not import {other}" for part, other in allowed - used]
    )


def _modules(root: Path) -> list[Path]:
    return [path.relative_to(root) for path in sorted((root / "chatcore").rglob("*"))]


def test_imports_point_down_only() -> None:
    assert _violations(_ROOT) == []


def test_no_modules_import_each_other_circularly() -> None:
    assert _in_circles(_graph(_ROOT)) == []


def test_every_permission_of_a_layer_is_used() -> None:
    assert _misused(_graph(_ROOT), _MAY_IMPORT, "chatcore") == []


def test_the_folders_of_the_server_import_as_the_table_says() -> None:
    graph = _graph(_ROOT)
    rooms = {name.split(".")[2] for name in graph if name.startswith("chatcore.server.")}
    assert rooms == _ROOM_MAY_IMPORT.keys()
    assert _misused(graph, _ROOM_MAY_IMPORT, "chatcore.server") == []


def test_no_folders_of_the_server_import_each_other_circularly() -> None:
    """Folders count as a whole, like modules directly in server/."""
    assert _in_circles({room: set(others) for room, others in _ROOM_MAY_IMPORT.items()}) == []


@pytest.mark.parametrize("layer", sorted(_MAY_IMPORT.keys() - {"__init__"}))
def test_every_layer_in_the_table_exists(layer: str) -> None:
    # A layer that was renamed or moved would otherwise escape its row.
    assert any((_ROOT / "chatcore").glob(f"{layer}/__init__.py")) or (_ROOT / f"chatcore/{layer}.py").is_file()


def test_no_module_has_a_meaningless_name() -> None:
    assert [path for path in _modules(_ROOT) if path.stem.strip("_") in _VAGUE_NAMES] == []


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
        ("config.py", "from chatcore.state import client", "config must not import chatcore.state"),
        ("errors.py", "from . import config", "errors must not import chatcore.config"),
        ("__init__.py", "from .protocol import message", "__init__ must not import chatcore.protocol"),
        ("plugins/late.py", "", "the layer 'plugins' has no row in the table"),
    ],
)
def test_a_violation_is_caught(tmp_path: Path, module: str, source: str, violation: str) -> None:
    path = tmp_path / "chatcore" / module
    path.parent.mkdir(parents=True)
    path.write_text(source, encoding="utf-8")
    assert _violations(tmp_path) == [f"chatcore/{module}: {violation}"]


def _planted(root: Path, sources: dict[str, str]) -> Path:
    for name, source in sources.items():
        path = root / "chatcore" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source, encoding="utf-8")
    return root


@pytest.mark.parametrize(
    ("sources", "circle"),
    [
        ({"state/a.py": "from chatcore.state import b", "state/b.py": "from chatcore.state.a import A"}, "ab"),
        ({"state/a.py": "from . import b", "state/b.py": "def late():\n    from .a import A"}, "ab"),
        ({"state/a.py": "if TYPE_CHECKING:\n    from .b import B", "state/b.py": "import chatcore.state.a"}, "ab"),
        (
            {
                "state/a.py": "from .b import B",
                "state/b.py": "from .c import C\nfrom .d import D",
                "state/c.py": "from .a import A",
                "state/d.py": "import re",
            },
            "abc",
        ),
        ({"state/a.py": "from .b import B", "state/b.py": "from .c import C", "state/c.py": ""}, ""),
    ],
)
def test_a_circle_is_caught(tmp_path: Path, sources: dict[str, str], circle: str) -> None:
    assert _in_circles(_graph(_planted(tmp_path, sources))) == [f"chatcore.state.{name}" for name in circle]


def test_an_unused_permission_is_caught(tmp_path: Path) -> None:
    sources = {
        "server/outgoing/view.py": "from chatcore.server.incoming.door import enter\nfrom .lines import Line",
        "server/outgoing/lines.py": "import re",
        "server/incoming/door.py": "def late():\n    from chatcore.server.visit import Visit",
        "server/visit.py": "from chatcore.state import client",
        "state/client.py": "",
    }
    table = {"outgoing": frozenset({"audit"}), "incoming": frozenset({"visit"}), "visit": frozenset[str]()}
    assert _misused(_graph(_planted(tmp_path, sources)), table, "chatcore.server") == [
        "outgoing does not import audit",
        "outgoing must not import incoming",
    ]
    layers = {"server": frozenset({"state", "errors"}), "state": frozenset[str]()}
    assert _misused(_graph(tmp_path), layers, "chatcore") == ["server does not import errors"]


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
def test_a_downward_import_is_allowed(tmp_path: Path, module: str, source: str) -> None:
    path = tmp_path / "chatcore" / module
    path.parent.mkdir(parents=True)
    path.write_text(source, encoding="utf-8")
    assert _violations(tmp_path) == []


def _server_folders() -> list[Path]:
    server = _ROOT / "chatcore" / "server"
    return sorted(path.parent for path in server.rglob("__init__.py") if path.parent.name != "rendering")


@pytest.mark.parametrize("folder", _server_folders(), ids=lambda folder: folder.name)
def test_every_file_of_the_server_is_on_the_map(folder: Path) -> None:
    where = folder.relative_to(_ROOT / "chatcore").as_posix()
    text = (_ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    (row,) = [line for line in text.splitlines() if line.startswith(f"| `{where}/` |")]
    assert {path.stem for path in folder.glob("[!_]*.py") if f"`{path.stem}`" not in row} == set()


def test_every_file_of_the_cluster_is_on_its_map() -> None:
    text = (_ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    rows = text.partition("| of `cluster/` |")[2].partition("\n\n")[0]
    files = {path.stem for path in (_ROOT / "chatcore" / "cluster").glob("[!_]*.py")}
    assert set(re.findall(r"`(\w+)`", rows)) == files


def test_every_file_of_the_terminal_client_is_on_its_map() -> None:
    folder = _ROOT / "chatcore" / "terminal"
    named = set(re.findall(r"\w+", ast.get_docstring(ast.parse((folder / "__init__.py").read_text("utf-8"))) or ""))
    listed = set(re.findall(r"^ {4}(\w+)", (folder / "__init__.py").read_text("utf-8"), re.MULTILINE))
    files = {path.stem for path in folder.rglob("[!_]*.py")}
    assert (files - named, listed - files) == (set(), set())


def test_the_folders_of_the_terminal_client_import_only_earlier_ones() -> None:
    graph = _graph(_ROOT)
    above: set[str] = set()
    for room in _TERMINAL_FOLDERS:
        above.add(room)
        imported = set().union(*(of for name, of in graph.items() if name.startswith(f"chatcore.terminal.{room}.")))
        used = {name.split(".")[2] for name in imported if name.startswith("chatcore.terminal.")}
        assert used <= above | _TERMINAL_LEAVES
    assert above == {path.parent.name for path in (_ROOT / "chatcore/terminal").glob("*/__init__.py")}


_REGISTRY_NAME = re.compile(r"chatcore\.state\.(registry|client|channel\.Channel)(\.|$)|chatcore\.state\.channel$")


def _looks_at_the_registry(root: Path) -> list[str]:
    """List the imports of the registry, or of its contents, in delivery's folder."""
    modules = sorted((root / "chatcore/server/outgoing").rglob("*.py"))
    imported = [name for path in modules for name in _imported_names(path, list(path.relative_to(root).parts[:-1]))]
    return [name for name in imported if _REGISTRY_NAME.match(name)]


def test_delivery_does_not_know_the_registry() -> None:
    assert _looks_at_the_registry(_ROOT) == []


@pytest.mark.parametrize(
    "planted",
    [
        "from chatcore.state.registry import Registry",
        "from chatcore.state import client",
        "def late():\n    from chatcore.state.client import Client",
        "from chatcore.state.channel import Topic, Channel",
        "import chatcore.state.channel",
    ],
)
def test_an_import_of_the_registry_is_caught(tmp_path: Path, planted: str) -> None:
    sources = {
        "server/outgoing/drain.py": planted,
        "server/outgoing/view.py": "from chatcore.state.channel import Topic",
    }
    assert len(_looks_at_the_registry(_planted(tmp_path, sources))) == 1


def test_rendering_modules_are_named_like_the_commands() -> None:
    commands = {path.stem for path in (_ROOT / "chatcore/commands").glob("[!_]*.py")}
    rendering = {path.stem for path in (_ROOT / "chatcore/server/outgoing/rendering").glob("[!_]*.py")}
    assert rendering - commands == {"answers"}


@pytest.mark.parametrize("tree", ["chatcore", "tests"])
def test_no_file_names_differ_only_by_a_plural(tree: str) -> None:
    names = {path.stem for path in (_ROOT / tree).rglob("*.py")}
    assert {name for name in names if names & {f"{name}s", f"{name}es", f"{name.removesuffix('y')}ies"}} == set()


def test_tests_mirror_the_program() -> None:
    layers = {path.relative_to(_ROOT / "chatcore") for path in (_ROOT / "chatcore").rglob("*") if path.is_dir()}
    folders = {
        path.relative_to(_ROOT / "tests") for path in (_ROOT / "tests").rglob("*") if any(path.glob("test_*.py"))
    }
    of_layers = {folder for folder in folders if folder.parts and folder.parts[0] not in _CROSS_LAYER_TESTS}
    assert of_layers - {Path()} <= layers


def _shared_outside_support(root: Path) -> list[str]:
    """List the imports of tests from folders that do not contain them, except `support`."""
    found = []
    for module in sorted((root / "tests").rglob("*.py")):
        home = module.relative_to(root).parent
        for name in _imported_names(module, list(home.parts)):
            folder = Path(*name.split("."))
            while not (root / folder).is_dir():
                folder = folder.parent
            if folder.parts[:1] == ("tests",) and folder not in (_SUPPORT, home, *home.parents):
                found.append(f"{module.relative_to(root)} imports {name}")
    return found


@pytest.mark.thorough
def test_code_shared_by_folders_of_tests_is_in_support() -> None:
    assert _shared_outside_support(_ROOT) == []


def test_sharing_outside_support_is_caught(tmp_path: Path) -> None:
    for name, source in {
        "state/test_a.py": "from tests.support.irc import one\nfrom tests.state.people import ann\nimport tests.leaks",
        "state/deep/test_b.py": "from tests.state.people import ann",
        "server/test_c.py": "from tests.state.people import ann",
        "support/irc.py": "",
        "state/people.py": "",
        "leaks.py": "",
    }.items():
        path = tmp_path / "tests" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)
    assert _shared_outside_support(tmp_path) == ["tests/server/test_c.py imports tests.state.people.ann"]
