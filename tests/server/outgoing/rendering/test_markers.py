"""MARKREAD: the names it uses, the clients it reaches, and what it must not reveal."""

from __future__ import annotations

import pytest

from chatcore.config import Config
from chatcore.protocol.capabilities import BATCH, LABELED_RESPONSE, READ_MARKER
from chatcore.server.outgoing.markers import AHEAD_MS
from chatcore.state import facts, requests
from chatcore.state.stream import Label
from tests.server.rendered import Rendered
from tests.support.readers import connected

_MARKER = READ_MARKER | LABELED_RESPONSE | BATCH
_BOB = ("Bob", "id of bob")


@pytest.fixture
def rendered() -> Rendered:
    rendered = Rendered()
    rendered.position = 1_000_000  # and so many seconds after 1970
    return rendered


def _enter(rendered: Rendered, client: int, nick: str, account: str = "", *, caps: int = _MARKER) -> list[str]:
    """Connect a client; return the markers that it gets."""
    arrival = connected(client, nick, capabilities=caps)
    if account:
        arrival = arrival._replace(account=account, account_id=f"id of {account.lower()}")
    rendered.apply(arrival, requests.WaitingRequested(client))
    return _told(rendered).get(client, [])


def _told(rendered: Rendered) -> dict[int, list[str]]:
    """End the batch; return the markers that each client got."""
    return {
        client: [" ".join(message.params) for message in messages if message.command == "MARKREAD"]
        for client, messages in rendered.read_all().items()
    }


def _ask(
    rendered: Rendered, client: int, target: str, time_s: int | None = None, account: tuple[str, str] = ("", "")
) -> dict[int, list[str]]:
    """Have a client ask for a marker, or set it; return the markers that each client got."""
    name, account_id = account
    ms = None if time_s is None else time_s * 1000
    rendered.apply(requests.MarkerRequested(client, target, ms, account_id, name))
    return _told(rendered)


def _at(time_s: int) -> str:
    return f"timestamp=1970-01-01T00:{time_s // 60:02}:{time_s % 60:02}.000Z"


def test_a_marker_reaches_all_clients_of_an_account_with_the_capability(rendered: Rendered) -> None:
    _enter(rendered, 1, "desk", "Bob")
    _enter(rendered, 2, "phone", "Bob")
    _enter(rendered, 3, "old", "Bob", caps=0)
    _enter(rendered, 4, "ann", "Ann")
    _enter(rendered, 5, "guest")
    assert _ask(rendered, 3, "#tea", 9) == {3: [f"#tea {_at(9)}"], 1: [f"#tea {_at(9)}"], 2: [f"#tea {_at(9)}"]}
    assert _ask(rendered, 1, "#tea", 8) == {1: [f"#tea {_at(9)}"]}, "the other clients know the later marker already"
    assert _ask(rendered, 4, "#tea") == {4: ["#tea *"]}
    assert _ask(rendered, 5, "#tea", 5) == {5: [f"#tea {_at(5)}"]}
    assert _ask(rendered, 2, "#TEA") == {2: [f"#TEA {_at(9)}"]}


def test_only_the_answer_carries_the_label(rendered: Rendered) -> None:
    _enter(rendered, 1, "desk", "Bob")
    _enter(rendered, 2, "phone", "Bob")
    rendered.apply(requests.MarkerRequested(1, "#tea", 9000), label=Label(1, "L"))
    told = rendered.read_all()
    assert [(message.command, message.tags) for message in told[1]] == [("MARKREAD", {"label": "L"})]
    assert [(message.command, message.tags) for message in told[2]] == [("MARKREAD", {})]


def test_a_marker_in_the_future_is_capped_at_now(rendered: Rendered) -> None:
    _enter(rendered, 1, "ann")
    assert _ask(rendered, 1, "#tea", 2_000_000) == {1: ["#tea timestamp=1970-01-12T13:46:42.000Z"]}


def test_markers_set_by_a_fast_clock_are_ignored(rendered: Rendered) -> None:
    _enter(rendered, 1, "ann", "Ann")
    _ask(rendered, 1, "#tea", 1_000_000)
    rendered.position -= AHEAD_MS // 1000 + 10
    assert _ask(rendered, 1, "#tea") == {1: ["#tea *"]}
    assert _enter(rendered, 2, "phone", "Ann") == []
    assert _ask(rendered, 1, "#tea", 9)[1] == [f"#tea {_at(9)}"]


def test_on_join_the_marker_comes_between_topic_and_names(rendered: Rendered) -> None:
    _enter(rendered, 1, "ann")
    _enter(rendered, 2, "bob", caps=0)
    _ask(rendered, 1, "#Room", 9)
    rendered.apply(facts.Joined(1, "#room", "o"), facts.TopicChanged(1, "#room", "tea", "ann!u@h", 7))
    assert [m.params for m in rendered.read(1) if m.command == "MARKREAD"] == [("#room", _at(9))]
    rendered.apply(facts.Parted(1, "#room", ""), facts.Joined(2, "#room", ""))
    rendered.apply(facts.TopicChanged(2, "#room", "tea", "bob!u@h", 7))
    assert "MARKREAD" not in [message.command for message in rendered.read(2)]
    rendered.apply(facts.Joined(1, "#room", ""))
    commands = [message.command for message in rendered.read(1)]
    assert commands[-6:] == ["JOIN", "332", "333", "MARKREAD", "353", "366"]


def test_a_conversation_keeps_its_marker_across_a_nick_change(rendered: Rendered) -> None:
    _enter(rendered, 1, "ann")
    _enter(rendered, 2, "bob")
    _ask(rendered, 1, "bob", 9)
    rendered.apply(facts.Renamed(2, "robert"))
    _enter(rendered, 3, "bob")
    rendered.read_all()
    assert _ask(rendered, 1, "robert") == {1: [f"robert {_at(9)}"]}
    assert _ask(rendered, 1, "bob") == {1: ["bob *"]}, "the new bob is somebody else"


def test_a_marker_for_an_account_works_online_and_offline(rendered: Rendered) -> None:
    _enter(rendered, 1, "ann")
    assert _ask(rendered, 1, "BOB", 9, _BOB) == {1: [f"BOB {_at(9)}"]}
    _enter(rendered, 2, "phone", "Bob")
    assert _ask(rendered, 1, "phone") == {1: [f"phone {_at(9)}"]}


def test_a_marker_outlives_the_partners_visit(rendered: Rendered) -> None:
    _enter(rendered, 1, "ann")
    _enter(rendered, 2, "bob", "Bob")
    rendered.apply(facts.SaidPrivately(2, 1, "PRIVMSG", "hi"))
    _ask(rendered, 1, "bob", 9)
    rendered.apply(facts.Quit(2, "bye", False))
    rendered.read_all()
    assert _ask(rendered, 1, "bob") == {1: [f"bob {_at(9)}"]}, "the marker is kept after Bob has left"
    assert _ask(rendered, 1, "zoe", 8) == {1: [f"zoe {_at(8)}"]}, "a name that nobody has can have a marker"
    _enter(rendered, 3, "zoe")
    assert _ask(rendered, 1, "zoe") == {1: ["zoe *"]}


def test_a_client_with_an_account_gets_all_markers_on_arrival(rendered: Rendered) -> None:
    _enter(rendered, 1, "ann", "Ann")
    _enter(rendered, 2, "phone", "Bob")
    for time_s, target in enumerate(("#Tea", "phone", "zoe", "#cat", "#Tea"), 1):
        _ask(rendered, 1, target, time_s)
    assert _enter(rendered, 3, "desk", "Ann") == [f"Bob {_at(2)}", f"zoe {_at(3)}", f"#cat {_at(4)}", f"#Tea {_at(5)}"]
    assert _enter(rendered, 4, "old", "Ann", caps=0) == []
    _enter(rendered, 5, "zoe")
    assert _enter(rendered, 6, "desk", "Ann") == [f"Bob {_at(2)}", f"#cat {_at(4)}", f"#Tea {_at(5)}"], (
        "the zoe who is present is somebody else"
    )


def test_a_nick_is_revealed_only_to_conversation_partners(rendered: Rendered) -> None:
    _enter(rendered, 1, "ann", "Ann")
    _ask(rendered, 1, "Bob", 9, _BOB)
    _enter(rendered, 2, "hidden", "Bob")
    assert _enter(rendered, 3, "desk", "Ann") == [f"Bob {_at(9)}"]
    rendered.apply(facts.SaidPrivately(2, 3, "PRIVMSG", "hi"))
    rendered.read_all()
    assert _enter(rendered, 4, "phone", "Ann") == [f"hidden {_at(9)}"]


def test_markers_for_an_ended_visit_are_not_sent(rendered: Rendered) -> None:
    _enter(rendered, 1, "ann", "Ann")
    _enter(rendered, 2, "bob")
    _ask(rendered, 1, "bob", 9)
    assert _enter(rendered, 3, "desk", "Ann") == [f"bob {_at(9)}"]
    rendered.apply(facts.Quit(2, "bye", False))
    rendered.read_all()
    assert _enter(rendered, 4, "phone", "Ann") == []


def test_a_visits_markers_end_with_it(rendered: Rendered) -> None:
    _enter(rendered, 1, "ann")
    _ask(rendered, 1, "#tea", 9)
    rendered.apply(facts.Quit(1, "bye", False), requests.Closed(1))
    rendered.read_all()
    assert rendered.context.markers.used_bytes == 0


def test_login_replaces_the_visits_markers_with_the_accounts(rendered: Rendered) -> None:
    _enter(rendered, 1, "desk", "Bob")
    _ask(rendered, 1, "#tea", 9)
    _enter(rendered, 2, "phone")
    _ask(rendered, 2, "#cat", 8)
    rendered.apply(facts.AccountChanged(2, *_BOB), requests.WaitingRequested(2))
    assert _told(rendered)[2] == [f"#tea {_at(9)}"]
    assert _ask(rendered, 2, "#cat") == {2: ["#cat *"]}


def test_a_renamed_room_keeps_its_members_markers() -> None:
    rendered = Rendered(Config())
    rendered.position = 1_000_000
    _enter(rendered, 1, "ann", "Ann")
    _enter(rendered, 2, "bob", "Bob")
    rendered.apply(facts.Joined(1, "#tea", "o"))
    _ask(rendered, 1, "#tea", 9)
    _ask(rendered, 2, "#tea", 8)
    rendered.apply(facts.RoomRenamed(1, "#tea", "#Chai", ""))
    assert _told(rendered)[1] == [f"#Chai {_at(9)}"], "ann does not know RENAME and gets it with a JOIN"
    assert _ask(rendered, 2, "#chai") == {2: ["#chai *"]}
    assert _ask(rendered, 2, "#tea") == {2: [f"#tea {_at(8)}"]}
