"""Hosts: the names under which the tracker answers, and the pages that may open its WebSocket."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from chatcore.config import Config
from chatcore.errors import RequestRefused
from chatcore.protocol.tracker_list import TrackerAddress
from chatcore.server.incoming.http_hosts import Hosts
from chatcore.server.notice_board import TellOnce


class _Hosts:
    """A tracker's names, and the messages to its operator."""

    def __init__(self, *certificate_names: str, **settings: Any) -> None:
        self.told: list[str] = []
        self._once = TellOnce(self.told.append)
        self._hosts = Hosts(Config(**settings), lambda: certificate_names)

    def status(self, authority: str) -> int:
        """Return the status with which a request for this authority is refused, or 0."""
        try:
            self._hosts.check(authority)
        except RequestRefused as refused:
            self._tell(refused)
            return int(refused.response.split(b" ")[1])
        return 0

    def is_page_allowed(self, origin: str | None, authority: str = "localhost:8000", *, tls: bool = False) -> bool:
        """Tell whether a page of this origin may open a WebSocket at the authority."""
        try:
            self._hosts.check_origin(origin, authority, is_encrypted=tls)
        except RequestRefused as refused:
            self._tell(refused)
            return False
        return True

    def note_others(self, trackers: list[TrackerAddress]) -> None:
        """Set the other trackers."""
        self._hosts.note_others(trackers)

    def _tell(self, refused: RequestRefused) -> None:
        if refused.remark:
            self._once.tell(*refused.remark)


_MACHINE = socket.gethostname()


@pytest.mark.parametrize(
    "authority",
    [
        *(
            "",
            "localhost",
            "LocalHost:8000",
            "localhost.:1",
            "a.localhost",
            "127.0.0.1:8000",
            "192.0.2.1",
            "[::1]:8000",
        ),
        *(
            "tea.example",
            "TEA.example:443",
            _MACHINE,
            f"{_MACHINE.partition('.')[0]}.local:8000",
            "listening.lan",
            "too.lan",
        ),
        *("signed.example", "any.wild.example", "chat.example:9", "a_b"),
    ],
)
def test_own_names_are_accepted(authority: str) -> None:
    hosts = _Hosts(
        "Signed.example",
        "*.wild.example",
        server_name="tea.example",
        host="listening.lan",
        listen=("too.lan:80",),
        web_hosts=("Chat.Example", "a_b"),
    )
    assert hosts.status(authority) == 0
    assert hosts.told == []


@pytest.mark.parametrize(
    "authority",
    [
        *(
            "evil.example",
            "localhost.evil.example",
            "xlocalhost",
            "127.0.0.1.evil.example",
            "2130706433",
            "0x7f.1",
            "127.1",
        ),
        *("tracker.chat.evil.example", "wild.example", "a.b.wild.example", "local", "com", "."),
    ],
)
def test_other_names_get_421(authority: str) -> None:
    assert _Hosts("*.wild.example").status(authority) == 421


def test_each_refused_name_is_reported_once_and_only_a_few() -> None:
    hosts = _Hosts()
    for _ in range(2):
        assert hosts.status("Chat.Example:9000") == 421
    assert len(hosts.told) == 1
    assert 'web_hosts = ["chat.example"] (--web-host chat.example)' in hosts.told[0]
    for number in range(1000):
        hosts.status(f"{number}.example")
        hosts.is_page_allowed(f"https://{number}.example")
    assert len(hosts.told) == 20


@pytest.mark.parametrize(
    ("origin", "authority", "tls", "is_allowed"),
    [
        (None, "localhost:8000", False, True),
        ("http://localhost:8000", "localhost:8000", False, True),
        ("http://LOCALHOST:8000", "localhost:8000", False, True),
        ("http://localhost", "localhost:80", False, True),
        ("http://localhost", "localhost", False, True),
        ("http://localhost:80", "localhost", False, True),
        ("https://localhost", "localhost:443", True, True),
        ("https://localhost:443", "localhost.", True, True),
        ("https://[::1]:8000", "[::1]:8000", True, True),
        ("https://localhost:8000", "localhost:8000", False, True),  # a proxy has removed TLS
        ("https://192.0.2.1", "192.0.2.1", False, True),
        ("http://localhost:8000", "localhost:8000", True, False),  # anybody on the path can forge such a page
        ("http://localhost", "localhost:443", False, False),
        ("https://localhost", "localhost:80", False, False),
        ("http://localhost:8001", "localhost:8000", False, False),
        ("http://127.0.0.1:8000", "localhost:8000", False, False),
        ("http://evil.example", "localhost:8000", False, False),
        ("http://localhost:8000.evil.example", "localhost:8000", False, False),
        ("http://localhost:8000@evil.example", "localhost:8000", False, False),
        ("ftp://localhost:8000", "localhost:8000", False, False),
        ("null", "localhost:8000", False, False),
        ("", "localhost:8000", False, False),
        ("localhost:8000", "localhost:8000", False, False),
    ],
)
def test_pages_of_the_same_origin_are_allowed(origin: str | None, authority: str, tls: bool, is_allowed: bool) -> None:
    assert _Hosts().is_page_allowed(origin, authority, tls=tls) is is_allowed


def test_a_proxy_may_omit_the_port() -> None:
    """nginx does with `proxy_set_header Host $host`; a browser never would, at the tracker's own port."""
    for tls in (False, True):
        assert _Hosts().is_page_allowed("https://192.0.2.1:8443", "192.0.2.1", tls=tls)
    assert not _Hosts().is_page_allowed("http://192.0.2.2:8080", "192.0.2.1")
    for settings in ({"port": 80}, {"listen": ("192.0.2.1:443",)}):
        assert not _Hosts(**settings).is_page_allowed("http://192.0.2.1:8080", "192.0.2.1")


@pytest.mark.parametrize("authority", ["127.0.0.1:8000", "upstream"])
def test_pages_under_web_hosts_are_allowed_whatever_the_host(authority: str) -> None:
    hosts = _Hosts(web_hosts=("Chat.Example", "192.0.2.1"))
    for origin in ("https://chat.example", "https://chat.example:8443", "http://chat.example", "https://192.0.2.1"):
        assert hosts.is_page_allowed(origin, authority)
    assert hosts.is_page_allowed("https://chat.example", authority, tls=True)
    assert not hosts.is_page_allowed("http://chat.example", authority, tls=True)
    assert not hosts.is_page_allowed("https://chat.example.evil.example", authority)


@pytest.mark.parametrize(
    ("origin", "setting"),
    [
        ("https://chat.example:8443", 'web_hosts = ["chat.example"] (--web-host chat.example)'),
        ("null", 'web_origins = ["null"]'),
        ("app://chat", 'web_origins = ["app://chat"]'),
    ],
)
def test_a_refused_page_is_reported_with_the_setting_that_allows_it(origin: str, setting: str) -> None:
    hosts = _Hosts()
    for _ in range(2):
        assert not hosts.is_page_allowed(origin)
    assert len(hosts.told) == 1
    assert hosts.told[0].endswith(setting)
    name, _, value = setting.partition(" = ")
    assert _Hosts(**{name: (value.split('"')[1],)}).is_page_allowed(origin)


def test_over_tls_a_plaintext_page_needs_web_origins() -> None:
    hosts = _Hosts(web_hosts=("chat.example",))
    assert not hosts.is_page_allowed("http://chat.example", tls=True)
    assert hosts.told[0].endswith('web_origins = ["http://chat.example"]')


@pytest.mark.parametrize("origin", ["x\x1b[2J://a", "http://a b", "http://\u202e", "http://" + "x" * 400, "data:x"])
def test_dangerous_origins_are_not_reported(origin: str) -> None:
    hosts = _Hosts()
    assert not hosts.is_page_allowed(origin)
    assert hosts.told == []


_B = TrackerAddress(("b.example:8000", "[fd00::7]:9000", "10.0.0.7:443"), page="https://chat.b.example/")


@pytest.mark.parametrize(
    "origin",
    [
        "https://chat.b.example",
        "https://b.example:8000",
        "https://B.example:8000",
        "https://[fd00::7]:9000",
        "https://10.0.0.7",
    ],
)
def test_pages_of_the_other_trackers_are_allowed(origin: str) -> None:
    hosts = _Hosts()
    assert not hosts.is_page_allowed(origin, tls=True)
    hosts.note_others([_B])
    assert hosts.is_page_allowed(origin, tls=True)
    assert hosts.is_page_allowed(origin)
    hosts.note_others([])
    assert hosts.is_page_allowed(origin, tls=True), "a page of a departed tracker may look for another one"


@pytest.mark.parametrize(
    "origin",
    ["https://b.example", "https://b.example:8001", "https://evil.example:8000", "https://chat.b.example:8000"],
)
def test_other_ports_at_their_hosts_are_refused(origin: str) -> None:
    hosts = _Hosts()
    hosts.note_others([_B])
    assert not hosts.is_page_allowed(origin, tls=True)


def test_a_plaintext_page_of_another_tracker_is_refused_over_tls() -> None:
    hosts = _Hosts()
    hosts.note_others([_B])
    assert hosts.is_page_allowed("http://b.example:8000")
    assert not hosts.is_page_allowed("http://b.example:8000", tls=True)


def test_others_lists_the_pages_of_present_trackers() -> None:
    hosts = Hosts(Config(), lambda: ())
    assert list(hosts.others) == []
    hosts.note_others([_B, TrackerAddress(("c.example:1",)), TrackerAddress((), page="https://d.example:8000/")])
    assert list(hosts.others) == ["chat.b.example", "d.example:8000"]
    hosts.note_others([TrackerAddress((), page=f"https://t{number}.example/") for number in range(100)])
    assert len(hosts.others) == 16
    hosts.note_others([])
    assert list(hosts.others) == []
    hosts.note_others([TrackerAddress(("nowhere at all",), page="https://b.example/; script-src *")])
    assert list(hosts.others) == [], "an invalid page address must not be listed"
