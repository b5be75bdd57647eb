"""What every test gets without asking."""

import signal

import pytest

from chatcore.state import client
from tests.leak_check import leak_check, session_leak_check

__all__ = ["leak_check", "session_leak_check"]

# Who runs the tests in the background (nohup, a shell's &) has them ignored, and so would every program under test.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture
def from_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have trackers take their clients, who come from loopback, for clients on other machines."""
    monkeypatch.setattr(client, "is_loopback", lambda _: False)
