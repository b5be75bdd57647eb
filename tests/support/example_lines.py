"""Events, at least one of each kind, and their lines in the log after ann (1) and bob (2) have come in."""

from __future__ import annotations

from typing import NamedTuple

from chatcore.protocol.modes import ModeChange
from chatcore.state import facts
from chatcore.state.channel import Topic
from chatcore.state.client_id import TRACKER
from chatcore.state.erasure import Erasure
from chatcore.state.events import Event
from chatcore.state.notes import Noted, NoteKind, gap, invitation_made, invitation_revoked, invited, logged_in_by_key
from tests.support.readers import connected

TIME = 1_795_215_001.123
SHOWN = "2026-11-20T22:50:01.123Z"


class Line(NamedTuple):
    """A line of the log, taken apart as the grammar says and unescaped."""

    kind: str
    words: tuple[str, ...] = ()
    text: str | None = None


ANN_AT, BOB_AT = connected(1).address, connected(2).address

LINES: list[tuple[Event, Line]] = [
    (connected(3, "eve"), Line("connect", ("eve", connected(3).address), "Real")),
    (facts.Said(1, "#room", "PRIVMSG", "hi"), Line("message", ("#room", "ann"), "hi")),
    (facts.Said(1, "#room", "NOTICE", "hi"), Line("notice", ("#room", "ann"), "hi")),
    (facts.SaidToStatus(1, "#room", "@", "PRIVMSG", "hi"), Line("message", ("#room", "ann", "@"), "hi")),
    (facts.SaidToStatus(1, "#room", "+", "NOTICE", "hi"), Line("notice", ("#room", "ann", "+"), "hi")),
    (facts.SaidPrivately(1, 2, "PRIVMSG", "hi"), Line("private-message", ("ann", "bob"), "hi")),
    (facts.SaidPrivately(1, 2, "NOTICE", "hi"), Line("private-notice", ("ann", "bob"), "hi")),
    (facts.SaidPrivately(1, 99, "PRIVMSG", "hi"), Line("private-message", ("ann", "*"), "hi")),
    (facts.SaidToAbsent(1, "Zoe", "id", "PRIVMSG", "hi"), Line("private-message", ("ann", "Zoe"), "hi")),
    (
        facts.Redacted(1, "#room", 7, "bob", int(TIME * 1000), "spam"),
        Line("redact", ("#room", "ann", "bob", SHOWN), "spam"),
    ),
    (
        facts.RedactedPrivately(1, "visit 2", "bob", 7, int(TIME * 1000), ""),
        Line("private-redact", ("ann", "bob", SHOWN), ""),
    ),
    (facts.Joined(1, "#room", "o"), Line("join", ("#room", "ann", ANN_AT))),
    (
        facts.RoomRestored("#old", 9, (ModeChange(True, "n"), ModeChange(True, "k", "tea")), Topic("hi", "ann!u@h", 5)),
        Line("restore", ("#old", "+nk", "tea"), "hi"),
    ),
    (facts.RoomRestored("#old", 9, (ModeChange(True, "n"),), None), Line("restore", ("#old", "+n"))),
    (facts.RoomForgotten("#old", 9), Line("forget", ("#old",))),
    (facts.RoomRenamed(1, "#room", "#tea", "tea"), Line("rename", ("#room", "ann", "#tea"), "tea")),
    (facts.Parted(1, "#room", "bye"), Line("part", ("#room", "ann"), "bye")),
    (facts.Parted(1, "#room", ""), Line("part", ("#room", "ann"), "")),
    (facts.Kicked(1, "#room", 2, "rude"), Line("kick", ("#room", "ann", "bob"), "rude")),
    (facts.Renamed(1, "eve"), Line("nick", ("ann", "eve"))),
    (facts.Quit(1, "Quit", False), Line("quit", ("ann", ANN_AT), "Quit")),
    (facts.Quit(2, "Ping timeout", True), Line("lost", ("bob", BOB_AT), "Ping timeout")),
    (facts.TopicChanged(1, "#room", "tea", "ann!user@host", 5), Line("topic", ("#room", "ann"), "tea")),
    (
        facts.ModesChanged(1, "#room", (ModeChange(True, "o", "bob"), ModeChange(False, "t")), (2,)),
        Line("mode", ("#room", "ann", "+o-t", "bob")),
    ),
    (
        facts.ModesChanged(TRACKER, "#room", (ModeChange(True, "o", "bob"),), (2,)),
        Line("mode", ("#room", "*", "+o", "bob")),
    ),
    (facts.Invited(1, 2, "#room"), Line("invite", ("#room", "ann", "bob"))),
    (facts.AwayChanged(1, "tea"), Line("away", ("ann",), "tea")),
    (facts.AwayChanged(1, None), Line("away", ("ann",))),
    (facts.Announced("closing soon"), Line("announce", (), "closing soon")),
    (Noted(NoteKind.REFUSED, ("*", "192.0.2.1:5"), "banned"), Line("refused", ("*", "192.0.2.1:5"), "banned")),
    (Noted(NoteKind.REGISTER, ("ann", "192.0.2.1:5")), Line("register", ("ann", "192.0.2.1:5"))),
    (invited("ann", "192.0.2.1:5", "k3x9q2"), Line("invited", ("ann", "192.0.2.1:5"), "k3x9q2")),
    (logged_in_by_key("ann", "192.0.2.1:5", "SHA256:abc"), Line("key", ("ann", "192.0.2.1:5"), "SHA256:abc")),
    (
        invitation_made("k3x9q2", "", "", 20, TIME),
        Line("invitation-made", ("*",), f"k3x9q2, 20 can come until {SHOWN}"),
    ),
    (
        invitation_made("k3x9q2", "#room", "ann", 1, TIME),
        Line("invitation-made", ("#room", "ann"), f"k3x9q2, 1 can come until {SHOWN}"),
    ),
    (invitation_revoked("k3x9q2", "#room", ""), Line("invitation-revoked", ("#room",), "k3x9q2")),
    (invitation_revoked("k3x9q2", "", "ann"), Line("invitation-revoked", ("*", "ann"), "k3x9q2")),
    (Noted(NoteKind.OVERRIDE, ("#room", "ann")), Line("override", ("#room", "ann"))),
    (Noted(NoteKind.BAN, ("eve",)), Line("ban", ("eve",))),
    (Noted(NoteKind.BAN, ("10.0.0.0/8", "ann"), "too loud"), Line("ban", ("10.0.0.0/8", "ann"), "too loud")),
    (Noted(NoteKind.UNBAN, ("eve", "ann")), Line("unban", ("eve", "ann"))),
    (Noted(NoteKind.LOG_RESUMED), Line("log-resumed")),
    (gap(7, 12), Line("gap", ("7", "12"))),
    (Noted(NoteKind.REPEAT), Line("repeat")),
    (facts.Kicked(TRACKER, "#room", 2, "rude"), Line("kick", ("#room", "*", "bob"), "rude")),
    (facts.Stopped("the tracker has left"), Line("stop", (), "the tracker has left")),
    (facts.AccountChanged(1, "ann", "id"), Line("account", ("ann", "ann"))),
    (facts.AccountChanged(1, None), Line("account", ("ann", "*"))),
    (facts.RealnameChanged(1, "Ann A."), Line("realname", ("ann",), "Ann A.")),
    (facts.MetadataChanged(1, "#room", "url", "x y"), Line("metadata", ("#room", "ann", "url"), "x y")),
    (facts.MetadataChanged(1, "", "url", ""), Line("metadata", ("*", "ann", "url"))),
    (facts.Wallops(1, "listen"), Line("wallops", ("ann",), "listen")),
    (facts.ClockStepped(TIME, 0), Line("clock-step", (SHOWN, "1970-01-01T00:00:00.000Z"))),
    (facts.HistoryErased(1, Erasure("ann", "#room")), Line("erase", ("ann", "#room", "*"))),
    (facts.HistoryErased(2, Erasure("", "", 1_795_215_001_123)), Line("erase", ("*", "*", SHOWN))),
]
