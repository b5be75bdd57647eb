"""Client: how others see it, and which channels it is in."""

from __future__ import annotations

import pytest

from tests.state.people import client
from tests.support.together import run_together


@pytest.mark.parametrize(
    ("host", "source", "address"),
    [
        ("192.0.2.7", "ann!user@192.0.2.7", "192.0.2.7:"),
        ("2001:db8::7", "ann!user@2001:db8::7", "[2001:db8::7]:"),
        ("::1", "ann!user@0::1", "[::1]:"),  # a source is a word that must not begin with a colon
    ],
)
def test_naming_a_client_sets_its_source(host: str, source: str, address: str) -> None:
    named = client("ann", host=host)
    assert (named.nick, named.source) == ("ann", source)
    assert named.address == f"{address}{named.port}"


def test_a_proxy_replaces_the_address() -> None:
    ann = client("ann", host="127.0.0.1")
    assert ann.is_local
    ann.take_address("2001:db8::7", 4711)
    assert (ann.host, ann.port, ann.address) == ("2001:db8::7", 4711, "[2001:db8::7]:4711")
    assert (ann.block, ann.site, ann.is_local) == ("2001:db8::/64", "2001:db8::/48", False)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_forwarded_client_is_not_local(host: str) -> None:
    local, forwarded = client("ann", host=host), client("bob", host=host)
    forwarded.take_address(host, 4711, is_forwarded=True)
    assert (local.is_local, forwarded.is_local) == (True, False)
    assert forwarded.host == local.host
    assert forwarded.block != local.block


def test_channels_are_those_entered_but_not_left() -> None:
    ann = client("ann")
    before = ann.channels
    ann.enter_locked("#first")
    ann.enter_locked("#second")
    ann.leave_locked("#first")
    assert ann.channels == {"#second"}
    assert before == frozenset()


def test_concurrent_membership_changes_are_not_lost() -> None:
    """A KICK from one channel comes from another's thread while the client joins the next."""
    ann = client("ann")
    channels = [f"#{number}" for number in range(8)]

    def come_and_go(channel: str) -> None:
        for _ in range(200):
            ann.enter_locked(channel)
            assert channel in ann.channels
            ann.leave_locked(channel)
            assert channel not in ann.channels
        ann.enter_locked(channel)

    run_together(*(lambda channel=channel: come_and_go(channel) for channel in channels))
    assert ann.channels == set(channels)
