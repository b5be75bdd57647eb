"""A tracker for every test of this folder that asks for one."""

from __future__ import annotations

import pytest

from tests.support.irc import IrcClient


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each test with a tracker in its own process over each wire; the real program starts slowly."""
    if hasattr(metafunc.module, "Hosted") and not hasattr(metafunc.module, "tracker_process"):
        metafunc.fixturenames.insert(0, "wire")  # before the fixtures that connect
        metafunc.parametrize("wire", ["tcp", "tls", "ws", "wss"], indirect=True)


@pytest.fixture
def wire(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """How the test's clients are connected."""
    monkeypatch.setattr(IrcClient, "wire", request.param)
    return str(request.param)
