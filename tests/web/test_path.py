"""The page below a path that the proxy strips (`location /chat/ { proxy_pass http://127.0.0.1:8000/; }`)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.browser import Company, Person, expect
from tests.support.cable import Cable
from tests.support.trackers import Hosted


@pytest.fixture
def url(tracker: Hosted) -> Iterator[str]:
    cable = Cable(tracker.port, below="/chat")
    yield f"http://127.0.0.1:{cable.port}/chat"
    cable.close()


@pytest.fixture
def ann(company: Company, url: str) -> Person:
    ann = company.person(url, permissions=["clipboard-read", "clipboard-write"])
    ann.enter("ann")
    return ann


def test_the_page_loads_and_works_below_the_path(ann: Person, url: str) -> None:
    ann.say("from below")
    ann.expect_said("from below")
    assert [asked for asked in ann.requests if not asked.startswith(f"{url}/")] == []
    shown = ann.page.evaluate("[...document.images].map(image => image.naturalWidth > 0)")
    assert shown == [True]
    assert ann.page.evaluate("getComputedStyle(document.getElementById('login')).display") == "none", (
        "the style sheet was not loaded"
    )


@pytest.mark.thorough
def test_the_installed_app_starts_at_the_path(ann: Person, url: str) -> None:
    where = """async () => {
        const link = document.querySelector("link[rel=manifest]").href;
        const manifest = await (await fetch("chat.webmanifest")).json();
        return [manifest.scope, ...manifest.icons.map(({ src }) => src)].map((path) => new URL(path, link).href);
    }"""
    start, *icons = ann.page.evaluate(where)
    assert start == f"{url}/"
    assert icons[0] == f"{url}/icon.svg"
    widths = """(urls) => Promise.all(urls.map(async (url) => {
        const image = Object.assign(new Image(), { src: url });
        await image.decode();
        return image.naturalWidth;
    }))"""
    assert ann.page.evaluate(widths, icons[1:]) == [192, 512, 512]


@pytest.mark.thorough
def test_a_link_to_a_room_leads_there(company: Company, ann: Person, url: str) -> None:
    ann.join("dev")
    ann.page.get_by_role("button", name="Copy a link").click()
    expect(ann.page.locator("#toast")).to_contain_text("Link copied")
    link = ann.page.evaluate("navigator.clipboard.readText()")
    assert link == f"{url}/#room=dev"
    bob = company.person(url)
    bob.enter("bob", fragment="#room=dev")
    expect(bob.page.locator("#room-name")).to_have_text("#dev")
