"""`/register` in the page: a dialog that asks twice, and coming back to the account."""

from __future__ import annotations

from pathlib import Path

from tests.support.browser import PASSWORD, Company, expect
from tests.support.cable import Cable
from tests.support.trackers import hosted_tracker

_OWN = "a password of her own"


def test_an_account_is_made_and_logged_in_to(company: Company, tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, PASSWORD, registration="open") as tracker:
        cable = Cable(tracker.port)
        ann = company.person(f"http://127.0.0.1:{cable.port}")
        ann.enter("ann")
        ann.say("/register")
        first, second = (
            ann.page.get_by_label("A password for the account ann"),
            ann.page.get_by_label("The same password"),
        )
        expect(first).to_be_focused()
        ann.page.keyboard.press("Escape")
        expect(first).to_be_hidden()
        ann.say("/register")
        first.fill("short")
        second.fill("short")
        second.press("Enter")
        expect(ann.page.get_by_text("An account's password needs at least 8 characters", exact=True)).to_be_visible()
        ann.say("/register")
        first.fill(_OWN)
        second.fill("another")
        second.press("Enter")
        expect(ann.page.locator("#secret-problem")).to_have_text("The passwords do not match.")
        second.fill(_OWN)
        second.press("Enter")
        expect(second).to_be_hidden()
        expect(ann.log).to_contain_text("Account ann created")
        assert tracker.tracker.keys.account("ann") is not None
        assert _OWN not in ann.page.content()
        assert not [line for line in tracker.log_lines() if _OWN in line]
        cable.close()
