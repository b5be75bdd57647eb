"""What Tab offers."""

import pytest

from chatcore.terminal.commands.completion import Names, candidates, offered
from chatcore.terminal.session.session import Session
from tests.terminal.visits import arrive, in_lobby, in_two_rooms, type_in, welcomed

_NAMES = Names(["#lobby", "#dev"], ["ann", "Anton", "bob"], ["bob", "zoe"])


@pytest.mark.parametrize(
    ("before_cursor", "offered"),
    [
        ("/jo", ["/join "]),
        ("/JO", ["/join "]),
        ("/le", ["/leave "]),
        ("/xyz", []),
        ("//", []),
        ("", []),
        ("an", ["ann: ", "Anton: "]),
        ("hello an", ["ann ", "Anton "]),
        ("hello ", ["ann ", "Anton ", "bob "]),
        ("see #l", ["#lobby "]),
        ("@", ["@ann ", "@Anton ", "@bob "]),
        ("@BO", ["@bob "]),
        ("hello @an", ["@ann ", "@Anton "]),
        ("ann@b", []),
        ("/join ", ["#lobby ", "#dev "]),
        ("/j d", ["#dev "]),
        ("/join dev b", ["bob "]),
        ("/who ", ["#lobby ", "#dev ", "ann ", "Anton ", "bob "]),
        ("/invite b", ["bob "]),
        ("/invite bob ", ["#lobby ", "#dev "]),
        ("/notice ", ["#lobby ", "#dev ", "ann ", "Anton ", "bob "]),
        ("/notice #l", ["#lobby "]),
        ("/kick bob ann ", ["ann ", "Anton ", "bob "]),
        ("/mode +o b", ["bob "]),
        ("/ping ", []),
        ("/react +", ["👍 "]),
        ("/react th", ["🤔 ", "🙏 "]),
        ("/react :unic", ["🦄 "]),
        ("/react b", ["bob "]),
        ("/react bob fi", ["🔥 "]),
        ("/unreact bob b", []),
        ("/reply b", ["bob "]),
        ("/reply bob an", ["ann ", "Anton "]),
        ("/unsay a", ["ann ", "Anton "]),
        ("/msg ", ["bob ", "zoe ", "ann ", "Anton "]),
        ("/w z", ["zoe "]),
        ("/reply ", ["ann ", "Anton ", "bob "]),
        ("/mute ", ["#lobby ", "#dev ", "ann ", "Anton ", "bob "]),
        ("/unmute #d", ["#dev "]),
        ("/msg zoe a", ["ann ", "Anton "]),
        ("/kick z", []),
        ("/join d", ["#dev "]),
        ("/join #D", ["#dev "]),
        ("/msg b", ["bob "]),
        ("/who a", ["ann ", "Anton "]),
        ("/send dev b", ["bob "]),
        ("/help jo", ["join"]),
        ("/nonsense b", ["bob "]),
        ("/search ", ["in:", "from:", "before:", "after:"]),
        ("/search tea be", ["before:"]),
        ("/search tea", []),
        ("/search in:d", ["in:#dev "]),
        ("/search in:#L", ["in:#lobby "]),
        ("/search in:an", ["in:ann ", "in:Anton "]),
        ("/search tea from:B", ["from:bob "]),
        ("/search before:2", []),
        ("/export ", ["all ", "in:", "stop"]),
        ("/export in:", ["in:#lobby ", "in:#dev ", "in:ann ", "in:Anton ", "in:bob "]),
    ],
)
def test_candidates_fit_the_text_before_the_cursor(before_cursor: str, offered: list[str]) -> None:
    assert candidates(before_cursor, _NAMES) == offered


def _say(session: Session, nick: str, text: str, target: str = "#lobby") -> None:
    arrive(session, f":{nick}!{nick}@127.0.0.1 PRIVMSG {target} :{text}")


def test_the_latest_speaker_is_offered_first() -> None:
    session = in_lobby()
    assert offered(session).nicks == ["bob", "Cleo", "ann"], "others in alphabetical order, then ourselves"
    _say(session, "Cleo", "hello")
    assert offered(session).nicks == ["Cleo", "bob", "ann"]
    _say(session, "bob", "hello")
    _say(session, "bob", "again")
    assert offered(session).nicks == ["bob", "Cleo", "ann"]
    _say(session, "ann", "hello you all")
    assert offered(session).nicks == ["bob", "Cleo", "ann"]


@pytest.mark.parametrize("text", ["Cleo: hi", "cleo, hi", "@cleo hi", "@CLEO: hi", "Cleo hi"])
def test_an_addressed_member_counts_as_a_speaker(text: str) -> None:
    session = in_lobby()
    _say(session, "bob", "hello")
    _say(session, "ann", text)
    assert offered(session).nicks == ["Cleo", "bob", "ann"]


@pytest.mark.parametrize("text", ["note: hi", "Cleo:", "hi Cleo: you", "Cleopatra: hi"])
def test_an_unaddressed_member_does_not(text: str) -> None:
    session = in_lobby()
    _say(session, "bob", "hello")
    _say(session, "ann", text)
    assert offered(session).nicks == ["bob", "Cleo", "ann"]


def test_members_of_other_rooms_come_later_and_departed_people_last() -> None:
    session = in_two_rooms()
    arrive(session, ":dan!d@127.0.0.1 JOIN #dev", ":eve!e@127.0.0.1 JOIN #dev")
    _say(session, "eve", "bye", "#dev")
    arrive(session, ":eve!e@127.0.0.1 QUIT :bye")
    assert offered(session).nicks == ["dan", "bob", "Cleo", "ann", "eve"]
    type_in(session, "/join lobby")
    assert offered(session).nicks == ["bob", "Cleo", "dan", "ann"]


def test_partners_are_people_with_private_messages() -> None:
    session = in_lobby()
    assert offered(session).partners == []
    _say(session, "zoe", "psst", "ann")
    _say(session, "bob", "psst", "ann")
    assert offered(session).partners == ["bob", "zoe"]
    _say(session, "ann", "yes?", "zoe")
    _say(session, "ann", "note to me", "ann")
    assert offered(session).partners == ["zoe", "bob"]
    assert offered(session).nicks == ["bob", "Cleo", "ann"], "zoe is not in the room"


def test_the_partner_of_a_conversation_is_offered_first() -> None:
    session = in_lobby()
    _say(session, "bob", "hello")
    type_in(session, "/query Cleo")
    assert offered(session).nicks == ["Cleo", "bob", "ann"]
    type_in(session, "/query zoe")
    assert offered(session).nicks == ["zoe", "bob", "Cleo", "ann"]


def test_a_renamed_member_is_offered_by_the_new_name() -> None:
    session = in_lobby()
    _say(session, "Cleo", "hello")
    arrive(session, ":Cleo!c@127.0.0.1 NICK zoe")
    assert offered(session).nicks == ["zoe", "bob", "ann"]


def test_nothing_is_offered_outside_any_room() -> None:
    assert offered(welcomed()) == Names([], [], [])
