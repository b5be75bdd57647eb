"""Real programs that talk to a tracker: other people's clients, proxies and tools.

`make test-programs` runs these tests, beside `make test`. `.ci/run` installs the Debian packages; one that is missing
fails its tests, by name: nothing here is skipped.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.programs.clock import Clock


@pytest.fixture(scope="session")
def program() -> Callable[[str], Path]:
    """Return a function from a program's name to its path; a missing program fails the test."""

    def find(name: str) -> Path:
        found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin:/usr/local/sbin")
        if found is None:
            pytest.fail(f"{name} is not installed (.ci/run lists the packages)", pytrace=False)
        return Path(found)

    return find


@pytest.fixture
def clock(program: Callable[[str], Path], tmp_path: Path) -> Clock:
    """Return a clock for programs that run with its environment; it starts with the right time."""
    return Clock(program("faketime"), tmp_path / "offset")
