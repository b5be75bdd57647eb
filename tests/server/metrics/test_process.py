"""What the system reports about this process, and what is left if it reports less."""

from __future__ import annotations

import os
import resource
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest

from chatcore.server.metrics.process import process_values

_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")


def _stat(path: Path, name: str) -> Path:
    """Write a file like /proc/self/stat in which fields 3 to 52 are their own numbers."""
    path.write_text(f"42 ({name}) {' '.join(map(str, range(3, 53)))}\n")
    return path


@_LINUX
def test_files_and_threads_are_counted() -> None:
    before = process_values()
    release = threading.Event()
    thread = threading.Thread(target=release.wait)
    thread.start()
    with Path(os.devnull).open(), Path(os.devnull).open():
        values = process_values()
    release.set()
    thread.join()
    assert values["process_open_fds"] == before["process_open_fds"] + 2
    assert values["process_threads"] == before["process_threads"] + 1
    assert values["process_resident_memory_bytes"] > 1 << 20
    assert values["process_virtual_memory_bytes"] > values["process_resident_memory_bytes"]
    assert values["process_cpu_seconds_total"] >= before["process_cpu_seconds_total"] > 0
    assert values["process_max_fds"] == resource.getrlimit(resource.RLIMIT_NOFILE)[0]


@pytest.mark.parametrize("name", ["tracker", "a) b (c", "x) R 1 2"])
def test_a_process_name_with_spaces_does_not_shift_the_fields(tmp_path: Path, name: str) -> None:
    values = process_values(_stat(tmp_path / "stat", name))
    assert values["process_threads"] == 20
    assert values["process_virtual_memory_bytes"] == 23
    assert values["process_resident_memory_bytes"] == 24 * resource.getpagesize()


def test_unavailable_values_are_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda which: (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    assert process_values(tmp_path / "no", tmp_path / "none").keys() == {"process_cpu_seconds_total"}


def test_open_files_are_counted_if_the_system_does_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """macOS, and Linux before 6.2. The folder itself is open while it is read."""
    for name in "012":
        (tmp_path / name).touch()
    assert process_values(tmp_path / "no", tmp_path)["process_open_fds"] == 2
    monkeypatch.setattr(Path, "resolve", lambda path: Path("/proc/1/fd"))
    monkeypatch.setattr(Path, "stat", lambda path: SimpleNamespace(st_size=0))
    assert process_values(tmp_path / "no", tmp_path)["process_open_fds"] == 2
