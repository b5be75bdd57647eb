"""The page comes from the browser's cache, where TLS allows that, and is never more than one visit old."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import load_pem_x509_certificate

from chatcore.protocol.invitations import RANDOM_BYTES, fragment, make_invitation
from chatcore.server.incoming import page_files
from chatcore.server.incoming.page_edition import SOURCES, Edition
from tests.support.browser import Browser, Page, trusting
from tests.support.together import wait_until
from tests.support.trackers import Hosted, hosted_tracker

_KEPT = """async () => {
    const found = [];
    for (const name of await caches.keys())
        for (const { url } of await (await caches.open(name)).keys()) found.push(url);
    return found.sort();
}"""
_WORKERS = "navigator.serviceWorker.getRegistrations().then((found) => found.length)"


@pytest.fixture
def hosted(tmp_path: Path) -> Iterator[Hosted]:
    """A tracker with a certificate of its own, in this folder."""
    issued = trustme.CA().issue_cert("localhost", "127.0.0.1")
    pem = tmp_path / "tls.pem"
    issued.private_key_and_cert_chain_pem.write_to_path(pem)
    with hosted_tracker(tmp_path, tls_cert=pem) as hosted:
        yield hosted


@pytest.fixture
def page(browser: Browser, hosted: Hosted, tmp_path: Path) -> Iterator[Page]:
    """A browser that trusts the certificate and has the page open."""
    certificate = load_pem_x509_certificate((tmp_path / "tls.pem").read_bytes())
    key = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    digest = base64.b64encode(hashlib.sha256(key).digest()).decode()
    with trusting(browser, digest, tmp_path / "browser") as context:
        page = context.pages[0]
        page.goto(f"https://127.0.0.1:{hosted.port}/")
        page.evaluate("navigator.serviceWorker.ready.then(() => {})")
        yield page


def _reopen(page: Page, url: str) -> bool:
    """Open the page again; return whether it came from the cache."""
    page.goto("about:blank")
    response = page.goto(url)
    assert response is not None
    page.get_by_label("Username").wait_for()
    return response.from_service_worker


def _replace(monkeypatch: pytest.MonkeyPatch, made: Any) -> None:
    monkeypatch.setattr(page_files, "edition", lambda: made)


def test_the_page_loads_from_the_cache_and_updates_by_the_next_visit(
    page: Page, hosted: Hosted, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = page.url
    first = page.evaluate(_KEPT)
    assert url in first
    assert {path.rpartition("/")[2] for path in first} == {"", "app.js", "address.js", "style.css", "icon.svg"}
    assert _reopen(page, url)
    assert page.title() == "Chat"
    title = SOURCES["index.html"].replace(b"<title>Chat<", b"<title>Tea<")
    _replace(monkeypatch, Edition({**SOURCES, "index.html": title}))
    assert _reopen(page, url)
    assert page.title() == "Chat"
    wait_until(lambda: page.evaluate(f"({_KEPT})().then((kept) => kept.length === 9)"))
    assert _reopen(page, url)
    assert page.title() == "Tea"
    wait_until(lambda: page.evaluate(f"({_KEPT})().then((kept) => kept.length === 5)"))
    assert set(first) & set(page.evaluate(_KEPT)) == {url}, "nothing of the old edition is kept"


@pytest.mark.thorough
def test_no_part_of_a_link_is_cached(page: Page) -> None:
    invitation = make_invitation(bytes(range(RANDOM_BYTES)))
    url = page.url
    assert _reopen(page, f"{url}{fragment('#dev', invitation, 'sesame')}")
    assert not any(secret in page.url for secret in (invitation.text, "sesame"))
    kept = page.evaluate(_KEPT)
    assert not any(secret in path for path in kept for secret in ("#", "dev", invitation.text, "sesame"))
    assert not _reopen(page, f"{url}?room=dev"), "an address with a query is loaded from the tracker"
    assert page.evaluate(_KEPT) == kept


@pytest.mark.thorough
def test_a_missing_page_is_removed_from_the_cache(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    url = page.url
    empty = Edition(SOURCES)
    monkeypatch.setattr(empty, "find", lambda path: None)
    _replace(monkeypatch, empty)
    assert _reopen(page, url)
    wait_until(lambda: page.evaluate(_KEPT) == [])
    page.goto("about:blank")
    answer = page.goto(url)
    assert answer is not None
    assert answer.status == 404, "the next visit asks the tracker"
    assert page.evaluate(_WORKERS) == 0


def test_without_trusted_tls_there_is_no_cache(tracker: Hosted, company: Any) -> None:
    ann = company.person(f"http://127.0.0.1:{tracker.port}")
    ann.open()
    assert ann.page.evaluate(_WORKERS) == 0
