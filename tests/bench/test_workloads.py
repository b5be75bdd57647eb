"""bench.workloads: the table, and the number of deliveries it expects."""

import pytest

from bench.figures import FIGURES
from bench.workloads import WORKLOADS, Workload, select


def test_names_are_unique_and_figures_are_known() -> None:
    assert len({workload.name for workload in WORKLOADS}) == len(WORKLOADS)
    assert {name for workload in WORKLOADS for name in workload.figures} == set(FIGURES)


def test_each_message_reaches_every_member_but_its_sender() -> None:
    workload = Workload("T", "test", rooms=2, members=5, senders=3, messages=10)
    assert workload.clients == 10
    assert workload.deliveries == 240


def test_changing_the_numbers_keeps_the_rooms() -> None:
    workload = WORKLOADS[0].changed(messages=7, window=None)
    assert (workload.name, workload.rooms, workload.messages) == ("A", WORKLOADS[0].rooms, 7)
    assert workload.window == WORKLOADS[0].window
    assert WORKLOADS[0].changed(messages=None, window=9).window == 9


@pytest.mark.parametrize(("senders", "messages"), [(0, 1), (3, 1), (1, 0)])
def test_a_room_without_sender_witness_or_message_is_refused(senders: int, messages: int) -> None:
    with pytest.raises(ValueError, match="workload T"):
        Workload("T", "test", rooms=1, members=3, senders=senders, messages=messages)


def test_select_takes_names_in_any_case_and_keeps_the_tables_order() -> None:
    assert [workload.name for workload in select(["d", " A", "A-TLS"])] == ["A", "D", "A-tls"]


@pytest.mark.parametrize("names", [["A", "X"], [""], []])
def test_select_refuses_names_that_are_not_in_the_table(names: list[str]) -> None:
    with pytest.raises(ValueError, match="there are A, B, C, D"):
        select(names)
