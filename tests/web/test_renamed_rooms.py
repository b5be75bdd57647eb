"""A room that is renamed while the page shows it: it stays the same room, with all its messages."""

from __future__ import annotations

from tests.support.browser import PASSWORD, Company, Page, expect
from tests.support.trackers import Hosted
from tests.web.scripted_session import session


def test_a_renamed_room_stays_open_with_its_contents(page: Page) -> None:
    script = """
        const room = s.find('#lobby');
        room.draft = 'half a'; s.open(room);
        feed(':bob!b@h PRIVMSG #lobby :before', ':bob!b@h RENAME #lobby #Hall :bigger');
        feed(':bob!b@h PRIVMSG #hall :after');
        feed(':bob!b@h RENAME #hall #HALL :', ':bob!b@h RENAME #nowhere #x :', ':bob!b@h RENAME #hall nothing :');
        const texts = room.present.entries.map(({ text }) => text);
        return [s.current === room, room.name, [...s.rooms.keys()], room.draft, room.isJoined, texts.slice(-4)];
    """
    texts = ["before", "bob renamed #lobby to #Hall (bigger)", "after", "bob renamed #hall to #HALL"]
    assert session(page, [], script) == [True, "#HALL", ["#hall"], "half a", True, texts]


def test_messages_before_and_after_a_rename_form_one_room(company: Company, tracker: Hosted) -> None:
    irma = tracker.client("irma", "#tea", password=PASSWORD)
    ann = company.person(f"http://127.0.0.1:{tracker.port}")
    ann.enter("ann")
    ann.say("/join #tea")
    expect(ann.page.locator("#room-name")).to_have_text("#tea")
    ann.say("before")
    irma.receive_until("PRIVMSG")
    irma.command("RENAME #tea #hot")
    expect(ann.page.locator("#room-name")).to_have_text("#hot")
    expect(ann.page.get_by_label("Message to #hot")).to_have_attribute("placeholder", "Message to #hot")
    ann.say("after")
    assert irma.receive_until("PRIVMSG").params == ("#hot", "after")
    log = ann.page.locator("#log")
    for text in ("before", "irma renamed #tea to #hot", "after"):
        expect(log).to_contain_text(text)
