"""Tasks planned for later."""

from chatcore.terminal.session.clock import Clock
from chatcore.terminal.session.effects import Answer


def test_due_tasks_run_once_in_order_of_their_times() -> None:
    clock = Clock()
    clock.now = 10.0
    clock.call_in(2.0, "later", lambda: [Answer("later")])
    clock.call_in(1.0, "soon", lambda: [Answer("soon")])
    clock.call_in(9.0, "much later", lambda: [Answer("much later")])
    assert clock.next == 11.0
    assert clock.due(10.5) == []
    assert clock.due(12.0) == [Answer("soon"), Answer("later")]
    assert clock.now == 12.0
    assert clock.next == 19.0


def test_a_task_can_be_postponed_or_cancelled() -> None:
    clock = Clock()
    clock.call_in(1.0, "one", lambda: [Answer("early")])
    clock.call_in(5.0, "one", lambda: [Answer("late")])
    clock.call_in(1.0, "two", lambda: [Answer("never")])
    clock.cancel("two")
    clock.cancel("three")
    assert clock.due(4.0) == []
    assert clock.due(5.0) == [Answer("late")]


def test_a_task_may_plan_itself_again() -> None:
    clock = Clock()

    def again() -> list[Answer]:
        clock.call_in(1.0, "one", again)
        return [Answer("tick")]

    clock.call_in(1.0, "one", again)
    assert clock.due(1.0) == [Answer("tick")]
    assert clock.next == 2.0
