"""Who may read what was said in a room: see `row`."""

from __future__ import annotations

from tests.integration.archive.row import RESTARTED, Row

OPEN = [
    Row(
        "what was said in an open room is for whoever is in it now",
        "ann: JOIN #room\nann: PRIVMSG #room :open",
        "eve: JOIN #room\nbob: JOIN #room\nann: JOIN #room",
        {"eve": "open", "bob": "open", "ann": "open"},
    ),
    Row(
        "... and for nobody else",
        "eve: JOIN #room\neve: PRIVMSG #room :open\neve: PART #room\neve: QUIT",
        "eve: JOIN #other\nbob: JOIN #rooms\nmal: JOIN #roo",
        {"eve": "", "bob": "", "mal": "", "cat": ""},
    ),
    Row(
        "... also in a room that was made again, in another spelling",
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
        "... and all that was said there once it is back, as everybody does",
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
            f"what was said while a room was +{letter} is for whoever is in that very room",
            f"ann: JOIN #room\nann: MODE #room {lock}\nann: PRIVMSG #room :closed",
            f"ann: JOIN #room{key}\nann: INVITE eve #room\neve: JOIN #room{key}",
            {"eve": "closed", "ann": "closed", "bob": ""},
        ),
        Row(
            f"... but in another room of its name, after +{letter}, only for accounts that were there",
            f"ann: JOIN #room\nbob: JOIN #room\neve: JOIN #room\nann: MODE #room {lock}\nann: TOPIC #room :topic\n"
            "ann: PRIVMSG #room :closed\nann: PART #room\nbob: PART #room\neve: PART #room",
            "eve: JOIN #ROOM\nann: JOIN #Room\ncat: JOIN #room\nmal: JOIN #room",
            {"eve": "", "cat": "", "mal": "", "ann": "topic closed", "bob": ""},
            {"bob": "closed"},
        ),
        Row(
            f"an account that left before +{letter} finds nothing of what came then, even if it comes back too late",
            f"ann: JOIN #room\nbob: JOIN #room\neve: JOIN #room\nann: PRIVMSG #room :open\nbob: PART #room\n"
            f"eve: PART #room\nann: MODE #room {lock}\nann: PRIVMSG #room :closed\nann: PART #room",
            "bob: JOIN #room\neve: JOIN #room",
            {"bob": "open", "eve": "open"},
        ),
        Row(
            f"who is put out of a room that is +{letter} reads no more there; an account finds what it has heard",
            f"ann: JOIN #room\nbob: JOIN #room\neve: JOIN #room\nann: MODE #room {lock}\nann: PRIVMSG #room :heard\n"
            "ann: KICK #room bob\nann: KICK #room eve\nann: PRIVMSG #room :unheard",
            f"ann: JOIN #room{key}",
            {"bob": "", "eve": "", "ann": "heard unheard"},
            {"bob": "heard"},
        ),
        Row(
            f"... nor in another room of its name, after +{letter}",
            f"ann: JOIN #room\nbob: JOIN #room\neve: JOIN #room\nann: MODE #room {lock}\nann: PRIVMSG #room :heard\n"
            "ann: KICK #room bob\nann: KICK #room eve\nann: PRIVMSG #room :unheard\nann: PART #room",
            "bob: JOIN #room\neve: JOIN #room",
            {"bob": "heard", "eve": ""},
        ),
        Row(
            f"a room that was +{letter} and is open again keeps what was said meanwhile for that very room",
            f"ann: JOIN #room\nann: MODE #room {lock}\nann: PRIVMSG #room :closed\nann: MODE #room -{lock[1:]}\n"
            "ann: PRIVMSG #room :open",
            "eve: JOIN #room\ncat: JOIN #room",
            {"eve": "closed open", "cat": "closed open"},
        ),
        Row(
            f"... and not for another of its name, after +{letter}",
            f"ann: JOIN #room\nann: MODE #room {lock}\nann: PRIVMSG #room :closed\nann: MODE #room -{lock[1:]}\n"
            "ann: PRIVMSG #room :open\nann: PART #room",
            "eve: JOIN #room\ncat: JOIN #room",
            {"eve": "open", "cat": "open", "ann": ""},
            {"ann": "closed open"},
        ),
        Row(
            f"after a restart, the first who comes to a room that is +{letter} is told no more than before it",
            f"ann: JOIN #room\nann: MODE #room {lock}\nann: PRIVMSG #room :closed",
            "eve: JOIN #room wrong\nmal: JOIN #ROOM\ncat: JOIN #room",
            {} if letter == "s" else {"eve": "", "mal": "", "cat": ""},
            when=RESTARTED,
        ),
    )
]

SEVERAL = [
    Row(
        "a room that was closed and opened again and again is for others what it was each time",
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
        "a room may be closed three times under one name, by others each time",
        "ann: JOIN #room\nann: MODE #room +i\nann: PRIVMSG #room :first\nann: PART #room\n"
        "bob: JOIN #room\nbob: MODE #room +i\nbob: PRIVMSG #room :second\nbob: PART #room\n"
        "eve: JOIN #room\neve: MODE #room +k tea\neve: PRIVMSG #room :third",
        "eve: JOIN #room tea\nann: JOIN #room tea\nbob: JOIN #room tea\ncat: JOIN #room tea",
        {"eve": "third", "cat": "third", "ann": "first third", "bob": "second third"},
    ),
    Row(
        "what is set and said in a closed room is gone with it, the key that was taken away too",
        "ann: JOIN #room\nann: MODE #room +k hidden\nann: TOPIC #room :hidden\nann: MODE #room -k hidden\n"
        "ann: PART #room :goodbye",
        "eve: JOIN #room",
        {"eve": ""},
    ),
    Row(
        "a login makes an account present, and another login ends that",
        "mal: JOIN #room\nmal: MODE #room +i\nmal: PRIVMSG #room :one\nlogin mal bob\nmal: PRIVMSG #room :two\n"
        "login mal cat\nmal: PRIVMSG #room :three\nmal: PART #room",
        "eve: JOIN #room\nbob: JOIN #room\nann: JOIN #room",
        {"eve": "", "bob": "two", "ann": "", "cat": ""},
        {"cat": "three"},
    ),
    Row(
        "an account is there until the last of its visits has left",
        "ann: JOIN #room\nann2: JOIN #room\nbob: JOIN #room\nann: MODE #room +i\nann: PART #room\n"
        "bob: PRIVMSG #room :one\nann2: PART #room\nbob: PRIVMSG #room :two\nbob: PART #room",
        "eve: JOIN #room",
        {"ann": "", "ann2": "", "eve": ""},
        {"ann": "one", "ann2": "one", "bob": "one two"},
    ),
    Row(
        "a visit of an account that is lost ends its presence",
        "ann: JOIN #room\nbob: JOIN #room\nann: MODE #room +i\nann: PRIVMSG #room :one\nbob: QUIT\n"
        "ann: PRIVMSG #room :two\nann: PART #room",
        "bob: JOIN #room",
        {"bob": "one"},
    ),
]

ROOM_ROWS = [*OPEN, *CLOSED, *SEVERAL]
