"""Possible input of a peer: sensible IRC, nearly sensible IRC, and garbage; cut into pieces anywhere."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from itertools import pairwise

from hypothesis import strategies as st

from chatcore.commands.table import COMMANDS
from chatcore.protocol.capabilities import NEGOTIABLE
from tests.fuzz.stage import PASSWORD, PRIVATE, ROOM

NICKS = ("witness", "plain", "fuzz", "other", "WITNESS", "Alice", "nobody", "127.0.0.1:1")
WORDS = (
    *NICKS,
    *(ROOM, PRIVATE, "#new", "#NEW", "#", "#a,#b", "&x", "0", "-1", "*", "**", "?", ",", ",,", "302", "9" * 30),
    *(f"{ROOM},{PRIVATE},#new,witness", "*!*@*", "fuzz!*@127.0.0.1", "$a", "~x", "127.0.0.1", "[::1]:1", "key"),
    *(
        "+o",
        "-o",
        "+b",
        "-b",
        "b",
        "+k",
        "-k",
        "+l",
        "+beI-beI",
        "+imnst",
        "-imnst",
        "+v-v+o",
        "+",
        "-",
        "++",
        "+i",
        "o",
    ),
    *("LS", "LIST", "REQ", "END", *NEGOTIABLE, *(f"-{name}" for name in NEGOTIABLE), "PLAIN", "SCRAM-SHA-256", "+"),
    *(
        "LATEST",
        "BEFORE",
        "AFTER",
        "AROUND",
        "BETWEEN",
        "TARGETS",
        "C",
        "L",
        "S",
        "%tcuihsnfdlaor,12",
        ">1",
        "<99",
        "C>1",
    ),
    *("timestamp=2020-01-01T00:00:00.000Z", "timestamp=9999-12-31T23:59:60Z", "timestamp=x", "msgid=x", "msgid=", "*"),
    *(
        PASSWORD,
        "wrong",
        "\x01ACTION x\x01",
        "\x01",
        "\x02b\x03 4,5",
        "漢字",
        "é" * 300,
        "\u202e",
        "\x1b[2J",
        "\x7f",
        "\ufeff",
    ),
)
TAGS = ("label", "+typing", "+draft/reply", "time", "account", "msgid", "batch", "+" + "x" * 60, "+a/b", "+", "=", "")

_text = st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0"), max_size=40)
_word = st.one_of(st.sampled_from(WORDS), st.sampled_from(WORDS), _text.map(lambda text: text.replace(" ", "_") or "x"))
_tag = st.builds(lambda key, value: f"{key}={value}" if value else key, st.sampled_from(TAGS), _text)
_commands = st.one_of(st.sampled_from(sorted(COMMANDS)), st.sampled_from(sorted(COMMANDS)), _word)
_last = st.one_of(st.none(), _text, st.sampled_from(WORDS)).map(lambda text: [] if text is None else [f":{text}"])

_SENSIBLE = (
    *(
        f"PRIVMSG {ROOM} :{{}}",
        "PRIVMSG witness :{}",
        "NOTICE {} :{}",
        "TAGMSG {}",
        f"TAGMSG {ROOM}",
        "PRIVMSG #new :{}",
    ),
    *("JOIN {}", f"JOIN {PRIVATE} key", "JOIN #new {}", "PART {} :{}", "PART #new", "TOPIC #new :{}", f"TOPIC {ROOM}"),
    *(
        "MODE #new {} {} {}",
        f"MODE {ROOM} {{}} {{}}",
        "MODE #new",
        "MODE #new b",
        "MODE fuzz {}",
        f"NAMES {ROOM}",
        "KICK #new {}",
    ),
    *(
        f"BATCH +1 draft/multiline {ROOM}",
        "@label=b;+x=y BATCH +1 draft/multiline {}",
        f"@batch=1 PRIVMSG {ROOM} :{{}}",
        f"@batch=1;draft/multiline-concat PRIVMSG {ROOM} :{{}}",
        "@batch={} NOTICE {} :{}",
        "BATCH -1",
        "BATCH -{}",
    ),
    *(
        "INVITE {} #new",
        f"INVITE fuzz {ROOM}",
        "NICK {}",
        "NICK other",
        "AWAY :{}",
        "AWAY",
        "SETNAME :{}",
        "LIST {}",
        "LIST",
    ),
    *(
        f"WHO {ROOM} {{}}",
        "WHO {}",
        "WHOIS {}",
        "WHOIS witness",
        "WHOWAS {}",
        "USERHOST {}",
        "ISON {} {}",
        "LUSERS",
        "HELP {}",
    ),
    *(
        f"CHATHISTORY {{}} {ROOM} {{}} 10",
        f"CHATHISTORY LATEST {ROOM} * 50",
        "CHATHISTORY TARGETS {} {} 10",
        "SEARCH text={};in={};{}",
    ),
    *(
        "MONITOR + {},{}",
        "MONITOR {} {}",
        "CAP REQ :{}",
        "CAP LS 302",
        "CAP LIST",
        "OPER {} {}",
        "PING {}",
        "QUIT :{}",
        "VERSION",
    ),
)
_filled = st.builds(
    lambda template, words: template.format(*words).encode(), st.sampled_from(_SENSIBLE), st.tuples(_word, _word, _word)
)

# Functions instead of composed values: hypothesis prints what a test draws from, and this is large.


@st.composite
def lines(draw: st.DrawFn) -> bytes:
    """A known or unknown command, with suitable or unsuitable parameters."""
    tags = draw(st.one_of(st.just([]), st.just([]), st.lists(_tag, max_size=4)))
    start = "@" + ";".join(tags).replace(" ", "_") + " " if tags else ""
    start += draw(st.sampled_from(["", "", "", ":evil!x@y ", ": ", "  "]))
    return (start + " ".join([draw(_commands), *draw(st.lists(_word, max_size=5)), *draw(_last)])).encode()


@st.composite
def junk(draw: st.DrawFn) -> bytes:
    """Bytes that are no valid line, or too long."""
    kind = draw(st.integers(0, 3))
    if kind == 0:
        return draw(st.binary(max_size=80))
    if kind == 1:
        return b"x" * draw(st.integers(1, 9000))
    if kind == 2:
        return b"@" + b"t" * draw(st.integers(1, 5000)) + b" PING x"
    line = draw(lines())
    at = draw(st.integers(0, len(line)))
    return line[:at] + b"\0\xff\r" + line[at:]


_ends = st.sampled_from([b"\r\n", b"\r\n", b"\r\n", b"\n", b"\n\n", b"\r", b""])
_CAPS = "CAP REQ :batch draft/multiline labeled-response echo-message draft/chathistory soju.im/search sasl\r\n"
_COME_IN = f"PASS {PASSWORD}\r\nNICK fuzz\r\nUSER fuzz 0 * :F\r\n"
ENTRANCES = tuple(
    text.encode()
    for text in (
        "",
        f"PASS {PASSWORD}\r\n",
        _COME_IN,
        f"{_COME_IN}JOIN {ROOM},#new\r\n",
        f"{_CAPS}{_COME_IN}CAP END\r\nJOIN {ROOM}\r\n",
    )
)


@st.composite
def irc(draw: st.DrawFn) -> bytes:
    """All input of one client."""
    parts = draw(
        st.lists(st.tuples(st.one_of(_filled, _filled, _filled, lines(), lines(), junk()), _ends), max_size=20)
    )
    return draw(st.sampled_from(ENTRANCES)) + b"".join(line + end for line, end in parts)


# SASL

_scram = st.sampled_from(
    [
        *("n,,n=*,r=abcdefghijkl", "y,,n=alice,r=abcdefghijkl", "p=tls-server-end-point,,n=*,r=abcdefgh", ""),
        *("p=tls-exporter,,n=*,r=a", "n,a=root,n=alice,r=abc", "n,,n=a=3Db=2C,r=abc", "c=biws,r=abc,p=AAAA"),
        *("\0alice\0alice's own", f"\0x\0{PASSWORD}"),
    ]
)


def _mutated(text: str, at: int, what: str) -> str:
    at = at % (len(text) + 1)
    return text[:at] + what + text[at + (len(what) & 1) :]


_message = st.one_of(_scram, st.builds(_mutated, _scram, st.integers(0, 60), _text), _text)
_encoded = _message.map(lambda text: base64.b64encode(text.encode()).decode())
_part = st.one_of(_encoded, _encoded, st.sampled_from(["+", "*", "=", "====", "A", "A" * 400, "A" * 401, "é"]))
_mechanisms = st.sampled_from(["PLAIN", "SCRAM-SHA-256", "scram-sha-256", "SCRAM-SHA-256-PLUS", "EXTERNAL", "x"])


@st.composite
def sasl(draw: st.DrawFn) -> bytes:
    """Some exchanges, and then perhaps the end of registration."""
    exchanges = draw(st.lists(st.tuples(_mechanisms, st.lists(_part, max_size=4)), max_size=3))
    said = "".join(f"AUTHENTICATE {part}\r\n" for mechanism, parts in exchanges for part in (mechanism, *parts))
    tail = draw(st.sampled_from(["", "USER f 0 * :F\r\nCAP END\r\nPING x\r\n"]))
    return f"CAP REQ sasl\r\nNICK fuzz\r\n{said}{tail}".encode()


def cut(data: bytes, places: Sequence[int]) -> list[bytes]:
    """Return `data` in pieces; none is empty, as that would be the end."""
    cuts = sorted({place % (len(data) + 1) for place in places} | {0, len(data)})
    return [data[start:end] for start, end in pairwise(cuts)]


cuts = st.lists(st.integers(0, 1 << 16), max_size=5)


# HTTP and WebSocket

_targets = st.sampled_from(
    [
        *("/irc", "/irc", f"/ws/chat/room?nickname=fuzz&password={PASSWORD}"),
        *(
            "/",
            "/irc",
            "/ws",
            "/ws/",
            "/app.js",
            "/../x",
            "*",
            "//[",
            "http://x/irc",
            "/%00",
            "/irc?x=%ff&&=",
            "/irc#x",
        ),
        *(f"/ws/chat/room?nickname=fuzz&password={PASSWORD}", f"/ws/chat/%23new?nickname=fuzz&password={PASSWORD}&x=%"),
        *("/ws/chat/room?nickname=fuzz", "/ws/chat/a%20b?nickname=fuzz", "/ws/chat/%ff?nickname=%ff&password=%00"),
        *(f"/ws/chat/room?nickname=witness&password={PASSWORD}", f"/ws/chat/private?nickname=fuzz&password={PASSWORD}"),
    ]
)
_HANDSHAKE = (
    "Host: localhost",
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
)
_other_headers = st.sampled_from(
    [
        *("Origin: http://localhost", "Origin: http://[", "Origin: null", "Origin: https://evil.example", "Origin:"),
        *("Sec-WebSocket-Protocol: text.ircv3.net", "Sec-WebSocket-Protocol: binary.ircv3.net, x", "Upgrade: h2c"),
        *("Sec-WebSocket-Protocol: ,,", "Sec-WebSocket-Extensions: permessage-deflate", "Sec-WebSocket-Key: x"),
        *(
            "Host: [::1]:8000",
            "Host: x y",
            "Host:",
            "Transfer-Encoding: chunked",
            "Content-Length: 5",
            "x",
            ": x",
            " x: y",
        ),
    ]
)
_headers = st.one_of(
    st.just(_HANDSHAKE),
    st.just(_HANDSHAKE),
    st.just(_HANDSHAKE),
    st.builds(lambda more: (*_HANDSHAKE, *more), st.lists(_other_headers, max_size=3)),
    st.lists(st.one_of(st.sampled_from(_HANDSHAKE), _other_headers), max_size=8),
)
_methods = st.sampled_from([*["GET"] * 8, "HEAD", "POST", "PRI"])
_versions = st.sampled_from([*["HTTP/1.1"] * 8, "HTTP/1.0", "HTTP/2.0", ""])
_opcodes = st.sampled_from([0x1, 0x1, 0x1, 0x2, 0x0, 0x8, 0x9, 0xA, 0x3])


@st.composite
def _frames(draw: st.DrawFn) -> bytes:
    """A masked frame (RFC 6455, section 5.2), now and then one that is forbidden."""
    payload = draw(st.one_of(irc(), _filled, _filled, lines(), junk()))
    first = draw(st.sampled_from([0x80, 0x80, 0x80, 0x80, 0x00, 0xC0])) | draw(_opcodes)
    length = len(payload)
    size = bytes([0x80 | length]) if length < 126 else b"\xfe" + length.to_bytes(2)
    mask = b"mask"
    return bytes([first]) + size + mask + bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))


@st.composite
def http(draw: st.DrawFn) -> bytes:
    """A request, often for a WebSocket, with possible frames."""
    head = (f"{draw(_methods)} {draw(_targets)} {draw(_versions)}", *draw(_headers), "", "")
    after = st.one_of(_frames(), _frames(), _frames(), st.binary(max_size=20), st.sampled_from(ENTRANCES))
    return "\r\n".join(head).encode() + b"".join(draw(st.lists(after, max_size=6)))
