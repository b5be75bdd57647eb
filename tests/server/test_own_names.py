"""Own names: of the configuration, of the machine, and of where the tracker listens."""

from __future__ import annotations

import pytest

from chatcore.config import Config
from chatcore.server.own_names import own_names
from chatcore.transport.own_addresses import OwnAddress


@pytest.mark.parametrize("machine", ["tea", "tea.local", "tea.kitchen.example"])
def test_own_names_include_the_full_and_the_local_host_name(monkeypatch: pytest.MonkeyPatch, machine: str) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: machine)
    names = own_names(Config(server_name="chat.example", host="192.0.2.7", listen=("[2001:db8::7]:80", "tea.lan:81")))
    assert names[0] == "chat.example"
    assert {"localhost", "127.0.0.1", "::1", machine, "tea", "tea.local"} <= set(names)
    assert names[-3:] == ["192.0.2.7", "2001:db8::7", "tea.lan"]
    assert len(names) == len(set(names))


def test_listening_everywhere_adds_the_machines_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    mine = [OwnAddress("192.0.2.1"), OwnAddress("2001:db8::1")]
    monkeypatch.setattr("chatcore.transport.listening.own_addresses", lambda: mine)
    assert own_names(Config(host=""))[-2:] == ["192.0.2.1", "2001:db8::1"]
    assert own_names(Config(host="0.0.0.0"))[-1] == "192.0.2.1"
