"""TRACKERS, as clients receive it."""

from __future__ import annotations

from chatcore.protocol.capabilities import BATCH, LABELED_RESPONSE, TRACKERS
from chatcore.protocol.tracker_list import TrackerAddress
from chatcore.state import requests
from chatcore.state.stream import Label
from tests.server.rendered import Rendered
from tests.support.readers import connected

_B = TrackerAddress(("b.example:8000",), "AB" * 32)
_C = TrackerAddress(("c.example:8000",))


def _told(rendered: Rendered) -> dict[int, list[tuple[str, ...]]]:
    return {
        client: [message.params for message in messages if message.command == "TRACKERS"]
        for client, messages in rendered.read_all().items()
    }


def test_a_new_client_gets_the_list() -> None:
    rendered = Rendered()
    rendered.apply(requests.TrackersChanged((_B, _C)))
    rendered.apply(connected(1, "ann", capabilities=TRACKERS), requests.TrackersRequested(1))
    assert _told(rendered) == {1: [(f"b.example:8000;certfp={'AB' * 32} c.example:8000",)]}


def test_an_empty_list_is_sent_too() -> None:
    rendered = Rendered()
    rendered.apply(connected(1, "ann", capabilities=TRACKERS), requests.TrackersRequested(1))
    assert _told(rendered) == {1: [("",)]}


def test_a_change_is_sent_to_clients_with_the_capability() -> None:
    rendered = Rendered()
    rendered.apply(connected(1, "ann", capabilities=TRACKERS), connected(2, "bob", capabilities=BATCH))
    rendered.apply(requests.TrackersChanged((_C,)))
    told = _told(rendered)
    assert (told.get(1), told.get(2)) == ([("c.example:8000",)], None)
    assert rendered.host.trackers == (_C,)


def test_a_long_list_spans_several_messages() -> None:
    rendered = Rendered()
    rendered.apply(connected(1, "ann", capabilities=TRACKERS))
    others = tuple(TrackerAddress((f"t{number}.example:8000",), "AB" * 32) for number in range(10))
    rendered.apply(requests.TrackersChanged(others))
    *more, last = _told(rendered)[1]
    assert more
    assert all(params[0] == "*" for params in more)
    assert len(last) == 1
    words = " ".join(params[-1] for params in (*more, last)).split(" ")
    assert [word.partition(":")[0] for word in words] == [f"t{number}.example" for number in range(10)]


def test_the_list_is_not_part_of_a_labeled_answer() -> None:
    rendered = Rendered()
    rendered.apply(connected(1, "ann", capabilities=TRACKERS | BATCH | LABELED_RESPONSE))
    rendered.read_all()
    answer = requests.Replied(1, (("CAP", "ann", "ACK", "chatcore/trackers"),))
    rendered.apply(answer, requests.TrackersRequested(1), label=Label(1, "x"))
    messages = rendered.read_all()[1]
    assert [(message.command, message.tags.get("label")) for message in messages] == [("CAP", "x"), ("TRACKERS", None)]


def test_a_departed_client_gets_no_list() -> None:
    rendered = Rendered()
    rendered.apply(requests.TrackersRequested(7))
    assert rendered.read_all() == {}
