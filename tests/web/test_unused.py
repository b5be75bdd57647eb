"""Nothing in the page is unused: no export, no text of the table and no rule of the style sheet."""

from __future__ import annotations

import re

import pytest

from tests.support.trackers import ROOT
from tests.web.test_folders import scripts

_WEB = ROOT / "chatcore" / "web"
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_EXPORT = re.compile(r"^export (?:async )?(?:function|class|const) (\w+)", re.MULTILINE)
_IMPORT = re.compile(r"^(?:import| \* @import) \{([^}]*)\} from", re.MULTILINE)
_KEY = re.compile(r"^ +(?:\"([^\"]+)\"|(\w+)):", re.MULTILINE)
_NAMED_BY_NUMBER = re.compile(r"(?:name|ink|ground)-\d+")
"""Classes of colours, which scripts put together."""


def _code(name: str) -> str:
    return _COMMENT.sub("", (_WEB / name).read_text(encoding="utf-8"))


_IMPORTED = {name: " ".join(_IMPORT.findall((_WEB / name).read_text(encoding="utf-8"))) for name in scripts()}
_CODE = {name: _code(name) for name in scripts()}
_TESTS = "".join(file.read_text(encoding="utf-8") for file in (ROOT / "tests" / "web").glob("*.py"))
_ALL = "".join(code for name, code in _CODE.items() if name != "words.js") + _code("index.html")


def _is_in(name: str, text: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text) is not None


@pytest.mark.parametrize("script", sorted(_CODE))
def test_exports_are_imported(script: str) -> None:
    imported = " ".join(names for name, names in _IMPORTED.items() if name != script)
    assert [name for name in _EXPORT.findall(_CODE[script]) if not _is_in(name, imported + _TESTS)] == []


def test_texts_are_used() -> None:
    keys = {quoted or plain for quoted, plain in _KEY.findall(_CODE["words.js"])}
    assert len(keys) > 100
    assert [key for key in sorted(keys) if not _is_in(key, _ALL)] == []


@pytest.mark.thorough
@pytest.mark.parametrize("sign", [".", "#"])
def test_style_rules_are_used(sign: str) -> None:
    selectors = re.findall(r"([^{};]+)\{", _code("style.css"))
    names = {name for selector in selectors for name in re.findall(rf"\{sign}([A-Za-z][\w-]*)", selector)}
    assert len(names) > 50
    assert [name for name in sorted(names) if not (_is_in(name, _ALL) or _NAMED_BY_NUMBER.fullmatch(name))] == []
