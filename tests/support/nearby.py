"""A listener on the network for trackers' announcements; the network is this machine's loopback interface."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from secrets import token_hex

from zeroconf import ServiceBrowser, ServiceInfo, ServiceStateChange, Zeroconf

from chatcore.protocol.nearby import SERVICE_TYPE, properties

LOOPBACK = "127.0.0.1"
DEADLINE_S = 20.0


@contextmanager
def announced(pin: str, port: int, addresses: Sequence[str] = (LOOPBACK,), label: str = "") -> Iterator[None]:
    """Announce a service, as a tracker or somebody else does."""
    name = label or f"test-{token_hex(8)}"
    info = ServiceInfo(
        SERVICE_TYPE,
        f"{name}.{SERVICE_TYPE}",
        port=port,
        properties=properties(pin),
        server=f"{name}.local.",
        parsed_addresses=list(addresses),
    )
    with Zeroconf(interfaces=[LOOPBACK]) as zeroconf:
        zeroconf.register_service(info, cooperating_responders=True)
        yield


class Ear:
    """Knows the currently announced services by name."""

    def __init__(self) -> None:
        self._services: dict[str, ServiceInfo] = {}
        self._changed = threading.Condition()
        self._zeroconf = Zeroconf(interfaces=[LOOPBACK])
        self._browser = ServiceBrowser(self._zeroconf, SERVICE_TYPE, handlers=[self._heard])

    def __enter__(self) -> Ear:
        return self

    def __exit__(self, *_: object) -> None:
        self._browser.cancel()
        self._zeroconf.close()

    def wait_for(self, pin: str, found: Callable[[list[ServiceInfo]], bool]) -> list[ServiceInfo]:
        """Wait until `found` is true of the services with this pin, and return them."""
        with self._changed:
            assert self._changed.wait_for(lambda: found(self._of(pin)), DEADLINE_S), self._services
            return self._of(pin)

    def _of(self, pin: str) -> list[ServiceInfo]:
        return [each for each in self._services.values() if each.properties.get(b"pin") == pin.encode()]

    def _heard(self, zeroconf: Zeroconf, service_type: str, name: str, state_change: ServiceStateChange) -> None:
        info = ServiceInfo(service_type, name)
        with self._changed:
            if state_change is ServiceStateChange.Removed:
                self._services.pop(name, None)
            elif info.load_from_cache(zeroconf):
                self._services[name] = info
            self._changed.notify_all()
