"""bench.workloads: the table, and what it says must arrive."""

import pytest

from bench.workloads import WORKLOADS, Workload, select


def test_the_table_holds_the_four_workloads() -> None:
    shapes = {w.letter: (w.rooms, w.members, w.senders) for w in WORKLOADS}
    assert shapes == {"A": (30, 10, 1), "B": (30, 10, 9), "C": (1, 100, 4), "D": (1, 100, 1)}


def test_each_message_goes_to_every_member_but_its_sender() -> None:
    workload = Workload("T", "test", rooms=2, members=5, senders=3, messages=10)
    assert workload.clients == 10
    assert workload.sent == 60
    assert workload.deliveries == 240
    assert workload.deliveries_to(sends=True) == 20
    assert workload.deliveries_to(sends=False) == 30


@pytest.mark.parametrize("workload", WORKLOADS, ids=lambda workload: workload.letter)
def test_what_each_member_must_receive_adds_up(workload: Workload) -> None:
    readers = workload.members - workload.senders
    in_a_room = workload.senders * workload.deliveries_to(sends=True) + readers * workload.deliveries_to(sends=False)
    assert workload.rooms * in_a_room == workload.deliveries


def test_another_number_of_messages_keeps_the_rooms() -> None:
    workload = WORKLOADS[0].with_messages(7)
    assert (workload.letter, workload.rooms, workload.messages) == ("A", WORKLOADS[0].rooms, 7)
    assert WORKLOADS[0].with_messages(None) is WORKLOADS[0]


@pytest.mark.parametrize(("senders", "messages"), [(0, 1), (3, 1), (1, 0)])
def test_a_room_without_sender_witness_or_message_is_refused(senders: int, messages: int) -> None:
    with pytest.raises(ValueError, match="workload T"):
        Workload("T", "test", rooms=1, members=3, senders=senders, messages=messages)


def test_select_takes_letters_in_any_case_and_keeps_the_tables_order() -> None:
    assert [workload.letter for workload in select(["d", " A"])] == ["A", "D"]


@pytest.mark.parametrize("letters", [["A", "X"], [""], []])
def test_select_refuses_what_is_not_in_the_table(letters: list[str]) -> None:
    with pytest.raises(ValueError, match="there are A, B, C, D"):
        select(letters)
