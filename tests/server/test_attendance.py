"""Attendance: the parts that count who is present agree with each other."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path
from unittest.mock import Mock

from chatcore.server.attendance import Attendance
from chatcore.server.outgoing.host import Host
from chatcore.state.facts import Connected, Quit
from chatcore.transport.remote import RemoteConnection
from tests.support.together import DEADLINE_S, wait_until
from tests.support.trackers import Hosted, hosted_tracker


def test_attendance_is_deliverys_host(hosted: Hosted) -> None:
    host: Host = hosted.tracker.attendance
    assert isinstance(host, Attendance)


def test_a_client_dropped_by_delivery_is_lost_for_that_reason(hosted: Hosted) -> None:
    ann, bob = hosted.client("ann", "#room"), hosted.client("bob", "#room")
    visit = hosted.visit_of("bob")
    hosted.tracker.attendance.lose(visit.client.id, "SendQ exceeded")
    assert ann.receive_until("QUIT").params == ("SendQ exceeded",)
    bob.receive_rest()
    bob.close()
    assert visit.is_over.wait(DEADLINE_S)
    wait_until(lambda: len(hosted.tracker.visits()) == 1)
    assert hosted.log_lines()[-1].startswith("lost bob ")


def test_a_client_without_a_visit_counts_until_its_quit(hosted: Hosted) -> None:
    attendance = hosted.tracker.attendance
    attendance.lose(4711, "SendQ exceeded")
    assert attendance.enter(Connected(4711, "ghost", "g", "192.0.2.1", "192.0.2.1:1", "G", 0)) is None
    assert hosted.tracker.ends_in() is None, "the client must count as present until its QUIT"
    attendance.leave(Quit(4711, "gone", is_lost=False), "ghost")
    assert hosted.tracker.ends_in() == 0.0


def test_in_a_cluster_a_client_without_a_visit_enters_as_remote() -> None:
    parts = Mock(get=Mock(return_value=None))
    attendance = Attendance(*[parts] * 9, has_others=True)
    event = Connected(4711, "ghost", "g", "192.0.2.1", "192.0.2.1:1", "G", 0)
    assert isinstance(attendance.enter(event), RemoteConnection)


def test_a_failed_delivery_ends_the_tracker(hosted: Hosted) -> None:
    hosted.client("ann")
    assert hosted.tracker.ends_in() is None
    hosted.tracker.attendance.fail()
    assert hosted.tracker.has_failed
    assert hosted.tracker.ends_in() == 0.0


def _told(hosted: Hosted, count: int) -> list[str]:
    """Return the next lines of the doorbell, without their times and the address, which is 127.0.0.1."""
    lines: list[str] = []

    def has_enough() -> bool:
        lines.extend(hosted.tracker.doorbell.take())
        return len(lines) >= count

    wait_until(has_enough)
    return [line.partition(" ")[2].replace("127.0.0.1", "HERE") for line in lines]


def test_the_operator_sees_who_joins_with_which_client_and_who_leaves(hosted: Hosted) -> None:
    hosted.tracker.doorbell.is_on = True
    ann = hosted.client("ann")
    ours = hosted.connect()
    ours.send("CAP REQ :chatcore/resume", "CAP END")
    ours.register("bob")
    hosted.client("eve").close()
    ann.command("NICK anna")
    ann.send("QUIT :bye")
    assert sorted(_told(hosted, 5)) == [
        "ann joined (IRC client, HERE)",
        "anna left (HERE): Quit: bye",
        "bob joined (terminal client, HERE)",
        "eve joined (IRC client, HERE)",
        "eve was lost (HERE): Connection closed",
    ]


def test_the_operator_sees_refusals_and_invitations(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, "secret") as hosted:
        hosted.tracker.doorbell.is_on = True
        stranger = hosted.connect()
        stranger.send("NICK eve", "PASS wrong", "USER eve 0 * :Eve")
        assert _told(hosted, 1) == ["HERE was refused as eve: wrong or missing password"]
        stranger = hosted.connect()
        guess = b64encode(b"\0*\0wrong").decode()
        stranger.send("CAP REQ :sasl", "AUTHENTICATE PLAIN", f"AUTHENTICATE {guess}")
        assert _told(hosted, 1) == ["HERE was refused: wrong password"]
        invitation, _ = hosted.tracker.invitations.make("", "", 1, 1)
        hosted.client("ann", password=invitation.text)
        assert _told(hosted, 1) == [f"ann joined (IRC client, invitation {invitation.id}, HERE)"]
        hosted.tracker.bans.add("127.0.0.1")
        hosted.connect().receive_rest()
        assert _told(hosted, 1) == ["HERE was refused: banned"]
