"""The link to a room, with an invitation for those who may make one."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatcore.protocol.invitations import RANDOM_BYTES, make_invitation
from tests.support.accessible import assert_accessible
from tests.support.browser import PASSWORD, Company, Page, Person, expect
from tests.support.operators import hashed
from tests.support.trackers import Hosted, hosted_tracker
from tests.web.scripted_session import session
from tests.web.test_access import PHONE

_INVITATION = make_invitation(bytes(range(RANDOM_BYTES)))
_PARTS = """
    const { askToInvite, mayInvite, share } = await import('/session/sharing.js');
    const label = () => sent.findLast(({ command }) => command === 'INVITELINK').tags.label;
    const note = (...words) => `@label=${label()} :t NOTE INVITELINK ${words.join(' ')} :words`;
    const offer = () => s.orders.share;
    feed(':t 376 ann :End');
"""
_LOCAL = "It works on this machine only: others need the address that the tracker printed."
_MADE = f"INVITATION {_INVITATION.text} #lobby 20 2026-11-27T18:00:00.000Z"


def test_operators_and_accounts_may_invite(page: Page) -> None:
    script = """
        const may = [mayInvite(s)];
        s.account = 'ann';
        may.push(mayInvite(s));
        typed(s, '/invite-link');
        feed(`@label=${label()} :t FAIL INVITELINK NO_PRIVILEGES :No`);
        may.push(mayInvite(s));
        const refused = [offer().state, offer().problem];
        feed(':t 381 ann :Yes');
        may.push(mayInvite(s));
        feed(':t 001 ann :Hi');
        may.push(mayInvite(s));
        s.account = '';
        return [may, refused, mayInvite(s)];
    """
    may, refused, without = session(page, [], _PARTS + script)
    assert may == [False, True, False, True, True]
    assert refused == ["refused", "No"]
    assert not without


def test_an_invitation_goes_with_the_room_and_its_key(page: Page) -> None:
    script = f"""
        typed(s, '/invite-link');
        const asked = [sent.at(-1).params, offer().state];
        feed(':t NOTE INVITELINK {_MADE} :unasked');
        asked.push(offer().state);
        feed(note('{_MADE} k3y'));
        return [asked, offer()];
    """
    asked, offer = session(page, [], _PARTS + script)
    assert asked == [["#lobby"], "asked", "asked"]
    assert offer == {
        "room": "#lobby",
        "key": "k3y",
        "invitation": _INVITATION.text,
        "uses": 20,
        "until": 1795802400000,
        "problem": "",
        "state": "made",
    }


@pytest.mark.parametrize(
    ("answer", "state", "problem"),
    [
        ("note('INVITATION * * 0 *')", "needless", ""),
        ("`@label=${label()} :t 421 ann INVITELINK :Unknown command`", "refused", "Unknown command"),
        (
            "`@label=${label()} :t BATCH +b chathistory x`, ':t BATCH -b'",
            "refused",
            "The tracker sent no invitation.",
        ),
    ],
)
def test_other_outcomes_of_an_invitation(page: Page, answer: str, state: str, problem: str) -> None:
    script = f"""
        s.talkTo('bob');
        typed(s, '/invite-link');
        const asked = sent.at(-1).params;
        feed({answer});
        return [asked, offer().state, offer().problem, offer().invitation];
    """
    assert session(page, [], _PARTS + script) == [[], state, problem, ""]


def test_an_unexpected_invitation_is_not_kept(page: Page) -> None:
    script = f"""
        askToInvite(s);
        typed(s, '/invite-link'); s.orders.share = null; feed(note('{_MADE}'));
        const closed = offer();
        typed(s, '/invite-link'); const first = note('{_MADE}'); share(s, s.current); feed(first);
        const again = offer().state;
        lost();
        typed(s, '/invite-link');
        return [closed, again, s.current.present.entries.at(-1).text, mayInvite(s)];
    """
    assert session(page, [], _PARTS + script) == [None, "refused", "You are not connected", False]


@pytest.fixture
def ann(company: Company, tracker: Hosted) -> Person:
    """Somebody with an account."""
    assert tracker.tracker.keys.accounts.add("ann", PASSWORD)
    ann = company.person(f"http://127.0.0.1:{tracker.port}", permissions=["clipboard-read", "clipboard-write"])
    ann.enter("ann")
    return ann


def _offer(person: Person) -> None:
    person.page.get_by_role("button", name="Copy a link to this room").click()
    expect(person.page.get_by_role("dialog", name="Link to #lobby")).to_be_visible()


def forbid_copying(person: Person) -> None:
    """Have the page show the dialog even to people who may not invite."""
    person.page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    person.page.evaluate("void (document.execCommand = () => false)")


def test_a_link_is_copied_from_the_dialog(ann: Person) -> None:
    _offer(ann)
    link = ann.page.get_by_label("Link to #lobby").get_by_role("textbox")
    expect(link).to_have_value(f"{ann.url}/#room=lobby")
    assert ann.page.evaluate("getSelection().toString()") == f"{ann.url}/#room=lobby"
    assert_accessible(ann.page)
    ann.page.get_by_role("button", name="Copy", exact=True).click()
    expect(ann.page.locator("#toast")).to_have_text(f"Link copied. {_LOCAL}")
    assert ann.page.evaluate("navigator.clipboard.readText()") == f"{ann.url}/#room=lobby"
    expect(ann.page.get_by_role("dialog")).to_be_hidden()
    expect(ann.page.get_by_role("button", name="Copy a link to this room")).to_be_focused()
    _offer(ann)
    ann.page.keyboard.press("Escape")
    expect(ann.page.get_by_role("dialog")).to_be_hidden()


@pytest.mark.thorough
def test_a_page_without_the_clipboard_api_copies_too(company: Company, tracker: Hosted) -> None:
    """A page without TLS has no clipboard API."""
    ann = company.person(f"http://127.0.0.1:{tracker.port}", permissions=["clipboard-read", "clipboard-write"])
    ann.enter("ann")
    ann.page.evaluate("void (navigator.clipboard.writeText = () => Promise.reject())")
    ann.page.get_by_role("button", name="Copy a link to this room").click()
    expect(ann.page.locator("#toast")).to_contain_text("Link copied.")
    assert ann.page.evaluate("navigator.clipboard.readText()") == f"{ann.url}/#room=lobby"


@pytest.mark.thorough
def test_a_link_that_cannot_be_copied_is_shown(company: Company, tracker: Hosted) -> None:
    ann = company.person(f"http://127.0.0.1:{tracker.port}", **PHONE)
    ann.enter("ann")
    forbid_copying(ann)
    _offer(ann)
    expect(ann.page.get_by_role("button", name="Let others in")).to_be_hidden()
    ann.page.get_by_role("button", name="Copy", exact=True).click()
    expect(ann.page.locator("#share-problem")).to_have_text(
        "The browser does not let this page copy. The link is selected: copy it yourself."
    )
    assert ann.page.evaluate("getSelection().toString()") == f"{ann.url}/#room=lobby"
    assert ann.page.evaluate("document.documentElement.scrollWidth - innerWidth") == 0
    ann.page.get_by_role("button", name="Close").click()
    expect(ann.page.get_by_role("dialog")).to_be_hidden()


def test_invitations_to_other_rooms_and_revocation(page: Page) -> None:
    script = """
        const told = () => s.current.present.entries.at(-1).text;
        typed(s, '/invite-link nowhere'); const nowhere = told();
        typed(s, '/invite-link lobby'); const lobby = sent.at(-1).params;
        s.orders.share = null;
        typed(s, '/invite-link revoke'); const which = told();
        typed(s, '/invite-link REVOKE k3x9q2'); const revoke = sent.at(-1).params;
        feed(':t NOTE INVITELINK REVOKED k3x9q2 :It is over');
        const over = told();
        feed(':t NOTE * HELD :It is held');
        return [nowhere, lobby, which, revoke, over, told(), offer()];
    """
    which = "Which one? /invite-link revoke ID"
    expected = ["You are not in that room", ["#lobby"], which, ["REVOKE", "k3x9q2"], "It is over", "It is held", None]
    assert session(page, [], _PARTS + script) == expected


@pytest.mark.thorough
def test_users_with_permission_can_invite(company: Company, tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, PASSWORD, operators={"boss": hashed("secret word")}) as tracker:
        url = f"http://127.0.0.1:{tracker.port}"
        ann = company.person(url, permissions=["clipboard-read", "clipboard-write"])
        ann.enter("ann")
        ann.join("tea")
        ann.say("/oper boss secret word")
        expect(ann.log).to_contain_text("You are an IRC operator now")
        ann.page.get_by_role("button", name="Copy a link to this room").click()
        ann.page.get_by_role("button", name="Let others in without the password").click()
        expect(ann.page.locator("#share-told")).to_contain_text("It lets 20 people into the chat without a password")
        expect(ann.page.get_by_role("button", name="Copy", exact=True)).to_be_focused()
        assert_accessible(ann.page)
        ann.page.keyboard.press("Enter")
        expect(ann.page.locator("#toast")).to_contain_text("Link with an invitation copied")
        link = ann.page.evaluate("navigator.clipboard.readText()")
        bob = company.person(url)
        bob.open(link.removeprefix(url + "/"))
        bob.page.get_by_label("Username").fill("bob")
        bob.page.keyboard.press("Enter")
        expect(bob.page.locator("#room-name")).to_have_text("#tea")
        bob.say("/invite-link")
        expect(bob.page.locator("#share-problem")).to_contain_text("Only IRC operators")


@pytest.mark.thorough
def test_the_dialog_is_in_the_middle(ann: Person) -> None:
    _offer(ann)
    box = ann.page.locator("#share .card").bounding_box()
    width = ann.page.evaluate("innerWidth")
    assert box is not None
    assert abs(box["x"] - (width - box["x"] - box["width"])) <= 1


def test_a_chat_without_a_password_has_no_invitations(page: Page) -> None:
    script = (
        "s.account = 'ann'; s.tracker.capabilities.clear(); share(s, s.current); return [mayInvite(s), offer().state]"
    )
    assert session(page, [], _PARTS + script) == [False, "needless"]


@pytest.mark.thorough
def test_the_page_knows_whether_there_is_a_password(company: Company, tmp_path: Path) -> None:
    with hosted_tracker(tmp_path) as tracker:
        ann = company.person(f"http://127.0.0.1:{tracker.port}")
        ann.enter("ann", "")
        forbid_copying(ann)
        _offer(ann)
        expect(ann.page.locator("#share-told")).to_contain_text("This chat has no password")
        expect(ann.page.get_by_role("button", name="Let others in")).to_be_hidden()
