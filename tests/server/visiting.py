"""A visit as the door sees one, without sockets: the bytes that come, and the answer that goes."""

from __future__ import annotations

from collections.abc import Iterable
from types import SimpleNamespace
from typing import cast

import pytest

from chatcore.config import Config, Limits
from chatcore.protocol.proxies import TrustedProxies
from chatcore.server.incoming.door import enter
from chatcore.server.incoming.http_answers import Answered
from chatcore.server.incoming.http_hosts import Hosts
from chatcore.server.visit import Visit
from chatcore.state.admissions import Admission
from chatcore.state.client import Client
from chatcore.state.credit import Credit

FINGERPRINT = "0123456789ABCDEF" * 4
ELSEWHERE = "192.0.2.7"


class DoorConnection:
    """Gives back what the peer sends, piece by piece, then the end; keeps what is sent to it."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self.sent = b""
        self.asked = 0

    def recv(self) -> bytes:
        self.asked += 1
        return next(self._pieces, b"")

    def send_all(self, data: bytes) -> None:
        self.sent += data


class DoorVisit:
    """As much of a visit as the door looks at. The TLS handshake is for tests with real connections."""

    def __init__(
        self,
        *pieces: bytes,
        host: str = "127.0.0.1",
        policy: str = "loopback",
        encrypted: bool = False,
        trusted: tuple[str, ...] = (),
    ) -> None:
        self.connection = DoorConnection(pieces)
        self.client = Client(1, host, 4711, Credit(1))
        self.admission = Admission()
        self.channel_binding = None
        self.is_passed_on = False
        self.end_reason, self.end_status = "", 408
        self.limits = Limits(registration_timeout_s=30.0)
        self.is_encrypted = encrypted
        self.deadlines: list[str] = []
        self.tracker = SimpleNamespace(
            config=Config(plaintext=policy, server_name="tea.example"),
            port=8000,
            tls_identity=SimpleNamespace(fingerprint=FINGERPRINT),
            hosts=Hosts(Config(), lambda: (), lambda text: None),
            tell_of_proxy=lambda host, text: None,
            reception=SimpleNamespace(proxies=TrustedProxies(trusted), note_page=lambda client: None),
        )

    def set_deadline(self, seconds: float, reason: str) -> None:
        self.deadlines.append(f"{reason} after {seconds:g}")

    def admit(self) -> None:
        """Nobody is refused here."""

    def enter(self) -> bytes:
        """Let it in; its first bytes of IRC."""
        return enter(cast("Visit", self))

    def answer(self) -> tuple[int, dict[str, str], str]:
        """Let it in and have it be HTTP: the status, headers and body of the one response."""
        with pytest.raises(Answered):
            self.enter()
        head, end, body = self.connection.sent.decode().partition("\r\n\r\n")
        assert end
        first, *lines = head.split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines)
        assert headers["Connection"].endswith("close")
        return int(first.split(" ")[1]), headers, body
