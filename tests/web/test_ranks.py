"""Messages to a room's operators only (STATUSMSG) are shown in the room, and marked."""

from __future__ import annotations

import pytest

from tests.support.browser import Company, Page, expect
from tests.support.irc import IrcClient
from tests.support.trackers import Hosted
from tests.web.scripted_session import call, session


def test_a_message_for_operators_is_marked_in_the_room(company: Company, tracker: Hosted) -> None:
    with IrcClient(tracker.port) as bob:
        bob.register("bob", password="sesame")
        bob.join("#lobby")
        ann = company.person(f"http://127.0.0.1:{tracker.port}")
        ann.enter("ann")
        bob.command("MODE #lobby +o ann", "PRIVMSG @#lobby :between us", "PRIVMSG +#lobby :a few more")
        ann.expect_said("between us")
        ann.say("/msg @#lobby so be it")
        ann.expect_said("so be it")
        assert bob.receive_until("PRIVMSG").params == ("@#lobby", "so be it")
        expect(ann.page.locator(".waiting")).to_have_count(0)
        marks = ["To the operators only", "To the operators and people with a voice only", "To the operators only"]
        expect(ann.page.locator("#log .state")).to_have_text(marks)
        expect(ann.page.locator("#private-list li")).to_have_count(0)


@pytest.mark.parametrize(
    ("target", "parts"),
    [("@#dev", ["@", "#dev"]), ("@+#d", ["@+", "#d"]), ("#dev", ["", "#dev"]), ("@bob", ["", "@bob"]), ("", ["", ""])],
)
def test_a_target_has_a_rank_only_before_a_room(page: Page, target: str, parts: list[str]) -> None:
    assert call(page, "protocol/names", "m.splitRank(x)", target) == parts


def test_nothing_is_sent_to_a_room_we_are_not_in(page: Page) -> None:
    script = "sent.length = 0; typed(s, '/msg @#dev psst'); typed(s, '/msg @#lobby');"
    told = "return [sent, s.current.present.entries.at(-1).text]"
    assert session(page, [], script + told) == [[], "You are not in #dev"]


def test_a_public_message_differs_from_one_for_operators(page: Page) -> None:
    script = """
        feed('@msgid=1 :bob!b@h PRIVMSG #lobby :x');
        say(s, s.current, 'psst', 'message', '@');
        lost();
        feed(':t 001 ann :Hi', ':t 376 ann :End', ':ann!a@h JOIN #lobby');
        const after = sent.find(({ params }) => params?.[0] === 'AFTER');
        const said = '@batch=b;msgid=2 :ann!a@h PRIVMSG TO#lobby :psst';
        feed(`@label=${after.tags.label} :t BATCH +b chathistory #lobby`, said, ':t BATCH -b');
        return s.current.pending.length;
    """
    assert session(page, [], script.replace("TO", "@", 1)) == 0
    assert session(page, [], script.replace("TO", "", 1)) == 1
