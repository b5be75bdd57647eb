"""Bell, title and notifications: when and what is written, and that names and texts do no harm in them."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping

import pytest
from prompt_toolkit.keys import Keys

from chatcore.prompting import terminal_keys
from chatcore.terminal.screen.attention import ALL, IDLE_S, Attention, Wishes, notification, title_of
from chatcore.terminal.session.effects import Alert, Said
from chatcore.terminal.session.noticing import PAUSE_S
from chatcore.terminal.session.status import Status, Tab
from tests.terminal.screen.keyboard import Terminal

_XTERM = {"TERM": "xterm-256color"}
_HERE, _ELSEWHERE = Alert(Said("bob", "ann!", "#lobby"), is_here=True), Alert(Said("bob", "psst"), is_here=False)
_STATUS = Status("ann", (Tab(1, "#lobby", is_current=True),))
_HOSTILE = "\x1b]2;x\x07\x9b31m\u202e\x00\r\nbob;" + "w" * 500
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


class Desk:
    """A user at a terminal that records what is written to it."""

    def __init__(self, wishes: Wishes = ALL, environment: Mapping[str, str] = _XTERM) -> None:
        self.written: list[str] = []
        self.now = 1000.0
        self.attention = Attention(self.written.append, wishes, environment, lambda: self.now)
        self.at_start = self.attention.taken()

    def took(self) -> str:
        """Return what was written since the last time."""
        written, self.written[:] = "".join(self.written), []
        return written

    def press(self, key: Keys) -> None:
        """Press the key that the terminal sends when its window gets or loses the focus."""
        (binding,) = self.attention.bindings.get_bindings_for_keys((key,))
        binding.handler(None)  # type: ignore[arg-type]

    def look_away(self) -> None:
        self.press(Keys.F24)
        self.took()

    def alerted(self, *alerts: Alert) -> str:
        for alert in alerts:
            self.attention.alert(alert)
        return self.took()


def _bells(text: str) -> int:
    return len(re.findall("\a(?!.)|\a(?=\x1b)", re.sub("\x1b\\]9;[^\a]*\a", "", text)))


def _notes(text: str) -> list[str]:
    return re.findall("\x1b\\]9;([^\a]*)\a", text)


def _titles(text: str) -> list[str]:
    return re.findall("\x1b\\]2;([^\x1b]*)\x1b\\\\", text)


def test_the_current_view_makes_no_noise() -> None:
    desk = Desk()
    assert desk.alerted(_HERE) == ""
    desk.press(Keys.F23)
    assert desk.alerted(_HERE) == ""


def test_another_view_rings_once_and_not_for_each_line() -> None:
    desk = Desk()
    assert _bells(desk.alerted(*[_ELSEWHERE] * 100)) == 1
    desk.now += PAUSE_S
    assert _bells(desk.alerted(_ELSEWHERE)) == 1
    assert _notes(desk.took()) == [], "no notification while the window has the focus"


def test_without_the_focus_the_current_view_alerts_too() -> None:
    desk = Desk()
    desk.attention.show(_STATUS)
    desk.look_away()
    written = desk.alerted(_HERE, _HERE)
    assert _bells(written) == 1
    assert _notes(written) == ["bob in #lobby: ann!"]
    assert _titles(written) == ["(1) #lobby", "(2) #lobby"]
    desk.press(Keys.F23)
    assert _titles(desk.took()) == ["#lobby"]


def test_an_idle_user_counts_as_looking_away() -> None:
    desk = Desk()
    desk.now += IDLE_S
    assert _notes(desk.alerted(_ELSEWHERE)) == ["bob: psst"]
    desk.attention.typed()
    assert desk.alerted(_HERE) == ""


def test_typing_counts_as_having_the_focus() -> None:
    desk = Desk()
    desk.look_away()
    desk.attention.typed()
    assert desk.alerted(_HERE) == ""


@pytest.mark.parametrize(
    ("wishes", "bells", "notes", "titles"),
    [
        (Wishes(bell=False), 0, ["bob: psst"], ["(1) #lobby"]),
        (Wishes(title=False), 1, ["bob: psst"], []),
        (Wishes(notify=False), 1, [], ["(1) #lobby"]),
    ],
)
def test_each_kind_of_alert_can_be_switched_off(
    wishes: Wishes, bells: int, notes: list[str], titles: list[str]
) -> None:
    desk = Desk(wishes)
    desk.attention.show(_STATUS)
    desk.look_away()
    written = desk.alerted(_ELSEWHERE)
    desk.attention.show(_STATUS._replace(tabs=(*_STATUS.tabs, Tab(2, "bob", 1, 1))))
    written += desk.took()
    assert (_bells(written), _notes(written), _titles(written)) == (bells, notes, titles)


def test_nothing_is_written_if_all_is_switched_off() -> None:
    desk = Desk(Wishes(bell=False, title=False, notify=False))
    desk.attention.show(_STATUS)
    desk.press(Keys.F24)
    assert desk.at_start + desk.alerted(_ELSEWHERE) + desk.attention.given_back() == ""


@pytest.mark.skipif(sys.platform == "win32", reason="whose console reports no focus")
def test_the_terminal_is_restored() -> None:
    desk = Desk()
    assert desk.at_start == "\x1b[?1004h\x1b[22;2t"
    desk.attention.show(_STATUS)
    assert desk.took() == "\x1b]2;#lobby\x1b\\"
    assert desk.attention.given_back() == "\x1b[?1004l\x1b]2;\x1b\\\x1b[23;2t"
    assert desk.alerted(_ELSEWHERE) == "", "the terminal has been given back"
    assert desk.attention.taken() == "\x1b[?1004h\x1b[22;2t\x1b]2;#lobby\x1b\\"
    assert desk.attention.taken() == "\x1b[?1004h\x1b]2;#lobby\x1b\\", "the old title is saved only once"


@pytest.mark.parametrize("term", ["linux", "vt220", "ansi"])
def test_a_terminal_without_such_sequences_only_rings(term: str) -> None:
    desk = Desk(environment={"TERM": term})
    desk.attention.show(_STATUS)
    desk.look_away()
    assert desk.alerted(_ELSEWHERE) == "\a"


@pytest.mark.parametrize(
    ("tabs", "unnoticed", "title"),
    [
        ((), 0, "chat"),
        ((Tab(1, "#lobby", is_current=True),), 0, "#lobby"),
        ((Tab(1, "#lobby", is_current=True), Tab(2, "#dev", 7, 1), Tab(3, "bob", 1, 1)), 0, "(2) #lobby"),
        ((Tab(1, "#lobby", is_current=True), Tab(2, "#dev", 7)), 3, "(3) #lobby"),
        ((Tab(1, "#lobby", is_current=True), Tab(2, "bob", 500, 500)), 0, "(99+) #lobby"),
    ],
)
def test_the_title_has_the_count_and_the_view(tabs: tuple[Tab, ...], unnoticed: int, title: str) -> None:
    assert title_of(Status("ann", tabs), unnoticed) == title


def test_there_is_no_title_before_a_visit() -> None:
    assert title_of(Status(), 0) == ""
    desk = Desk()
    desk.attention.show(Status())
    assert desk.took() == ""


@pytest.mark.parametrize("environment", [_XTERM, {"TERM": "xterm", "VTE_VERSION": "7000"}])
@pytest.mark.parametrize("room", [None, f"#{_HOSTILE}"])
def test_hostile_names_and_texts_are_harmless(environment: Mapping[str, str], room: str | None) -> None:
    written = notification(Alert(Said(_HOSTILE, _HOSTILE, room), is_here=False), environment)
    begun, _, rest = written.partition(";")
    inside = rest.removesuffix("\x1b\\").removesuffix("\a")
    assert begun in ("\x1b]9", "\x1b]777")
    assert not _UNSEEN.search(inside)
    assert len(inside) < 300
    assert begun == "\x1b]9" or inside.split(";", 2)[0] == "notify"
    title = title_of(Status("ann", (Tab(1, room or _HOSTILE, is_current=True),)), 1)
    assert not _UNSEEN.search(title)
    assert len(title) < 70


def test_a_notification_suits_the_terminal() -> None:
    alert = Alert(Said("bob", "one\ntwo; three", "#a;b"), is_here=False)
    assert notification(alert, _XTERM) == "\x1b]9;bob in #a;b: one\a"
    for environment in ({"TERM": "rxvt-unicode"}, {"TERM": "foot"}, {"TERM": "xterm", "VTE_VERSION": "1"}):
        assert notification(alert, environment) == "\x1b]777;notify;#a,b;bob in #a;b: one\x1b\\"
    assert notification(alert, {"TERM": "screen", "TMUX": "x"}) == "\x1bPtmux;\x1b\x1b]9;bob in #a;b: one\a\x1b\\"


def _typing(terminal: Terminal, text: str, act: Callable[[], object] = lambda: None) -> str:
    terminal.once_drawn("> ", act)
    terminal.keys.send_text(text)
    return terminal.screen.read_line()


def test_focus_reports_are_removed_from_typed_text(terminal: Terminal) -> None:
    assert _typing(terminal, "he\x1b[Ol\x1b[Ilo\r") == "hello"
    terminal.keys.send_text("s3\x1b[O\x1b[Icret\r")
    assert terminal.screen.ask("Password: ", is_secret=True) == "s3cret"


def test_a_screen_alerts_and_restores_the_terminal(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal_keys, "leave_keys_to_prompts", lambda: None)
    with terminal.screen.prompt:
        terminal.screen.show_status(_STATUS)
        terminal.screen.alert(_ELSEWHERE)
        assert _typing(terminal, "hi\r") == "hi"
    written = terminal.raw
    order = ["\x1b[?1004h", "\x1b]2;#lobby\x1b\\", "\a", "\x1b[?1004l", "\x1b[23;2t"]
    places = [written.index(sequence) for sequence in order]
    assert places == sorted(places)
