"""The questions of a login, answered by a person or by lines from a pipe."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from time import monotonic

from chatcore.errors import ChatError, InvalidLink
from chatcore.prompting.interruption import Woken
from chatcore.protocol.goodbye import is_passing
from chatcore.terminal.alarm import Alarm
from chatcore.terminal.connecting.given_password import UNSENDABLE, Given, understand
from chatcore.terminal.connecting.handshake import Handshake
from chatcore.terminal.connecting.turned_away import PASSWORD_WANTED, Refused, may_pass
from chatcore.terminal.screen.screen import Screen
from chatcore.terminal.session.effects import Problem

IF_THERE_IS_ONE = "Password (Enter if there is none): "
REQUIRED = "Password or invitation: "


class LeftAtPrompt(ChatError):
    """The person left instead of answering."""


class EndedAtPrompt(ChatError):
    """The tracker ended the connection while a name was being chosen. `farewell` is what it said, if anything."""

    def __init__(self, farewell: str | None) -> None:
        super().__init__(farewell or "the connection to the tracker broke")
        self.farewell = farewell

    @property
    def may_pass(self) -> bool:
        """Whether the tracker may be there again in a moment."""
        return is_passing(self.farewell or "")


class Questions:
    """Asks questions. Raises LeftAtPrompt, and Refused where nobody can be asked again. For the main thread."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen

    def password(self, question: str, *, is_required: bool) -> Given:
        """Ask until the answer is a possible password."""
        while True:
            try:
                given = understand(self._ask(question, is_secret=True))
            except Woken:
                continue  # woken by the end of an earlier connection
            except InvalidLink as error:
                self.tell_refusal(str(error))
                continue
            if given.password or not is_required:
                return given
            self.tell_refusal(PASSWORD_WANTED)

    def name(self, handshake: Handshake, usual: str) -> str:
        """Ask for a username; Enter alone chooses the usual one, unless that is ''. Raises EndedAtPrompt."""
        name = ""
        while not name:
            try:
                name = self._ask(f"Username (Enter: {usual}): " if usual else "Username: ").strip() or usual
            except Woken as woken:
                _raise_if_ended(handshake, woken)
        if name == "exit":
            raise LeftAtPrompt
        return name

    def wants_to_wait(self, handshake: Handshake, question: str, wait_s: float) -> bool:
        """Wait; return False if the person presses Enter instead. Raises EndedAtPrompt."""
        alarm = Alarm(self._screen.wake)
        alarm.set(monotonic() + wait_s)
        try:
            self._ask(question)
        except Woken as woken:
            _raise_if_ended(handshake, woken)
            return True
        finally:
            alarm.stop()
        return False

    def tell_refusal(self, reason: str) -> None:
        """Show why something was refused. Raises Refused where nobody can be asked again."""
        if not self._screen.is_interactive:
            raise Refused(reason)
        self._screen.show(Problem(reason))

    def try_again(self, error: ChatError) -> None:
        """Let a person try again after a passing error. Raises any other."""
        passes = error.may_pass if isinstance(error, EndedAtPrompt) else may_pass(error)
        if not (self._screen.is_interactive and passes):
            raise error
        self._screen.show(Problem(str(error)))
        if not isinstance(error, EndedAtPrompt):  # in that case the name is asked for again
            with suppress(Woken):
                self._ask("Enter tries again: ")

    def _ask(self, question: str, *, is_secret: bool = False) -> str:
        try:
            answer = self._screen.ask(question, is_secret=is_secret)
        except EOFError as error:
            if self._screen.is_interactive:
                raise LeftAtPrompt from error
            raise Refused(f"there was no line for: {question.partition(' ')[0].rstrip(':')}") from error
        return answer if is_secret else UNSENDABLE.split(answer, maxsplit=1)[0]


@contextmanager
def closing_on_error(handshake: Handshake) -> Iterator[None]:
    """Close the connection if the block raises anything, after a QUIT if the person is leaving."""
    try:
        yield
    except (KeyboardInterrupt, LeftAtPrompt):
        handshake.connection.quit()
        raise
    except BaseException:
        handshake.connection.close()
        raise


def _raise_if_ended(handshake: Handshake, woken: Woken) -> None:
    if handshake.connection.has_ended:
        raise EndedAtPrompt(handshake.last_words()) from woken
