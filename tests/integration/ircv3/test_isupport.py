"""RPL_ISUPPORT: each token against what the tracker does (https://modern.ircdocs.horse/#rplisupport-005)."""

from __future__ import annotations

import string
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chatcore.commands.table import COMMANDS
from chatcore.protocol.isupport import parse_isupport
from tests.support.batches import LABELS
from tests.support.irc import IrcClient, commands, one, only
from tests.support.sasl import plain
from tests.support.trackers import Hosted, hosted_tracker


@pytest.fixture
def limited(tmp_path: Path) -> Iterator[Hosted]:
    """A tracker with unusual limits."""
    with hosted_tracker(tmp_path, max_targets=5, max_channels_per_client=7, history=9, max_name_length=13) as hosted:
        yield hosted


def _tokens(client: IrcClient) -> dict[str, str]:
    tokens: dict[str, str] = {}
    for message in only(client.command("VERSION"), "005"):
        tokens.update(parse_isupport(message.params[1:-1]))
    return tokens


def _alice(hosted: Hosted, caps: str = "") -> IrcClient:
    return hosted.client("alice", "#room", caps=caps)


def _awaylen(hosted: Hosted, value: str) -> None:
    alice, bob = _alice(hosted), hosted.client("bob")
    alice.command("AWAY :" + "é" * int(value) + "cut")
    assert one(bob.command("PRIVMSG alice :x"), "301").params[-1] == "é" * int(value)


def _casemapping(hosted: Hosted, value: str) -> None:
    assert value == "ascii"
    hosted.client("a[]\\^é")
    assert "433" in commands(hosted.connect().command("NICK A[]\\^é"))
    assert "433" not in commands(hosted.connect().command("NICK a{}|~é".replace("~", "^")))
    assert "433" not in commands(hosted.connect().command("NICK a[]\\^É"))


def _chanlimit(hosted: Hosted, value: str) -> None:
    prefix, _, count = value.partition(":")
    client = hosted.client("client")
    for number in range(int(count)):
        assert "JOIN" in commands(client.command(f"JOIN {prefix}{number}"))
    assert commands(client.command(f"JOIN {prefix}more")) == ["405"]


def _chanmodes(hosted: Hosted, value: str) -> None:
    lists, always, when_set, flags = value.split(",")
    alice = _alice(hosted)
    for letter in lists:
        assert len(only(alice.command(f"MODE #room {letter}"), "MODE")) == 0
        assert one(alice.command(f"MODE #room +{letter} x!*@*"), "MODE").params[1:] == (f"+{letter}", "x!*@*")
    for letter, param in ((always, "key"), *((letter, "5") for letter in when_set)):
        assert one(alice.command(f"MODE #room +{letter} {param}"), "MODE").params[1:] == (f"+{letter}", param)
    for letter in flags:
        was_set = letter in one(alice.command("MODE #room"), "324").params[2]
        for sign in "-+" if was_set else "+-":
            assert one(alice.command(f"MODE #room {sign}{letter} unused"), "MODE").params[1:] == (f"{sign}{letter}",)
    assert one(alice.command(f"MODE #room -{when_set}"), "MODE").params[1:] == (f"-{when_set}",)
    assert one(alice.command(f"MODE #room -{always} key"), "MODE").params[1:] == (f"-{always}", "key")
    unknown = set(string.ascii_letters) - set(value + "ov")
    refused = only(alice.command(*(f"MODE #room +{letter} x" for letter in sorted(unknown))), "472")
    assert {message.params[1] for message in refused} == unknown


def _channellen(hosted: Hosted, value: str) -> None:
    client = hosted.client("client")
    assert "JOIN" in commands(client.command("JOIN #" + "é" * (int(value) - 1)))
    assert commands(client.command("JOIN #" + "é" * int(value))) == ["403"]


def _chantypes(hosted: Hosted, value: str) -> None:
    client = hosted.client("client")
    for prefix in "#&+!~%@.":
        assert ("JOIN" in commands(client.command(f"JOIN {prefix}room"))) == (prefix in value)


def _chathistory(hosted: Hosted, value: str) -> None:
    alice = _alice(hosted, "batch")
    alice.command(*(f"PRIVMSG #room :{number}" for number in range(int(value) + 3)))
    assert len(only(alice.command("CHATHISTORY LATEST #room * 500"), "PRIVMSG")) == int(value)


def _elist(hosted: Hosted, value: str) -> None:
    filters = {"C": "C<9", "M": "#r*", "N": "!#x*", "T": "T<9", "U": ">0"}
    alice = _alice(hosted)
    alice.command("TOPIC #room :x")
    for letter in value:
        assert one(alice.command(f"LIST {filters[letter]}"), "322").params[1] == "#room"


def _excepts(hosted: Hosted, value: str) -> None:
    alice, bob = _alice(hosted), hosted.client("bob")
    alice.command("MODE #room +b *!*@*")
    assert commands(bob.command("JOIN #room")) == ["474"]
    alice.command(f"MODE #room +{value} bob!*@*")
    assert "JOIN" in commands(bob.command("JOIN #room"))


def _extban(hosted: Hosted, value: str) -> None:
    prefix, _, letters = value.partition(",")
    assert prefix == ""
    alice, bob = _alice(hosted), hosted.client("bob", "#room")
    masks = {"m": "bob!*@*", "R": "Acc"}
    assert {*letters} == masks.keys()
    hosted.tracker.keys.accounts.add("acc", "pw")
    bob.command("CAP REQ :sasl")
    assert "903" in commands(plain(bob, "acc", "pw"))
    for letter in letters:
        alice.command(f"MODE #room +b {letter}:{masks[letter]}")
        assert len(only(bob.command("PRIVMSG #room :not said"), "404")) == 1
        alice.command(f"MODE #room -b {letter}:{masks[letter]}")
    assert not only(bob.command("PRIVMSG #room :said"), "404")


def _accountextban(hosted: Hosted, value: str) -> None:
    assert value in _tokens(_alice(hosted))["EXTBAN"].partition(",")[2]  # EXTBAN has a check of its own


def _bot(hosted: Hosted, value: str) -> None:
    alice, bob = _alice(hosted, caps="message-tags"), hosted.client("bob", "#room")
    assert one(bob.command(f"MODE bob +{value}"), "MODE").params == ("bob", f"+{value}")
    bob.command("PRIVMSG #room :beep")
    assert one(alice.sync(), "PRIVMSG").tags["bot"] == ""


def _invex(hosted: Hosted, value: str) -> None:
    alice, bob = _alice(hosted), hosted.client("bob")
    alice.command("MODE #room +i")
    assert commands(bob.command("JOIN #room")) == ["473"]
    alice.command(f"MODE #room +{value} bob!*@*")
    assert "JOIN" in commands(bob.command("JOIN #room"))


def _hostlen(hosted: Hosted, value: str) -> None:
    host = one(_alice(hosted).command("WHO alice"), "352").params[3]
    assert 0 < len(host) <= int(value)


def _kicklen(hosted: Hosted, value: str) -> None:
    alice = _alice(hosted)
    hosted.client("bob", "#room")
    assert one(alice.command("KICK #room bob :" + "x" * int(value) + "cut"), "KICK").params[-1] == "x" * int(value)


def _maxlist(hosted: Hosted, value: str) -> None:
    alice = _alice(hosted)
    for letter, _, count in (word.partition(":") for word in value.split(",")):
        changes = [f"MODE #room +{letter} m{number}!*@*" for number in range(int(count))]
        assert len(only(alice.command(*changes), "MODE")) == int(count)
        assert commands(alice.command(f"MODE #room +{letter} more!*@*")) == ["478"]


def _modes(hosted: Hosted, value: str) -> None:
    alice, count = _alice(hosted), int(value)
    alice.command(f"MODE #room +{'b' * (count + 1)} " + " ".join(f"m{number}!*@*" for number in range(count + 1)))
    assert len(only(alice.command("MODE #room b"), "367")) == count


def _monitor(hosted: Hosted, value: str) -> None:
    alice, nicks = _alice(hosted), [f"n{number}" for number in range(int(value))]
    assert "734" not in commands(alice.command(*(f"MONITOR + {nick}" for nick in nicks)))
    assert one(alice.command("MONITOR + more"), "734").params[1] == value


def _msgreftypes(hosted: Hosted, value: str) -> None:
    alice = _alice(hosted, f"{LABELS} server-time echo-message")
    said = one(alice.command("PRIVMSG #room :x"), "PRIVMSG")
    for kind in value.split(","):
        reference = {"msgid": said.tags["msgid"], "timestamp": said.tags["time"]}[kind]
        assert len(only(alice.command(f"CHATHISTORY AROUND #room {kind}={reference} 1"), "PRIVMSG")) == 1


def _namelen(hosted: Hosted, value: str) -> None:
    alice = _alice(hosted)
    assert "FAIL" not in commands(alice.command("SETNAME :" + "é" * int(value)))
    assert one(alice.command("WHOIS alice"), "311").params[-1] == "é" * int(value)
    assert commands(alice.command("SETNAME :" + "é" * (int(value) + 1))) == ["FAIL"]


def _network(hosted: Hosted, value: str) -> None:
    assert value == one(_alice(hosted).command("VERSION"), "351").params[2]


def _nicklen(hosted: Hosted, value: str) -> None:
    assert value == "13"
    client = hosted.client("client")
    assert commands(client.command("NICK " + "é" * int(value))) == ["NICK"]
    assert commands(client.command("NICK " + "é" * (int(value) + 1))) == ["432"]


def _prefix(hosted: Hosted, value: str) -> None:
    letters, _, signs = value[1:].partition(")")
    alice = _alice(hosted, "multi-prefix")
    alice.command("MODE #room +" + letters + " alice" * len(letters))
    assert one(alice.command("NAMES #room"), "353").params[-1] == f"{signs}alice"


def _safelist(hosted: Hosted, value: str) -> None:
    for number in range(10):
        hosted.client(f"client{number}", *(f"#room{number}-{other}" for other in range(7)))
    assert len(only(_alice(hosted).command("LIST"), "322")) == 71


def _statusmsg(hosted: Hosted, value: str) -> None:
    alice, bob, cat, dora = (hosted.client(nick, "#room") for nick in ("alice", "bob", "cat", "dora"))
    alice.command("MODE #room +v bob")
    assert value == "@+"
    for client in (alice, bob, cat):
        client.sync()
    dora.command("PRIVMSG @#room :for operators", "PRIVMSG +#room :for the voiced too")
    heard = {
        client.nick: [message.params for message in only(client.sync(), "PRIVMSG")] for client in (alice, bob, cat)
    }
    of_all = ("+#room", "for the voiced too")
    assert heard == {"alice": [("@#room", "for operators"), of_all], "bob": [of_all], "cat": []}


def _targmax(hosted: Hosted, value: str) -> None:
    alice = _alice(hosted, "message-tags")
    bounds = dict(word.split(":") for word in value.split(","))
    several = {name for name, command in COMMANDS.items() if "{,<" in command.syntax}
    assert bounds.keys() == several - {"MONITOR"}  # MONITOR has a token of its own
    lines = {"KICK": "KICK #room {}", "LIST": "LIST {}", "TAGMSG": "@+typing=active TAGMSG {}"}
    for command, count in bounds.items():
        targets = [f"#t{number}" for number in range(int(count) + 1)]
        line = lines.get(command, f"{command} {{}} :x")
        assert "407" not in commands(alice.command(line.format(",".join(targets[:-1]))))
        too_many = alice.command(line.format(",".join(targets)))
        assert commands(too_many) == ([] if command == "NOTICE" else ["407"])


def _topiclen(hosted: Hosted, value: str) -> None:
    alice = _alice(hosted)
    alice.command("TOPIC #room :" + "x" * int(value) + "cut")
    assert one(alice.command("TOPIC #room"), "332").params[-1] == "x" * int(value)


def _userlen(hosted: Hosted, value: str) -> None:
    client = hosted.connect()
    client.command("NICK client", "USER " + "u" * (int(value) + 5) + " 0 * :x")
    assert one(client.command("WHOIS client"), "311").params[2] == "u" * int(value)


def _utf8only(hosted: Hosted, value: str) -> None:
    bob, alice = hosted.client("bob", "#room"), hosted.client("alice", "#room")
    bob.sync()
    alice.send_bytes("PRIVMSG #room :caf\u00e9\r\n".encode("latin-1"))
    assert one(alice.sync(), "FAIL").params[1] == "INVALID_UTF8"
    assert bob.sync() == []


def _whox(hosted: Hosted, value: str) -> None:
    assert one(_alice(hosted).command("WHO alice %tn,7"), "354").params[1:] == ("7", "alice")


_CHECKS: dict[str, Callable[[Hosted, str], None]] = {
    "ACCOUNTEXTBAN": _accountextban,
    "AWAYLEN": _awaylen,
    "CASEMAPPING": _casemapping,
    "CHANLIMIT": _chanlimit,
    "CHANMODES": _chanmodes,
    "CHANNELLEN": _channellen,
    "CHANTYPES": _chantypes,
    "BOT": _bot,
    "CHATHISTORY": _chathistory,
    "ELIST": _elist,
    "EXCEPTS": _excepts,
    "EXTBAN": _extban,
    "HOSTLEN": _hostlen,
    "INVEX": _invex,
    "KICKLEN": _kicklen,
    "MAXLIST": _maxlist,
    "MODES": _modes,
    "MONITOR": _monitor,
    "MSGREFTYPES": _msgreftypes,
    "NAMELEN": _namelen,
    "NETWORK": _network,
    "NICKLEN": _nicklen,
    "PREFIX": _prefix,
    "SAFELIST": _safelist,
    "STATUSMSG": _statusmsg,
    "TARGMAX": _targmax,
    "TOPICLEN": _topiclen,
    "USERLEN": _userlen,
    "UTF8ONLY": _utf8only,
    "WHOX": _whox,
}


@pytest.mark.parametrize("token", sorted(_CHECKS))
def test_token_matches_the_trackers_behaviour(limited: Hosted, token: str) -> None:
    with IrcClient(limited.port) as asker:
        asker.register("asker")
        value = _tokens(asker)[token]
    _CHECKS[token](limited, value)


def test_every_token_has_a_check(limited: Hosted) -> None:
    assert _tokens(limited.client("asker")).keys() == _CHECKS.keys()


def test_welcome_has_the_same_tokens(limited: Hosted) -> None:
    client = limited.connect()
    told: dict[str, str] = {}
    for message in only(client.register("client"), "005"):
        told.update(parse_isupport(message.params[1:-1]))
    assert told == _tokens(client)
