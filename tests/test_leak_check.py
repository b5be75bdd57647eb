"""The leak check itself: it names the leaks of a test, and passes a clean test."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.leak_check import Held, leaks_since

_ROOT = Path(__file__).parents[1]

_CONFTEST = """
import tests.leak_check as check

check.GRACE_S = 0.3
from tests.leak_check import leak_check, session_leak_check
"""

_CLEAN = """
def test_clean(tmp_path):
    with socket.create_server(("127.0.0.1", 0)):
        thread = threading.Thread(target=str, name="brief")
        thread.start()
    (tmp_path / "file").write_text("closed")
"""

_LEAKED_SOCKET = """
kept = []

def test_leaks_socket():
    kept.append(socket.create_server(("127.0.0.1", 0)))
"""

_LEAKED_THREAD = """
def test_leaks_thread():
    threading.Thread(target=threading.Event().wait, name="forgotten", daemon=True).start()
"""

_LEAKED_BARE_THREAD = """
import _thread

def test_leaks_bare_thread():
    begun = threading.Event()
    _thread.start_new_thread(lambda: (begun.set(), threading.Event().wait()), ())
    begun.wait()
"""

_LEAKED_BY_MODULE = """
import pytest

@pytest.fixture(scope="module")
def lasting():
    yield
    threading.Thread(target=threading.Event().wait, name="outlives", daemon=True).start()

def test_uses_lasting(lasting):
    assert lasting is None
"""


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> "Run":
    monkeypatch.setenv("PYTHONPATH", str(_ROOT))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # third-party plugins take long to load
    pytester.makeconftest(_CONFTEST)
    return Run(pytester)


class Run:
    """Runs a small suite under the leak check, in a process of its own."""

    def __init__(self, pytester: pytest.Pytester) -> None:
        self._pytester = pytester

    def __call__(self, *tests: str) -> pytest.RunResult:
        self._pytester.makepyfile("import socket, threading\n" + "".join(tests))
        return self._pytester.runpytest_subprocess("-p", "no:cacheprovider")


def test_a_clean_test_passes(run: Run) -> None:
    result = run(_CLEAN)
    result.assert_outcomes(passed=1)
    assert result.ret == pytest.ExitCode.OK


@pytest.mark.thorough
def test_a_leaked_socket_fails_the_suite_and_is_named(run: Run) -> None:
    result = run(_LEAKED_SOCKET)
    result.assert_outcomes(passed=1, errors=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.re_match_lines([r".*the test left behind: descriptor \d+ to socket:\[.*"])


@pytest.mark.thorough
@pytest.mark.parametrize(("leaking", "name"), [(_LEAKED_THREAD, "forgotten"), (_LEAKED_BARE_THREAD, "(bare)")])
def test_a_leaked_thread_fails_the_suite_and_is_named(run: Run, leaking: str, name: str) -> None:
    result = run(leaking)
    result.assert_outcomes(passed=1, errors=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines([f"*the test left behind: thread '{name}'*"])


@pytest.mark.thorough
def test_the_next_test_is_not_blamed(run: Run) -> None:
    result = run(_LEAKED_THREAD, _CLEAN)
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(["ERROR *::test_leaks_thread - *"])


@pytest.mark.thorough
def test_leaks_of_a_module_fixture_are_found_at_the_end(run: Run) -> None:
    result = run(_LEAKED_BY_MODULE)
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*the suite left behind: thread 'outlives'*"])


def test_a_reused_descriptor_number_counts_as_new(tmp_path: Path) -> None:
    with (tmp_path / "old").open("w") as old:
        before = Held.now()
        number = old.fileno()
    with (tmp_path / "new").open("w") as new:
        assert new.fileno() == number
        assert leaks_since(before, grace_s=0) == [f"descriptor {number} to {tmp_path / 'new'}"]


def test_files_opened_by_an_earlier_tracker_are_no_leak(tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir()
    with (state / "file").open("w"):
        clean = Held.now()
    with (state / "lock").open("w"):
        before = Held.now()
        with (state / "journal").open("w"):
            assert leaks_since(before, grace_s=0) == []
            assert len(leaks_since(clean, grace_s=0)) == 2


def test_a_thread_that_ends_in_time_is_no_leak() -> None:
    before = Held.now()
    release = threading.Event()
    thread = threading.Thread(target=release.wait, name="lingering")
    thread.start()
    try:
        assert leaks_since(before, grace_s=0) == ["thread 'lingering'"]
    finally:
        release.set()
    assert leaks_since(before, grace_s=5) == []


@pytest.mark.skipif(sys.platform != "linux", reason="children are listed by Linux alone")
def test_a_child_process_is_a_leak_until_it_is_waited_for() -> None:
    before = Held.now()
    with subprocess.Popen([sys.executable, "-c", ""]) as child:
        assert f"child process {child.pid}" in Held.now().beyond(before)
    assert leaks_since(before, grace_s=0) == []
