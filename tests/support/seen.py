"""A screen that remembers what it was shown, and types what the test gave it."""

import threading
from collections import deque
from collections.abc import Callable, Collection, Iterable

from chatcore.prompting.interruption import Terminated, Woken
from chatcore.terminal.screen.render import render_plain, unfolded
from chatcore.terminal.screen.screen import Completions, Turn
from chatcore.terminal.session.effects import Alert, Caution, Item, Rule, Turned
from chatcore.terminal.session.status import Status

DEADLINE_S = 20.0


class SeenScreen:
    """Each line to type is a text, or an exception to raise in its place; after the last it waits to be woken."""

    def __init__(self, *lines: str | BaseException, is_interactive: bool = True) -> None:
        self.is_interactive = self.has_person = is_interactive
        self.questions: list[str] = []
        self.has_swallowed_keys = False
        """Whether the end came while somebody may still have been typing."""
        self.secrets: list[str] = []
        self.cautions: list[str] = []
        """Lines that had to be confirmed before going on; `shown` has all others."""
        self.status = Status()
        self.put_back_texts: list[str] = []
        self.alerts: list[Alert] = []
        self.times_cleared = 0
        self.recalled: list[str] = []
        self.completions: Completions | None = None
        self.watching: Callable[[str], None] = lambda text: None
        self._lines = deque(lines)
        self._shown: list[str] = []
        self._is_woken = False
        self._was_woken = False
        self._changed = threading.Condition()

    @property
    def shown(self) -> list[str]:
        with self._changed:
            return list(self._shown)

    def __enter__(self) -> "SeenScreen":
        return self

    def __exit__(self, *error: object) -> None:
        return None

    def swallow_keys(self) -> None:
        with self._changed:
            self.has_swallowed_keys = True

    def tell_unread(self) -> None:
        return None

    def ask(self, question: str, *, is_secret: bool = False) -> str:
        (self.secrets if is_secret else self.questions).append(question)
        return self.read_line()

    def choose(self, question: str, letters: Collection[str], *, default: str, refusal: str) -> str:
        self.questions.append(question)
        answer = self.read_line() or default
        assert answer in letters
        return answer

    def recall(self, lines: Iterable[str]) -> None:
        self.recalled += lines

    def read_line(self) -> str:
        with self._changed:
            if not self._lines:
                assert self._changed.wait_for(lambda: self._is_woken or bool(self._lines), DEADLINE_S), self._shown
            if self._is_woken:
                self._is_woken = False
                raise Woken
            line = self._lines.popleft()
        if isinstance(line, BaseException):
            raise line
        return line

    def type_first(self, line: str) -> None:
        """Type a line before all others."""
        with self._changed:
            self._lines.appendleft(line)

    def type(self, *lines: str | BaseException) -> None:
        """Type more lines, from the test's own thread."""
        with self._changed:
            self._lines.extend(lines)
            self._changed.notify_all()

    def show(self, item: Item) -> None:
        with self._changed:
            seen = [item, *unfolded(item)] if isinstance(item, Turned) and self.is_interactive and item.told else [item]
            lines = [f"-- {each.text}" if isinstance(each, Rule) else render_plain(each) for each in seen]
            (self.cautions if isinstance(item, Caution) else self._shown).extend(line for line in lines if line)
            self._changed.notify_all()

    def wait_for(self, line: str) -> None:
        """Wait until this line has been shown."""
        with self._changed:
            assert self._changed.wait_for(lambda: line in self._shown, DEADLINE_S), self._shown

    def wait_for_times(self, line: str, times: int) -> None:
        """Wait until this line has been shown this many times."""
        with self._changed:
            assert self._changed.wait_for(lambda: self._shown.count(line) >= times, DEADLINE_S), self._shown

    def wait_for_unread(self, name: str) -> None:
        """Wait until something is unread in this view."""

        def is_unread() -> bool:
            return any(tab.name == name and tab.unread for tab in self.status.tabs)

        with self._changed:
            assert self._changed.wait_for(is_unread, DEADLINE_S), self.status

    def wait_for_status(self, absence: str) -> None:
        """Wait until the status line says this of a lost connection."""
        with self._changed:
            assert self._changed.wait_for(lambda: absence in self.status.absence, DEADLINE_S), self.status

    def wait_for_put_back(self, text: str) -> None:
        """Wait until this text has been put back into the line."""
        with self._changed:
            assert self._changed.wait_for(lambda: text in self.put_back_texts, DEADLINE_S), self.put_back_texts

    def wait_for_end(self) -> None:
        """Wait until the reader of lines was woken."""
        with self._changed:
            assert self._changed.wait_for(lambda: self._was_woken, DEADLINE_S), self._shown

    def show_status(self, status: Status) -> None:
        with self._changed:
            self.status = status
            self._changed.notify_all()

    def alert(self, alert: Alert) -> None:
        with self._changed:
            self.alerts.append(alert)
            self._changed.notify_all()

    def put_back(self, text: str) -> None:
        with self._changed:
            self.put_back_texts.append(text)
            self._changed.notify_all()

    def clear(self) -> None:
        with self._changed:
            self.times_cleared += 1

    def watch_line(self, watching: Callable[[str], None]) -> None:
        self.watching = watching

    def turn_by(self, turning: Callable[[Turn, str], str]) -> None:
        self.turning = turning

    def complete_from(self, completions: Completions) -> None:
        self.completions = completions

    def wake(self) -> None:
        with self._changed:
            self._is_woken = self._was_woken = True
            self._changed.notify_all()

    def resume(self) -> None:
        raise NotImplementedError

    def terminate(self, signum: int) -> None:
        raise Terminated(signum)
