"""Who may read private conversations, and anything under another server password: see `row`."""

from __future__ import annotations

from tests.integration.archive.row import RESTARTED, RUNNING, Row

PEOPLE = [
    Row(
        "a private conversation is for the accounts that had it, from whichever visit",
        "ann: PRIVMSG bob :one\nbob: PRIVMSG ann :two",
        "ann2: JOIN #room\nbob2: JOIN #room",
        {"ann2": "one two", "bob2": "one two", "cat": "", "eve": ""},
    ),
    Row(
        "who has a nick later reads nothing of a visit that had it before; the account that it talked with does",
        "guest: PRIVMSG ann :one\nann: PRIVMSG guest :two\nguest: QUIT",
        "eve: JOIN #room",
        {"ann": "one two", "eve": ""},
    ),
    Row(
        "... nor when it is here, under that nick; then the account finds it by searching alone",
        "guest: PRIVMSG ann :one\nguest: QUIT",
        "guest: JOIN #room",
        {"guest": "", "ann": ""},
        {"ann": "one"},
    ),
    Row(
        "two visits without an account have each other's words as long as they last",
        "eve: PRIVMSG mal :one\nmal: PRIVMSG eve :two\nmal: QUIT",
        "mal: JOIN #room",
        {"mal": ""},
    ),
    Row(
        "a visit of the next run is not the one of the same number before",
        "eve: JOIN #room\neve: PRIVMSG eve :note\nbob: PRIVMSG eve :one",
        "mal: JOIN #room\neve: JOIN #room",
        {"mal": "", "eve": ""},
        when=RESTARTED,
    ),
    Row(
        "who takes over a nick takes over nothing else",
        "eve: PRIVMSG bob :one\neve: NICK evil\nmal: NICK eve",
        "bob: JOIN #room",
        {"mal": "", "bob": "one"},
        when=RUNNING,
    ),
    Row(
        "an account of the same name is another one",
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
        "with log_private = false no private word is kept, only those of rooms",
        "ann: PRIVMSG bob :private\nann: JOIN #room\nann: PRIVMSG #room :open",
        "ann: JOIN #room\nbob: JOIN #room",
        {"ann": "open", "bob": "open"},
        when=RESTARTED,
        settings={"log_private": False},
    ),
    Row(
        "... nor can it be searched while memory still has it",
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
        "under the same password nothing is different",
        _SECRETS,
        _ALL_JOIN,
        {"ann": "open closed private", "eve": "open closed", "cat": "open closed", "bob": "private"},
        when=RESTARTED,
        settings={"password": "first"},
    ),
    Row(
        "under another password rooms are for accounts that were there, private words for those who had them",
        f"{_SECRETS}restart password='second'",
        _ALL_JOIN,
        {"ann": "open closed private", "eve": "", "cat": "", "bob": "private"},
        settings={"password": "first"},
    ),
    Row(
        "with no password any more the same",
        f"{_SECRETS}restart password=''",
        _ALL_JOIN,
        {"ann": "open closed private", "eve": "", "cat": "", "bob": "private"},
        settings={"password": "first"},
    ),
    Row(
        "with a password for the first time the same",
        f"{_SECRETS}restart password='first'",
        _ALL_JOIN,
        {"ann": "open closed private", "eve": "", "cat": "", "bob": "private"},
    ),
    Row(
        "back under the first password all is as it was, and what was said under the second is not there",
        f"{_SECRETS}restart password='second'\nbob: JOIN #room tea\nbob: PRIVMSG #room :later\nbob: JOIN #open\n"
        "bob: PRIVMSG #open :outside\nrestart password='first'",
        f"{_ALL_JOIN}\neve: JOIN #open\nbob: JOIN #open",
        {"ann": "open closed private", "eve": "open closed", "cat": "open closed", "bob": "outside private"},
        {"bob": "later"},
        settings={"password": "first"},
    ),
    Row(
        "history_across_passwords opens what was said before",
        f"{_SECRETS}restart password='second' history_across_passwords=True",
        _ALL_JOIN,
        {"ann": "open closed private", "eve": "open closed", "cat": "open closed", "bob": "private"},
        settings={"password": "first"},
    ),
    Row(
        "... for good, under that password",
        f"{_SECRETS}restart password='second' history_across_passwords=True\n"
        "restart password='second' history_across_passwords=False",
        _ALL_JOIN,
        {"ann": "open closed private", "eve": "open closed", "cat": "open closed", "bob": "private"},
        settings={"password": "first"},
    ),
    Row(
        "... but not for those who know the first alone what came under the second",
        f"{_SECRETS}restart password='second' history_across_passwords=True\nbob: JOIN #room tea\n"
        "bob: PRIVMSG #room :later\nrestart password='first' history_across_passwords=False",
        _ALL_JOIN,
        {"ann": "open closed private", "eve": "open closed", "cat": "open closed"},
        {"bob": "private later"},
        settings={"password": "first"},
    ),
    Row(
        "another password in between keeps what was said shut to a third",
        f"{_SECRETS}restart password='second'\nrestart password='third' history_across_passwords=True",
        _ALL_JOIN,
        {"ann": "open closed private", "eve": "", "cat": ""},
        settings={"password": "first"},
    ),
    Row(
        "without an archive in between, what was kept is there again, and nothing of what was said meanwhile",
        f"{_SECRETS}restart history_days=0\nbob: JOIN #room tea\nbob: PRIVMSG #room :unkept\nbob: PRIVMSG ann :unkept\n"
        "restart history_days=90",
        f"{_ALL_JOIN}\nbob: JOIN #room tea",
        {"ann": "open closed private", "eve": "open closed", "bob": "open closed private"},
    ),
]
