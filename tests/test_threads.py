"""No class derived from Thread has a private attribute of Thread: some version would not run such a thread."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

_ROOT = Path(__file__).parents[1]
_OF_OTHER_VERSIONS = {"_context", "_handle", "_is_stopped", "_os_thread_handle", "_tstate_lock"}
_TAKEN = {*vars(Thread()), *dir(Thread)} | _OF_OTHER_VERSIONS


def _replaced(source: str) -> Iterator[str]:
    for thread in ast.walk(ast.parse(source)):
        if isinstance(thread, ast.ClassDef) and any("Thread" in ast.unparse(base) for base in thread.bases):
            own = {node.name for node in thread.body if isinstance(node, ast.FunctionDef)}
            for node in ast.walk(thread):
                if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                    own |= {node.attr} if ast.unparse(node.value) == "self" else set()
            yield from (f"{thread.name}.{name}" for name in sorted(own & _TAKEN) if re.match("_[a-z]", name))


def test_no_thread_replaces_an_attribute_of_thread() -> None:
    sources = sorted((_ROOT / "chatcore").rglob("*.py"))
    assert [name for path in sources for name in _replaced(path.read_text("utf-8"))] == []


def test_replaced_attributes_are_found() -> None:
    source = """
class Worker(threading.Thread):
    def __init__(self):
        self._mine, self._context = 1, 2
        other._target = 3

    def _bootstrap(self): ...
    def start(self): ...
"""
    assert [*_replaced(source)] == ["Worker._bootstrap", "Worker._context"]
