"""Scrolling back: the stretches of history that the page fetches, keeps and drops, with a fake tracker."""

from __future__ import annotations

from tests.support.browser import Page
from tests.web.scripted_session import session

_ARCHIVE = """
    const idOf = (i) => String(i).padStart(16, 0) + 'aaaaaaaaaa';
    const line = (i) => `msgid=${idOf(i)};time=2026-01-01T00:00:00.000Z :bob!b@h PRIVMSG #lobby :${i}`;
    let end = 0, asked = 0;
    const say_ = (count) => { for (; count > 0; count--) feed('@' + line(end++)); };
    const answer = () => { // what was asked last, as a tracker would that has all that was ever said
        const { tags: { label }, params: [what, , reference, limit] } = sent.at(-1);
        if (sent.length === asked) return false;
        asked = sent.length;
        const at = reference === '*' ? end : Number(reference.slice(6, 22)), n = Number(limit);
        const [from, to] = {
            LATEST: [end - n, end], BEFORE: [at - n, at], AFTER: [at + 1, at + 1 + n], AROUND: [at - n / 2, at + n / 2],
        }[what];
        feed(`@label=${label} :t BATCH +o chathistory #lobby`);
        for (let i = Math.max(0, from); i < Math.min(to, end); i++) feed(`@batch=o;${line(i)}`);
        feed(':t BATCH -o');
        return true;
    };
    const fresh = () => { asked = sent.length; };
    const room = s.current;
    const up = () => { fresh(); requestOlder(s, room); return answer(); };
    const down = () => { fresh(); requestNewer(s, room); return answer(); };
    const texts = (stretch) => stretch.entries.map((e) => Number(e.text));
    const isWhole = (stretch) => texts(stretch).every((text, index, all) => !index || text === all[index - 1] + 1);
    const look = () => [texts(room.shown)[0], texts(room.shown).at(-1), isWhole(room.shown), Boolean(room.past)];
    asked = -1;
    answer(); // what joining asked for: nothing yet
"""


def test_history_scrolls_in_both_directions_within_bounds(page: Page) -> None:
    script = (
        _ARCHIVE
        + """
        say_(40000);
        const kept = room.present.entries.length, most = [];
        while (texts(room.shown)[0] > 20000 && up()) most.push(room.shown.entries.length);
        const far = look();
        say_(10);
        while (room.past && down()) most.push(room.shown.entries.length);
        return [kept, Math.max(...most), far, look(), room.present.entries.length <= 10500];
        """
    )
    kept, most, far, back, is_bounded = session(page, [], script)
    assert 10000 <= kept <= 10500
    assert most <= 10500
    assert far[:1] + far[2:] == [far[0], True, True]
    assert far[0] <= 20000
    assert back[1:] == [40009, True, False]
    assert is_bounded


def test_the_beginning_of_history_is_reached(page: Page) -> None:
    script = _ARCHIVE + "say_(12000); while (up()); return [look(), room.shown.hasOlder, down(), look()]"
    first, has_older, came, _ = session(page, [], script)
    assert first[0] == 0
    assert (has_older, came) == (False, True)


def test_going_to_a_message_and_back(page: Page) -> None:
    script = (
        _ARCHIVE
        + """
        say_(19000);
        fresh(); goTo(s, room, idOf(300)); answer();
        const there = look();
        say_(5);
        const still = look();
        up();
        const before = look();
        down();
        const after = look();
        goTo(s, room, idOf(280));
        const isAsked = sent.length !== asked;
        room.leavePast();
        return [there, still, before, after, isAsked, look()];
        """
    )
    there, still, before, after, is_asked, back = session(page, [], script)
    assert there == still == [275, 324, True, True]
    assert before == [225, 324, True, True]
    assert after == [225, 374, True, True]
    assert not is_asked
    assert back[1:] == [19004, True, False]


def test_a_place_next_to_the_present_is_merged_with_it(page: Page) -> None:
    script = (
        _ARCHIVE
        + """
        say_(12000);
        const first = texts(room.present)[0];
        fresh(); goTo(s, room, idOf(first - 5)); answer();
        const near = look();
        goTo(s, room, idOf(11999));
        return [first, near, look()];
        """
    )
    first, near, present = session(page, [], script)
    assert near == present == [first - 30, 11999, True, False]


def test_a_missing_message_is_reported_and_its_place_shown(page: Page) -> None:
    script = (
        _ARCHIVE
        + """
        say_(19000);
        let missing = 0;
        fresh(); goTo(s, room, idOf(300).replace('a', 'b'), () => missing++); answer();
        return [missing, look()];
        """
    )
    assert session(page, [], script) == [1, [275, 324, True, True]]


def test_a_failed_fetch_is_retried_only_on_request(page: Page) -> None:
    script = (
        _ARCHIVE
        + """
        say_(12000);
        fresh(); requestOlder(s, room);
        feed(`@label=${sent.at(-1).tags.label} FAIL CHATHISTORY MESSAGE_ERROR BEFORE #lobby :No disk`);
        const problem = room.shown.problem, asked_ = sent.length;
        requestOlder(s, room);
        const isPatient = sent.length === asked_;
        askAgain(s, room);
        const isAsked = sent.length === asked_ + 1;
        lost();
        const broken = [room.shown.problem, room.shown.isLoading];
        return [problem, isPatient, isAsked, broken, look()[3]];
        """
    )
    assert session(page, [], script) == ["No disk", True, True, ["", False], True]


def test_a_failed_jump_can_be_retried(page: Page) -> None:
    script = (
        _ARCHIVE
        + """
        say_(19000);
        goTo(s, room, idOf(300));
        lost();
        const broken = [room.shown.problem, room.shown.isLoading];
        feed(':t 001 ann :Hi', ':t 003 ann :born', ':t 376 ann :End', ':ann!a@h JOIN #lobby');
        askAgain(s, room);
        asked = 0; answer();
        return [broken, look()];
        """
    )
    assert session(page, [], script) == [["The connection was lost.", False], [275, 324, True, True]]


def test_after_missing_too_much_only_the_last_messages_are_fetched(page: Page) -> None:
    script = (
        _ARCHIVE
        + """
        say_(10);
        lost();
        end += 5000;
        feed(':t 001 ann :Hi', ':t 003 ann :born', ':t 376 ann :End', ':ann!a@h JOIN #lobby');
        asked = -1;
        let times = 0;
        while (answer()) times++;
        return [times, look(), room.gap.isCatchingUp, room.present.hasOlder];
        """
    )
    assert session(page, [], script) == [11, [4960, 5009, True, False], False, True]


def test_a_failed_fetch_of_missed_messages_can_be_retried(page: Page) -> None:
    script = (
        _ARCHIVE
        + """
        say_(10);
        lost();
        end += 5;
        feed(':t 001 ann :Hi', ':t 003 ann :born', ':t 376 ann :End', ':ann!a@h JOIN #lobby');
        feed(`@label=${sent.at(-1).tags.label} FAIL CHATHISTORY MESSAGE_ERROR AFTER #lobby :No disk.`);
        const told = room.present.entries.at(-1).text, problem = room.present.problem;
        say_(2);
        lost();
        feed(':t 001 ann :Hi', ':t 003 ann :born', ':t 376 ann :End', ':ann!a@h JOIN #lobby');
        feed(`@label=${sent.at(-1).tags.label} FAIL CHATHISTORY MESSAGE_ERROR AFTER #lobby :No disk.`);
        askAgain(s, room);
        asked = 0; answer();
        const all = room.present.entries.filter(({ kind }) => kind === 'message').map(({ text }) => Number(text));
        return [told, problem, all, room.present.problem];
        """
    )
    told = "What you missed could not be loaded: No disk. Try again at the top of the messages."
    assert session(page, [], script) == [told, "No disk.", list(range(17)), ""]


def test_the_reading_place_is_fetched_again_or_the_present_is_shown(page: Page) -> None:
    script = (
        _ARCHIVE
        + """
        say_(19000);
        room.place = { id: idOf(300), offset: 20 };
        fresh(); findPlace(s, room); answer();
        const there = [look(), room.target];
        room.leavePast();
        room.place = { id: idOf(300).replace('a', 'b'), offset: 20 };
        fresh(); findPlace(s, room); answer();
        return [there, look(), room.place];
        """
    )
    there, present, place = session(page, [], script)
    assert there == [[275, 324, True, True], None]
    assert present[1:] == [18999, True, False]
    assert place is None
