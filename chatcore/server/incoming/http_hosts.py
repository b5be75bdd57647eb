"""The names to which the tracker answers over HTTP, and the sites whose pages may open its WebSocket.

A site can point its own name at the tracker's address (DNS rebinding). A browser then takes its page and the tracker
for the same site, and only the Host header tells them apart. So the tracker answers only to its own names. Any client's
thread.
"""

from __future__ import annotations

import contextlib
import ipaddress
import re
from collections.abc import Callable, Iterable

from chatcore.config import Config
from chatcore.errors import ProtocolError, RequestRefused
from chatcore.protocol.tracker_list import TrackerAddress, is_page
from chatcore.server.own_names import own_names
from chatcore.transport.http import parse_authority, parse_url, response

_CAN_BE_SHOWN = re.compile(r"null|[a-z][a-z0-9+.-]{0,30}://[A-Za-z0-9._:\[\]-]{0,300}")
_MOST_OTHERS = 16
_MOST_SIBLINGS = 1000
_DEFAULT_PORTS = {"http": 80, "https": 443}


class Hosts:
    """The tracker's names. Each refusal carries a remark for the operator: the setting that would allow it."""

    def __init__(self, config: Config, certificate_names: Callable[[], Iterable[str]]) -> None:
        """`certificate_names` returns the names in the current certificate; `*.` stands for any one label."""
        self._web_hosts = frozenset(map(str.lower, config.web_hosts))
        self._web_origins = frozenset(config.web_origins)
        self._names = self._web_hosts.union(map(str.lower, own_names(config)))
        ports = {config.port, *(int(where.rpartition(":")[2]) for where in config.listen)}
        self._has_usual_port = not ports.isdisjoint(_DEFAULT_PORTS.values())
        self._certificate_names = certificate_names
        self.others: tuple[str, ...] = ()
        """Host and port of this chat's other trackers, to which our pages may open a WebSocket. Any thread."""
        self._siblings: dict[tuple[str, int], None] = {}  # trackers whose pages may open one here, even gone ones

    def note_others(self, trackers: Iterable[TrackerAddress]) -> None:
        """Note the chat's other trackers: their pages may connect here, and ours there. Delivery's thread.

        Trackers that are gone are remembered: their pages may be looking for another one.
        """
        others = [tracker.page.partition("://")[2].removesuffix("/") for tracker in trackers if is_page(tracker.page)]
        self.others = tuple(others[:_MOST_OTHERS])
        known = [*others, *(address for tracker in trackers for address in tracker.addresses)]
        latest = dict.fromkeys([*self._siblings, *(_place(where) for where in known)])
        self._siblings = dict.fromkeys(list(latest)[-_MOST_SIBLINGS:])

    def check(self, authority: str) -> None:
        """Raise RequestRefused if a request's authority is not one of our names; '' means none (HTTP/1.0)."""
        host = parse_authority(authority)[0] if authority else "localhost"
        if self._is_own(host):
            return
        setting = _setting("web_hosts", host)
        told = f"A client asked for {host}, a name this chat does not answer to. If it should, set {setting}"
        words = f"This chat does not answer to the name {host}. Its operator can change that: {setting}\n"
        raise RequestRefused(response(421, words), (host, told))

    def check_origin(self, origin: str | None, authority: str, *, is_encrypted: bool) -> None:
        """Raise RequestRefused unless the origin may open a WebSocket: one of the chat's own pages, or configured.

        Programs other than browsers send no origin. Raises ProtocolError for a malformed one.
        """
        if origin is None or origin in self._web_origins or "*" in self._web_origins:
            return
        url = parse_url(origin)
        setting = _setting("web_origins", origin)
        # A page without TLS could be forged by anybody on the path, so it may not use a connection with TLS. A page
        # with TLS may use a connection without: then a proxy has removed the TLS.
        if url.scheme == "https" or (url.scheme == "http" and not is_encrypted):
            with contextlib.suppress(ProtocolError):
                host, port = parse_authority(url.netloc)
                default = _DEFAULT_PORTS[url.scheme]
                is_sibling = (host, port or default) in self._siblings
                if host in self._web_hosts or is_sibling or self._is_same(url.netloc, authority, default):
                    return
                setting = _setting("web_hosts", host)
        told = f"A page from {origin} was kept out of the chat. To let it in, set {setting}"
        remark = (origin, told) if _CAN_BE_SHOWN.fullmatch(origin) else None
        raise RequestRefused(response(403, "Pages from other sites may not use this tracker.\n"), remark)

    def _is_same(self, theirs: str, ours: str, default: int) -> bool:
        (host, port), (own_host, own_port) = parse_authority(theirs), parse_authority(ours)
        # Browsers leave out only the default port. If we listen on no such port, a proxy did it: nginx, `Host $host`.
        is_left_out = own_port is None and not self._has_usual_port
        return host == own_host and (is_left_out or (port or default) == (own_port or default))

    def _is_own(self, host: str) -> bool:
        if host in self._names or host.endswith(".localhost") or _is_address(host):
            return True
        wildcard = "*." + host.partition(".")[2]
        return any(name.lower() in (host, wildcard) for name in self._certificate_names())


def _setting(name: str, value: str) -> str:
    option = f" (--web-host {value})" if name == "web_hosts" else ""
    return f'{name} = ["{value}"]{option}'


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _place(authority: str) -> tuple[str, int]:
    """Return the host and port of a page served over TLS; ('', 0) if the authority is malformed."""
    try:
        host, port = parse_authority(authority)
    except ProtocolError:
        return "", 0
    return host, port or _DEFAULT_PORTS["https"]
