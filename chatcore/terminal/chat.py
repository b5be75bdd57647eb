"""The loop of one visit: hands what is typed to the session. `link` handles what arrives.

While the connection is lost, messages are kept for later and commands stay in the input line.
"""

from __future__ import annotations

import re
from functools import partial
from time import monotonic

from chatcore.errors import ChatError
from chatcore.prompting.interruption import Terminated, Woken
from chatcore.protocol.message import Message
from chatcore.terminal.commands.completion import Names, offered
from chatcore.terminal.commands.keeping import may_be_kept, may_text_be_kept
from chatcore.terminal.commands.pasting import Way, question
from chatcore.terminal.commands.typed import (
    asks_to_leave,
    begin_text,
    is_secret,
    name_wanted,
    text_in,
    type_line,
    type_text,
    where_text_goes,
)
from chatcore.terminal.connecting.entry import Entry
from chatcore.terminal.connecting.handshake import Handshake
from chatcore.terminal.connecting.login import Login
from chatcore.terminal.link import Link
from chatcore.terminal.local import Local
from chatcore.terminal.outcome import Outcome
from chatcore.terminal.reminder import Reminder
from chatcore.terminal.screen.screen import Screen, Turn
from chatcore.terminal.session.effects import Answer, AskPassword, Effect, Problem, Request, Told
from chatcore.terminal.session.search import Search
from chatcore.terminal.session.session import Session
from chatcore.terminal.session.telling import Telling
from chatcore.terminal.typed_history import TypedHistory

NOT_SENT = "there is no connection; nothing was sent"
LOGGED_OUT = "logged out; connect again to use another name"
NOTHING_SAID = "nothing was sent; \N{UPWARDS ARROW} brings it back"

NO_HISTORY = TypedHistory(None, "", 0, 0)

_LINE_END = re.compile("\r\n|\r|\n")


class Chat:
    """One visit. For the thread that runs it: the main thread, or a guest's."""

    def __init__(
        self,
        session: Session,
        handshake: Handshake,
        screen: Screen,
        entry: Entry,
        local: Local | None,
        history: TypedHistory = NO_HISTORY,
    ) -> None:
        """Take over a registered connection. `entry` can open another one."""
        self.next_handshake: Handshake | None = None
        """The connection to continue on after a logout."""
        self._link = Link(session, handshake, screen, entry.way_back, local)
        self._telling = Telling()
        self._screen = screen
        self._entry = entry
        self._reminder = Reminder()
        self._history = history
        self._is_kept = False  # whether the last line may be kept in the history file

    def run(self, welcome: Message) -> Outcome:
        """Start with the tracker's welcome and continue until either side ends it."""
        try:
            outcome = self._until_the_end(welcome)
            if outcome in (Outcome.LEFT, Outcome.LOGGED_OUT):
                self._link.leave()
        finally:
            self._reminder.stop()
            self._link.close()
        if self._link.fault is not None:
            raise self._link.fault
        if outcome is self._link.outcome:
            if self._link.problem:
                self._screen.show(Problem(self._link.problem))
            self._screen.tell_unread()
        return outcome

    def _until_the_end(self, welcome: Message) -> Outcome:
        try:
            self._screen.complete_from(self._completions)
            self._screen.turn_by(self._turn)
            self._screen.watch_line(self._heed)
            self._link.start(welcome)
            return self._converse()
        except KeyboardInterrupt:
            if self.next_handshake is not None:
                self.next_handshake.connection.quit()
            return Outcome.LEFT

    def _converse(self) -> Outcome:
        """Handle what is typed until there is a reason to stop."""
        link, request = self._link, None
        while request is None and link.outcome is None:
            try:
                request = self._type(self._screen.read_line())
            except Woken:
                continue
            except EOFError:
                request = Request.LEAVE
            if request is Request.LOGOUT:
                request = self._log_out()
        if request is Request.LEAVE and not self._screen.is_interactive:
            if link.take(lambda session: [session.ping()]) is not None:
                with link.changed:
                    link.settle()  # the PONG comes once all our messages have been delivered
            link.exporter.wait(lambda: link.is_over_or_silent)
        return link.outcome or (Outcome.LOGGED_OUT if request is Request.LOGOUT else Outcome.LEFT)

    def _type(self, typed: str) -> Request | None:
        """Carry out a typed line, or send the lines of a paste, which are never commands. Raises Woken."""
        first, *more = _LINE_END.split(typed.replace("\0", ""))
        if any(line.strip() for line in more):
            self._say_all([first, *more])
            return None
        if self._link.is_lost and asks_to_leave(first):
            return Request.LEAVE
        comeback = self._link.comeback
        if comeback is not None and (nick := name_wanted(first)):
            comeback.rename(nick)
            return None
        is_text = text_in(first) is not None
        effects = self._link.take(partial(self._carry_out, first), is_text=is_text)
        while effects is None and self._link.is_open:  # the connection was lost and is back
            effects = self._link.take(partial(self._carry_out, first), is_text=is_text)
        if effects is None:
            said = text_in(first)
            self._keep(typed, [said] if said else [])
            return None
        self._remember(first, self._is_kept)
        self._remind_of_search()
        return self._ask_for_passwords(effects)

    def _ask_for_passwords(self, effects: list[Effect]) -> Request | None:
        """Ask for each password that the effects want. Cancelling a question does not leave the chat."""
        while wanted := next((effect for effect in effects if isinstance(effect, AskPassword)), None):
            try:
                password = self._screen.ask(wanted.question, is_secret=True)
            except Terminated:
                raise
            except KeyboardInterrupt:
                password = ""
            except EOFError:
                if not self._screen.is_interactive:
                    return Request.LEAVE
                password = ""
            first_line = _LINE_END.split(password.replace("\0", ""), maxsplit=1)[0]
            taken = self._link.take(partial(_give, wanted, first_line))
            if taken is None:
                self._link.remark(Problem(NOT_SENT))
            effects = taken or []
        return next((effect for effect in effects if isinstance(effect, Request)), None)

    def _say_all(self, lines: list[str]) -> None:
        """Send several lines, after asking how if there are many."""
        with self._link.changed:
            self._link.settle()
            where = where_text_goes(self._link.session)
            texts = self._link.session.divide(where or "", lines)
        typed = "\n".join(lines)
        way = self._ask_how(lines, where, len(texts)) if where and self._link.outcome is None else Way.TOGETHER
        if way is Way.EDIT:
            self._screen.put_back(typed)
            return
        with self._link.changed:
            begin_text(self._link.session)
        if way is Way.NOT_AT_ALL:
            self._link.remark(Answer(NOTHING_SAID))
        else:
            self._say_texts([line for line in lines if line.strip()] if way is Way.LINE_BY_LINE else texts, where)
            self._remember(typed, may_text_be_kept(where, typed))

    def _ask_how(self, lines: list[str], where: str, messages: int) -> Way:
        """Ask how to send many lines, if at all. Raises Woken."""
        asked = question(lines, where, messages)
        if asked is None or not self._screen.is_interactive:
            return Way.TOGETHER
        try:
            letters = [way.value for way in asked.ways]
            return Way(
                self._screen.choose(asked.text, letters, default=asked.default.value, refusal=Way.NOT_AT_ALL.value)
            )
        except Woken:
            self._link.remark(Problem("not sent: " + "\n".join(lines)))
            raise

    def _say_texts(self, texts: list[str], where: str | None) -> None:
        for number, text in enumerate(texts):
            effects = self._link.take(partial(type_text, text=text, destination=where))
            if effects is None:
                self._keep("\n".join(texts[number:]), texts[number:], where)
            if not effects or any(isinstance(effect, Problem) for effect in effects):
                return

    def _carry_out(self, line: str, session: Session) -> list[Effect]:
        self._is_kept = may_be_kept(session, line)
        return type_line(session, line)

    def _remember(self, typed: str, may_be_kept: bool) -> None:
        if may_be_kept and self._screen.is_interactive:
            self._history.add(typed)

    def _keep(self, typed: str, said: list[str], where: str | None = None) -> None:
        """Keep messages until there is a connection, and put anything else back into the input line.

        Pressing Enter also asks to reconnect at once.
        """
        waits = self._link.put_off(said, where)
        comeback = self._link.comeback
        if comeback is not None and (not comeback.has_wrong_password or self._ask_password_again(comeback.login)):
            comeback.hurry()
        if waits or not typed.strip():
            return
        if self._link.outcome is None:
            self._link.remark(Problem(NOT_SENT))
            if not is_secret(typed):
                self._screen.put_back(typed)
        else:
            self._link.remark(Problem(f"not sent: {'(a password)' if is_secret(typed) else typed}"))

    def _ask_password_again(self, login: Login) -> bool:
        """Ask for another password, as the old one no longer works; return whether one was given."""
        try:
            login.use_password(self._screen.ask(login.password_question, is_secret=True))
        except Terminated:
            raise
        except (KeyboardInterrupt, EOFError, Woken):
            return False
        return True

    def _remind_of_search(self) -> None:
        """Show a note if a search is still running after a while."""
        search = self._link.session.search
        if search is not None and self._screen.is_interactive:
            self._reminder.set(partial(self._remark_search, search))

    def _remark_search(self, search: Search) -> None:
        with self._link.changed:
            if self._link.session.search is search:
                self._screen.show(Answer("searching..."))

    def _log_out(self) -> Request | None:
        """Log out, or leave if there is no way to log in again."""
        if self._entry.way_back is None:
            self._screen.show(Told(LOGGED_OUT))
            return Request.LEAVE
        return Request.LOGOUT if self._open_next(self._entry.way_back) else None

    def _open_next(self, way_back: Login) -> bool:
        """Open and authenticate the next connection before closing this one, which might end the tracker."""
        try:
            self.next_handshake = way_back.enter_again()
        except ChatError as error:
            self._screen.show(Problem(f"not logged out: {error}"))
            return False
        return True

    def _heed(self, text: str) -> None:
        """Tell the others that we are typing, if the settings allow it. In the prompt's event loop."""
        link = self._link
        if link.session.memory.tells_typing and link.changed.acquire(blocking=False):  # no key may wait for the lock
            try:
                link.session.clock.now = monotonic()
                self._telling.take_line(link.session, text)
                link.show(())
            finally:
                link.changed.release()

    def _turn(self, turn: Turn, draft: str) -> str:
        """Turn to another view, keeping the current draft; return the draft that was left in the other view."""
        with self._link.changed:
            views = self._link.session.views
            view = turn(views)
            if view is None or view is views.current:
                return draft
            if views.current is not None:
                views.current.draft = draft
            self._link.show([views.turn_to(view)])
            draft, view.draft = view.draft, ""
            return draft

    def _completions(self) -> Names:
        with self._link.changed:
            return offered(self._link.session)


def _give(wanted: AskPassword, password: str, _session: Session) -> list[Effect]:
    return wanted.take(password)
