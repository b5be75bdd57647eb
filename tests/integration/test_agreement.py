"""Registry and view agree on everything that both know, once nothing is in progress."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from random import Random
from typing import Any

import pytest

from chatcore.server.outgoing.membership import Reader, Room
from chatcore.server.outgoing.renderer import APPLIERS
from chatcore.server.outgoing.rendering.context import RenderContext
from chatcore.state.facts import Announced
from tests.support.agreement import OF_CLIENTS, OF_ROOMS, FactsTable, audit_format_of, disagreements, view_of
from tests.support.document import Document
from tests.support.dormant import dormant
from tests.support.irc import IrcClient, commands
from tests.support.likely import CAPS, NICKS, ROOMS, likely_lines
from tests.support.sasl_client import plain
from tests.support.together import DEADLINE_S, wait_until
from tests.support.trackers import Hosted, hosted_tracker


@pytest.fixture(scope="module")
def lived_in(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosted]:
    """A tracker with an account, whose owner has every possible property, and a second client."""
    with hosted_tracker(tmp_path_factory.mktemp("tracker")) as hosted:
        hosted.tracker.registry.lay_down([dormant("#a", accounts={"id of eve": "v"})])
        ann = hosted.client("ann", "#a", "#b", caps=CAPS)
        hosted.tracker.keys.accounts.add("ann", "pw")
        ann.command(
            *plain("ann", "pw"), "TOPIC #a :tea", "MODE #a +sk tea", "MODE ann +iw", "AWAY :tea", "MONITOR + bob"
        )
        ann.command("METADATA * SET url x", "METADATA #a SET url y", "METADATA * SUB url")
        hosted.client("bob", "#a")
        ann.command("CHATHISTORY LATEST #a * 1")  # makes the archive open all its files before the tests
        yield hosted


def _objects(hosted: Hosted) -> dict[str, Any]:
    """Return one object of each class that has facts: ann's, and her room's."""
    client, channel = hosted.tracker.registry.client("ann"), hosted.tracker.registry.channel("#a")
    assert client is not None
    view = view_of(hosted.tracker)
    return {
        "Client": client,
        "Channel": channel,
        "Reader": view.readers[client.id],
        "Room": view.rooms["#a"],
        "AuditFormat": audit_format_of(hosted.tracker),
    }


def _fields(objects: dict[str, Any]) -> set[tuple[str, str]]:
    """Return the actual fields of the four classes."""
    found = {("Reader", name) for name in Reader.__slots__} | {("Room", name) for name in Room.__slots__}
    return found | {(kind, name) for kind in ("Client", "Channel") for name in vars(objects[kind])}


def _missing(table: FactsTable, fields: set[tuple[str, str]]) -> set[tuple[str, str]]:
    return fields - table.fields()


def test_every_field_is_in_a_row(lived_in: Hosted) -> None:
    objects = _objects(lived_in)
    assert _missing(FactsTable(), _fields(objects)) == set()
    assert [field for field in FactsTable().fields() if not hasattr(objects[field[0]], field[1])] == []


def test_a_field_missing_from_the_table_is_found(lived_in: Hosted) -> None:
    objects = _objects(lived_in)
    objects["Client"].favourite = "tea"
    assert _missing(FactsTable(), _fields(objects)) == {("Client", "favourite")}
    text = re.sub(r"^\| topic \|.*\n", "", Document("ARCHITECTURE.md").text, flags=re.MULTILINE)
    del objects["Client"].favourite
    assert _missing(FactsTable(text), _fields(objects)) == {("Channel", "topic"), ("Room", "topic")}


def test_every_fact_kept_twice_is_compared() -> None:
    assert OF_CLIENTS.keys() | OF_ROOMS.keys() == FactsTable().kept_twice()


def test_agreement_yields_no_complaints(lived_in: Hosted) -> None:
    assert disagreements(lived_in.tracker) == []


def test_an_answer_may_be_ahead_of_the_delivery(hosted: Hosted, monkeypatch: pytest.MonkeyPatch) -> None:
    """WHO lists somebody whose JOIN is still to come, while delivery is held up."""
    ann, bob = hosted.client("ann", "#a"), hosted.client("bob")
    is_held, may_go_on = threading.Event(), threading.Event()

    def hold(ctx: RenderContext, event: Announced) -> None:
        is_held.set()
        assert may_go_on.wait(DEADLINE_S)

    monkeypatch.setitem(APPLIERS, Announced, hold)
    hosted.tracker.announce("wait")
    assert is_held.wait(DEADLINE_S)
    bob.send("JOIN #a")
    channel = hosted.tracker.registry.channel("#a")
    assert channel is not None
    wait_until(lambda: len(channel.members) == 2)
    ann.send("WHO #a %n")
    wait_until(lambda: hosted.tracker.delivery._urgent)
    may_go_on.set()
    seen = [ann.receive() for _ in range(4)]
    assert [message.params[1] for message in seen[:2]] == ["ann", "bob"]
    assert commands(seen[2:]) == ["315", "JOIN"]


def _other_than(value: Any) -> Any:
    """Return a value that differs from this one of ann's."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return ~value
    if isinstance(value, str):
        return "planted"
    if type(value) is tuple:
        return () if value else ("planted",)
    return type(value)() if isinstance(value, dict | set | frozenset) else {} if isinstance(value, Mapping) else None


@pytest.mark.parametrize("fact", sorted(OF_CLIENTS.keys() | OF_ROOMS.keys()))
def test_a_differing_field_is_found(lived_in: Hosted, monkeypatch: pytest.MonkeyPatch, fact: str) -> None:
    """Each field of the row is changed by itself, in the registry or in the view."""
    objects = _objects(lived_in)
    for kind, field in sorted(FactsTable().fields(rows=[fact])):
        with monkeypatch.context() as patch:
            patch.setattr(objects[kind], field, _other_than(getattr(objects[kind], field)))
            found = disagreements(lived_in.tracker)
        assert [line for line in found if line.startswith(f"{fact} of ")], f"{kind}.{field}: {found}"
    assert disagreements(lived_in.tracker) == []


def test_a_client_known_to_one_side_only_is_found(lived_in: Hosted, monkeypatch: pytest.MonkeyPatch) -> None:
    objects = _objects(lived_in)
    monkeypatch.setattr(objects["Reader"], "is_closing", True)
    assert f"id of {objects['Client'].id}: only in one of registry and view" in disagreements(lived_in.tracker)


@pytest.mark.parametrize("seed", range(3))
def test_registry_and_view_agree_after_random_commands(tmp_path: Path, seed: int) -> None:
    """Five clients, which wait for nothing in between; some leave for good and others join."""
    random = Random(seed)
    with hosted_tracker(tmp_path) as hosted:
        hosted.tracker.keys.accounts.add("ann", "pw")
        ids = [account.account_id for account in hosted.tracker.keys.accounts.all().values()]
        hosted.tracker.registry.lay_down(dormant(name, accounts={ids[0]: "o", "x": "v"}) for name in ROOMS)
        clients: list[IrcClient] = [hosted.client(nick, caps=CAPS) for nick in NICKS[:5]]
        for number in range(15):
            for client in clients[:3]:
                client.join(f"#own{number}")
            voiced, kicked, stranger = (_nick_of(hosted, client) for client in clients[1:4])
            clients[0].send(f"TOPIC #own{number} :tea", f"MODE #own{number} +sv {voiced}")
            clients[0].send(f"INVITE {stranger} #own{number}", f"KICK #own{number} {kicked}")
            for _ in range(8):
                here = sorted(client.nick for client in hosted.tracker.registry.clients())
                for client in clients:
                    client.send(*likely_lines(random, here))
            clients.append(_come_back(hosted, clients.pop(0), f"new{number}", is_lost=number % 2 == 0))
            for client in clients:
                client.sync()
            hosted.log_text()
            assert disagreements(hosted.tracker) == []
        changed = {line.split(" ")[1] for line in hosted.log_text().splitlines()}
        assert changed >= {
            "join",
            "part",
            "kick",
            "nick",
            "topic",
            "mode",
            "away",
            "account",
            "realname",
            "invite",
            "metadata",
        }


def _nick_of(hosted: Hosted, client: IrcClient) -> str:
    found = hosted.tracker.registry.client_at(client.address)
    assert found is not None
    return found.nick


def _come_back(hosted: Hosted, client: IrcClient, nick: str, *, is_lost: bool) -> IrcClient:
    """End a visit, and begin another one as somebody new."""
    count = len(hosted.tracker.visits())
    if not is_lost:
        client.send("QUIT :bye")
        client.receive_rest()
    client.close()
    wait_until(lambda: len(hosted.tracker.visits()) < count)
    return hosted.client(nick, caps=CAPS)
