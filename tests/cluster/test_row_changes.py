"""Changes of rows wait for the stream."""

from __future__ import annotations

import threading

import pytest

from chatcore.cluster.row_changes import UNKNOWN, RowChanges
from chatcore.errors import ChatError, StreamClosed
from chatcore.state.records import RowsSet

_RECORD = RowsSet("bans", (("a", b"1"),))
_DEADLINE_S = 20.0


class _Proposal(threading.Thread):
    """Proposes a change in a thread of its own."""

    def __init__(self, changes: RowChanges, record: RowsSet = _RECORD) -> None:
        super().__init__(daemon=True)
        self._changes = changes
        self._record = record
        self.result: bool | str = "nothing yet"
        self.start()

    def run(self) -> None:
        try:
            self.result = self._changes.propose(self._record)
        except ChatError as error:
            self.result = str(error)

    def wait(self) -> bool | str:
        self.join(_DEADLINE_S)
        return self.result


def _changes() -> tuple[RowChanges, list[RowsSet], threading.Semaphore]:
    submitted, count = list[RowsSet](), threading.Semaphore(0)

    def submit(record: RowsSet) -> None:
        submitted.append(record)
        count.release()

    return RowChanges(submit, _DEADLINE_S), submitted, count


@pytest.mark.parametrize("is_made", [True, False])
def test_proposal_returns_what_became_of_it(is_made: bool) -> None:
    changes, submitted, count = _changes()
    proposal = _Proposal(changes)
    assert count.acquire(timeout=_DEADLINE_S)
    changes.settle(is_made)
    assert proposal.wait() is is_made
    assert submitted == [_RECORD]


def test_each_gets_the_result_of_its_own() -> None:
    changes, submitted, count = _changes()
    proposals = {}
    for key in "abc":
        record = RowsSet("bans", ((key, b""),))
        proposals[record] = _Proposal(changes, record)
    for _ in proposals:
        assert count.acquire(timeout=_DEADLINE_S)
    for record in list(submitted):
        changes.settle(record.rows[0][0] == "b")
    assert {record.rows[0][0]: proposal.wait() for record, proposal in proposals.items()} == {
        "a": False,
        "b": True,
        "c": False,
    }


def test_what_does_not_come_back_in_time_is_unknown_and_takes_nobody_elses_result() -> None:
    changes = RowChanges(lambda record: None, 0.0)
    with pytest.raises(ChatError, match=UNKNOWN):
        changes.propose(_RECORD)
    changes.settle(True)  # the first one's, which comes late
    with pytest.raises(IndexError):
        changes.settle(True)


def test_abandoned_changes_are_unknown() -> None:
    changes, _, count = _changes()
    proposal = _Proposal(changes)
    assert count.acquire(timeout=_DEADLINE_S)
    changes.abandon()
    assert proposal.wait() == UNKNOWN


def test_what_cannot_be_submitted_is_not_waited_for() -> None:
    def refuse(record: RowsSet) -> None:
        raise StreamClosed

    changes = RowChanges(refuse, _DEADLINE_S)
    with pytest.raises(StreamClosed):
        changes.propose(_RECORD)
    changes.abandon()
