"""Commands that need not make sense."""

from __future__ import annotations

from random import Random

from chatcore.commands.table import COMMANDS

NICKS = ["alice", "bob", "carol"]
ROOMS = ["#a", "#B", "#" + "漢" * 20]
CAPS = (
    "batch draft/message-redaction draft/multiline labeled-response message-tags echo-message server-time sasl "
    "multi-prefix extended-join "
    "soju.im/search draft/metadata-3"
)
WORDS = [
    *NICKS,
    *ROOMS,
    *("", ":", ":x", "x y", "#nope", "*", "0", "-1", "5", "9" * 20, "é", "\x1b[2J", "😀" * 60, "x" * 300, "*,*", ",,"),
    *(
        "+o",
        "-o",
        "+v",
        "+b-k",
        "+bbb",
        "-k",
        "+k",
        "+l",
        "+beI",
        "b",
        "+imnst",
        "-imnst",
        "+W",
        "-W",
        "m:bob",
        "a!b@c",
        ":a!b@c",
    ),
    *("%tcuihsnfdlaor,123", "o", "<5", "C>0", "T<5", "!#a", "127.0.0.1:1", "[::1]:1", "\x01ACTION x\x01"),
    *("LATEST", "BEFORE", "BETWEEN", "TARGETS", "msgid=x", "msgid=" + "0" * 26, "timestamp=0001-01-01T00:00:00+23:59"),
    *("GET", "LIST", "SET", "CLEAR", "SUB", "UNSUB", "SUBS", "SYNC", "*ALL", "url"),
    *("LS", "302", "LIST", "REQ", "END", "-server-time", CAPS, "+", "-", "C", "L", "S", "PLAIN", "AGFsaWNlAHg="),
]
TAGS = ["", "", "", "@label=L;+x=y ", "@+typing=active;msgid=z ", "@batch=1 "]


def random_line(random: Random) -> str:
    """Return a command of the table with up to five parameters, which need not make sense."""
    name = random.choice(sorted(COMMANDS.keys() - {"QUIT"}))
    words = [random.choice(WORDS) for _ in range(random.randrange(6))]
    middles = [word.replace(" ", "_").lstrip(":") or "x" for word in words[:-1]]
    last = [":" + word for word in words[-1:]]
    return random.choice(TAGS) + " ".join((name, *middles, *last))
