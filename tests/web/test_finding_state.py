"""The list of rooms, as the session holds it."""

from __future__ import annotations

from tests.support.browser import Page
from tests.web.scripted_session import session

_PARTS = """
    const { askForMore, askForRooms, closeFinder, findingLost, fitting, narrow, openFinder } =
        await import('/session/finding.js');
    const asked = () => sent.filter(({ command }) => command === 'LIST');
    const label = () => asked().at(-1).tags.label;
    const answer = (...rows) => feed(
        `@label=${label()} :t BATCH +b labeled-response`,
        ...rows.map((row) => `@batch=b :t 322 ann ${row}`),
        '@batch=b :t 323 ann :End', ':t BATCH -b');
    const fit = (typed) => { narrow(s, typed); return fitting(s, 'https://chat.example/'); };
    const names = (typed) => fit(typed).shown.map(({ name }) => name);
"""
_ROWS = "answer('#tea 3 :Green or black?', '#Dev 12 :\x02Code\x02', '#caf\u00e9 3 :', '#lobby 9 :');"


def test_the_list_is_requested_and_sorted_by_size(page: Page) -> None:
    script = f"""
        openFinder(s);
        const before = [s.finding.isOpen, s.finding.isAsking, s.current];
        {_ROWS}
        const {{ shown, count, fresh, problem }} = fit('');
        return [before, asked().map(({{ params }}) => params), s.finding.isAsking, shown, count, fresh, problem];
    """
    before, asked, is_asking, shown, count, fresh, problem = session(page, [], _PARTS + script)
    assert before == [True, True, None]
    assert asked == [[]]
    assert not is_asking
    row = {"topic": "", "isHere": False, "inviter": ""}
    assert shown == [
        {**row, "name": "#Dev", "members": 12, "topic": "Code", "sought": "#dev code"},
        {**row, "name": "#caf\u00e9", "members": 3, "sought": "#cafe"},
        {**row, "name": "#tea", "members": 3, "topic": "Green or black?", "sought": "#tea green or black?"},
        {**row, "name": "#lobby", "members": 0, "isHere": True, "sought": "#lobby"},
    ]
    assert (count, fresh, problem) == (4, [], "")


def test_the_list_is_filtered_by_name_and_topic(page: Page) -> None:
    script = f"""
        openFinder(s);
        {_ROWS}
        return [names('CAFE'), names('black'), names('#de'), names('dev'), fit('de').fresh, fit('Dev').fresh,
            fit('Dev Team'), fit('https://chat.example/#room=tea&room-key=k').key];
    """
    cafe, black, de, dev, fresh, known, question, key = session(page, [], _PARTS + script)
    assert (cafe, black, de, dev) == (["#caf\u00e9"], ["#tea"], ["#Dev"], ["#Dev"])
    assert (fresh, known) == (["#de"], [])
    assert question["fresh"] == ["#dev-team"]
    assert question["problem"] == "Room names have no spaces, commas, colons or control characters"
    assert question["shown"] == []
    assert key == "k"


def test_an_exact_name_comes_first(page: Page) -> None:
    script = "openFinder(s); answer('#developers 90 :', '#dev 1 :'); return names('dev');"
    assert session(page, [], _PARTS + script) == ["#dev", "#developers"]


def test_the_rest_of_a_truncated_list_is_requested(page: Page) -> None:
    script = """
        openFinder(s);
        answer(...Array.from({ length: 1000 }, (_, number) => `#room${number} 5 :`));
        const all = fit('');
        narrow(s, 'Tea Time, ');
        askForMore(s);
        askForMore(s);
        const params = asked().map(({ params }) => params);
        answer('#my-tea-time 1 :');
        narrow(s, '#');
        askForMore(s);
        return [all.shown.length, all.count, params, names('tea-time'), asked().length, s.finding.isPartial];
    """
    shown, count, params, names, asks, is_partial = session(page, [], _PARTS + script)
    assert (shown, count) == (200, 1001)
    assert params == [[], ["*tea-time*"]]
    assert names == ["#my-tea-time"]
    assert (asks, is_partial) == (2, True)


def test_a_complete_list_is_not_requested_again(page: Page) -> None:
    script = "openFinder(s); answer('#tea 1 :'); narrow(s, 'dev'); askForMore(s); return asked().length;"
    assert session(page, [], _PARTS + script) == 1


def test_a_missing_list_is_reported(page: Page) -> None:
    script = """
        openFinder(s);
        feed(`@label=${label()} :t FAIL LIST X :Not now`);
        const refused = [s.finding.problem, s.finding.isAsking];
        askForRooms(s);
        findingLost(s);
        const gone = [s.finding.problem, s.finding.isAsking];
        findingLost(s);
        lost();
        openFinder(s);
        return [refused, gone, s.finding.isAsking, s.finding.problem !== ''];
    """
    refused, gone, is_asking, is_told = session(page, [], _PARTS + script)
    assert refused == ["Not now", False]
    assert gone == ["The connection was lost.", False]
    assert (is_asking, is_told) == (False, True)


def test_closing_returns_to_the_previous_room(page: Page) -> None:
    script = """
        feed(':ann!a@h JOIN #dev', ':ann!a@h JOIN #tea');
        s.open(s.find('#dev'));
        openFinder(s, 'x');
        feed(':bob!b@h PRIVMSG ann :psst', ':bob!b@h PRIVMSG #dev :unread');
        const open = [s.current, s.finding.typed, s.find('#dev').unread];
        closeFinder(s);
        const back = [s.current.name, s.finding.isOpen, s.find('#dev').unread];
        openFinder(s);
        feed(':ann!a@h PART #dev');
        closeFinder(s);
        return [open, back, s.current.name];
    """
    open_, back, other = session(page, [], _PARTS + script)
    assert open_ == [None, "x", 1]
    assert back == ["#dev", False, 1]  # read once its end is seen
    assert other == "#lobby"


def test_without_a_room_the_finder_opens(page: Page) -> None:
    script = """
        s.leave(s.current);
        const open = [s.finding.isOpen, asked().length];
        closeFinder(s);
        feed(':bob!b@h PRIVMSG ann :psst');
        const still = [s.finding.isOpen, s.current];
        s.join('#dev');
        feed(':ann!a@h JOIN #dev');
        return [open, still, s.finding.isOpen, s.current.name];
    """
    assert session(page, [], _PARTS + script) == [[True, 1], [True, None], False, "#dev"]


def test_an_invitation_is_not_lost_where_no_room_could_show_it(page: Page) -> None:
    script = """
        s.leave(s.current);
        feed(':bob!b@h INVITE ann #secret', ':bob!b@h INVITE eve #other');
        answer('#tea 90 :');
        const invited = fit('').shown.map(({ name, inviter }) => [name, inviter]);
        s.join('#secret');
        feed(':ann!a@h JOIN #secret');
        return [invited, fit('secret').shown[0].inviter];
    """
    assert session(page, [], _PARTS + script) == [[["#secret", "bob"], ["#tea", ""]], ""]


def test_an_invitation_disappears_once_the_room_is_entered(page: Page) -> None:
    script = """
        feed(':bob!b@h INVITE ann #Secret', ':bob!b@h INVITE ann #other');
        const offered = () => s.find('#lobby').shown.entries.map(({ invitation }) => invitation).filter((name) => name);
        const before = [offered(), s.find('#lobby').changes];
        s.join('#secret');
        feed(':ann!a@h JOIN #secret');
        return [before, offered(), s.find('#lobby').changes];
    """
    before, after, changes = session(page, [], _PARTS + script)
    assert before[0] == ["#Secret", "#other"]
    assert after == ["#other"]
    assert changes == before[1] + 1
