"""Messages that wait for absent people: their limits, records and expiry."""

from __future__ import annotations

from itertools import count

from chatcore.config import Config, Limits
from chatcore.protocol.multiline import BREAK, MAX_LINES
from chatcore.server.archive.journal.records import FactRecord, parse_record
from chatcore.server.outgoing.lines import WholeMessage
from chatcore.server.outgoing.waiting import Waiting, reserved_bytes
from chatcore.state.erasure import Erasure
from chatcore.state.history import Recorded

_DAY_MS = 86_400_000


def _message(
    id_: int, account: str | None = "ann", *, host: str = "192.0.2.1", text: str = "hi", ms: int = 0
) -> Recorded:
    return Recorded(id_, ms, ms, f"{account or 'guest'}!u@{host}", account, "", f"PRIVMSG bob :{text}")


class _Kept:
    """Waiting messages, and the facts written about them."""

    def __init__(self, *, is_kept_well: bool = True, days: int = 90, **limits: int) -> None:
        self.records: list[bytes] = []
        self.config = Config(history_days=days, limits=Limits(**limits))
        self.waiting = Waiting(self.config, self.records.append, {}, lambda: is_kept_well)

    @property
    def facts(self) -> list[FactRecord]:
        found = [parse_record(record.decode().removesuffix("\n")) for record in self.records]
        return [record for record in found if isinstance(record, FactRecord)]

    def add(self, message: Recorded, account_id: str = "b") -> str:
        """Return why the message cannot wait; '' if it does."""
        refusal = self.waiting.refusal(account_id, message)
        if not refusal:
            self.waiting.add(account_id, message)
        return refusal


def test_messages_are_handed_out_once_in_order() -> None:
    kept = _Kept()
    messages = [_message(1), _message(2, None), _message(3)]
    assert [kept.add(message) for message in messages] == ["", "", ""]
    assert kept.waiting.used_bytes > 1500
    assert kept.waiting.take("else", 4, 0) == []
    assert kept.waiting.take("b", 5, 0) == messages
    assert kept.waiting.take("b", 6, 0) == []
    assert kept.waiting.used_bytes == 0


def test_waiting_and_delivery_are_recorded() -> None:
    kept = _Kept()
    message = _message(1)._replace(tags="+x=y")
    kept.add(message)
    kept.waiting.take("b", 5, 0)
    assert kept.facts == [
        FactRecord(1, {"fact": "waits", "account": "b", "line": [*message[1:7]]}),
        FactRecord(5, {"fact": "given", "account": "b", "ids": [1]}),
    ]


def test_a_sender_cannot_use_up_others_places() -> None:
    kept = _Kept(max_waiting_per_sender=2)
    senders = [
        _message(0, "ann"),
        _message(0, None),
        _message(0, None, host="192.0.2.2"),
        _message(0, None, host="2001:db8::1"),
    ]
    for sender in senders:
        refusals = [kept.add(sender._replace(id=id_)) for id_ in range(3)]
        assert refusals[:2] == ["", ""]
        assert "no more of your messages" in refusals[2]
    assert kept.add(_message(9, "ANN")), "ANN is the same account as ann"
    assert kept.add(_message(9, None, host="2001:db8::2")), "both addresses belong to the same host"
    assert kept.add(_message(9, "ann"), "c") == ""


def test_an_accounts_messages_are_bounded_in_number_and_bytes() -> None:
    kept = _Kept(max_waiting=2)
    refusals = [kept.add(_message(id_, f"ann{id_}")) for id_ in range(3)]
    assert refusals[:2] == ["", ""]
    assert "no more messages" in refusals[2]
    small = _Kept(max_sendq_bytes=4000)
    assert small.add(_message(1)) == ""
    assert "no more messages" in small.add(_message(2, "bob")), "two messages would not fit into one outbox"


def test_total_memory_is_a_share_of_the_history_limit() -> None:
    kept = _Kept(max_total_history_bytes=8000)
    assert reserved_bytes(kept.config) == 1000
    assert kept.add(_message(1)) == ""
    assert "no more messages" in kept.add(_message(2), "c")
    kept.waiting.take("b", 3, 0)
    assert kept.add(_message(2), "c") == ""
    assert reserved_bytes(Config(history_days=0)) == 0


def test_zero_means_no_limit() -> None:
    kept = _Kept(max_waiting=0, max_waiting_per_sender=0, max_total_history_bytes=0)
    assert {kept.add(_message(id_)) for id_ in range(150)} == {""}


def test_messages_are_refused_while_they_cannot_be_recorded() -> None:
    assert "nothing can be stored" in _Kept(is_kept_well=False).add(_message(1))


def test_messages_expire_with_the_retention_period() -> None:
    kept = _Kept(days=1, max_waiting=2)
    for ms in (1, _DAY_MS):
        kept.add(_message(ms, ms=ms))
    assert kept.add(_message(_DAY_MS + 2, ms=_DAY_MS + 2)) == "", "an expired message must not take up a place"
    assert [message.id for message in kept.waiting.take("b", 9, _DAY_MS + 2)] == [_DAY_MS, _DAY_MS + 2]
    assert kept.facts[-1].data["ids"] == [_DAY_MS, _DAY_MS + 2]


def test_expired_messages_make_room_for_others() -> None:
    kept = _Kept(days=1, max_total_history_bytes=8000)
    assert kept.add(_message(1)) == ""
    assert kept.add(_message(2, ms=_DAY_MS), "c")
    assert kept.add(_message(3, ms=_DAY_MS + 1), "c") == ""
    assert kept.waiting.take("b", 4, 0) == []


def test_messages_from_before_the_start_count() -> None:
    config = Config(limits=Limits(max_waiting=1))
    waiting = Waiting(config, kept={"b": [_message(1)]})
    assert waiting.used_bytes > 500
    assert waiting.refusal("b", _message(2, "dan"))
    assert waiting.take("b", 3, 0) == [_message(1)]


def test_erasure_removes_an_authors_messages_up_to_an_id() -> None:
    kept = _Kept()
    for id_, account in ((1, "ann"), (2, "dan")):
        kept.add(_message(id_, account))
        kept.add(_message(id_ + 2, account), "c")
    kept.add(_message(5, "ann"))
    kept.waiting.erase(Erasure("ann"), 4)
    assert kept.waiting.take("b", 9, 0) == [_message(2, "dan"), _message(5, "ann")]
    assert kept.waiting.take("c", 9, 0) == [_message(4, "dan")]
    assert kept.waiting.used_bytes == 0


def test_a_single_message_can_be_withdrawn() -> None:
    kept = _Kept()
    kept.add(_message(1))
    kept.add(_message(2))
    kept.waiting.withdraw("else", 1, 8)
    kept.waiting.withdraw("b", 1, 9)
    kept.waiting.withdraw("b", 1, 10)
    assert kept.facts[2:] == [FactRecord(9, {"fact": "given", "account": "b", "ids": [1]})]
    assert kept.waiting.take("b", 11, 0) == [_message(2)]
    assert kept.waiting.used_bytes == 0


def test_a_multiline_message_counts_with_all_its_lines_and_tags() -> None:
    """Otherwise its recipient could get more at once than an outbox takes, and be disconnected."""
    kept = _Kept()
    lines = ["x"] * MAX_LINES
    message = _message(1, text=BREAK.join(lines))._replace(tags=f"+x={'y' * 190}")
    assert kept.add(message) == ""
    sent = WholeMessage(f":{message.source} {message.rest}", 1.0).encoded(0)
    assert kept.waiting.used_bytes > len(sent) + MAX_LINES * len(message.tags)
    refused = next(id_ for id_ in count(2) if kept.add(message._replace(id=id_, account=f"ann{id_}")))
    assert refused < 10


def test_a_sender_cannot_use_up_others_memory() -> None:
    kept = _Kept()
    long = BREAK.join(["x" * 400] * 36)
    refusals = [kept.add(_message(id_, text=long)) for id_ in range(3)]
    assert refusals[0] == "", "a sender's first message always fits"
    assert "no more of your messages" in refusals[-1]
    for sender in ("bob", "eve", "zoe"):
        assert kept.add(_message(9, sender, text=long)) == ""


def test_a_snapshot_has_all_waiting_messages() -> None:
    kept, again = _Kept(), _Kept()
    for id_, account_id in ((1, "b"), (2, "a"), (3, "b")):
        kept.add(_message(id_), account_id)
    again.add(_message(9), "c")
    again.records.clear()
    state = kept.waiting.state()
    assert state == (("a", (_message(2),)), ("b", (_message(1), _message(3))))
    again.waiting.restore(state)
    assert (again.waiting.state(), again.waiting.used_bytes) == (state, kept.waiting.used_bytes)
    assert again.records == []
    assert again.waiting.take("b", 5, 0) == [_message(1), _message(3)]
    assert again.waiting.take("c", 5, 0) == []
