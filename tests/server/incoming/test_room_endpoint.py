"""The room endpoint without sockets: which guest an address names, and whether it may register."""

from __future__ import annotations

import pytest

from chatcore.commands.entry_checks import Bar
from chatcore.errors import RequestRefused
from chatcore.protocol.framing import MAX_BODY_BYTES
from chatcore.server.incoming.room_endpoint import Guest, admit_guest, guest_of
from chatcore.state.events import Event
from chatcore.state.notes import LoginProblem, login_refused
from chatcore.transport.websocket import Entrance
from tests.server.visiting import gate_of
from tests.support.obstacles import OBSTACLES, Obstacle
from tests.support.stage import Stage


@pytest.mark.parametrize(
    ("room", "query", "guest"),
    [
        ("dev", "nickname=ann", Guest("ann", "#dev", "")),
        ("%23dev", "nickname=ann&password=a+b%26c", Guest("ann", "#dev", "a b&c")),
        ("gr%C3%BCn", "x=y&nickname=J%C3%B6rg&nickname=bob", Guest("Jörg", "#grün", "")),
    ],
)
def test_an_address_names_room_and_guest(room: str, query: str, guest: Guest) -> None:
    assert guest_of(room, query, 9) == guest


@pytest.mark.parametrize(
    ("room", "query", "words"),
    [
        ("dev", "", "No nickname specified."),
        ("dev", "nickname=", "No nickname specified."),
        ("%FF", "nickname=ann", "That address is not UTF-8.\n"),
        ("dev", "nickname=%FF", "That address is not UTF-8.\n"),
    ],
)
def test_an_address_without_a_valid_guest_gets_400(room: str, query: str, words: str) -> None:
    with pytest.raises(RequestRefused) as refused:
        guest_of(room, query, 9)
    assert _parts(refused.value) == (400, words)


@pytest.mark.parametrize(("room", "nick"), [("dev", "a+b+c"), ("dev", "tenletters"), ("a,b", "ann"), ("a%07", "ann")])
def test_names_not_allowed_in_irc_are_refused(room: str, nick: str) -> None:
    with pytest.raises(RequestRefused) as refused:
        guest_of(room, f"nickname={nick}", 9)
    assert _parts(refused.value)[0] == 400


def test_the_repr_of_a_guest_omits_the_password() -> None:
    assert "secret" not in repr(Guest("ann", "#dev", "secret"))


class _Endpoint:
    """The endpoint on the stage of handlers; `noted` has the events for the log."""

    def __init__(self) -> None:
        self.stage = Stage()
        self.client = self.stage.stranger().client
        self.noted: list[Event] = []
        self._gate = gate_of(
            self.stage.config, services=self.stage.services, registry=self.stage.registry, publish=self.noted.append
        )

    def admit(self, password: str = "") -> Entrance:
        return admit_guest(Guest("ann", "#dev", password), self.client, self._gate)

    def refusal(self, password: str = "") -> tuple[int, str]:
        with pytest.raises(RequestRefused) as refused:
            self.admit(password)
        return _parts(refused.value)


def _parts(refused: RequestRefused) -> tuple[int, str]:
    head, _, body = refused.response.decode().partition("\r\n\r\n")
    return int(head.split(" ")[1]), body


@pytest.fixture
def endpoint() -> _Endpoint:
    return _Endpoint()


@pytest.mark.parametrize(("bar", "put", "words"), OBSTACLES, ids=lambda each: getattr(each, "name", ""))
def test_obstacles_to_registration_apply_here(endpoint: _Endpoint, bar: Bar, put: Obstacle, words: str) -> None:
    put(endpoint.stage)
    taken = (409, "That nickname is taken.\n")
    expected = {Bar.BAN: (403, f"{words}.\n"), Bar.LOG: (503, f"{words}.\n"), Bar.ACCOUNT: taken, Bar.HOLDER: taken}
    assert endpoint.refusal() == expected[bar]
    address = endpoint.client.address
    assert endpoint.noted == [login_refused(LoginProblem.BAN, "ann", address, "banned")] * (bar is Bar.BAN)


def test_while_accounts_are_unreadable_guests_are_refused(endpoint: _Endpoint) -> None:
    endpoint.stage.services.keys.is_unavailable = True
    assert endpoint.refusal() == (503, "Accounts cannot be read just now, try again in a moment.\n")


@pytest.mark.parametrize(
    ("refusal", "status", "words", "noted"),
    [
        ("", 401, "Wrong or missing password.\n", "wrong or missing password"),
        ("Too many", 429, "Too many.\n", "wrong or missing password (not compared)"),
    ],
)
def test_a_wrong_password_is_refused_and_logged(
    endpoint: _Endpoint, refusal: str, status: int, words: str, noted: str
) -> None:
    endpoint.stage.services.keys.password = "secret"
    endpoint.stage.services.refusal = refusal
    assert endpoint.refusal("guess") == (status, words)
    assert endpoint.noted == [login_refused(LoginProblem.PASSWORD, "ann", endpoint.client.address, noted)]
    assert endpoint.stage.services.asked == []


def test_a_right_password_is_compared_once(endpoint: _Endpoint) -> None:
    """The registration that follows does not repeat it."""
    endpoint.stage.services.keys.password = "secret"
    entrance = endpoint.admit("secret")
    assert endpoint.stage.services.asked == [("note_proven", str(endpoint.client.id))]
    assert b"secret" not in entrance.registration
    assert endpoint.noted == []


def test_an_invitation_counts_as_the_password(endpoint: _Endpoint) -> None:
    endpoint.stage.services.keys.password = "secret"
    invitation = endpoint.stage.services.invitations.add(1)
    endpoint.admit(invitation.text)
    assert endpoint.stage.services.asked == [("note_proven", str(endpoint.client.id))]


def test_an_invitation_that_is_over_is_refused_with_a_reason(endpoint: _Endpoint) -> None:
    endpoint.stage.services.keys.password = "secret"
    invitation = endpoint.stage.services.invitations.add(1)
    endpoint.stage.services.invitations.refusals[invitation.id] = "That invitation is over: ask"
    assert endpoint.refusal(invitation.text) == (401, "That invitation is over: ask.\n")
    reason = f"invitation {invitation.id} is over"
    assert endpoint.noted == [login_refused(LoginProblem.INVITATION, "ann", endpoint.client.address, reason)]


def test_the_entrance_registers_the_guest_and_leaves_room_for_its_source(endpoint: _Endpoint) -> None:
    entrance = endpoint.admit()
    assert entrance.channel == "#dev"
    assert entrance.registration.split(b"\r\n") == [
        *(b"CAP REQ :echo-message draft/channel-rename", b"NICK ann", b"USER ann 0 * :ann", b"CAP END"),
        b"",
    ]
    relayed = f":ann!ann@{endpoint.client.host} PRIVMSG #dev :" + "x" * entrance.text_bytes
    assert len(relayed) == MAX_BODY_BYTES
