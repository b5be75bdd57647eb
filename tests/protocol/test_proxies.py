"""Which proxies are trusted about the origin of a request."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcore.protocol.proxies import Forwarded, TrustedProxies, plain_host
from tests.support.generated import PROPERTY

_TRUSTED = TrustedProxies(["127.0.0.1", "10.0.0.0/8", "fd00::/8", "::ffff:192.168.1.0/120", "172.16.5.9/12"])
_PEER = "127.0.0.1"


@pytest.mark.parametrize("host", ["127.0.0.1", "10.255.0.1", "fd12::1", "192.168.1.77", "172.31.0.1"])
def test_addresses_and_networks_are_trusted(host: str) -> None:
    assert host in _TRUSTED
    assert host not in TrustedProxies([])


@pytest.mark.parametrize("host", ["127.0.0.2", "::1", "11.0.0.1", "192.168.2.1", "fe80::1", "192.0.2.1"])
def test_other_addresses_are_not_trusted(host: str) -> None:
    assert host not in _TRUSTED


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:DB8:0::7", "2001:db8::7"),
        ("fe80::1%eth0", "fe80::1"),
        ("192.0.2.07", None),
        ("unknown", None),
        ("", None),
    ],
)
def test_an_address_is_brought_into_one_form(text: str, plain: str | None) -> None:
    assert plain_host(text) == plain


@pytest.mark.parametrize(
    ("value", "host", "port"),
    [
        ("192.0.2.7", "192.0.2.7", 0),
        ("198.51.100.1, 192.0.2.7", "192.0.2.7", 0),
        ("192.0.2.7, 10.1.2.3 ,fd00::5", "192.0.2.7", 0),
        ("192.0.2.7, 10.1.2.3,[fd00::5]:80", "192.0.2.7", 0),
        ("192.0.2.7:4711", "192.0.2.7", 4711),
        ("[2001:db8::7]:4711", "2001:db8::7", 4711),
        ("[2001:db8::7]", "2001:db8::7", 0),
        ("2001:db8::7", "2001:db8::7", 0),
        ("::ffff:192.0.2.7", "192.0.2.7", 0),
        ("unknown, 192.0.2.7", "192.0.2.7", 0),
        ("192.0.2.7,, ", "192.0.2.7", 0),
        ("127.0.0.1", "127.0.0.1", 0),
        ("10.0.0.9, 10.0.0.8", "10.0.0.9", 0),
    ],
)
def test_the_sender_is_the_last_hop_that_is_not_a_trusted_proxy(value: str, host: str, port: int) -> None:
    assert _TRUSTED.whose(_PEER, value, "") == Forwarded(host, port, is_known=True, is_encrypted=None)


@pytest.mark.parametrize(
    ("value", "host"),
    [
        ("", _PEER),
        (" , ", _PEER),
        ("unknown", _PEER),
        ('"192.0.2.7"', _PEER),
        ("192.0.2.7; 192.0.2.8", _PEER),
        ("192.0.2.7:x", _PEER),
        ("192.0.2.7, unknown", _PEER),
        ("192.0.2.7, _hidden, 10.0.0.8", "10.0.0.8"),
    ],
)
def test_an_invalid_hop_ends_the_walk_at_the_last_proxy(value: str, host: str) -> None:
    assert _TRUSTED.whose(_PEER, value, "") == Forwarded(host, 0, is_known=False, is_encrypted=None)


@pytest.mark.parametrize(
    ("hops", "schemes", "is_encrypted"),
    [
        ("192.0.2.7", "https", True),
        ("192.0.2.7", "HTTPS", True),
        ("192.0.2.7", "wss", True),
        ("192.0.2.7", "http", False),
        ("192.0.2.7", "ftp", False),
        ("192.0.2.7", "", None),
        ("", "https", True),
        ("192.0.2.7, 10.0.0.8", "https", True),  # one value, set by the first proxy
        ("192.0.2.7, 10.0.0.8", "https, http", True),  # one value from each proxy: the second is between proxies
        ("192.0.2.7, 10.0.0.8", "http, https", False),
        ("198.51.100.1, 192.0.2.7", "https, http", False),  # the left one is the client's invention
    ],
)
def test_the_scheme_is_that_of_the_client_to_the_first_proxy(
    hops: str, schemes: str, is_encrypted: bool | None
) -> None:
    assert _TRUSTED.whose(_PEER, hops, schemes).is_encrypted is is_encrypted


@PROPERTY
@given(st.text("0123456789abcdef.:,[] %x"), st.text())
def test_any_headers_give_a_valid_address(hops: str, schemes: str) -> None:
    found = _TRUSTED.whose(_PEER, hops, schemes)
    assert plain_host(found.host) == found.host
    assert 0 <= found.port < 65536
