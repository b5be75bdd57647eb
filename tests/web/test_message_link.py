"""The link to a message, as its menu copies it."""

from __future__ import annotations

from tests.support.browser import Company, expect
from tests.support.trackers import Hosted


def test_the_menu_copies_a_link_to_the_message(company: Company, tracker: Hosted) -> None:
    url = f"http://127.0.0.1:{tracker.port}"
    ann = company.person(url, permissions=["clipboard-read", "clipboard-write"])
    ann.enter("ann")
    for text in ("look here", "and on"):
        ann.say(text)
    said = ann.page.locator("#log .entry", has_text="look here")
    expect(ann.page.locator(".waiting")).to_have_count(0)
    said.hover()
    ann.page.get_by_role("button", name="More", exact=True).click()
    ann.page.get_by_text("Copy a link to it").click()
    expect(ann.page.locator("#toast")).to_have_text("Link copied.")
    link = ann.page.evaluate("navigator.clipboard.readText()")
    bob = company.person(url)
    bob.enter("bob", fragment=link.removeprefix(f"{url}/"))
    expect(bob.page.locator("#log .target")).to_contain_text("look here")
