"""Getting a person's attention: a bell, the terminal's title, and a notification if its window has no focus.

The escape sequences are xterm's (https://invisible-island.net/xterm/ctlseqs/ctlseqs.html), except for notifications,
which use iTerm2's (OSC 9) or urxvt's (OSC 777). A terminal ignores those it does not know. Text that others wrote is
escaped and shortened.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Mapping
from time import monotonic
from typing import NamedTuple

from prompt_toolkit.input.ansi_escape_sequences import ANSI_SEQUENCES
from prompt_toolkit.key_binding import KeyBindings
from prompt_toolkit.keys import Keys

from chatcore.protocol.multiline import BREAK
from chatcore.terminal.screen.layout import cut
from chatcore.terminal.screen.render import harmless
from chatcore.terminal.session.effects import Alert
from chatcore.terminal.session.noticing import Bursts
from chatcore.terminal.session.status import Status

IDLE_S = 60.0
"""If the terminal does not report focus, a person who types nothing for this long counts as looking elsewhere."""

# Keys that no keyboard has; prompt_toolkit has no others to spare, and ignores them where they are not bound.
_FOCUSED, _UNFOCUSED = Keys.F23, Keys.F24
ANSI_SEQUENCES["\x1b[I"], ANSI_SEQUENCES["\x1b[O"] = _FOCUSED, _UNFOCUSED

_BELL = "\a"
_END = "\x1b\\"
_REPORT_FOCUS, _REPORT_NO_FOCUS = "\x1b[?1004h", "\x1b[?1004l"
_KEEP_TITLE, _RESTORE_TITLE = "\x1b[22;2t", "\x1b[23;2t"
_MOST_TITLE_COLUMNS = 60
_MOST_BODY_COLUMNS = 160
_MOST_COUNTED = 99
# Terminals that show an OSC sequence as text, or take it for something else.
_WITHOUT_OSC = ("linux", "cons25", "vt1", "vt2", "vt3", "vt4", "vt5", "ansi", "eterm")
_OSC_777 = ("rxvt", "foot")


class Wishes(NamedTuple):
    """The ways in which a person wants to be alerted."""

    bell: bool = True
    title: bool = True
    notify: bool = True


ALL = Wishes()


class Attention:
    """Bell, title and notifications of one terminal. Any thread, but the keys run in the prompt's event loop."""

    def __init__(
        self,
        write: Callable[[str], None],
        wishes: Wishes = ALL,
        environment: Mapping[str, str] = os.environ,
        now: Callable[[], float] = monotonic,
    ) -> None:
        """`write` puts escape sequences on the terminal, from any thread."""
        self._write = write
        self._now = now
        self._environment = environment
        has_osc = not environment.get("TERM", "").startswith(_WITHOUT_OSC)
        self._wishes = wishes if has_osc else wishes._replace(title=False, notify=False)
        self._lock = threading.Lock()  # guards all below
        self._bursts = Bursts()
        self._has_focus: bool | None = None  # None until the terminal reports it
        self._typed_at = now()
        self._status = Status()
        self._unnoticed = 0  # alerts in the current view while the person was away
        self._title = ""
        self._is_ours = False
        self.bindings = KeyBindings()
        self.bindings.add(_FOCUSED)(lambda _: self._focus(True))
        self.bindings.add(_UNFOCUSED)(lambda _: self._focus(False))

    def taken(self) -> str:
        """Return what to write when the terminal becomes ours, or when others may have changed it."""
        with self._lock:
            keep, self._is_ours = "" if self._is_ours else _KEEP_TITLE, True
            self._has_focus = None
            title = f"{keep}{_titled(self._title) if self._title else ''}" if self._wishes.title else ""
            return (_REPORT_FOCUS if sys.platform != "win32" and any(self._wishes) else "") + title

    def given_back(self) -> str:
        """Return what to write before giving the terminal back."""
        with self._lock:
            self._is_ours = False
            title = f"{_titled('') if self._title else ''}{_RESTORE_TITLE}" if self._wishes.title else ""
            return (_REPORT_NO_FOCUS if sys.platform != "win32" and any(self._wishes) else "") + title

    def alert(self, alert: Alert) -> None:
        """Alert the person to a message, unless they are looking at it."""
        with self._lock:
            is_away = self._is_away
            if alert.is_here and not is_away:
                return
            self._unnoticed += alert.is_here
            is_worth_it = self._bursts.is_worth_a_noise(alert.said.place, self._now())
            text = _BELL if is_worth_it and self._wishes.bell else ""
            if is_worth_it and is_away and self._wishes.notify:
                text += notification(alert, self._environment)
            self._put(text + self._changed_title())

    def show(self, status: Status) -> None:
        """Show in the title the current view, and how many mentions wait elsewhere."""
        with self._lock:
            self._status = status
            self._put(self._changed_title())

    def typed(self) -> None:
        """Note that the person is typing."""
        with self._lock:
            self._typed_at = self._now()
            if self._has_focus is False:
                self._has_focus = True
            self._unnoticed = 0
            self._put(self._changed_title())

    def _focus(self, has_focus: bool) -> None:
        with self._lock:
            self._has_focus = has_focus
            self._unnoticed = 0
            self._put(self._changed_title())

    @property
    def _is_away(self) -> bool:
        if self._has_focus is None:
            return self._now() - self._typed_at >= IDLE_S
        return not self._has_focus

    def _changed_title(self) -> str:
        """Return the sequence that updates the title, '' if it is up to date."""
        title = title_of(self._status, self._unnoticed) if self._wishes.title else ""
        if title == self._title or not self._is_ours:
            return ""
        self._title = title
        return _titled(title)

    def _put(self, text: str) -> None:
        if text and self._is_ours:
            self._write(text)


def title_of(status: Status, unnoticed: int) -> str:
    """Return the title: the number of unseen mentions and the current view; '' before a visit."""
    current = next((tab.name for tab in status.tabs if tab.is_current), "")
    count = unnoticed + sum(tab.mentions for tab in status.tabs if not tab.is_current)
    shown = f"{_MOST_COUNTED}+" if count > _MOST_COUNTED else str(count)
    name = cut(harmless(current or (status.nick and "chat")), _MOST_TITLE_COLUMNS)
    return f"({shown}) {name}" if count else name


def notification(alert: Alert, environment: Mapping[str, str]) -> str:
    """Return the sequence for a notification in the form this terminal understands, also inside tmux."""
    said = alert.said
    place = harmless(said.room or said.nick)
    first, _, _ = said.text.partition(BREAK)
    who = harmless(said.nick if said.room is None else f"{said.nick} in {said.room}")
    body = cut(f"{who}: {harmless(first)}", _MOST_BODY_COLUMNS)
    if "VTE_VERSION" in environment or environment.get("TERM", "").startswith(_OSC_777):
        sequence = f"\x1b]777;notify;{cut(place, _MOST_TITLE_COLUMNS).replace(';', ',')};{body}{_END}"
    else:
        sequence = f"\x1b]9;{body}{_BELL}"
    if environment.get("TMUX"):  # tmux passes it on if `allow-passthrough` is on
        doubled = sequence.replace("\x1b", "\x1b\x1b")
        return f"\x1bPtmux;{doubled}{_END}"
    return sequence


def _titled(title: str) -> str:
    return f"\x1b]2;{title}{_END}"
