"""What `make test` has TypeScript and Biome check: a planted defect of each kind is found."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.trackers import ROOT

_NODE = Path(sys.executable).parent / "node"
_BIN = ROOT / "node_modules" / ".bin"

_WRONG_TYPES = """import { casefold } from "./protocol/irc.js";

export const number = casefold(7);
export const nothing = document.getElementById("log").id;
export const untyped = (name) => name;
const unused = 1;
"""
_BADLY_WRITTEN = """import { circle } from "./other.js";

export const isSame = (one,   other) => circle(one == other);
export const isOne = (one) => one === one;
"""


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """Return the folder of a copy of the page."""
    if not (_NODE.exists() and (_BIN / "tsc").exists()):
        reason = "to check the page's scripts: make test, which installs TypeScript and Biome"
        pytest.fail(reason, pytrace=False) if os.environ.get("CI") else pytest.skip(reason)
    for name in ("tsconfig.json", "biome.jsonc"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / "chatcore" / "web", tmp_path / "chatcore" / "web")
    return tmp_path / "chatcore" / "web"


def _complaints(page: Path, tool: str, *arguments: str) -> str:
    command = [str(_NODE), str(_BIN / tool), *arguments]
    done = subprocess.run(command, cwd=page.parents[1], capture_output=True, text=True, timeout=60)
    assert done.returncode != 0
    return done.stdout + done.stderr


def test_wrong_types_are_found(page: Path) -> None:
    (page / "planted.js").write_text(_WRONG_TYPES)
    found = [line.partition(": error ")[::2] for line in _complaints(page, "tsc").splitlines()]
    assert [(place.partition(",")[0], text[:6]) for place, text in found] == [
        ("chatcore/web/planted.js(3", "TS2345"),
        ("chatcore/web/planted.js(4", "TS2531"),
        ("chatcore/web/planted.js(5", "TS7006"),
        ("chatcore/web/planted.js(6", "TS6133"),
    ]


@pytest.mark.thorough
def test_lint_errors_are_found(page: Path) -> None:
    (page / "planted.js").write_text(_BADLY_WRITTEN)
    (page / "other.js").write_text('export { isOne as circle } from "./planted.js";\n')
    found = _complaints(page, "biome", "ci", "--error-on-warnings", "--colors=off")
    rules = {"noDoubleEquals", "noSelfCompare", "noImportCycles"}
    assert set(re.findall(r"^\S+\.js:\S+ lint/suspicious/(\w+)", found, re.MULTILINE)) == rules
    assert "planted.js format" in found


def test_two_workers_have_all_tests_of_the_page(request: pytest.FixtureRequest) -> None:
    """xdist groups tests by the end of their names."""
    is_among_workers = "PYTEST_XDIST_WORKER" in os.environ
    assert request.node.nodeid.endswith(("@browser 0", "@browser 1")) == is_among_workers
