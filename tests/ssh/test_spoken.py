"""The questions and lines that the client's own thread waits for."""

import threading
from queue import Queue

from chatcore.ssh.spoken import MOST_BYTES, Spoken

_PATIENCE_S = 10.0


def test_questions_lines_and_the_end_arrive_in_order() -> None:
    spoken: Spoken[str] = Spoken()
    assert [spoken.ask("one"), spoken.ask("two")] == [True, True]
    assert [spoken.take_question(), spoken.take_question()] == ["one", "two"]
    spoken.say(b"a\r\n")
    spoken.say(b"b\r\n")
    spoken.end()
    assert spoken.take_lines(lambda: True) == b"a\r\nb\r\n"
    assert spoken.take_lines(lambda: True) == b""
    assert not spoken.ask("three")
    assert spoken.take_question() is None


def test_lines_of_a_lost_connection_are_dropped() -> None:
    spoken: Spoken[str] = Spoken()
    spoken.say(b"QUIT\r\n")
    spoken.end(forgets=True)
    assert spoken.take_lines(lambda: True) == b""


def test_too_much_input_ends_it() -> None:
    spoken: Spoken[str] = Spoken()
    for _ in range(2 * MOST_BYTES // 1000):
        spoken.say(b"x" * 1000)
    assert len(spoken.take_lines(lambda: True)) <= MOST_BYTES + 1000
    assert spoken.take_lines(lambda: True) == b""


def test_the_end_waits_for_the_other_side() -> None:
    spoken: Spoken[str] = Spoken()
    taken: Queue[bytes] = Queue()
    has_gone = threading.Event()
    spoken.end()
    assert spoken.take_lines(lambda: False) == b""
    thread = threading.Thread(target=lambda: taken.put(spoken.take_lines(has_gone.is_set)))
    thread.start()
    spoken.end()
    has_gone.set()
    assert thread.is_alive() or not taken.empty()
    spoken.end()
    assert taken.get(timeout=_PATIENCE_S) == b""
    thread.join()
