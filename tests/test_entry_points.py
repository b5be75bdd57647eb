"""tracker.py and client.py: a failed start is explained in one line, and the program's status is passed on."""

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[1]

pytestmark = pytest.mark.parametrize(("script", "layer"), [("tracker.py", "server/cli"), ("client.py", "terminal")])


@pytest.fixture
def tree(tmp_path: Path, script: str) -> Path:
    """A folder with only the script; -P and -S are not used, so it finds a package next to it."""
    shutil.copy(_ROOT / script, tmp_path)
    return tmp_path


def _put_app(tree: Path, layer: str, source: str) -> None:
    package = tree / "chatcore" / layer
    package.mkdir(parents=True)
    for folder in (package, *package.relative_to(tree).parents):
        if folder != Path():
            (tree / folder / "__init__.py").touch()
    (package / "app.py").write_text(source, encoding="utf-8")


def _run(*args: str, cwd: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, *args], cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60
    )


def test_the_status_of_main_is_passed_on(tree: Path, script: str, layer: str) -> None:
    _put_app(tree, layer, "def main(): return 7")
    result = _run(script, cwd=tree)
    assert (result.returncode, result.stdout, result.stderr) == (7, "", "")


@pytest.mark.parametrize(
    "source",
    ["import a_library_that_is_missing", "from colorama import a_name_that_is_missing"],
    ids=["missing", "too old"],
)
def test_a_missing_dependency_is_reported_in_one_line(tree: Path, script: str, layer: str, source: str) -> None:
    _put_app(tree, layer, source)
    result = _run(script, cwd=tree)
    assert result.returncode == 2
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.startswith(f"{script} cannot start: ")
    assert "is_missing" in line
    assert "pip install ." in line


def test_a_dependency_missing_later_is_reported_in_one_line(tree: Path, script: str, layer: str) -> None:
    late = "def main(): import a_library_that_is_missing"  # the client loads all of it at once
    _put_app(tree, layer, late if script == "tracker.py" else late.removeprefix("def main(): "))
    result = _run(script, cwd=tree)
    assert result.returncode == 2
    (line,) = result.stderr.splitlines()
    assert "is_missing" in line


def test_a_fault_of_the_program_shows_a_traceback(tree: Path, script: str, layer: str) -> None:
    _put_app(tree, layer, f"from chatcore.{layer.replace('/', '.')} import nothing_of_that_name")
    result = _run(script, cwd=tree)
    assert result.returncode == 1
    assert "Traceback" in result.stderr


def test_ctrl_c_while_importing_shows_no_traceback(tree: Path, script: str, layer: str) -> None:
    _put_app(tree, layer, "raise KeyboardInterrupt")
    result = _run(script, cwd=tree)
    assert (result.returncode, result.stdout, result.stderr) == (130, "", "")


def test_a_python_that_is_too_old_is_reported_in_one_line(tree: Path, script: str, layer: str) -> None:
    _put_app(tree, layer, "raise AssertionError('imported on a Python that is too old')")
    pretend = f"import runpy, sys; sys.version_info = (3, 10, 9); runpy.run_path({script!r}, run_name='__main__')"
    result = _run("-c", pretend, cwd=tree)
    assert result.returncode == 2
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.startswith(f"{script} needs Python 3.11 or newer; this is ")


def test_the_script_parses_on_an_old_python(script: str, layer: str) -> None:
    source = (_ROOT / script).read_text(encoding="ascii")
    assert layer.replace("/", ".") in source
    ast.parse(source, feature_version=(3, 7))
