"""The client in one file: its contents, and that every build is identical."""

from __future__ import annotations

import ast
import io
import subprocess
import sys
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

from chatcore.packing import one_file
from chatcore.packing.libraries import LIBRARIES
from chatcore.packing.one_file import main, pack
from chatcore.packing.reached import modules_reached
from tests.support.trackers import ROOT


@pytest.fixture(scope="module")
def packed() -> bytes:
    return pack()


def test_the_same_sources_make_the_same_bytes(packed: bytes, tmp_path: Path) -> None:
    """This holds for another process with another hash seed and time zone."""
    made = tmp_path / "chat.pyz"
    command = [sys.executable, "-m", "chatcore.packing.one_file", str(made)]
    subprocess.run(command, cwd=ROOT, check=True, timeout=60, env={"PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo"})
    assert made.read_bytes() == packed


@pytest.mark.thorough
def test_the_file_has_only_what_the_client_imports(packed: bytes) -> None:
    names = zipfile.ZipFile(io.BytesIO(packed)).namelist()
    assert names == sorted(set(names))
    ours = {name for name in names if name.startswith("chatcore/") and name.endswith(".py")}
    reached = modules_reached(ROOT, "chatcore.terminal.app").values()
    assert ours == {path.relative_to(ROOT).as_posix() for path in reached}
    beside = {name.split("/")[0] for name in names} - {"chatcore", "__main__.py", "LICENSE", *LIBRARIES}
    assert beside == {f"{name}-{metadata.version(name)}.dist-info" for name in LIBRARIES}


def test_the_file_has_no_paths_or_times_of_this_machine(packed: bytes) -> None:
    archive = zipfile.ZipFile(io.BytesIO(packed))
    assert packed.startswith(b"#!/usr/bin/env python3\n")
    for entry in archive.infolist():
        assert entry.date_time == (1980, 1, 1, 0, 0, 0)
        assert (entry.create_system, entry.external_attr >> 16) == (3, 0o100644)
        assert str(ROOT).encode() not in archive.read(entry)


@pytest.mark.thorough
def test_the_file_is_small(packed: bytes) -> None:
    assert len(packed) < 1_400_000


def _run(packed: bytes, folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    """Run the file on a Python that finds no other libraries."""
    file = folder / "chat.pyz"
    file.write_bytes(packed)
    command = [sys.executable, "-I", "-S", str(file), *args]
    return subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)


@pytest.mark.thorough
def test_the_file_runs_on_a_bare_python(packed: bytes, tmp_path: Path) -> None:
    helped = _run(packed, tmp_path, "--help")
    assert (helped.returncode, helped.stderr) == (0, "")
    assert "/search" in helped.stdout, "the help includes the list of commands shared with the page"
    assert _run(packed, tmp_path).returncode == 2, "without input the destination cannot be asked for"
    wrong = _run(packed, tmp_path, "https://")
    assert (wrong.returncode, len(wrong.stderr.splitlines())) == (2, 1)


def test_a_python_that_is_too_old_gets_one_line(packed: bytes, tmp_path: Path) -> None:
    file = tmp_path / "chat.pyz"
    file.write_bytes(packed)
    pretend = f"import runpy, sys; sys.version_info = (3, 10, 9); runpy.run_path({str(file)!r}, run_name='__main__')"
    told = subprocess.run([sys.executable, "-c", pretend], capture_output=True, text=True, timeout=60)
    assert told.returncode == 2
    (line,) = told.stderr.splitlines()
    assert line.startswith("The chat's client needs Python 3.11 or newer; this is ")


def test_an_old_python_can_parse_the_entry_point(packed: bytes) -> None:
    source = zipfile.ZipFile(io.BytesIO(packed)).read("__main__.py").decode("ascii")
    ast.parse(source, feature_version=(3, 7))


@pytest.mark.thorough
def test_a_failed_build_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path)]) == 1
    assert "Is a directory" in capsys.readouterr().err
    monkeypatch.setattr(one_file, "LIBRARIES", ("no_such_library",))
    assert main([str(tmp_path / "chat.pyz")]) == 1
    assert capsys.readouterr().err == f"cannot make {tmp_path}/chat.pyz: no_such_library is not installed\n"
    monkeypatch.setattr(one_file, "_DATA", ("no/such/file",))
    assert main([str(tmp_path / "chat.pyz")]) == 1
    assert "no/such/file" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
