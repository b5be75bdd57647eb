"""The wire that the clients of each test use."""

from __future__ import annotations

import zlib

import pytest

from tests.support.irc import IrcClient
from tests.support.thorough import IS_THOROUGH

_WIRES = ["tcp", "tls", "ws", "wss"]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each test over one of the wires, and the tests together over all; in a thorough run each over all.

    A module that starts the real program, which takes long, chooses for itself.
    """
    if hasattr(metafunc.module, "Hosted") and not hasattr(metafunc.module, "tracker_process"):
        metafunc.fixturenames.insert(0, "wire")  # must precede the fixtures that connect
        turn = zlib.crc32(metafunc.function.__qualname__.encode()) % len(_WIRES)
        wires = _WIRES if IS_THOROUGH else _WIRES[turn : turn + 1]
        metafunc.parametrize("wire", wires, indirect=True)


@pytest.fixture
def wire(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The wire of the test's clients."""
    monkeypatch.setattr(IrcClient, "wire", request.param)
    return str(request.param)
