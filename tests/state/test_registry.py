"""Registry: clients that are here, and channels that are made and die while others look for them."""

from __future__ import annotations

import contextlib
from functools import partial
from itertools import takewhile
from random import Random
from threading import Lock

import pytest

from chatcore.state import registry as registry_module
from chatcore.state.channel import Channel
from chatcore.state.client import Client
from chatcore.state.dormant import DormantRoom, waking
from chatcore.state.registry import Registry
from tests.state.people import client, registered
from tests.support.dormant import dormant
from tests.support.together import run_together, started, wait_until


@pytest.fixture
def registry() -> Registry:
    return Registry(lambda: 1234.9)


def _join(registry: Registry, member: Client, name: str) -> Channel:
    with registry.hold([name], create=True) as held:
        (channel,) = held.values()
        channel.add_locked(member)
    return channel


# Nicks


def test_a_claimed_nick_is_found_in_any_spelling(registry: Registry) -> None:
    ann = registered(registry, "Ann")
    assert ann.nick == "Ann"
    assert ann.source == "Ann!user@192.0.2.1"
    for spelling in ("Ann", "ann", "ANN"):
        assert registry.client(spelling) is ann
    assert registry.clients() == [ann]
    assert registry.client_count() == 1


def test_a_taken_nick_cannot_be_claimed_in_any_spelling(registry: Registry) -> None:
    ann, other = registered(registry, "ann"), client()
    assert not registry.claim_nick(other, "ANN")
    assert registry.client("ann") is ann
    assert other.nick == ""
    assert registry.client_at(other.address) is None


def test_two_clients_of_the_same_address_are_both_published(registry: Registry) -> None:
    """This happens behind a proxy that gives no ports."""
    ann, bob = client(), client()
    bob.take_address(ann.host, ann.port)
    published: list[str] = []
    for member in (ann, bob):
        assert registry.claim_nick(member, f"nick{member.id}", lambda: published.append("came"))
    assert registry.client_at(ann.address) is ann
    for member in (bob, ann):
        registry.release_nick(member, lambda: published.append("left"))
    assert published == ["came", "came", "left", "left"]


def test_a_client_is_not_found_before_its_arrival_is_published(registry: Registry) -> None:
    """Neither by nick nor by address: messages to a client that was found come after its arrival."""
    ann = client()
    published: list[str] = []
    found: list[tuple[Client | None, list[str]]] = []

    def look(target: str) -> None:
        found.append((registry.client_at(target), published.copy()))

    def publish() -> None:
        for target in ("ann", ann.address):
            observer = observers.enter_context(started(partial(look, target)))
            observer.join(0.01)
            assert observer.is_alive()
        published.append(f"{ann.nick} came")

    with contextlib.ExitStack() as observers:
        assert registry.claim_nick(ann, "ann", publish)
    assert found == [(ann, ["ann came"])] * 2


def test_a_new_nick_is_set_before_its_rename_is_published(registry: Registry) -> None:
    ann = registered(registry, "ann")
    published: list[str] = []
    assert registry.rename(ann, "eve", lambda: published.append(ann.source))
    assert published == ["eve!user@192.0.2.1"]


def test_a_rename_frees_the_old_nick(registry: Registry) -> None:
    ann = registered(registry, "ann")
    assert registry.rename(ann, "eve")
    assert registry.client("ann") is None
    assert registry.client("eve") is ann
    assert ann.source == "eve!user@192.0.2.1"


def test_a_rename_to_another_spelling_of_the_same_nick_succeeds(registry: Registry) -> None:
    ann = registered(registry, "ann")
    assert registry.rename(ann, "ANN")
    assert registry.client("ann") is ann
    assert ann.nick == "ANN"


def test_a_rename_to_a_taken_nick_changes_nothing(registry: Registry) -> None:
    ann, bob = registered(registry, "ann"), registered(registry, "bob")
    assert not registry.rename(ann, "BOB")
    assert ann.nick == "ann"
    assert registry.client("ann") is ann
    assert registry.client("bob") is bob


def test_a_released_nick_is_free_and_its_address_unknown(registry: Registry) -> None:
    ann = registered(registry, "ann")
    registry.release_nick(ann)
    assert registry.client("ann") is None
    assert registry.client_at(ann.address) is None
    assert registry.clients() == []


def test_a_second_release_does_not_affect_a_successor(registry: Registry) -> None:
    ann = registered(registry, "ann")
    registry.release_nick(ann)
    successor = registered(registry, "ann")
    registry.release_nick(ann)
    assert registry.client("ann") is successor


def test_only_successful_changes_are_published(registry: Registry) -> None:
    ann, _ = client(), registered(registry, "bob")
    published: list[str] = []
    assert not registry.claim_nick(ann, "bob", lambda: published.append("taken"))
    assert registry.claim_nick(ann, "ann", lambda: published.append("came"))
    assert not registry.rename(ann, "bob", lambda: published.append("taken"))
    assert registry.rename(ann, "eve", lambda: published.append("renamed"))
    registry.release_nick(ann, lambda: published.append("released"))
    registry.release_nick(ann, lambda: published.append("again"))
    assert published == ["came", "renamed", "released"]


def test_former_holders_of_a_nick_are_remembered(registry: Registry) -> None:
    ann = registered(registry, "ann")
    registry.rename(ann, "eve")
    registry.release_nick(ann)
    for nick in ("ann", "eve"):
        (departed,) = registry.whowas.find(nick, 0)
        assert (departed.nick, departed.user, departed.host, departed.left_at) == (nick, "user", ann.host, 1234.9)


def test_clients_are_found_by_address_too(registry: Registry) -> None:
    ann, six = registered(registry, "ann"), client(host="2001:db8::1")
    assert registry.claim_nick(six, "six")
    assert registry.client_at("ANN") is ann
    assert registry.client_at(f"192.0.2.1:{ann.port}") is ann
    assert registry.client_at(f"[2001:db8::1]:{six.port}") is six
    assert registry.client_at("192.0.2.1:1") is None
    assert registry.client_at("nobody") is None


def test_one_of_many_claimants_gets_a_nick(registry: Registry) -> None:
    claims: list[list[str]] = [[] for _ in range(8)]
    nicks = [f"nick{number}" for number in range(40)]

    def claim(number: int) -> None:
        for nick in Random(number).sample(nicks, len(nicks)):
            if registry.claim_nick(client(), nick):
                claims[number].append(nick)

    run_together(*(lambda number=number: claim(number) for number in range(8)))
    assert sorted(nick for claimed in claims for nick in claimed) == sorted(nicks)
    assert registry.client_count() == len(nicks)


def test_concurrent_renames_leave_each_client_with_one_nick(registry: Registry) -> None:
    people = [registered(registry, f"start{number}") for number in range(6)]
    nicks = [f"nick{number}" for number in range(8)]

    def wander(person: Client) -> None:
        random = Random(person.nick)
        for _ in range(400):
            nick = random.choice(nicks)
            if registry.rename(person, nick):
                assert person.nick == nick
            assert registry.client(person.nick) is person

    run_together(*(lambda person=person: wander(person) for person in people))
    assert {registry.client(person.nick) for person in people} == set(people) == set(registry.clients())
    assert registry.client_count() == len(people)


# Channels


def test_a_channel_is_made_only_on_demand(registry: Registry) -> None:
    with registry.hold(["#room"]) as held:
        assert held == {}
    channel = _join(registry, client("ann"), "#Room")
    assert channel.created_at == 1234
    assert registry.channel("#ROOM") is channel
    assert registry.channels() == [channel]
    assert len(registry.channels()) == 1
    with registry.hold(["#room", "#other"]) as held:
        assert held == {"#room": channel}


def test_a_channel_is_locked_only_while_it_is_held(registry: Registry) -> None:
    with registry.hold(["#b", "#a"], create=True) as held:
        assert list(held) == ["#a", "#b"]
        assert all(channel.lock.locked() for channel in held.values())
    assert not any(channel.lock.locked() for channel in held.values())


def test_two_spellings_of_a_name_are_one_channel(registry: Registry) -> None:
    with registry.hold(["#room", "#ROOM"], create=True) as held:
        assert list(held) == ["#room"]


def test_an_empty_channel_dies_when_it_is_released(registry: Registry) -> None:
    with registry.hold(["#room"], create=True) as held:
        channel = held["#room"]
        assert registry.channel("#room") is channel
    assert channel.is_dead
    assert registry.channel("#room") is None
    assert len(registry.channels()) == 0


def test_a_channel_dies_with_its_last_member(registry: Registry) -> None:
    ann, bob = client("ann"), client("bob")
    channel = _join(registry, ann, "#room")
    _join(registry, bob, "#room")
    for member in (ann, bob):
        assert not channel.is_dead
        with registry.hold(["#room"]) as held:
            held["#room"].remove_locked(member)
    assert channel.is_dead
    assert _join(registry, ann, "#room") is not channel


def test_a_failed_command_releases_its_channels(registry: Registry) -> None:
    ann = client("ann")
    channel = _join(registry, ann, "#room")
    with pytest.raises(ZeroDivisionError), registry.hold(["#room", "#new"], create=True):
        raise ZeroDivisionError
    assert not channel.lock.locked()
    assert not channel.is_dead
    assert registry.channels() == [channel]


def test_waiting_for_a_channel_that_dies_gives_a_new_one(registry: Registry) -> None:
    ann, bob = client("ann"), client("bob")
    other, dying = _join(registry, ann, "#a"), _join(registry, ann, "#b")
    found: dict[str, Channel] = {}

    def join_both() -> None:
        with registry.hold(["#a", "#b"], create=True) as held:
            found.update(held)
            for channel in held.values():
                channel.add_locked(bob)

    with contextlib.ExitStack() as waiter, registry.hold(["#b"]) as held:
        waiter.enter_context(started(join_both))
        wait_until(other.lock.locked)  # taken in ascending order: next it waits for the one held here
        held["#b"].remove_locked(ann)
    assert dying.is_dead
    assert found["#a"] is other
    assert found["#b"] is not dying
    assert list(found["#b"].members) == [bob]
    assert registry.channel("#b") is found["#b"]


def test_a_dead_channel_still_in_the_directory_is_not_returned(registry: Registry) -> None:
    """A channel is marked dead under its lock and removed later: another thread may come in between."""
    dead = _join(registry, client("ann"), "#room")
    dead.is_dead = True
    with registry.hold(["#room"]) as held:
        assert held == {}
    assert not dead.lock.locked()
    with registry.hold(["#room"], create=True) as held:
        assert held["#room"] is not dead


def test_hold_channels_of_locks_all_channels_of_a_client(registry: Registry) -> None:
    ann = client("ann")
    channels = {_join(registry, ann, name) for name in ("#b", "#a", "#c")}
    _join(registry, client("bob"), "#other")
    with registry.hold_channels_of(ann) as held:
        assert [channel.name for channel in held] == ["#a", "#b", "#c"]
        assert set(held) == channels
        assert all(channel.lock.locked() for channel in held)
    with registry.hold_channels_of(client("carol")) as held:
        assert held == []


def test_a_secret_channel_is_uncounted_and_hidden_from_outsiders(registry: Registry) -> None:
    ann, bob = client("ann"), client("bob")
    _join(registry, ann, "#open")
    secret = _join(registry, ann, "#secret")
    with secret.lock:
        secret.set_flag_locked("s", on=True)
    assert registry.public_channel_count() == 1
    assert [registry.is_hidden("#SECRET", asker) for asker in (ann, bob)] == [False, True]
    assert not registry.is_hidden("#open", bob)
    assert not registry.is_hidden("#none", bob)


def test_channels_of_a_client_are_sorted_by_name(registry: Registry) -> None:
    ann = client("ann")
    channels = [_join(registry, ann, name) for name in ("#a", "#B", "#c")]
    _join(registry, client("bob"), "#other")
    assert registry.channels_of(ann) == channels
    assert registry.channels_of(client("carol")) == []


def test_hold_channels_of_looks_again_after_a_kick(registry: Registry) -> None:
    ann = client("ann")
    kept, lost = _join(registry, ann, "#a"), _join(registry, ann, "#b")
    _join(registry, client("bob"), "#b")
    held: list[Channel] = []

    def leave_all() -> None:
        with registry.hold_channels_of(ann) as channels:
            held.extend(channels)

    with contextlib.ExitStack() as waiter, lost.lock:
        waiter.enter_context(started(leave_all))
        wait_until(kept.lock.locked)  # taken in ascending order: next it waits for the one held here
        lost.remove_locked(ann)
    assert held == [kept]
    assert not kept.lock.locked()


def test_concurrent_joins_and_parts_keep_channels_consistent(registry: Registry) -> None:
    """A client that joined is a member of the channel that others find; no client is left in a dead one."""
    names = ["#a", "#b", "#c"]
    stayed: list[tuple[Client, Channel]] = []

    def come_and_go(number: int) -> None:
        random = Random(number)
        person = registered(registry, f"nick{number}")
        for _ in range(300):
            wanted = random.sample(names, random.randint(1, 3))
            with registry.hold(wanted, create=True) as held:
                for channel in held.values():
                    assert not channel.is_dead
                    channel.add_locked(person)
            for name in wanted:
                found = registry.channel(name)
                assert found is not None
                assert person in found.members
            with registry.hold_channels_of(person) as channels:
                assert {channel.name for channel in channels} == set(wanted)
                for channel in channels:
                    channel.remove_locked(person)
        stayed.append((person, _join(registry, person, random.choice(names))))

    run_together(*(lambda number=number: come_and_go(number) for number in range(6)))
    for person, channel in stayed:
        assert not channel.is_dead
        assert registry.channel(channel.name) is channel
        assert person in channel.members
        assert registry.channels_of(person) == [channel]
    assert {channel for _, channel in stayed} == set(registry.channels())


def test_concurrent_renames_and_quits_do_not_deadlock(registry: Registry) -> None:
    """All take several channel locks at once; `hold` takes them in one order, whatever order they are named in."""
    names = [f"#{number}" for number in range(5)]
    rounds: list[int] = []

    def stir(number: int) -> None:
        random = Random(number)
        person = registered(registry, f"nick{number}")
        for turn in range(150):
            with registry.hold(random.sample(names, 3), create=True) as held:
                for channel in held.values():
                    if person not in channel.members:
                        channel.add_locked(person)
            with registry.hold_channels_of(person):
                assert registry.rename(person, f"nick{number}x{turn}")
            with registry.hold_channels_of(person) as channels:
                for channel in channels:
                    channel.remove_locked(person)
            rounds.append(number)

    run_together(*(lambda number=number: stir(number) for number in range(6)))
    assert len(rounds) == 6 * 150
    assert registry.channels() == []


# Rooms from before a restart


@pytest.mark.parametrize("seed", range(10))
def test_a_dormant_room_is_woken_once_under_concurrency(seed: int) -> None:
    """Some are refused, others come and go; one ends the room. Once it has ended, nobody gets its instance again."""
    registry = Registry(lambda: 0.0, first_instance=100)
    registry.lay_down([dormant("#old")])
    seen: list[tuple[int, bool]] = []  # instance and whether it was asleep, in the order of the channel's lock
    order = Lock()
    ended: list[None] = []

    def come_and_go(number: int) -> None:
        random, member = Random(seed * 10 + number), client(f"p{number}")
        for _ in range(30):
            with registry.hold(["#old"], create=True) as held:
                if random.random() < 0.5:
                    continue
                channel = held["#old"]
                with order:
                    seen.append((channel.instance, channel.is_asleep))
                channel.add_locked(member)
            with registry.hold(["#old"]) as held:
                held["#old"].remove_locked(member)

    def end() -> None:
        for room in registry.dormant_rooms():
            registry.forget_dormant(room, lambda: ended.append(None))

    run_together(end, *(lambda number=number: come_and_go(number) for number in range(4)))
    assert len(ended) + sum(was_asleep for _, was_asleep in seen) == 1
    instances = [instance for instance, _ in seen]
    assert instances.count(9) == len(list(takewhile(lambda instance: instance == 9, instances)))
    assert registry.dormant_rooms() == []
    assert registry.channels() == []
    assert registry.listed_count == 0


def test_a_room_that_ends_during_a_lookup_is_not_woken_again(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry.lay_down([dormant("#old")])
    make = waking

    def be_late(room: DormantRoom) -> Channel:
        """Between the look at the dormant room and what is made of it, somebody else comes and goes."""
        monkeypatch.setattr(registry_module, "waking", make)
        member = client("bob")
        assert _join(registry, member, "#old").instance == 9
        with registry.hold(["#old"]) as held:
            held["#old"].remove_locked(member)
        return make(room)

    monkeypatch.setattr(registry_module, "waking", be_late)
    channel = _join(registry, client("ann"), "#old")
    assert (channel.instance, channel.is_asleep) == (1, False)


def test_a_woken_channel_is_not_left_behind_by_a_retry(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    """A channel without members must not be seen: its state is for those who may enter it."""
    registry.lay_down([dormant("#a")])
    made: list[Channel] = []

    def note(room: DormantRoom) -> Channel:
        made.append(waking(room))
        return made[-1]

    monkeypatch.setattr(registry_module, "waking", note)
    dead = Channel("#b", 0)
    dead.is_dead = True
    registry._channels.put_if_absent("#b", dead)
    with registry.hold(["#a", "#b"], create=True) as held:
        assert held["#b"] is not dead
        assert [channel.is_dead for channel in made] == [True, False]
        assert held["#a"] is made[1]


def test_instances_are_numbered_from_the_first_free_one() -> None:
    registry = Registry(lambda: 0.0, first_instance=7 << 32)
    assert [_join(registry, client(), name).instance - (7 << 32) for name in ("#a", "#b")] == [0, 1]
