"""The page's folders point one way, and its texts are in one table."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.trackers import ROOT

_WEB = ROOT / "chatcore" / "web"
_BEFORE = {
    "protocol": (),
    "session": ("protocol",),
    "commands": ("protocol", "session"),
    "connection": ("protocol",),
    "view": ("protocol", "session", "commands"),
}
"""Which folders each may import, besides itself, the table of texts and the lists that the terminal client has too."""
_IMPORT = re.compile(r'^(?:import|\} from) .*?"(\.[^"]*)";$', re.MULTILINE)


def scripts() -> list[str]:
    """Return the paths of all scripts below web/."""
    return sorted(path.relative_to(_WEB).as_posix() for path in _WEB.rglob("*.js"))


def _imported(script: Path) -> list[str]:
    """Return the paths below web/ of what a script imports when it runs."""
    found = _IMPORT.findall(script.read_text(encoding="utf-8"))
    return [(script.parent / name).resolve().relative_to(_WEB).as_posix() for name in found]


@pytest.mark.parametrize("folder", _BEFORE)
def test_a_folder_imports_only_earlier_ones(folder: str) -> None:
    allowed = {folder, *_BEFORE[folder], "words.js", "command_list.js", "emoji_list.js"}
    scripts = sorted((_WEB / folder).glob("*.js"))
    assert scripts
    wrong = {
        (script.name, name) for script in scripts for name in _imported(script) if name.split("/")[0] not in allowed
    }
    assert wrong == set()


def test_no_folder_is_left_out() -> None:
    assert {path.parent.name for path in _WEB.glob("*/*.js")} == set(_BEFORE)
