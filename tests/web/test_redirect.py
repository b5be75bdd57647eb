"""A link without TLS that is opened from another machine leads to the encrypted page, with the link's contents."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatcore.protocol.invitations import RANDOM_BYTES, fragment, make_invitation
from chatcore.state import client
from tests.support.browser import Browser, expect, resolving
from tests.support.trackers import hosted_tracker


def test_a_link_without_tls_leads_into_the_encrypted_page(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "is_loopback", lambda _: False)
    invitation = make_invitation(bytes(range(RANDOM_BYTES)))
    with (
        hosted_tracker(tmp_path, "sesame", web_hosts=("tea.example",)) as hosted,
        resolving(browser, "tea.example") as context,
    ):
        page = context.new_page()
        page.goto(f"http://tea.example:{hosted.port}/{fragment('#dev', invitation)}")
        expect(page.get_by_label("Username")).to_be_visible()
        expect(page.locator("#password")).to_be_hidden()
        assert page.url.startswith(f"https://tea.example:{hosted.port}/")
        assert invitation.text not in page.url
