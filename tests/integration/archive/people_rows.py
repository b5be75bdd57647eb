"""Who may read private conversations, and anything under another server password: see `row`."""

from __future__ import annotations

from tests.integration.archive.row import RESTARTED, RUNNING, Row

PEOPLE = [
    Row(
        "a private conversation belongs to its two accounts, on any of their visits",
        "ann: PRIVMSG bob :one\nbob: PRIVMSG ann :two",
        "ann2: JOIN #room\nbob2: JOIN #room",
        {"ann2": "one two", "bob2": "one two", "cat": "", "eve": ""},
    ),
    Row(
        "the next holder of a nick cannot read a former holder's messages, but their partner's account can",
        "guest: PRIVMSG ann :one\nann: PRIVMSG guest :two\nguest: QUIT",
        "eve: JOIN #room",
        {"ann": "one two", "eve": ""},
    ),
    Row(
        "... and while the next holder is here, that account finds them only by searching",
        "guest: PRIVMSG ann :one\nguest: QUIT",
        "guest: JOIN #room",
        {"guest": "", "ann": ""},
        {"ann": "one"},
    ),
    Row(
        "a conversation between guests is readable only as long as their visits last",
        "eve: PRIVMSG mal :one\nmal: PRIVMSG eve :two\nmal: QUIT",
        "mal: JOIN #room",
        {"mal": ""},
    ),
    Row(
        "a visit after a restart is not an earlier visit with the same number",
        "eve: JOIN #room\neve: PRIVMSG eve :note\nbob: PRIVMSG eve :one",
        "mal: JOIN #room\neve: JOIN #room",
        {"mal": "", "eve": ""},
        when=RESTARTED,
    ),
    Row(
        "a new holder of a nick gets nothing but the nick",
        "eve: PRIVMSG bob :one\neve: NICK evil\nmal: NICK eve",
        "bob: JOIN #room",
        {"mal": "", "bob": "one"},
        when=RUNNING,
    ),
    Row(
        "a new account with an old name is a different account",
        "ann: JOIN #room\nann: MODE #room +i\nann: PRIVMSG #room :closed\nann: PRIVMSG bob :private\n"
        "remove ann\nadd ann",
        "ann: JOIN #room",
        {"ann": ""},
        {"bob": "private"},
    ),
    Row(
        "a login gives a visit the account's conversations in place of its own",
        "eve: PRIVMSG bob :visit\nann: PRIVMSG bob :account\nlogin eve ann",
        "bob: JOIN #room",
        {"eve": "account"},
        when=RUNNING,
    ),
    Row(
        "with log_private = false private messages are not kept, but room messages are",
        "ann: PRIVMSG bob :private\nann: JOIN #room\nann: PRIVMSG #room :open",
        "ann: JOIN #room\nbob: JOIN #room",
        {"ann": "open", "bob": "open"},
        when=RESTARTED,
        settings={"log_private": False},
    ),
    Row(
        "... and cannot be searched, even while they are in memory",
        "ann: PRIVMSG bob :private",
        "ann: JOIN #room",
        {"cat": ""},
        when=RUNNING,
        settings={"log_private": False},
    ),
]

_SECRETS = (
    "ann: JOIN #room\nann: PRIVMSG #room :open\nann: MODE #room +k tea\nann: PRIVMSG #room :closed\n"
    "ann: PRIVMSG bob :private\n"
)
_ALL_JOIN = "ann: JOIN #room tea\neve: JOIN #room tea\ncat: JOIN #room tea"

PASSWORDS = [
    Row(
        "the same password changes nothing",
        _SECRETS,
        _ALL_JOIN,
        {"ann": "open closed private", "eve": "open closed", "cat": "open closed", "bob": "private"},
        when=RESTARTED,
        settings={"password": "first"},
    ),
    Row(
        "under another password only accounts that were there can read a room or a conversation",
        f"{_SECRETS}restart password='second'",
        _ALL_JOIN,
        {"ann": "open closed private", "eve": "", "cat": "", "bob": "private"},
        settings={"password": "first"},
    ),
    Row(
        "... and the same holds without a password",
        f"{_SECRETS}restart password=''",
        _ALL_JOIN,
        {"ann": "open closed private", "eve": "", "cat": "", "bob": "private"},
        settings={"password": "first"},
    ),
    Row(
        "... and with a first password",
        f"{_SECRETS}restart password='first'",
        _ALL_JOIN,
        {"ann": "open closed private", "eve": "", "cat": "", "bob": "private"},
    ),
    Row(
        "back under the first password everything is readable again, except what was said under the second",
        f"{_SECRETS}restart password='second'\nbob: JOIN #room tea\nbob: PRIVMSG #room :later\nbob: JOIN #open\n"
        "bob: PRIVMSG #open :outside\nrestart password='first'",
        f"{_ALL_JOIN}\neve: JOIN #open\nbob: JOIN #open",
        {"ann": "open closed private", "eve": "open closed", "cat": "open closed", "bob": "outside private"},
        {"bob": "later"},
        settings={"password": "first"},
    ),
    Row(
        "history_across_passwords opens earlier messages",
        f"{_SECRETS}restart password='second' history_across_passwords=True",
        _ALL_JOIN,
        {"ann": "open closed private", "eve": "open closed", "cat": "open closed", "bob": "private"},
        settings={"password": "first"},
    ),
    Row(
        "... permanently, under that password",
        f"{_SECRETS}restart password='second' history_across_passwords=True\n"
        "restart password='second' history_across_passwords=False",
        _ALL_JOIN,
        {"ann": "open closed private", "eve": "open closed", "cat": "open closed", "bob": "private"},
        settings={"password": "first"},
    ),
    Row(
        "... but people with only the first password cannot read what was said under the second",
        f"{_SECRETS}restart password='second' history_across_passwords=True\nbob: JOIN #room tea\n"
        "bob: PRIVMSG #room :later\nrestart password='first' history_across_passwords=False",
        _ALL_JOIN,
        {"ann": "open closed private", "eve": "open closed", "cat": "open closed"},
        {"bob": "private later"},
        settings={"password": "first"},
    ),
    Row(
        "history_across_passwords does not open messages from before the previous password",
        f"{_SECRETS}restart password='second'\nrestart password='third' history_across_passwords=True",
        _ALL_JOIN,
        {"ann": "open closed private", "eve": "", "cat": ""},
        settings={"password": "first"},
    ),
    Row(
        "after a run without an archive, earlier messages are back, and those of that run are not kept",
        f"{_SECRETS}restart history_days=0\nbob: JOIN #room tea\nbob: PRIVMSG #room :unkept\nbob: PRIVMSG ann :unkept\n"
        "restart history_days=90",
        f"{_ALL_JOIN}\nbob: JOIN #room tea",
        {"ann": "open closed private", "eve": "open closed", "bob": "open closed private"},
    ),
]
