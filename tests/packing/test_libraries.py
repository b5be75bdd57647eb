"""The parts of libraries that are packed."""

from __future__ import annotations

import re
import sys
from importlib import metadata
from pathlib import Path

import pytest

from chatcore.errors import CannotPack
from chatcore.packing.libraries import LIBRARIES, library_files
from chatcore.packing.reached import modules_reached, names_imported
from tests.support.trackers import ROOT

_SPARED = {"ifaddr", "zeroconf"}
"""Libraries that the client can do without."""


def test_imported_libraries_and_their_requirements_are_packed() -> None:
    outside = set()
    for name, path in modules_reached(ROOT, "chatcore.terminal.app").items():
        outside |= {imported.split(".")[0] for imported in names_imported(path.read_bytes(), name)}
    assert outside - sys.stdlib_module_names - {"chatcore", ""} - _SPARED <= set(LIBRARIES)
    for library in LIBRARIES:
        needed = [
            re.split(r"[ ;<>=!~(\[]", need)[0] for need in metadata.requires(library) or () if "extra" not in need
        ]
        assert set(needed) <= set(LIBRARIES)


def test_packed_libraries_are_the_builds_requirements() -> None:
    required = re.findall(r'^ {4}"(\w+)==', (ROOT / "pyproject.toml").read_text("utf-8"), re.MULTILINE)
    assert tuple(required) == LIBRARIES


@pytest.mark.parametrize("name", LIBRARIES)
def test_only_sources_metadata_and_licences_are_packed(name: str) -> None:
    files = dict(library_files(name))
    about = f"{name}-{metadata.version(name)}.dist-info"
    assert files[f"{about}/METADATA"].startswith(b"Metadata-Version:")
    assert f"{name}/__init__.py" in files
    licences = [path for path in files if path.startswith(about) and "METADATA" not in path]
    assert licences
    for path, content in files.items():
        assert path.startswith(about) or (path.endswith(".py") and "/tests/" not in path)
        assert str(ROOT).encode() not in content


def _installed(folder: Path, *, licence: bool = True, about: bool = True) -> None:
    """Install a library in a folder."""
    for name, text in {
        "teapot/__init__.py": "",
        "teapot/tests/test_it.py": "",
        "teapot/fast.so": "",
        "teapot-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: teapot\nVersion: 1.0\n" if about else "",
        "teapot-1.0.dist-info/licenses/COPYING.txt": "Pour freely.",
        "teapot-1.0.dist-info/RECORD": "teapot-1.0.dist-info/licenses/COPYING.txt,," if licence else "",
    }.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def test_tests_and_compiled_files_are_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _installed(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    assert dict(library_files("teapot")).keys() == {
        "teapot/__init__.py",
        "teapot-1.0.dist-info/METADATA",
        "teapot-1.0.dist-info/licenses/COPYING.txt",
    }


@pytest.mark.parametrize("missing", [{"licence": False}, {"about": False}])
def test_a_library_without_a_licence_is_refused(
    missing: dict[str, bool], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _installed(tmp_path, **missing)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(CannotPack, match="installed without its licence"):
        dict(library_files("teapot"))


def test_a_missing_library_is_reported() -> None:
    with pytest.raises(CannotPack, match="no_such_library is not installed"):
        dict(library_files("no_such_library"))
