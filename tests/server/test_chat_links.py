"""Under which links people come: addresses, names for browsers, a proxy's port."""

from __future__ import annotations

import pytest

from chatcore.config import Config
from chatcore.protocol.invitations import Link, make_invitation
from chatcore.server import chat_links
from chatcore.server.chat_links import links as links_to
from chatcore.server.chat_links import places


@pytest.fixture(autouse=True)
def _at_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chat_links, "addresses_for_others", lambda host: [host] if host else ["192.168.1.5", "fd00::5"])


def test_every_place_once_the_main_one_first() -> None:
    config = Config(listen=("10.0.0.1:9000", "10.0.0.2:0", "10.0.0.1:9000"))
    assert places(config, 8000) == [("192.168.1.5", 8000), ("fd00::5", 8000), ("10.0.0.1", 9000)]


def test_a_link_has_what_is_needed_to_come_in() -> None:
    invitation = make_invitation(bytes(20))
    found = links_to(Config(host="10.0.0.1"), 8000, invitation, "#dev", "key")
    assert found == [Link("10.0.0.1", 8000, "#dev", invitation, "key")]


def test_names_for_browsers_come_first_at_the_port_of_a_proxy_if_there_is_one() -> None:
    config = Config(host="10.0.0.1", web_hosts=("chat.example.org",))
    assert [link.text for link in links_to(config, 8000)] == [
        "https://chat.example.org:8000/",
        "https://10.0.0.1:8000/",
    ]
    proxied = Config(host="10.0.0.1", web_hosts=("chat.example.org",), trusted_proxies=("127.0.0.1",))
    assert links_to(proxied, 8000)[0].text == "https://chat.example.org/"
