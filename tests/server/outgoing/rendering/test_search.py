"""Search results, as their reader receives them."""

from __future__ import annotations

from chatcore.protocol.capabilities import ACCOUNT_TAG, BATCH, LABELED_RESPONSE, MESSAGE_TAGS, SERVER_TIME
from chatcore.state import requests
from chatcore.state.history import Recorded, line_id
from chatcore.state.stream import Label
from tests.server.rendered import Rendered

_READS = BATCH | MESSAGE_TAGS | SERVER_TIME | ACCOUNT_TAG | LABELED_RESPONSE
_FOUND = (
    Recorded(line_id(5, 1), 1767323045678, 1, "bob!b@host", "bobby", "+x=y", "PRIVMSG #room :tea"),
    Recorded(line_id(9, 0), 1767323045679, 2, "ann!a@host", None, "", "PRIVMSG bob :\x01ACTION drinks\x01"),
)


def _rendered(capabilities: int) -> Rendered:
    rendered = Rendered()
    rendered.context.sequence = "0123abcdef"
    rendered.enter(1, "ann", capabilities=capabilities)
    rendered.read_all()
    return rendered


def test_results_are_the_original_messages_in_a_batch() -> None:
    rendered = _rendered(_READS)
    rendered.apply(requests.SearchRequested(1, _FOUND))
    opening, first, second, closing = rendered.read(1)
    reference = opening.params[0][1:]
    assert (opening.params[1:], closing.params) == (("soju.im/search",), (f"-{reference}",))
    assert (first.source, first.command, first.params) == ("bob!b@host", "PRIVMSG", ("#room", "tea"))
    assert first.tags == {
        "batch": reference,
        "time": "2026-01-02T03:04:05.678Z",
        "msgid": f"{5:012x}{1:04x}0123abcdef",
        "account": "bobby",
        "+x": "y",
    }
    assert second.params == ("bob", "\x01ACTION drinks\x01")
    assert second.tags.keys() == {"batch", "time", "msgid"}


def test_no_results_give_an_empty_batch() -> None:
    """> If no content exists to return, the server SHOULD return an empty batch"""
    rendered = _rendered(_READS)
    rendered.apply(requests.SearchRequested(1, ()), label=Label(1, "L"))
    opening, closing = rendered.read(1)
    assert opening.tags["label"] == "L"
    assert (opening.params[1:], closing.params) == (("soju.im/search",), ("-" + opening.params[0][1:],))


def test_without_batches_results_are_notices() -> None:
    rendered = _rendered(0)
    rendered.apply(requests.SearchRequested(1, _FOUND))
    assert [(notice.command, notice.params) for notice in rendered.read(1)] == [
        ("NOTICE", ("ann", "[2026-01-02T03:04:05.678Z] #room <bob> tea")),
        ("NOTICE", ("ann", "[2026-01-02T03:04:05.679Z] bob * ann drinks")),
    ]
    rendered.apply(requests.SearchRequested(1, ()))
    assert [notice.params for notice in rendered.read(1)] == [("ann", "Nothing was found")]
