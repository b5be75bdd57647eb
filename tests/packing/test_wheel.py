"""The file that setup.py adds to a wheel."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from chatcore.packing.one_file import SHIPPED, pack
from tests.support.trackers import ROOT


def _built(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "setup.py", "-q", "build_py", "--build-lib", str(folder)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)


@pytest.mark.thorough
def test_a_wheel_has_the_client_in_one_file(tmp_path: Path) -> None:
    built = _built(tmp_path)
    assert built.returncode == 0, built.stderr
    assert (tmp_path / SHIPPED.relative_to(ROOT)).read_bytes() == pack()
    assert not SHIPPED.exists(), "building a wheel leaves no packed file in the source tree"
