"""MONITOR with extended-monitor (https://ircv3.net/specs/extensions/extended-monitor), and what it does not reveal.

One command by itself: tests/integration/commands/test_monitor.py.
"""

from __future__ import annotations

import pytest

from tests.support.irc import IrcClient, commands, one, only
from tests.support.sasl_client import plain
from tests.support.trackers import Hosted

NOTIFY = "away-notify account-notify setname"


def _change_everything(hosted: Hosted, client: IrcClient) -> None:
    """Have the client go away, log in and change its real name."""
    hosted.tracker.keys.accounts.add("account", "pw")
    client.command("AWAY :tea", "SETNAME :Other name", "CAP REQ :sasl", *plain("account", "pw"), "AWAY")


@pytest.mark.parametrize(
    ("caps", "told"),
    [
        (f"extended-monitor {NOTIFY}", ["AWAY", "SETNAME", "ACCOUNT", "AWAY"]),
        ("extended-monitor away-notify", ["AWAY", "AWAY"]),
        ("extended-monitor account-notify", ["ACCOUNT"]),
        ("extended-monitor setname", ["SETNAME"]),
        ("extended-monitor", []),
        (NOTIFY, []),
    ],
)
def test_watchers_get_only_the_notices_they_negotiated(hosted: Hosted, caps: str, told: list[str]) -> None:
    """> If away-notify is also enabled, the client will get AWAY notifications for monitored nicks."""
    watcher, client = hosted.client("watcher", "#other", caps=caps), hosted.client("client", "#room")
    watcher.command("MONITOR + CLIENT")
    _change_everything(hosted, client)
    assert commands(watcher.sync()) == told


def test_watchers_in_the_same_rooms_are_notified_once(hosted: Hosted) -> None:
    watcher = hosted.client("watcher", "#a", "#b", caps=f"extended-monitor {NOTIFY}")
    client = hosted.client("client", "#a", "#b")
    watcher.command("MONITOR + client")
    _change_everything(hosted, client)
    assert commands(watcher.sync()) == ["AWAY", "SETNAME", "ACCOUNT", "AWAY"]


def test_monitor_follows_the_nick_not_the_person(hosted: Hosted) -> None:
    watcher = hosted.client("watcher", caps=f"extended-monitor {NOTIFY}")
    one_person, other = hosted.client("one"), hosted.client("other")
    watcher.command("MONITOR + watched")
    one_person.command("AWAY :before", "NICK watched", "AWAY :while", "NICK one", "AWAY :after")
    other.command("NICK Watched", "SETNAME :x")
    seen = [(message.command, message.params[-1]) for message in watcher.sync()]
    assert seen == [
        ("730", "watched!one@127.0.0.1"),
        ("AWAY", "while"),
        ("731", "watched"),
        ("730", "Watched!other@127.0.0.1"),
        ("SETNAME", "x"),
    ]


@pytest.mark.parametrize("end", ["MONITOR - CLIENT", "MONITOR C", "CAP REQ :-extended-monitor"])
def test_notices_end_with_the_entry_or_capability(hosted: Hosted, end: str) -> None:
    watcher, client = hosted.client("watcher", caps=f"extended-monitor {NOTIFY}"), hosted.client("client")
    watcher.command("MONITOR + client", end)
    _change_everything(hosted, client)
    assert watcher.sync() == []


def test_monitoring_oneself_does_not_repeat_notices(hosted: Hosted) -> None:
    client = hosted.client("client", caps=f"extended-monitor {NOTIFY}")
    assert one(client.command("MONITOR + client"), "730").params[1] == "client!client@127.0.0.1"
    hosted.tracker.keys.accounts.add("account", "pw")
    seen = client.command("AWAY :x", "SETNAME :x", "CAP REQ :sasl", *plain("account", "pw"))
    assert [m.command for m in seen if not m.command.isdigit()] == ["SETNAME", "CAP", "AUTHENTICATE", "ACCOUNT"]


def test_every_end_of_a_visit_is_reported_once(hosted: Hosted) -> None:
    watchers = [hosted.client(f"watcher{number}", "#room") for number in range(3)]
    for watcher in watchers:
        watcher.command("MONITOR + lost,Quits,evicted", "MONITOR + QUITS,LOST")
    hosted.client("lost", "#room").close()
    for watcher in watchers:
        watcher.receive_until("731", "lost")
        watcher.sync()
    quitting = hosted.client("quits", "#room")
    quitting.send("QUIT")
    quitting.receive_rest()
    evicted = hosted.client("evicted")
    hosted.tracker.keys.accounts.add("evicted", "pw")
    owner = hosted.client("owner", caps="sasl")
    owner.command(*plain("evicted", "pw"), "NICK evicted")
    evicted.receive_rest()
    expected = [
        *(("730", "quits!quits@127.0.0.1"), ("731", "quits"), ("730", "evicted!evicted@127.0.0.1")),
        *(("731", "evicted"), ("730", "evicted!owner@127.0.0.1")),
    ]
    for watcher in watchers:
        seen = [(m.command, m.params[-1]) for m in watcher.sync() if m.command in ("730", "731")]
        assert seen == expected


def test_invisible_people_in_secret_rooms_are_online(hosted: Hosted) -> None:
    client = hosted.client("client", "#secret")
    client.command("MODE client +i", "MODE #secret +s")
    watcher = hosted.client("watcher", caps=f"extended-monitor {NOTIFY}")
    assert one(watcher.command("MONITOR + client"), "730").params[1] == "client!client@127.0.0.1"
    client.command("JOIN #other", "PART #other", "TOPIC #secret :x", "PRIVMSG #secret :x")
    assert watcher.sync() == [], "MONITOR does not report what happens in rooms"


def test_list_ends_with_the_connection(hosted: Hosted) -> None:
    first = hosted.client("watcher")
    first.command("MONITOR + client")
    first.send("QUIT")
    first.receive_rest()
    again = hosted.client("watcher")
    hosted.client("client")
    assert commands(again.command("MONITOR L")) == ["733"]


def test_each_added_nick_is_answered_once(hosted: Hosted) -> None:
    watcher = hosted.client("watcher")
    for number in range(5):
        hosted.client(f"here{number}")
    names = [f"here{number}" for number in range(5)] + [f"gone{number}" for number in range(40)]
    seen = watcher.command("MONITOR + " + ",".join([*names, "", "HERE0", "Gone1"]))
    online = [word.partition("!")[0] for m in only(seen, "730") for word in m.params[1].split(",")]
    offline = [word for m in only(seen, "731") for word in m.params[1].split(",")]
    assert (online, offline) == (names[:5], names[5:])
