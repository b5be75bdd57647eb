"""A page that is reloaded while its tracker is gone continues at another tracker of the chat."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import load_pem_x509_certificate

from chatcore.protocol.tracker_list import TrackerAddress
from chatcore.server.services import TrackerServices
from chatcore.state.requests import TrackersChanged
from tests.support.browser import PASSWORD, Browser, Dialog, Page, expect, trusting
from tests.support.cable import Cable, cable_to
from tests.support.clustered import clustered_pair
from tests.support.irc import IrcClient
from tests.support.trackers import Hosted, hosted_tracker

_KEPT = "JSON.parse(sessionStorage['chat-visit'] ?? '{}')"
_IS_PAGE_KEPT = "navigator.serviceWorker.ready.then(() => caches.keys()).then((names) => names.length === 1)"


def _certificate(folder: Path) -> Path:
    pem = folder / "tls.pem"
    trustme.CA().issue_cert("localhost", "127.0.0.1").private_key_and_cert_chain_pem.write_to_path(pem)
    return pem


@pytest.fixture
def trackers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Hosted, Hosted]]:
    """Two trackers with a certificate."""
    monkeypatch.setattr(TrackerServices, "has_others", True)
    pem = _certificate(tmp_path)
    with (
        hosted_tracker(tmp_path / "first", PASSWORD, tls_cert=pem) as first,
        hosted_tracker(tmp_path / "second", PASSWORD, tls_cert=pem) as second,
    ):
        yield first, second


@pytest.fixture
def cable(trackers: tuple[Hosted, Hosted]) -> Iterator[Cable]:
    """A cable to the first tracker; each tracker lists the other."""
    first, second = trackers
    with cable_to(first.port) as cable:
        for hosted, other in ((first, second.port), (second, cable.port)):
            told = TrackerAddress((f"127.0.0.1:{other}",), page=f"https://127.0.0.1:{other}/")
            hosted.tracker.publish(TrackersChanged((told,)))
            hosted.client("irma", password=PASSWORD)  # pages loaded from now on have the other one in their policy
        yield cable


@pytest.fixture
def ann(browser: Browser, cable: Cable, tmp_path: Path) -> Iterator[Page]:
    """A person in a room of the first tracker, whose browser trusts the certificate of both."""
    with _visiting(browser, cable.port, tmp_path) as page:
        page.on("dialog", Dialog.accept)
        yield page


@contextmanager
def _visiting(browser: Browser, port: int, folder: Path) -> Iterator[Page]:
    """Have ann visit the tracker at this port, and wait until her browser has stored everything."""
    key = load_pem_x509_certificate((folder / "tls.pem").read_bytes()).public_key()
    public = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    digest = base64.b64encode(hashlib.sha256(public).digest()).decode()
    with trusting(browser, digest, folder / "browser") as context:
        page = context.pages[0]
        page.goto(f"https://127.0.0.1:{port}/#room=dev")
        page.wait_for_function(_IS_PAGE_KEPT)
        _log_in(page)
        expect(page.locator("#room-name")).to_have_text("#dev")
        page.wait_for_function(f"() => {_KEPT}.token && {_KEPT}.trackers.pages.length && {_KEPT}.chat.rooms[1]")
        yield page


def _log_in(page: Page) -> None:
    page.get_by_label("Username").fill("ann")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Join", exact=True).click()


def test_the_page_moves_to_the_other_tracker_and_starts_there_later(
    ann: Page, cable: Cable, trackers: tuple[Hosted, Hosted]
) -> None:
    """The other tracker takes the person for a new visitor, as it does not belong to the same chat."""
    cable.cut()
    ann.reload()
    expect(ann.get_by_role("alert")).to_contain_text("You were away for too long")
    _log_in(ann)
    expect(ann.locator("#toast")).to_contain_text(f"You are now at 127.0.0.1:{trackers[1].port}.")
    expect(ann.locator("#room-name")).to_have_text("#dev")
    ann.wait_for_function(f"() => {_KEPT}.token && {_KEPT}.trackers.at")
    cable.mend()
    sockets: list[str] = []
    ann.on("websocket", lambda socket: sockets.append(socket.url))
    with ann.expect_websocket():  # until then the page shows stored messages
        ann.reload()
    expect(ann.locator("#me")).to_have_text("ann")
    assert sockets == [f"wss://127.0.0.1:{trackers[1].port}/irc"]


@pytest.mark.thorough
def test_without_a_tracker_the_page_keeps_trying_and_keeps_drafts(
    ann: Page, cable: Cable, trackers: tuple[Hosted, Hosted]
) -> None:
    trackers[1].tracker.gate.hosts._siblings.clear()  # it does not know the first tracker
    ann.locator("#text").fill("half a")
    ann.wait_for_function(f"() => {_KEPT}.chat.rooms[1].draft")
    cable.cut()
    ann.reload()
    banner = ann.locator("#banner")
    expect(banner).to_contain_text("Connection lost. Trying again in")
    expect(ann.locator("#room-name")).to_have_text("#dev")
    expect(ann.locator("#text")).to_have_value("half a")
    ann.locator("#text").fill("typed in the dark")
    ann.locator("#text").press("Enter")
    expect(ann.locator("#banner-elsewhere a")).to_have_text([f"127.0.0.1:{trackers[1].port}"])
    ann.wait_for_function(f"() => {_KEPT}.chat.rooms[1].pending.length")
    ann.reload()
    expect(banner).to_contain_text("Trying again in")
    expect(ann.locator(".waiting .text")).to_have_text("typed in the dark")
    cable.mend()
    expect(banner).not_to_be_visible()
    expect(ann.locator(".entry .text")).to_have_text("typed in the dark")
    expect(ann.locator(".waiting, .failed")).to_have_count(0)


@pytest.mark.thorough
def test_the_visit_continues_at_another_tracker_of_the_chat(browser: Browser, tmp_path: Path) -> None:
    with (
        clustered_pair(tmp_path, PASSWORD, "--tls-cert", str(_certificate(tmp_path))) as pair,
        IrcClient(pair.second.port) as irc,
    ):
        irc.register("irma", password=PASSWORD)
        irc.join("#dev")
        with _visiting(browser, pair.first.port, tmp_path) as ann:
            pair.first.process.kill()
            pair.first.process.wait()
            irc.send("PRIVMSG #dev :meanwhile")
            ann.reload()
            expect(ann.locator("#toast")).to_have_text(f"You are now at 127.0.0.1:{pair.second.port}.")
            expect(ann.locator("#room-name")).to_have_text("#dev")
            expect(ann.locator(".entry .text")).to_have_text("meanwhile")
            ann.locator("#text").fill("and after")
            ann.locator("#text").press("Enter")
            irc.receive_until("PRIVMSG", "and after")
