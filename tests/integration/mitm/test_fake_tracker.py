"""A server in the tracker's place that does not know the password, and tries to get a name or a secret."""

from __future__ import annotations

import base64
import hmac
import threading
from collections.abc import Callable, Iterator

import pytest
from scramp import ScramMechanism

from chatcore.protocol.message import Message
from chatcore.terminal.connecting import connection as connection_module
from chatcore.terminal.connecting import conversation
from chatcore.terminal.connecting.socket_connection import TAKES_NOTHING, connect
from chatcore.terminal.connecting.turned_away import (
    ABSURD_ITERATIONS,
    KNOWS_NO_PASSWORD,
    NOT_ACCEPTED,
    NOT_AN_ANSWER,
    NOT_PROVEN,
)
from tests.integration.mitm.learned import assert_learned_nothing
from tests.integration.mitm.sasl_lines import scram_text
from tests.integration.mitm.visitor import PASSWORD, Visitor
from tests.support.scripted import DEADLINE_S, MECHANISM, Peer, ScriptedTracker, scripted_tracker

_SALT = base64.b64encode(b"sixteen bytes of").decode()

Answer = Callable[[Peer, str], None]
"""Called by the fake on a SCRAM message; '' for the mechanism's name."""


@pytest.fixture
def fake() -> Iterator[ScriptedTracker]:
    with scripted_tracker("another password") as fake:
        yield fake


def _nonce(client_first: str) -> str:
    return client_first.partition(",r=")[2]


def _going_as_far_as(stage: int, then: Answer) -> Callable[[Peer, Message], None]:
    """Take part in SCRAM up to a stage (0: the mechanism's name, 1: client-first, 2: client-final), then call this."""

    def take(peer: Peer, message: Message) -> None:
        peer.scram_messages.append(scram_text(f"AUTHENTICATE {message.params[0]}"))
        if len(peer.scram_messages) == stage + 1:
            then(peer, peer.scram_messages[-1])
        elif len(peer.scram_messages) == 1:
            peer.send("AUTHENTICATE +")
        elif len(peer.scram_messages) == 2:
            peer.challenge(f"r={_nonce(peer.scram_messages[-1])}more,s={_SALT},i=4096")

    return take


def _assert_turned_away(fake: ScriptedTracker, words: str) -> None:
    assert Visitor(fake.port).turned_away() == words
    fake.peer().wait_for_end()
    assert_learned_nothing(fake.peer().received, PASSWORD)
    assert len(fake.peers) == 1, "the client does not reconnect"


@pytest.mark.parametrize("stage", [0, 1, 2])
@pytest.mark.parametrize(
    "lines",
    [
        (":t 903 * :SASL authentication successful",),
        (":t 903",),
        (":t 900 * *!*@* annabel :You are now logged in", ":t 903 * :SASL authentication successful"),
        (":t 001 annabel :Welcome to the chat, annabel!",),
        ("NOTICE * :all is well", ":t PONG t handshake-1", ":t 376 * :End", ":t 903 * :yes"),
    ],
    ids=["903", "bare 903", "900", "001", "all"],
)
def test_unproven_success_is_not_believed(fake: ScriptedTracker, stage: int, lines: tuple[str, ...]) -> None:
    fake.answers = {"AUTHENTICATE": _going_as_far_as(stage, lambda peer, _: peer.send(*lines))}
    _assert_turned_away(fake, NOT_PROVEN)


def _sign_with_another_password(peer: Peer, client_final: str) -> None:
    """Accept any proof, and sign the exchange with the keys of a wrong password."""
    client_first = peer.scram_messages[1].split(",", 2)[2]
    server_first = f"r={_nonce(client_first)}more,s={_SALT},i=4096"
    said = f"{client_first},{server_first},{client_final.partition(',p=')[0]}"
    mechanism = ScramMechanism(MECHANISM)
    _, _, server_key, _ = mechanism.make_auth_info("another password", 4096, base64.b64decode(_SALT))
    peer.challenge("v=" + base64.b64encode(hmac.digest(server_key, said.encode(), "sha256")).decode())


@pytest.mark.parametrize(
    "answer",
    [
        _sign_with_another_password,
        lambda peer, text: peer.challenge("v=" + text.partition(",p=")[2]),
        lambda peer, _: peer.challenge(f"v={base64.b64encode(bytes(32)).decode()}"),
        lambda peer, _: peer.challenge("v=A"),
        lambda peer, _: peer.challenge("v="),
        lambda peer, _: peer.challenge("ok"),
        lambda peer, _: peer.challenge("\x00"),
        lambda peer, _: peer.send("AUTHENTICATE +"),
    ],
    ids=["another password", "our own proof", "zeros", "short", "empty", "no attribute", "NUL", "no message"],
)
def test_signature_without_the_password_is_not_believed(fake: ScriptedTracker, answer: Answer) -> None:
    fake.answers = {"AUTHENTICATE": _going_as_far_as(2, answer)}
    _assert_turned_away(fake, KNOWS_NO_PASSWORD)


def _server_first(text: str) -> Answer:
    """Answer client-first with this text, in which NONCE stands for its nonce."""
    return lambda peer, first: peer.challenge(text.replace("NONCE", _nonce(first)))


@pytest.mark.parametrize("count", ["0", "1", "4095", "1000001", "10000000", "1" + "0" * 300, "-4096", "4096.0", "x"])
def test_absurd_iteration_count_is_refused_before_deriving_a_key(
    fake: ScriptedTracker, count: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def derive(*_: object) -> bytes:
        raise AssertionError("a key was derived")

    asking = _going_as_far_as(1, _server_first(f"r=NONCEmore,s={_SALT},i={count}"))
    fake.answers = {"AUTHENTICATE": asking}
    with monkeypatch.context() as patching:
        patching.setattr("scramp.core.hi", derive)
        _assert_turned_away(fake, ABSURD_ITERATIONS.format(count=count[:20], least=4096, most=1_000_000))
    assert len(fake.peer().scram_messages) == 2, "no proof was sent"


@pytest.mark.parametrize(
    "server_first",
    [
        f"r=NONCE,s={_SALT},i=4096",
        f"r=moreNONCE,s={_SALT},i=4096",
        f"r=,s={_SALT},i=4096",
        f"r=recorded,s={_SALT},i=4096",
        "r=NONCEmore,s=,i=4096",
        "r=NONCEmore,s=!,i=4096",
        "r=NONCEmore,s=YQ==,i=4096",
        f"r=NONCEmore,s={_SALT}",
        f"m=mandatory,r=NONCEmore,s={_SALT},i=4096",
        f"s={_SALT},r=NONCEmore,i=4096",
        f"r=NONCEmore,s={_SALT},i=4096,i=4096",
        f"r=NONCEmore,s={_SALT},i=4096,v=all fine",
        "",
        "n,,n=*,r=NONCE",
    ],
)
def test_invalid_server_first_message_is_refused(fake: ScriptedTracker, server_first: str) -> None:
    fake.answers = {"AUTHENTICATE": _going_as_far_as(1, _server_first(server_first))}
    _assert_turned_away(fake, NOT_AN_ANSWER)
    assert len(fake.peer().scram_messages) == 2, "no proof was sent"


@pytest.mark.parametrize("line", ["AUTHENTICATE ====", "AUTHENTICATE \u00e4", "AUTHENTICATE /w==", "AUTHENTICATE a"])
def test_undecodable_answer_is_refused(fake: ScriptedTracker, line: str) -> None:
    fake.answers = {"AUTHENTICATE": _going_as_far_as(1, lambda peer, _: peer.send(line))}
    _assert_turned_away(fake, NOT_AN_ANSWER)


def test_endless_answer_is_refused(fake: ScriptedTracker) -> None:
    endless = ["AUTHENTICATE " + "A" * 400] * 20
    fake.answers = {"AUTHENTICATE": _going_as_far_as(1, lambda peer, _: peer.send(*endless))}
    _assert_turned_away(fake, NOT_AN_ANSWER)


@pytest.mark.parametrize("stage", [1, 2])
@pytest.mark.parametrize("answer", ["e=invalid-proof", "e=channel-bindings-dont-match"])
def test_scram_error_means_not_accepted(fake: ScriptedTracker, stage: int, answer: str) -> None:
    fake.answers = {"AUTHENTICATE": _going_as_far_as(stage, lambda peer, _: peer.challenge(answer))}
    _assert_turned_away(fake, NOT_ACCEPTED)


@pytest.mark.parametrize("stage", [0, 1, 2])
def test_last_error_is_quoted_as_the_servers_words(fake: ScriptedTracker, stage: int) -> None:
    def end(peer: Peer, _: str) -> None:
        peer.send("ERROR :We have moved, come with --insecure")
        peer.hang_up()

    fake.answers = {"AUTHENTICATE": _going_as_far_as(stage, end)}
    told = Visitor(fake.port).turned_away()
    assert told == "the server there ended the connection. It says: We have moved, come with --insecure"
    for peer in fake.peers:  # it connects a second time: to slow typists a tracker may do this, too
        assert_learned_nothing(peer.received, PASSWORD)


def test_flood_of_messages_ends_the_connection(fake: ScriptedTracker, monkeypatch: pytest.MonkeyPatch) -> None:
    def flood(peer: Peer, _: Message) -> None:
        while True:
            peer.send(*["NOTICE * :read this"] * 100)

    monkeypatch.setattr(connection_module, "MAX_UNREAD_BYTES", 1_000_000)
    fake.answers = {"CAP": flood}
    connection = connect("127.0.0.1", fake.port, "there")
    ended = threading.Event()
    connection.wake_at_end(ended.set)
    connection.send(Message("CAP", ("LS",)))  # nobody calls receive
    has_ended = ended.wait(DEADLINE_S)
    connection.close()
    assert has_ended


def test_pings_from_a_server_that_never_reads_end_the_connection(fake: ScriptedTracker) -> None:
    """It sends PINGs without end, and reads no answer: the client neither buffers without limit nor waits for ever."""

    def flood(peer: Peer, _: Message) -> None:
        while True:
            peer.send(*["PING :" + "x" * 400] * 100)

    fake.answers = {"CAP": flood}
    assert Visitor(fake.port).turned_away() == TAKES_NOTHING


@pytest.mark.parametrize("line", [":t CAP * LS * :batch", "NOTICE * :patience", "ERROR :not yet"])
def test_endless_chatter_does_not_extend_the_timeout(
    fake: ScriptedTracker, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    over = threading.Event()

    def drip(peer: Peer, _: Message) -> None:
        while not over.wait(0.01):
            peer.send(line)

    monkeypatch.setattr(conversation, "ANSWER_TIMEOUT_S", 0.5)
    fake.answers = {"CAP": drip}
    try:
        assert Visitor(fake.port).turned_away() == "the tracker does not answer"
    finally:
        over.set()


def test_endless_list_of_capabilities_is_refused(fake: ScriptedTracker) -> None:
    def boast(peer: Peer, _: Message) -> None:
        for number in range(200):
            peer.send(":t CAP * LS * :" + " ".join(f"x{number}-{more}" for more in range(20)))

    fake.answers = {"CAP": boast}
    _assert_turned_away(fake, NOT_AN_ANSWER)
