"""The checker finds every kind of fault in a transcript, and none in a correct one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.cluster.checker import check
from tests.faults.cluster.transcript import FULL_CAPS, Transcript, Visit, load

ANN, BOB, EVE = "127.0.0.1:1001", "127.0.0.2:1002", "127.0.0.3:1003"
SHARED = f"""\
01 connect ann {ANN} :Ann
02 connect bob {BOB} :Bob
03 join #one ann {ANN}
04 topic #one ann :tea
05 join #one bob {BOB}
06 message #one ann :hello
07 message #one bob :hello ann
08 private-message bob ann :secret
09 nick bob rob
10 redact #one ann ann 2026-01-01T00:00:06.000Z :sorry
11 connect eve {EVE} :Eve
12 join #one eve {EVE}
13 quit eve {EVE} :bye
14 message #one ann :last
"""
SEEN_BY_ANN = """\
03 ann JOIN #one
04 ann TOPIC #one :tea
05 bob JOIN #one
06 ann PRIVMSG #one :hello
07 bob PRIVMSG #one :hello ann
08 bob PRIVMSG ann :secret
09 bob NICK :rob
10 ann REDACT #one 06 :sorry
12 eve JOIN #one
13 eve QUIT :bye
14 ann PRIVMSG #one :last
"""
SEEN_BY_BOB = """\
05 bob JOIN #one
06 ann PRIVMSG #one :hello
08 bob PRIVMSG ann :secret
07 bob PRIVMSG #one :hello ann
09 bob NICK :rob
12 eve JOIN #one
13 eve QUIT :bye
14 ann PRIVMSG #one :last
"""


def _time(number: str) -> str:
    return f"2026-01-01T00:00:{number}.000Z"


def log_of(text: str, *, start: str = "00 start :here\n") -> bytes:
    """Return a log; each line begins with its second."""
    return "".join(f"{_time(line[:2])}{line[2:]}\n" for line in (start + text).splitlines()).encode()


def seen(text: str, *, tagged: bool = True) -> list[str]:
    """Return lines of IRC, each written with its second, which is also its msgid, and its sender."""
    lines = []
    for line in text.splitlines():
        number, nick, rest = line.split(" ", 2)
        tags = f"@time={_time(number)};msgid={number} " if tagged else ""
        lines.append(f"{tags}:{nick}!u@h {rest}")
    return lines


def _transcript() -> Transcript:
    bob = "\n".join(line for line in SEEN_BY_BOB.splitlines() if " bob PRIVMSG" not in line)
    return Transcript(
        "seed",
        {"A": log_of(SHARED), "B": log_of(SHARED, start="")},
        [
            Visit("A", "ann", ANN, FULL_CAPS, seen(SEEN_BY_ANN), "here"),
            Visit("B", "bob", BOB, "", seen(bob, tagged=False), "here"),
            Visit("B", "eve", EVE, FULL_CAPS, seen("12 eve JOIN #one"), "quit"),
        ],
        "last",
        ["hello"],
        {name: ["NAMES #one ann rob", "TOPIC #one tea", "324 #one +nt"] for name in "AB"},
        {"#one": {name: [("07", "bob", "hello ann"), ("14", "ann", "last")] for name in "AB"}},
    )


def _cut_off_ann(transcript: Transcript) -> None:
    transcript.visits[0].end = "cut"
    transcript.logs = {
        name: log + log_of(f"15 lost ann {ANN} :gone", start="") for name, log in transcript.logs.items()
    }
    transcript.facts = {name: ["NAMES #one rob", *facts[1:]] for name, facts in transcript.facts.items()}


def _without(log: bytes, part: bytes) -> bytes:
    return b"".join(line for line in log.splitlines(keepends=True) if part not in line)


def test_a_correct_transcript_has_no_findings() -> None:
    assert check(_transcript()) == []


def test_a_transcript_is_saved_and_loaded(tmp_path: Path) -> None:
    _transcript().save(tmp_path)
    assert load(tmp_path) == _transcript()


def test_lines_after_the_last_message_are_not_compared() -> None:
    transcript = _transcript()
    transcript.logs["B"] += log_of("15 lost ann 127.0.0.1:1001 :gone\n16 stop :bye", start="")
    assert check(transcript) == []


def test_a_cut_visit_may_have_seen_only_the_beginning() -> None:
    transcript = _transcript()
    transcript.visits[0].received = transcript.visits[0].received[:5]
    _cut_off_ann(transcript)
    assert check(transcript) == []


def test_a_fully_informed_watcher_is_accepted() -> None:
    transcript = _transcript()
    _watch(transcript, "11 730 ann :eve!u@h", "13 731 ann :eve")
    assert check(transcript) == []


def test_a_token_may_be_refused_after_a_quit() -> None:
    transcript = _transcript()
    transcript.refused.append(("eve", EVE))
    assert check(transcript) == []


def test_a_permitted_gap_is_accepted() -> None:
    transcript = _transcript()
    lines = log_of(SHARED).splitlines(keepends=True)
    transcript.logs["B"] = b"".join([*lines[:3], f"{_time('09')} gap 3 9\n".encode(), *lines[9:]])
    transcript.gaps_allowed = True
    assert check(transcript) == []


def _drop_a_line_from_one_log(transcript: Transcript) -> None:
    transcript.logs["B"] = _without(transcript.logs["B"], b"topic")


def _drop_a_message_from_all_logs(transcript: Transcript) -> None:
    transcript.logs = {name: _without(log, b":hello\n") for name, log in transcript.logs.items()}


def _change_a_time(transcript: Transcript) -> None:
    transcript.logs["B"] = transcript.logs["B"].replace(b":04.000Z", b":04.001Z")


def _log_a_message_twice(transcript: Transcript) -> None:
    transcript.logs = {name: log_of(SHARED.replace("07", "06 message #one ann :hello\n07")) for name in "AB"}


def _swap_two_received_lines(transcript: Transcript) -> None:
    lines = transcript.visits[0].received
    lines[3], lines[4] = lines[4], lines[3]


def _receive_a_line_twice(transcript: Transcript) -> None:
    transcript.visits[0].received.insert(4, transcript.visits[0].received[3])


def _skip_a_received_line(transcript: Transcript) -> None:
    del transcript.visits[0].received[4]


def _skip_the_last_received_line(transcript: Transcript) -> None:
    del transcript.visits[0].received[-1]


def _receive_nothing_before_quitting(transcript: Transcript) -> None:
    transcript.visits[2].received.clear()


def _drop_a_quit_everywhere(transcript: Transcript) -> None:
    transcript.logs = {name: _without(log, b"quit eve") for name, log in transcript.logs.items()}
    transcript.visits[0].received = [line for line in transcript.visits[0].received if "QUIT" not in line]
    transcript.visits[1].received = [line for line in transcript.visits[1].received if "QUIT" not in line]


def _receive_a_line_before_it_is_logged(transcript: Transcript) -> None:
    _cut_off_ann(transcript)
    transcript.visits[0].log_bytes = transcript.logs["A"].index(b":last")


def _add_a_visit_that_is_not_logged(transcript: Transcript) -> None:
    transcript.visits.append(Visit("A", "zoe", "127.0.0.4:1", ""))


def _change_a_msgid_on_one_tracker(transcript: Transcript) -> None:
    transcript.histories["#one"]["B"][0] = ("77", "bob", "hello ann")


def _drop_a_message_from_one_history(transcript: Transcript) -> None:
    del transcript.histories["#one"]["B"][0]


def _keep_a_redacted_message(transcript: Transcript) -> None:
    transcript.histories["#one"]["A"].insert(0, ("06", "ann", "hello"))


def _change_the_modes_on_one_tracker(transcript: Transcript) -> None:
    transcript.facts["B"][2] = "324 #one +n"


def _drop_a_member_on_all_trackers(transcript: Transcript) -> None:
    transcript.facts = {name: ["NAMES #one ann", *facts[1:]] for name, facts in transcript.facts.items()}


def _connect_under_a_taken_nick(transcript: Transcript) -> None:
    for name in "AB":
        transcript.logs[name] += log_of("15 connect ann 127.0.0.9:9 :Ann", start="")


def _drop_the_last_message_from_one_log(transcript: Transcript) -> None:
    transcript.logs["B"] = _without(transcript.logs["B"], b":last")


def _damage_a_line(transcript: Transcript) -> None:
    transcript.logs["B"] = transcript.logs["B"].replace(b" topic", b"topic")


def _report_a_gap(transcript: Transcript) -> None:
    transcript.logs["B"] += log_of("15 gap 3 9", start="")


def _drop_a_line_after_a_gap(transcript: Transcript) -> None:
    lines = log_of(SHARED).splitlines(keepends=True)
    transcript.logs["B"] = b"".join([*lines[:3], f"{_time('09')} gap 3 9\n".encode(), lines[9], *lines[11:]])
    transcript.gaps_allowed = True


def _leave_a_ghost(transcript: Transcript) -> None:
    for name in "AB":
        transcript.logs[name] += log_of("15 connect joe 127.0.0.9:9 :Joe", start="")


def _act_after_being_lost(transcript: Transcript) -> None:
    for name in "AB":
        transcript.logs[name] += log_of(f"15 lost ann {ANN} :gone\n16 message #one ann :more", start="")


def _stay_after_a_kill(transcript: Transcript) -> None:
    for name in "AB":
        transcript.logs[name] += log_of("15 kill rob ann :enough", start="")


def _refuse_a_good_token(transcript: Transcript) -> None:
    _cut_off_ann(transcript)
    transcript.refused.append(("ann", ANN))


def _refuse_a_login_on_one_tracker(transcript: Transcript) -> None:
    transcript.accounts.append("ann")
    transcript.facts["A"].append("LOGIN ann yes")
    transcript.facts["B"].append("LOGIN ann no")


def _watch(transcript: Transcript, *told: str) -> None:
    answer = f"@label=1;time={_time('10')} :tracker.chat 731 ann :eve"
    changes = [f"@time={_time(line[:2])} :tracker.chat {line[3:]}" for line in told]
    transcript.visits[0].received += [answer, *changes]


def _miss_a_watched_arrival(transcript: Transcript) -> None:
    _watch(transcript, "13 731 ann :eve")


def _miss_a_watched_departure(transcript: Transcript) -> None:
    _watch(transcript, "11 730 ann :eve!u@h")


def _add_a_trouble(transcript: Transcript) -> None:
    transcript.troubles.append("A ended by itself")


@pytest.mark.parametrize(
    ("spoil", "rules"),
    [
        (_drop_a_line_from_one_log, {"equal logs"}),
        (_drop_a_message_from_all_logs, {"lost", "order"}),
        (_change_a_time, {"equal logs"}),
        (_log_a_message_twice, {"twice", "order"}),
        (_swap_two_received_lines, {"order"}),
        (_receive_a_line_twice, {"order"}),
        (_skip_a_received_line, {"order"}),
        (_skip_the_last_received_line, {"not delivered"}),
        (_receive_nothing_before_quitting, {"not delivered"}),
        (_drop_a_quit_everywhere, {"not delivered", "facts", "ghosts"}),
        (_receive_a_line_before_it_is_logged, {"delivered first"}),
        (_add_a_visit_that_is_not_logged, {"unlogged"}),
        (_change_a_msgid_on_one_tracker, {"msgid"}),
        (_drop_a_message_from_one_history, {"history"}),
        (_keep_a_redacted_message, {"history"}),
        (_change_the_modes_on_one_tracker, {"facts"}),
        (_drop_a_member_on_all_trackers, {"facts"}),
        (_connect_under_a_taken_nick, {"contradiction"}),
        (_drop_the_last_message_from_one_log, {"last", "equal logs", "order", "history"}),
        (_damage_a_line, {"lines", "gap"}),
        (_report_a_gap, {"gap"}),
        (_drop_a_line_after_a_gap, {"equal logs"}),
        (_leave_a_ghost, {"ghosts"}),
        (_act_after_being_lost, {"fence"}),
        (_stay_after_a_kill, {"killed"}),
        (_refuse_a_good_token, {"resume"}),
        (_refuse_a_login_on_one_tracker, {"accounts", "facts"}),
        (_miss_a_watched_arrival, {"monitor"}),
        (_miss_a_watched_departure, {"monitor"}),
        (_add_a_trouble, {"stage"}),
    ],
)
def test_a_spoiled_transcript_has_findings(spoil: Callable[[Transcript], None], rules: set[str]) -> None:
    transcript = _transcript()
    spoil(transcript)
    found = {finding.rule for finding in check(transcript)}
    assert found, "the checker found nothing"
    assert found == rules
