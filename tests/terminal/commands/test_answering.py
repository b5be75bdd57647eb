"""The commands about one message."""

from chatcore.protocol.message import Message
from chatcore.terminal.commands.answering import EMOJI, NO_TAGS
from chatcore.terminal.connecting.handshake import WANTED
from chatcore.terminal.session.session import Session
from tests.terminal.visits import arrive, in_lobby, pings, sent, shown, type_in


def _talk(session: Session | None = None) -> Session:
    session = session or in_lobby()
    arrive(
        session,
        "@msgid=1 :bob!b@h PRIVMSG #lobby :first",
        "@msgid=2 :Cleo!c@h PRIVMSG #lobby :second",
        "@msgid=3 :ann!a@h PRIVMSG #lobby :mine",
        "@msgid=4 :eve!e@h PRIVMSG ann :private",
    )
    return session


def _reply(msgid: str) -> str:
    return f"+reply={msgid};+draft/reply={msgid}"


def test_a_reply_answers_the_last_message_of_somebody_else() -> None:
    assert sent(type_in(_talk(), "/reply well said")) == [f"@{_reply('2')} PRIVMSG #lobby :well said"]


def test_a_reply_answers_the_named_member() -> None:
    assert sent(type_in(_talk(), "/reply BOB well said")) == [f"@{_reply('1')} PRIVMSG #lobby :well said"]
    assert sent(type_in(_talk(), "/reply ann I mean it")) == [f"@{_reply('3')} PRIVMSG #lobby :I mean it"]


def test_an_unknown_name_or_a_name_alone_is_text() -> None:
    assert sent(type_in(_talk(), "/reply eve knows")) == [f"@{_reply('2')} PRIVMSG #lobby :eve knows"]
    assert sent(type_in(_talk(), "/reply bob")) == [f"@{_reply('2')} PRIVMSG #lobby bob"]


def test_a_reply_to_a_silent_member_is_an_error() -> None:
    session = in_lobby()
    arrive(session, "@msgid=1 :bob!b@h PRIVMSG #lobby :first")
    effects = type_in(session, "/reply cleo well said")
    assert (sent(effects), len(shown(effects))) == ([], 1)
    assert shown(effects)[0].startswith("error: cleo has said nothing in #lobby lately")


def test_a_reply_to_an_operators_only_message_stays_among_them() -> None:
    session = in_lobby()
    arrive(session, "@msgid=1 :bob!b@h PRIVMSG @#lobby :ops only")
    assert sent(type_in(session, "/reply yes")) == [f"@{_reply('1')} PRIVMSG @#lobby yes"]


def test_only_the_first_part_of_a_long_reply_is_tagged() -> None:
    effects = type_in(_talk(), "/reply " + "word " * 150)
    messages = [effect for effect in effects if isinstance(effect, Message) and effect.command == "PRIVMSG"]
    assert len(messages) > 1
    assert ["+draft/reply" in message.tags for message in messages] == [True] + [False] * (len(messages) - 1)


def test_commands_in_a_conversation_stay_in_it() -> None:
    session = _talk()
    arrive(session, "@msgid=6 :ann!a@h PRIVMSG eve :mine")
    view = session.views.get("eve")
    assert view is not None
    session.views.turn_to(view)
    assert sent(type_in(session, "/reply eve indeed")) == [f"@{_reply('4')} PRIVMSG eve indeed"]
    assert sent(type_in(session, "/react +1"))[0].endswith(" TAGMSG eve")
    assert sent(type_in(session, "/unsay")) == ["REDACT eve 6"]
    assert shown(type_in(session, "/unsay bob"))[0].startswith("error: bob has said nothing here lately")


def test_answering_needs_a_room() -> None:
    session = in_lobby()
    arrive(session, ":ann!a@h PART #lobby")
    for line in ("/reply yes", "/react +1", "/unsay"):
        assert shown(type_in(session, line))[0].startswith("error: you are not in any room")


def test_answering_needs_a_message() -> None:
    for line in ("/reply yes", "/react +1", "/unreact +1"):
        effects = type_in(in_lobby(), line)
        assert sent(effects) == []
        assert shown(effects)[0].startswith("error: nobody else has said anything in #lobby lately")


def test_a_reaction_goes_to_the_message_a_reply_would_answer() -> None:
    effects = type_in(_talk(), "/react 🎉")
    assert sent(effects) == [f"@+draft/react=🎉;{_reply('2')} TAGMSG #lobby"]
    assert pings(effects) == 1
    assert sent(type_in(_talk(), "/unreact bob 🎉")) == [f"@+draft/unreact=🎉;{_reply('1')} TAGMSG #lobby"]


def test_words_stand_for_emoji() -> None:
    for word in ("+1", ":+1:", "ok", "OK"):
        value = EMOJI[word.strip(":").lower()]
        assert sent(type_in(_talk(), f"/react {word}"))[0].startswith(f"@+draft/react={value};")
    assert sent(type_in(_talk(), "/react lol"))[0].startswith("@+draft/react=lol;")


def test_an_invalid_reaction_is_an_error() -> None:
    for line in ("/react bob cleo +1", f"/react {'x' * 65}", "/react", "/react eve +1"):
        effects = type_in(_talk(), line)
        assert sent(effects) == []
        assert shown(effects)[0].startswith("error: ")


def test_own_messages_are_taken_back_latest_first() -> None:
    session = _talk()
    arrive(session, "@msgid=5 :ann!a@h PRIVMSG #lobby :mine too")
    assert sent(type_in(session, "/unsay")) == ["REDACT #lobby 5"]
    arrive(session, ":ann!a@h REDACT #lobby 5")
    assert sent(type_in(session, "/redact")) == ["REDACT #lobby 3"]
    arrive(session, ":ann!a@h REDACT #lobby 3")
    assert shown(type_in(session, "/unsay"))[0].startswith("error: you have said nothing in #lobby lately")


def test_messages_of_others_are_taken_back_by_name() -> None:
    assert sent(type_in(_talk(), "/unsay bob")) == ["REDACT #lobby 1"]
    assert shown(type_in(_talk(), "/unsay bob cleo"))[0].startswith("error: one NAME at a time")


def test_a_tracker_without_the_capabilities_is_reported() -> None:
    unknown = ("message-tags", "draft/message-redaction")
    session = _talk(in_lobby(capabilities=[name for name in WANTED if name not in unknown]))
    for line in ("/reply yes", "/react +1"):
        assert shown(type_in(session, line)) == [f"error: {NO_TAGS}"]
    assert shown(type_in(session, "/unsay")) == ["error: messages cannot be taken back on this tracker"]
