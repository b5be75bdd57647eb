"""Who may read what was said in a room: see `row`."""

from __future__ import annotations

from tests.integration.archive.row import RESTARTED, Row

OPEN = [
    Row(
        "messages in an open room are readable by its present members",
        "ann: JOIN #room\nann: PRIVMSG #room :open",
        "eve: JOIN #room\nbob: JOIN #room\nann: JOIN #room",
        {"eve": "open", "bob": "open", "ann": "open"},
    ),
    Row(
        "... and by nobody else",
        "eve: JOIN #room\neve: PRIVMSG #room :open\neve: PART #room\neve: QUIT",
        "eve: JOIN #other\nbob: JOIN #rooms\nmal: JOIN #roo",
        {"eve": "", "bob": "", "mal": "", "cat": ""},
    ),
    Row(
        "... also when the room was created again, in another spelling",
        "ann: JOIN #Room\nann: PRIVMSG #Room :open\nann: PART #Room",
        "eve: JOIN #rOOM",
        {"eve": "open", "ann": ""},
        {"ann": "open"},
    ),
    Row(
        "an account that has left finds what was said while it was there",
        "ann: JOIN #room\nann: PRIVMSG #room :before\nbob: JOIN #room\nann: NOTICE #room :during\nbob: PART #room\n"
        "ann: PRIVMSG #room :after",
        "ann: JOIN #room",
        {"bob": "", "ann": "before during after"},
        {"bob": "during"},
    ),
    Row(
        "... and after its return everything, like any member",
        "ann: JOIN #room\nann: PRIVMSG #room :before\nbob: JOIN #room\nann: NOTICE #room :during\nbob: PART #room\n"
        "ann: PRIVMSG #room :after",
        "bob: JOIN #room",
        {"bob": "before during after"},
    ),
]

_LOCKS = {"i": ("+i", ""), "k": ("+k tea", " tea"), "s": ("+s", "")}

CLOSED = [
    row
    for letter, (lock, key) in _LOCKS.items()
    for row in (
        Row(
            f"messages in a +{letter} room are readable by the members of that same room",
            f"ann: JOIN #room\nann: MODE #room {lock}\nann: PRIVMSG #room :closed",
            f"ann: JOIN #room{key}\nann: INVITE eve #room\neve: JOIN #room{key}",
            {"eve": "closed", "ann": "closed", "bob": ""},
        ),
        Row(
            f"... but in a later room of that name, after +{letter}, only by accounts that were there",
            f"ann: JOIN #room\nbob: JOIN #room\neve: JOIN #room\nann: MODE #room {lock}\nann: TOPIC #room :topic\n"
            "ann: PRIVMSG #room :closed\nann: PART #room\nbob: PART #room\neve: PART #room",
            "eve: JOIN #ROOM\nann: JOIN #Room\ncat: JOIN #room\nmal: JOIN #room",
            {"eve": "", "cat": "", "mal": "", "ann": "topic closed", "bob": ""},
            {"bob": "closed"},
        ),
        Row(
            f"an account that left before +{letter} does not find later messages, even after a late return",
            f"ann: JOIN #room\nbob: JOIN #room\neve: JOIN #room\nann: PRIVMSG #room :open\nbob: PART #room\n"
            f"eve: PART #room\nann: MODE #room {lock}\nann: PRIVMSG #room :closed\nann: PART #room",
            "bob: JOIN #room\neve: JOIN #room",
            {"bob": "open", "eve": "open"},
        ),
        Row(
            f"a member kicked from a +{letter} room can no longer read it; an account finds what it has received",
            f"ann: JOIN #room\nbob: JOIN #room\neve: JOIN #room\nann: MODE #room {lock}\nann: PRIVMSG #room :heard\n"
            "ann: KICK #room bob\nann: KICK #room eve\nann: PRIVMSG #room :unheard",
            f"ann: JOIN #room{key}",
            {"bob": "", "eve": "", "ann": "heard unheard"},
            {"bob": "heard"},
        ),
        Row(
            f"... and cannot read the rest in a later room of that name, after +{letter}",
            f"ann: JOIN #room\nbob: JOIN #room\neve: JOIN #room\nann: MODE #room {lock}\nann: PRIVMSG #room :heard\n"
            "ann: KICK #room bob\nann: KICK #room eve\nann: PRIVMSG #room :unheard\nann: PART #room",
            "bob: JOIN #room\neve: JOIN #room",
            {"bob": "heard", "eve": ""},
        ),
        Row(
            f"messages from while a room was +{letter} are readable there after it is opened again",
            f"ann: JOIN #room\nann: MODE #room {lock}\nann: PRIVMSG #room :closed\nann: MODE #room -{lock[1:]}\n"
            "ann: PRIVMSG #room :open",
            "eve: JOIN #room\ncat: JOIN #room",
            {"eve": "closed open", "cat": "closed open"},
        ),
        Row(
            f"... but not in a later room of that name, after +{letter}",
            f"ann: JOIN #room\nann: MODE #room {lock}\nann: PRIVMSG #room :closed\nann: MODE #room -{lock[1:]}\n"
            "ann: PRIVMSG #room :open\nann: PART #room",
            "eve: JOIN #room\ncat: JOIN #room",
            {"eve": "open", "cat": "open", "ann": ""},
            {"ann": "closed open"},
        ),
        Row(
            f"after a restart, the first to join a +{letter} room reads no more than before",
            f"ann: JOIN #room\nann: MODE #room {lock}\nann: PRIVMSG #room :closed",
            "eve: JOIN #room wrong\nmal: JOIN #ROOM\ncat: JOIN #room",
            {} if letter == "s" else {"eve": "", "mal": "", "cat": ""},
            when=RESTARTED,
        ),
    )
]

SEVERAL = [
    Row(
        "each message of a room that was closed and opened repeatedly is as open as the room was",
        "ann: JOIN #room\nbob: JOIN #room\nann: PRIVMSG #room :one\nann: MODE #room +i\nann: PRIVMSG #room :two\n"
        "ann: MODE #room -i\nann: PRIVMSG #room :three\nann: MODE #room +k tea\nann: PRIVMSG #room :four\n"
        "ann: MODE #room +s\nann: MODE #room -k tea\nann: PRIVMSG #room :five\nann: MODE #room -s\n"
        "ann: PRIVMSG #room :six\nann: MODE #room +is\nann: PRIVMSG #room :seven\nann: MODE #room -s\n"
        "ann: PRIVMSG #room :eight\nann: MODE #room -i+k tea\nann: PRIVMSG #room :nine\nann: PART #room\n"
        "bob: PART #room",
        "eve: JOIN #room\nbob: JOIN #room\ncat: JOIN #room",
        {"eve": "one three six", "cat": "one three six", "bob": "one two three four five six seven eight nine"},
    ),
    Row(
        "three closed rooms of one name, each with other members, are kept apart",
        "ann: JOIN #room\nann: MODE #room +i\nann: PRIVMSG #room :first\nann: PART #room\n"
        "bob: JOIN #room\nbob: MODE #room +i\nbob: PRIVMSG #room :second\nbob: PART #room\n"
        "eve: JOIN #room\neve: MODE #room +k tea\neve: PRIVMSG #room :third",
        "eve: JOIN #room tea\nann: JOIN #room tea\nbob: JOIN #room tea\ncat: JOIN #room tea",
        {"eve": "third", "cat": "third", "ann": "first third", "bob": "second third"},
    ),
    Row(
        "a closed room's topic, messages and former key are not shown in a later room of that name",
        "ann: JOIN #room\nann: MODE #room +k hidden\nann: TOPIC #room :hidden\nann: MODE #room -k hidden\n"
        "ann: PART #room :goodbye",
        "eve: JOIN #room",
        {"eve": ""},
    ),
    Row(
        "an account is present from its login until the next login",
        "mal: JOIN #room\nmal: MODE #room +i\nmal: PRIVMSG #room :one\nlogin mal bob\nmal: PRIVMSG #room :two\n"
        "login mal cat\nmal: PRIVMSG #room :three\nmal: PART #room",
        "eve: JOIN #room\nbob: JOIN #room\nann: JOIN #room",
        {"eve": "", "bob": "two", "ann": "", "cat": ""},
        {"cat": "three"},
    ),
    Row(
        "an account is present until its last visit has left",
        "ann: JOIN #room\nann2: JOIN #room\nbob: JOIN #room\nann: MODE #room +i\nann: PART #room\n"
        "bob: PRIVMSG #room :one\nann2: PART #room\nbob: PRIVMSG #room :two\nbob: PART #room",
        "eve: JOIN #room",
        {"ann": "", "ann2": "", "eve": ""},
        {"ann": "one", "ann2": "one", "bob": "one two"},
    ),
    Row(
        "an account's presence ends when its visit ends",
        "ann: JOIN #room\nbob: JOIN #room\nann: MODE #room +i\nann: PRIVMSG #room :one\nbob: QUIT\n"
        "ann: PRIVMSG #room :two\nann: PART #room",
        "bob: JOIN #room",
        {"bob": "one"},
    ),
]

ROOM_ROWS = [*OPEN, *CLOSED, *SEVERAL]
