"""Replies, reactions and redactions, as they are shown."""

import pytest

from chatcore.terminal.session.effects import Effect, Quoted, Said
from chatcore.terminal.session.folding import MOST_NICKS, MOST_VALUES
from chatcore.terminal.session.reactions import FOLDED_FOR_S, MOST_AT_ONCE, MOST_CHARS, show_rest
from chatcore.terminal.session.returning import leave
from chatcore.terminal.session.session import Session
from tests.terminal.visits import arrive, in_lobby, sent, shown, type_in

_LUNCH = "@msgid=1 :bob!b@h PRIVMSG #lobby :lunch at noon?"


def _with_lunch() -> Session:
    session = in_lobby()
    arrive(session, _LUNCH)
    return session


def _react(session: Session, nick: str, value: str = "👍", msgid: str = "1", tag: str = "react") -> list[Effect]:
    return arrive(session, f"@+draft/{tag}={value};+draft/reply={msgid} :{nick}!x@h TAGMSG #lobby")


@pytest.mark.parametrize("tag", ["+reply", "+draft/reply"])
def test_a_reply_quotes_its_message(tag: str) -> None:
    (said,) = arrive(_with_lunch(), f"@msgid=2;{tag}=1 :Cleo!c@h PRIVMSG #lobby :yes")
    assert isinstance(said, Said)
    assert (said.msgid, said.answers) == ("2", Quoted("1", "bob", "lunch at noon?"))
    assert shown([said]) == ["* Cleo replies in #lobby to bob: lunch at noon?\n[#lobby] <Cleo> yes"]


def test_a_reply_to_an_unknown_message_says_so() -> None:
    effects = arrive(_with_lunch(), "@+reply=0 :Cleo!c@h PRIVMSG #lobby :yes")
    assert shown(effects) == ["* Cleo replies in #lobby to an earlier message\n[#lobby] <Cleo> yes"]


def test_messages_from_elsewhere_are_not_quoted() -> None:
    session = in_lobby()
    arrive(session, "@msgid=1 :bob!b@h PRIVMSG ann :a secret")
    effects = arrive(session, "@+reply=1 :Cleo!c@h PRIVMSG #lobby :yes")
    assert "secret" not in shown(effects)[0]


def test_a_private_reply_says_so() -> None:
    session = in_lobby()
    arrive(session, "@msgid=1 :bob!b@h PRIVMSG ann :psst")
    effects = arrive(session, "@+reply=1;msgid=2 :ann!a@h PRIVMSG bob :what", "@+reply=2 :bob!b@h PRIVMSG ann :this")
    assert shown(effects) == [
        "* ann replies in private to bob: psst\n[private to bob] <ann> what",
        "* bob replies in private to ann: what\n[private] <bob> this",
    ]


def test_the_first_reaction_is_shown_at_once_and_later_ones_together() -> None:
    session = _with_lunch()
    assert shown(_react(session, "Cleo")) == ["* Cleo reacted 👍 to “lunch at noon?” in #lobby"]
    for nick in ("dan", "eve", "flo", "gus", "Gus"):
        assert _react(session, nick) == []
    assert _react(session, "dan", "🎉") == []
    assert session.clock.next is not None
    assert shown(session.carry_out(FOLDED_FOR_S)) == [
        "* dan, eve, flo and 1 more reacted 👍, dan 🎉 to “lunch at noon?” in #lobby"
    ]
    assert session.carry_out(2 * FOLDED_FOR_S) == []
    assert not session.foldings
    assert shown(_react(session, "hal")) == ["* hal reacted 👍 to “lunch at noon?” in #lobby"]


def test_two_people_are_joined_by_and() -> None:
    session = _with_lunch()
    _react(session, "Cleo")
    _react(session, "dan")
    _react(session, "eve")
    assert shown(show_rest(session)) == ["* dan and eve reacted 👍 to “lunch at noon?” in #lobby"]
    assert session.clock.next is None
    assert list(show_rest(session)) == []


def test_a_reaction_may_be_to_an_own_or_unknown_message() -> None:
    session = in_lobby()
    arrive(session, "@msgid=1 :ann!a@h PRIVMSG #lobby :mine", "@msgid=2 :ann!a@h PRIVMSG bob :psst")
    assert shown(_react(session, "bob")) == ["* bob reacted 👍 to your “mine” in #lobby"]
    assert shown(_react(session, "bob", msgid="9")) == ["* bob reacted 👍 to an earlier message in #lobby"]
    effects = arrive(session, "@+draft/react=x;+reply=2 :bob!b@h TAGMSG ann")
    assert shown(effects) == ["* bob reacted x to your “psst” in private"]


def test_a_reaction_can_be_taken_back() -> None:
    session = _with_lunch()
    _react(session, "Cleo")
    assert shown(_react(session, "Cleo", tag="unreact")) == ["* Cleo took 👍 back from “lunch at noon?” in #lobby"]
    _react(session, "dan")
    assert _react(session, "dan", tag="unreact") == []  # it had not been shown yet
    assert list(show_rest(session)) == []


@pytest.mark.parametrize(
    "tags", ["+draft/react=a;+draft/unreact=a;+reply=1", "+draft/react=a", "+draft/react=;+reply=1", "+reply=1", "x=y"]
)
def test_tags_that_are_not_a_reaction_are_ignored(tags: str) -> None:
    assert arrive(_with_lunch(), f"@{tags} :bob!b@h TAGMSG #lobby") == []


def test_remembered_reactions_are_bounded() -> None:
    session = _with_lunch()
    assert shown(_react(session, "bob", "y" * 300)) == [
        f"* bob reacted {'y' * MOST_CHARS}… to “lunch at noon?” in #lobby"
    ]
    for number in range(MOST_NICKS + 5):
        _react(session, f"n{number}", "a")
    for value in "bcdefgh":
        _react(session, "bob", value)
    folding = session.foldings["1 in #lobby"]
    assert len(folding.nicks) == MOST_VALUES
    assert len(folding.nicks["a"]) == MOST_NICKS
    for number in range(MOST_AT_ONCE + 5):
        assert len(_react(session, "bob", msgid=f"m{number}")) == 1
    assert len(session.foldings) == MOST_AT_ONCE


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (":bob!b@h REDACT #lobby 1", "* bob took back: “lunch at noon?” in #lobby"),
        (":bob!b@h REDACT #lobby 1 :too late", "* bob took back: “lunch at noon?” (too late) in #lobby"),
        (":Cleo!c@h REDACT #lobby 1", "* Cleo removed what bob said: “lunch at noon?” in #lobby"),
        (":Cleo!c@h REDACT #lobby 2", "* Cleo removed your “fine” in #lobby"),
        (":ann!a@h REDACT #lobby 2", "* ann took back: “fine” in #lobby"),
        (":ann!a@h REDACT #lobby 1", "* ann removed what bob said: “lunch at noon?” in #lobby"),
        (":bob!b@h REDACT #lobby 9", "* bob took back an earlier message in #lobby"),
        (":bob!b@h REDACT ann 1", "* bob took back an earlier message in private"),
    ],
)
def test_a_redaction_quotes_the_removed_message(line: str, told: str) -> None:
    session = _with_lunch()
    arrive(session, "@msgid=2 :ann!a@h PRIVMSG #lobby :fine")
    assert shown(arrive(session, line)) == [told]


def test_a_removed_message_is_not_quoted_nor_are_its_reactions_shown() -> None:
    session = _with_lunch()
    _react(session, "Cleo")
    _react(session, "dan")
    arrive(session, ":bob!b@h REDACT #lobby 1")
    assert session.carry_out(100.0) == []
    effects = arrive(session, "@+reply=1 :Cleo!c@h PRIVMSG #lobby :yes")
    assert "noon" not in shown(effects)[0]


def test_replies_in_history_are_quoted() -> None:
    session = in_lobby()
    effects = arrive(
        session,
        ":t BATCH +1 chathistory #lobby",
        "@batch=1;msgid=1 :bob!b@h PRIVMSG #lobby :lunch?",
        "@batch=1;msgid=2;+reply=1 :Cleo!c@h PRIVMSG #lobby :yes",
        ":t BATCH -1",
    )
    assert [effect.answers for effect in effects if isinstance(effect, Said)] == [None, Quoted("1", "bob", "lunch?")]
    assert shown(effects)[-1] == "[history #lobby -] <Cleo> yes"


def test_a_refused_redaction_says_why() -> None:
    effects = arrive(in_lobby(), ":t FAIL REDACT REDACT_FORBIDDEN #lobby 1 :You may not redact this message")
    assert shown(effects) == ["error: You may not redact this message"]


def _lines(session: Session, name: str = "#lobby") -> str:
    view = session.views.get(name)
    assert view is not None
    return "\n".join(shown(view.lines))


def test_removed_words_are_in_no_line_of_a_view() -> None:
    session = _with_lunch()
    session.shows_all = False
    arrive(session, "@msgid=2;+reply=1 :Cleo!c@h PRIVMSG #lobby :yes", "@msgid=3 :bob!b@h PRIVMSG #lobby :fine")
    _react(session, "Cleo")
    assert "noon" in _lines(session)
    assert shown(arrive(session, ":bob!b@h REDACT #lobby 1")) == ["* bob took back: “lunch at noon?” in #lobby"]
    assert "noon" not in _lines(session)
    assert _lines(session).endswith(
        "* Cleo replies in #lobby to an earlier message\n[#lobby] <Cleo> yes\n"
        "[#lobby] <bob> fine\n* bob took a message back"
    )


def test_a_removed_message_is_not_unread() -> None:
    session = _with_lunch()
    session.shows_all = False
    arrive(session, ":ann!ann@127.0.0.1 JOIN #dev", "@msgid=2 :bob!b@h PRIVMSG #lobby :ann?")
    arrive(session, "@msgid=3 :bob!b@h PRIVMSG #lobby :or not")
    view = session.views.get("#lobby")
    assert view is not None
    assert (view.unread, view.mentions, view.fresh) == (2, 1, 2)
    assert arrive(session, ":bob!b@h REDACT #lobby 2") == []
    assert (view.unread, view.mentions, view.fresh) == (1, 1, 2)  # the line about the removal is fresh, too
    assert arrive(session, ":bob!b@h REDACT #lobby 3") == []
    assert (view.unread, view.mentions, view.fresh) == (0, 0, 2)
    arrive(session, ":bob!b@h REDACT #lobby 1")
    assert view.chars == sum(len(line.text) + 200 for line in view.lines)


def test_a_reaction_is_shown_only_in_its_view() -> None:
    session = _with_lunch()
    session.shows_all = False
    arrive(session, ":ann!ann@127.0.0.1 JOIN #dev")
    assert _react(session, "Cleo") == []
    _react(session, "dan")
    assert session.carry_out(FOLDED_FOR_S) == []
    assert "* dan reacted 👍" in _lines(session)


def test_tags_for_an_unopened_conversation_are_not_shown() -> None:
    session = in_lobby()
    session.shows_all = False
    assert arrive(session, "@+draft/react=x;+reply=1 :eve!e@h TAGMSG ann", ":eve!e@h REDACT ann 1") == []


def test_a_held_message_that_is_removed_is_never_shown() -> None:
    session = in_lobby()
    session.absence = leave(session)
    arrive(session, "@msgid=1 :bob!b@h PRIVMSG #lobby :oops", "@msgid=2 :bob!b@h PRIVMSG #lobby :fine")
    arrive(session, ":bob!b@h REDACT #lobby 1")
    assert [held.said.text for held in session.absence.release()] == ["fine"]


def test_a_reply_to_an_own_message_counts_as_a_mention() -> None:
    session = in_lobby()
    arrive(session, "@msgid=1 :ann!a@h PRIVMSG #lobby :mine", ":ann!ann@127.0.0.1 JOIN #dev")
    arrive(session, "@+reply=1 :bob!b@h PRIVMSG #lobby :well", "@+reply=2 :bob!b@h PRIVMSG #lobby :said")
    view = session.views.get("#lobby")
    assert view is not None
    assert (view.unread, view.mentions) == (2, 1)


def test_the_same_id_elsewhere_is_another_message() -> None:
    session = _with_lunch()
    _react(session, "Cleo")
    effects = arrive(session, "@+draft/react=x;+reply=1 :Cleo!c@h TAGMSG ann")
    assert shown(effects) == ["* Cleo reacted x to an earlier message in private"]


def test_messages_of_ignored_people_are_neither_shown_nor_answered() -> None:
    session = _with_lunch()
    session.memory.quiet.add("Cleo")
    arrive(session, "@msgid=2 :Cleo!c@h PRIVMSG #lobby :nonsense")
    assert _react(session, "Cleo") == []
    assert shown(arrive(session, "@msgid=3;+reply=2 :bob!b@h PRIVMSG #lobby :stop that"))[0].startswith(
        "* bob replies in #lobby to an earlier message"
    )
    assert sent(type_in(session, "/reply yes"))[0].startswith("@+reply=3;")
    arrive(session, ":bob!b@h REDACT #lobby 3")
    assert sent(type_in(session, "/reply yes"))[0].startswith("@+reply=1;")
