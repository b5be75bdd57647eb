"""Files and functions stay short: longer ones are listed here with the reason."""

import ast
from collections.abc import Iterator
from pathlib import Path

_ROOT = Path(__file__).parents[1]
_SOURCES = ("bench", "chatcore", "clients", "contrib", "pictures", "tests")
_FILE_LINES = 300
_TEST_FILE_LINES = 500  # a file of tests has all that one module does
_FUNCTION_LINES = 30  # not counting docstrings

_LONG_FILES: dict[str, str] = {
    "bench/load.c": "a program of its own, compiled from one file",
    "chatcore/commands/table.py": "the one table of commands, a few lines each",
    "chatcore/config.py": "the one list of settings and limits",
    "chatcore/server/tracker.py": "puts the parts together; what they do is elsewhere",
    "chatcore/web/style.css": "how the whole page looks, part by part; a browser gets it as one file",
    "chatcore/web/words.js": "all that the page says, so that it can be translated as a whole",
    "tests/fuzz/grammar.py": "the one grammar of generated input",
    "tests/server/outgoing/model.py": "the one model of who sees what, a method for each deed",
}

_LONG_FUNCTIONS: dict[str, str] = {
    "bench/__main__.py: _arguments": "a list of flags",
    "bench/archive.py: _questions": "a list of queries",
    "chatcore/commands/server_info.py: _isupport": "a list of tokens",
    "chatcore/config.py: Config.__post_init__": "checks a setting a line",
    "chatcore/prompting/line_prompt.py: LinePrompt.__init__": "its state, an attribute a line",
    "chatcore/server/cli/arguments.py: _add_admission": "a list of flags",
    "chatcore/server/cli/arguments.py: _add_chat": "a list of flags",
    "chatcore/server/cli/arguments.py: _add_files": "a list of flags",
    "chatcore/server/cluster/clustered.py: Clustered.__init__": "its parts, each of which needs some made before",
    "chatcore/server/outgoing/delivery.py: Delivery.__init__": "its parts, each of which needs some made before",
    "chatcore/server/outgoing/rendering/context.py: RenderContext.__init__": "its state, an attribute a line",
    "chatcore/server/premises.py: Premises.__init__": "opens one thing after the other, and each needs those before it",
    "chatcore/server/tracker.py: Tracker.__init__": "the tracker's parts, each of which needs some made before",
    "chatcore/terminal/arguments.py: build_parser": "a list of flags",
    "chatcore/terminal/session/session.py: Session.__init__": "its state, an attribute a line",
    "pictures/scenes.py: _browse": "one scene, a step a line",
}


def _long_files() -> Iterator[str]:
    for path in [path for folder in _SOURCES for path in (_ROOT / folder).rglob("*")]:
        most = _TEST_FILE_LINES if path.name.startswith("test_") else _FILE_LINES
        if path.suffix in {".c", ".css", ".html", ".js", ".lua", ".py"} and path.read_text("utf-8").count("\n") > most:
            yield path.relative_to(_ROOT).as_posix()


def _functions(node: ast.AST, owner: str = "") -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef):
            yield from _functions(child, f"{owner}{child.name}.")
        elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{owner}{child.name}", child
            yield from _functions(child, f"{owner}{child.name}.")


def _lines(node: ast.stmt) -> int:
    said = [
        each
        for each in ast.walk(node)
        if isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant) and isinstance(each.value.value, str)
    ]
    return _height(node) - sum(map(_height, said))


def _height(node: ast.stmt) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def _long_functions() -> Iterator[str]:
    """Yield long functions, except those of tests, which may be long stories."""
    for path in [path for folder in _SOURCES if folder != "tests" for path in (_ROOT / folder).rglob("*.py")]:
        for name, function in _functions(ast.parse(path.read_text("utf-8"))):
            if _height(function) > _FUNCTION_LINES and _lines(function) > _FUNCTION_LINES:
                yield f"{path.relative_to(_ROOT).as_posix()}: {name}"


def test_a_long_file_has_a_reason() -> None:
    assert sorted(_long_files()) == sorted(_LONG_FILES), (
        f"over {_FILE_LINES} lines, or {_TEST_FILE_LINES} of tests: split it, or say why"
    )


def test_a_long_function_has_a_reason() -> None:
    assert sorted(_long_functions()) == sorted(_LONG_FUNCTIONS), f"over {_FUNCTION_LINES} lines: split it, or say why"
