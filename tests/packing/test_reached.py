"""The modules that a program imports."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatcore.packing.reached import modules_reached
from tests.support.trackers import ROOT


def _planted(root: Path, sources: dict[str, str]) -> Path:
    for name, source in sources.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source, encoding="utf-8")
    return root


def test_imports_anywhere_are_reached(tmp_path: Path) -> None:
    root = _planted(
        tmp_path,
        {
            "tea/__init__.py": "from tea.kinds import green",
            "tea/kinds/__init__.py": "",
            "tea/kinds/green.py": "from . import black\nfrom .. import cups",
            "tea/kinds/black.py": "def late():\n    import tea.milk",
            "tea/milk.py": "import os, json.tool",
            "tea/cups.py": "try:\n    from tea.spoon import Spoon\nexcept ImportError:\n    from .fork import Fork",
            "tea/spoon.py": "",
            "tea/fork.py": "from ..outside import nothing",
            "tea/never.py": "",
        },
    )
    found = modules_reached(root, "tea.kinds.green")
    assert {name.removeprefix("tea.") for name in found} == {
        *("tea", "kinds", "kinds.green", "kinds.black"),
        *("milk", "cups", "spoon", "fork"),
    }
    assert found["tea.kinds"] == root / "tea/kinds/__init__.py"


def test_imports_only_for_types_do_not_count(tmp_path: Path) -> None:
    source = "if TYPE_CHECKING:\n    from tea import cups\nelse:\n    from tea import milk"
    root = _planted(tmp_path, {"tea/__init__.py": source, "tea/cups.py": "", "tea/milk.py": ""})
    assert modules_reached(root, "tea").keys() == {"tea", "tea.milk"}


def test_circular_imports_are_followed_once(tmp_path: Path) -> None:
    root = _planted(tmp_path, {"a.py": "import b", "b.py": "import a"})
    assert modules_reached(root, "a").keys() == {"a", "b"}


def test_a_syntax_error_is_raised(tmp_path: Path) -> None:
    with pytest.raises(SyntaxError):
        modules_reached(_planted(tmp_path, {"a.py": "import"}), "a")


# What the terminal client needs


def test_the_client_reaches_nothing_of_the_tracker() -> None:
    reached = modules_reached(ROOT, "chatcore.terminal.app")
    assert {"chatcore.terminal.connecting.proof", "chatcore.transport.end_point"} <= reached.keys()
    parts = {name.split(".")[1] for name in reached if "." in name}
    assert parts & {"server", "commands", "cluster", "state", "packing"} == set()
