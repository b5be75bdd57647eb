"""A visit as the door sees it, without sockets: incoming bytes and the answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from email.utils import parsedate_to_datetime
from types import SimpleNamespace
from typing import Any, cast

from chatcore.commands.services import Services
from chatcore.config import Config, Limits
from chatcore.protocol.proxies import TrustedProxies
from chatcore.server.incoming.arrival import Arrival
from chatcore.server.incoming.client_file import ClientFile
from chatcore.server.incoming.door import enter
from chatcore.server.incoming.entered import Entered
from chatcore.server.incoming.gate import Gate
from chatcore.server.incoming.http_hosts import Hosts
from chatcore.server.incoming.reception import Reception
from chatcore.server.notice_board import TellOnce
from chatcore.state.admissions import Admission, Refusal
from chatcore.state.client import Client
from chatcore.state.credit import Credit
from chatcore.state.events import Event
from chatcore.state.registry import Registry
from chatcore.transport.connection import Connection
from chatcore.transport.tls_context import TlsIdentity

FINGERPRINT = "0123456789ABCDEF" * 4
ELSEWHERE = "192.0.2.7"
METRICS = "tea_cups 2\n"
CLIENT = bytes(range(256)) * 1000


class DoorConnection:
    """Returns the peer's data piece by piece, then the end; records the data sent to it."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self.responses: list[bytes] = []
        self.asked = 0

    def recv(self) -> bytes:
        self.asked += 1
        return next(self._pieces, b"")

    def send_all(self, data: bytes) -> None:
        self.responses.append(data)

    @property
    def sent(self) -> bytes:
        return b"".join(self.responses)


def gate_of(
    config: Config,
    trusted: tuple[str, ...] = (),
    services: Services | None = None,
    registry: Registry | None = None,
    publish: Callable[[Event], None] = lambda event: None,
    told_of_proxies: TellOnce | None = None,
    *,
    is_healthy: bool = True,
    refusal: str = "",
) -> Gate:
    """Return a gate that refuses nobody by number or address."""
    return Gate(
        config,
        8000,
        cast("Reception", _Reception(trusted, refusal)),
        Hosts(Config(), lambda: ()),
        lambda: cast("TlsIdentity", SimpleNamespace(fingerprint=FINGERPRINT)),
        services or cast("Services", SimpleNamespace(is_log_writable=is_healthy)),
        registry or Registry(lambda: 0.0),
        publish,
        lambda: METRICS,
        ClientFile(lambda text: None, lambda: CLIENT),
        TellOnce(lambda text: None),
        told_of_proxies or TellOnce(lambda text: None),
    )


class DoorVisit:
    """A connection at the door, without a socket. The TLS handshake is for tests with real connections."""

    def __init__(
        self,
        *pieces: bytes,
        host: str = "127.0.0.1",
        policy: str = "loopback",
        encrypted: bool = False,
        trusted: tuple[str, ...] = (),
        token: str = "",
        is_healthy: bool = True,
        refusal: str = "",
        **settings: Any,
    ) -> None:
        """`settings` are further fields of the Config; `refusal` is the reason to refuse everybody."""
        self.connection = DoorConnection(pieces)
        self.client = Client(1, host, 4711, Credit(1))
        self.deadlines: list[str] = []
        self._arrival = _Arrival(self.client, self.deadlines)
        self._arrival.is_encrypted = encrypted
        config = Config(
            plaintext=policy,
            server_name="tea.example",
            metrics_token=token,
            limits=replace(Limits(), registration_timeout_s=30.0),
            **settings,
        )
        self._gate = gate_of(config, trusted, is_healthy=is_healthy, refusal=refusal)

    def enter(self) -> Entered:
        """Let it in."""
        return enter(cast("Connection", self.connection), self._arrival, self._gate)

    def irc(self) -> bytes:
        """Let it in as IRC; return the first bytes."""
        entered = self.enter()
        assert entered.departure is None
        assert entered.connection is cast("Connection", self.connection)
        return entered.data

    def leave_untold(self) -> None:
        """Let it in, and have it leave without an answer."""
        departure = self.enter().departure
        assert departure is not None
        assert departure.is_told
        assert self.connection.sent == b""

    def answer(self) -> tuple[int, dict[str, str], str]:
        """Let it in as HTTP; return the status, headers and body of the one response."""
        (response,) = self.answers()
        return response

    def answers(self) -> list[tuple[int, dict[str, str], str]]:
        """Let it in as HTTP; return each response: all but the last keep the connection."""
        departure = self.enter().departure
        assert departure is not None
        assert departure.is_told
        responses = list(map(_response, self.connection.responses))
        assert all(headers["Connection"] == "keep-alive" for _, headers, _ in responses[:-1])
        return responses


def _response(data: bytes) -> tuple[int, dict[str, str], str]:
    head, end, body = data.partition(b"\r\n\r\n")
    assert end
    first, *lines = head.decode().split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    assert headers["Connection"].endswith(("keep-alive", "close"))
    parsedate_to_datetime(headers.pop("Date"))  # differs from one response to the next
    return int(first.split(" ")[1]), headers, body.decode()


class _Arrival(Arrival):
    """An arrival that records its deadlines."""

    def __init__(self, client: Client, deadlines: list[str]) -> None:
        super().__init__(client, 10.0)
        self._deadlines = deadlines

    def set_deadline(self, seconds: float, reason: str) -> None:
        self._deadlines.append(f"{reason} after {seconds:g}")


class _Reception:
    """Refuses nobody individually; `refusal` is the reason to refuse everybody."""

    def __init__(self, trusted: tuple[str, ...], refusal: str) -> None:
        self.proxies = TrustedProxies(trusted)
        self.is_open = not refusal
        self._refusal = Refusal(refusal) if refusal else None

    def bar(self, client: Client) -> Refusal | None:
        """Return the reason to refuse everybody, if any."""
        return self._refusal

    def admit(self, client: Client, admission: Admission) -> None:
        """Count nobody."""

    def admit_again(self, client: Client, admission: Admission) -> None:
        """Count nobody."""

    def note_page(self, client: Client) -> None:
        """Ignore it."""
