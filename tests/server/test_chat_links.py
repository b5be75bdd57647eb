"""Links to the chat: addresses, names for browsers, a proxy's port."""

from __future__ import annotations

import pytest

from chatcore.config import Config
from chatcore.protocol.invitations import Link, make_invitation
from chatcore.protocol.tracker_list import TrackerAddress
from chatcore.server import chat_links
from chatcore.server.chat_links import direct_link, own_address, places
from chatcore.server.chat_links import links as links_to


@pytest.fixture(autouse=True)
def _at_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chat_links, "addresses_for_others", lambda host: [host] if host else ["192.168.1.5", "fd00::5"])


def test_each_place_is_listed_once_and_the_main_one_first() -> None:
    config = Config(listen=("10.0.0.1:9000", "10.0.0.2:0", "10.0.0.1:9000"))
    assert places(config, 8000) == [("192.168.1.5", 8000), ("fd00::5", 8000), ("10.0.0.1", 9000)]


def test_a_link_carries_the_invitation_room_and_key() -> None:
    invitation = make_invitation(bytes(20))
    found = links_to(Config(host="10.0.0.1"), 8000, invitation, "#dev", "key")
    assert found == [Link("10.0.0.1", 8000, "#dev", invitation, "key")]


def test_web_hosts_come_first_at_the_proxys_port_if_any() -> None:
    config = Config(host="10.0.0.1", web_hosts=("chat.example.org",))
    assert [link.text for link in links_to(config, 8000)] == [
        "https://chat.example.org:8000/",
        "https://10.0.0.1:8000/",
    ]
    proxied = Config(host="10.0.0.1", web_hosts=("chat.example.org",), trusted_proxies=("127.0.0.1",))
    assert links_to(proxied, 8000)[0].text == "https://chat.example.org/"


def test_direct_links_bypass_a_proxy() -> None:
    invitation = make_invitation(bytes(20))
    assert direct_link(Config(), 9000, invitation, "#dev", "key") == Link(
        "192.168.1.5", 9000, "#dev", invitation, "key"
    )
    named = Config(web_hosts=("chat.example.org",))
    assert direct_link(named, 8000) == Link("chat.example.org", 8000)
    proxied = Config(web_hosts=("chat.example.org",), trusted_proxies=("127.0.0.1",))
    assert direct_link(proxied, 8000, invitation) == Link("192.168.1.5", 8000, "", invitation)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_behind_a_proxy_on_loopback_there_is_no_direct_link(host: str) -> None:
    proxied = Config(host=host, web_hosts=("chat.example.org",), trusted_proxies=("127.0.0.1",))
    assert direct_link(proxied, 8000) is None
    assert direct_link(Config(host=host), 8000) == Link(host, 8000)


def test_the_tracker_is_advertised_by_its_addresses() -> None:
    assert own_address(Config(), 8000, "AB") == TrackerAddress(
        ("192.168.1.5:8000", "[fd00::5]:8000"), "AB", "https://192.168.1.5:8000/"
    )
    assert own_address(Config(plaintext="anywhere", host="10.0.0.1"), 8000, "AB").is_plain


def test_the_operator_can_choose_the_advertised_addresses() -> None:
    config = Config(advertise=("b.example", "::1", "[fd00::7]:9000"))
    assert own_address(config, 8000, "AB") == TrackerAddress(
        ("b.example:8000", "[::1]:8000", "[fd00::7]:9000"), "AB", "https://b.example:8000/"
    )


def test_the_advertised_page_is_at_the_web_host() -> None:
    config = Config(advertise=("b.example",), web_hosts=("chat.example.org",), trusted_proxies=("127.0.0.1",))
    told = own_address(config, 8000, "AB")
    assert (told.addresses, told.page) == (("b.example:8000",), "https://chat.example.org/")
