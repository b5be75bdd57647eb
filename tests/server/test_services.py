"""Services for handlers: answers from the tracker's parts, for clients that may be gone by then."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from chatcore.commands.services import Services
from chatcore.state.client import Client
from chatcore.state.credit import Credit
from tests.support.irc import one
from tests.support.together import join, wait_until
from tests.support.trackers import Hosted, hosted_tracker


def _departed_client() -> Client:
    """Return a client without a visit."""
    return Client(4711, "192.0.2.7", 1, Credit(1))


def test_calls_about_a_departed_client_do_nothing(hosted: Hosted) -> None:
    services: Services = hosted.tracker.services
    hosted.client("ann")
    asker = hosted.visit_of("ann").client
    services.disconnect(_departed_client(), "enough")
    services.evict(_departed_client(), "enough")
    services.probe(_departed_client())
    services.note_proven(_departed_client())
    assert not services.is_there(_departed_client(), asker)
    assert services.may_change_nick(_departed_client())
    assert hosted.tracker.ends_in() is None


def test_evicting_waits_until_the_nick_is_free(hosted: Hosted) -> None:
    holder = hosted.client("ann", "#room")
    client = hosted.visit_of("ann").client
    room = hosted.tracker.registry.channel("#room")
    assert room is not None
    with room.lock:  # the holder needs it to leave
        evicting = threading.Thread(target=hosted.tracker.services.evict, args=(client, "It is mine"))
        evicting.start()
        wait_until(hosted.visit_of("ann").is_ending)
        assert evicting.is_alive()
        assert hosted.tracker.registry.client("ann") is client
    join([evicting])
    assert hosted.tracker.registry.client("ann") is None
    assert one(holder.receive_rest(), "ERROR").params == ("Closing link: It is mine",)


def test_evicting_does_not_wait_for_long(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, ghost_timeout_s=0.01) as hosted:
        hosted.client("ann", "#room")
        client = hosted.visit_of("ann").client
        room = hosted.tracker.registry.channel("#room")
        assert room is not None
        with room.lock:
            hosted.tracker.services.evict(client, "It is mine")
            assert hosted.tracker.registry.client("ann") is client


def test_a_proven_client_is_present_and_gets_time_to_choose_a_nick(hosted: Hosted) -> None:
    hosted.connect().sync()
    (visit,) = hosted.tracker.visits()
    hosted.client("ann").send("QUIT")
    wait_until(lambda: hosted.tracker.ends_in() == 0.0)
    hosted.tracker.services.note_proven(visit.client)
    assert visit.arrival.has_proven
    assert visit.arrival.overdue(visit.arrival.accepted_at + 290.0) is None
    assert hosted.tracker.ends_in() is None


@pytest.mark.parametrize(
    ("name", "hosts"),
    [
        ("", ["127.0.0.1"]),
        ("chat.example.org", ["chat.example.org", "127.0.0.1"]),
        ("127.0.0.1", ["127.0.0.1"]),
        ("a\r\nQUIT", ["127.0.0.1"]),
    ],
)
def test_the_link_with_the_host_name_a_client_used_comes_first(hosted: Hosted, name: str, hosts: list[str]) -> None:
    hosted.client("ann")
    visit = hosted.visit_of("ann")
    visit.arrival.host_asked_for = name
    found = hosted.tracker.services.links(visit.client, None, "#dev", "key")
    assert [(link.host, link.port, link.room, link.room_key) for link in found] == [
        (host, hosted.port, "#dev", "key") for host in hosts
    ]
    assert [link.host for link in hosted.tracker.services.links(_departed_client(), None, "", "")] == ["127.0.0.1"]


def test_each_client_has_its_own_limit_of_nick_changes(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, nick_changes_per_minute=2) as hosted:
        hosted.client("ann")
        hosted.client("bob")
        ann, bob = (hosted.visit_of(nick).client for nick in ("ann", "bob"))
        may_change = hosted.tracker.services.may_change_nick
        assert [may_change(ann) for _ in range(3)] == [True, True, False]
        assert may_change(bob)


def test_addresses_are_shown_unless_hidden(tmp_path: Path) -> None:
    for is_hidden in (False, True):
        with hosted_tracker(tmp_path / str(is_hidden), hide_addresses=is_hidden) as hosted:
            assert (hosted.tracker.services.shown_host(_departed_client()) == "192.0.2.7") != is_hidden


def test_a_ban_applies_to_a_nick_or_an_address(hosted: Hosted) -> None:
    services = hosted.tracker.services
    hosted.tracker.bans.add("192.0.2.0/24")
    hosted.tracker.bans.add("malte")
    assert services.ban_on("ann", "192.0.2.7")
    assert services.ban_on("Malte", "203.0.113.1")
    assert services.ban_on("ann", "203.0.113.1") is None
