"""What the doors need from the rest of the tracker."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from chatcore.commands.services import Services
from chatcore.config import Config
from chatcore.protocol.names import is_loopback
from chatcore.server.incoming.client_file import ClientFile
from chatcore.server.incoming.http_hosts import Hosts
from chatcore.server.incoming.reception import Reception
from chatcore.server.notice_board import TellOnce
from chatcore.state.client import Client
from chatcore.state.events import Event
from chatcore.state.registry import Registry
from chatcore.transport.ssh import SshHost
from chatcore.transport.tls_context import TlsIdentity


@dataclass(frozen=True)
class Gate:
    """What one tracker gives its doors. Any thread."""

    config: Config
    port: int  # the main port
    reception: Reception
    hosts: Hosts
    identity: Callable[[], TlsIdentity]  # the certificate for new connections
    services: Services
    registry: Registry
    publish: Callable[[Event], None]  # raises StreamClosed
    metrics: Callable[[], str]  # all metrics, in Prometheus' text format
    client_file: ClientFile
    told_of_hosts: TellOnce
    told_of_proxies: TellOnce
    ssh: SshHost | None = None  # None if the tracker does not speak ssh

    def is_plaintext_allowed(self, client: Client) -> bool:
        """Return whether the configuration lets this client connect without TLS."""
        policy = self.config.plaintext
        return policy == "anywhere" or (policy == "loopback" and client.is_local)

    def tell_of_proxy(self, host: str, text: str) -> None:
        """Tell the operator something about a proxy, once per proxy."""
        self.told_of_proxies.tell(host, text, always=is_loopback(host))
