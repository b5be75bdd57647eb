"""BATCH and its lines: what becomes one message, and what is dropped with which error."""

from __future__ import annotations

import pytest

from chatcore.commands.dispatch import read_command, refuse_line
from chatcore.commands.multiline import MAX_SILENCE_S
from chatcore.config import Limits
from chatcore.errors import ProtocolError
from chatcore.protocol.multiline import MAX_BYTES, MAX_LINES, Part, join
from chatcore.state.facts import Said, SaidPrivately, SaidToAbsent
from chatcore.state.stream import Label
from tests.support.composed import CAPS, batch_lines
from tests.support.stage import Actor, Outcome, Stage
from tests.support.stage_services import StageArchive

_PARTS = [Part("hello", False), Part("", False), Part("how is ", False), Part("everyone?", True)]
_TEXT = "hello\n\nhow is \n\reveryone?"


@pytest.fixture
def stage() -> Stage:
    return Stage(limits=Limits(max_targets=3))


@pytest.fixture
def alice(stage: Stage) -> Actor:
    return stage.actor("alice", "#room", caps=f"{CAPS} labeled-response")


@pytest.fixture
def bob(stage: Stage, alice: Actor) -> Actor:
    return stage.actor("bob", "#room")


def _run(actor: Actor, *lines: str) -> list[Outcome]:
    return [actor.says(line) for line in lines]


def _last(actor: Actor, *lines: str) -> Outcome:
    """Run lines; check that only the last has an effect, and return its outcome."""
    *before, last = _run(actor, *lines)
    assert not any(outcome.replies or outcome.events for outcome in before)
    return last


def _failure(outcome: Outcome) -> tuple[str, ...]:
    """Return the one FAIL of an outcome, without its text."""
    assert not outcome.events
    ((fail, command, *code, words),) = outcome.replies
    assert (fail, command) == ("FAIL", "BATCH")
    assert words
    return tuple(code)


@pytest.mark.parametrize("command", ["PRIVMSG", "NOTICE", "privmsg"])
def test_lines_become_one_message_with_the_opening_lines_tags(alice: Actor, command: str) -> None:
    lines = batch_lines(_PARTS, "#ROOM", command=command)
    outcome = _last(alice, f"@+x=y {lines[0]}", *lines[1:])
    assert outcome.events == (Said(alice.client.id, "#room", command.upper(), _TEXT, (("+x", "y"),)),)
    assert join(_PARTS) == _TEXT


def test_a_batch_goes_to_people_and_to_several_targets(alice: Actor, bob: Actor) -> None:
    to_bob = SaidPrivately(alice.client.id, bob.client.id, "PRIVMSG", _TEXT)
    assert _last(alice, *batch_lines(_PARTS, "BOB")).events == (to_bob,)
    outcome = _last(alice, *batch_lines(_PARTS, "bob,#room"))
    assert outcome.events == (to_bob, Said(alice.client.id, "#room", "PRIVMSG", _TEXT))
    assert outcome.tokens == len(_PARTS), "each further target costs what its lines would"


def test_a_batch_waits_for_an_absent_account(stage: Stage, alice: Actor) -> None:
    stage.services.keys.accounts["dora"] = "secret"
    stage.services.archive = StageArchive()
    outcome = _last(alice, *batch_lines(_PARTS, "dora"))
    assert outcome.events == (SaidToAbsent(alice.client.id, "dora", "id-of-dora", "PRIVMSG", _TEXT),)


def test_a_batch_of_one_line_is_an_ordinary_message(alice: Actor) -> None:
    outcome = _last(alice, *batch_lines([Part("\x01ACTION waves\x01", False)], "#room"))
    assert outcome.events == (Said(alice.client.id, "#room", "PRIVMSG", "\x01ACTION waves\x01"),)


def test_a_line_joined_from_parts_is_not_wrapped(alice: Actor) -> None:
    parts = [Part("x" * 480, False), Part("y" * 480, True)]
    assert _last(alice, *batch_lines(parts, "#room")).events == (
        Said(alice.client.id, "#room", "PRIVMSG", "x" * 480 + "\n\r" + "y" * 480),
    )


def test_a_batch_of_the_advertised_size_fits(stage: Stage, alice: Actor) -> None:
    lines = [Part("x", False)] * MAX_LINES
    assert len(_last(alice, *batch_lines(lines, "#room")).events) == 1
    size = MAX_BYTES // 64
    assert len(_last(alice, *batch_lines([Part("x" * size, bool(n)) for n in range(64)], "#room")).events) == 1
    assert stage.registry.compositions.used_bytes == 0


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        (["@batch=1 PRIVMSG #room x"] * (MAX_LINES + 1), ("MULTILINE_MAX_LINES", str(MAX_LINES))),
        (["@batch=1 PRIVMSG #room " + "x" * 400] * 41, ("MULTILINE_MAX_BYTES", str(MAX_BYTES))),
        (["@batch=1 PRIVMSG #other x"], ("MULTILINE_INVALID_TARGET", "#room", "#other")),
        (["@batch=1 PRIVMSG #room x", "@batch=1 NOTICE #room x"], ("MULTILINE_INVALID",)),
        (["@batch=1 TAGMSG #room"], ("MULTILINE_INVALID",)),
        (["@batch=1 JOIN #other"], ("MULTILINE_INVALID",)),
        (["@batch=1 NONSENSE"], ("MULTILINE_INVALID",)),
        (["@batch=1 PRIVMSG #room"], ("MULTILINE_INVALID",)),
        (["@batch=1 NOTICE #room"], ("MULTILINE_INVALID",)),
        (["@batch=1 PRIVMSG #room x", "@batch=1;draft/multiline-concat PRIVMSG #room :"], ("MULTILINE_INVALID",)),
        (["@batch=1;+react=x PRIVMSG #room x"], ("MULTILINE_INVALID",)),
        (["@batch=1;label=x PRIVMSG #room x"], ("MULTILINE_INVALID",)),
        (["@batch=1 BATCH +2 draft/multiline #room"], ("MULTILINE_INVALID",)),
        (["@batch=2 PRIVMSG #room x"], ("MULTILINE_INVALID",)),
        (["@batch=1 PRIVMSG #room x", "BATCH +2 draft/multiline #room"], ("MULTILINE_INVALID",)),
        (["BATCH -2"], ("MULTILINE_INVALID",)),
        (["BATCH -1"], ("MULTILINE_INVALID",)),
        (["@batch=1 PRIVMSG #room :", "@batch=1 PRIVMSG #room :", "BATCH -1"], ("MULTILINE_INVALID",)),
        (["@batch=1 PRIVMSG #room x", "@batch=1 PRIVMSG #room :\x01PING\x01", "BATCH -1"], ("MULTILINE_INVALID",)),
    ],
)
def test_an_invalid_batch_is_dropped_with_a_reason(
    stage: Stage, alice: Actor, lines: list[str], code: tuple[str, ...]
) -> None:
    assert _failure(_last(alice, "BATCH +1 draft/multiline #room", *lines)) == code
    assert stage.registry.compositions.used_bytes == 0
    assert alice.says("PRIVMSG #room :on").events, "a line outside of a batch is delivered"


def test_the_rest_of_a_dropped_batch_is_ignored(alice: Actor) -> None:
    lines = ["@batch=1 PRIVMSG #other x", "@batch=1;+x PRIVMSG #room x", "@batch=1 TAGMSG #room", "BATCH -1"]
    first, *others = _run(alice, "BATCH +1 draft/multiline #room", *lines)[1:]
    assert _failure(first)
    assert not any(outcome.replies or outcome.events for outcome in others)
    assert _failure(alice.says("@batch=1 PRIVMSG #room x")) == ("MULTILINE_INVALID",), "the batch has already ended"
    assert not alice.says("@batch=1 PRIVMSG #room x").replies, "the error comes once per batch"
    assert _failure(alice.says(f"@batch={'x' * 4000} PRIVMSG #room x")) == ("MULTILINE_INVALID",)
    assert not alice.says(f"@batch={'x' * 4000} PRIVMSG #room x").replies
    assert alice.ctx.composition is not None
    assert len(alice.ctx.composition.reference) < 100, "a stored reference is cut"
    assert _last(alice, *batch_lines(_PARTS, "#room")).events
    assert _failure(alice.says("BATCH -1")) == ("MULTILINE_INVALID",)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("BATCH +a_b draft/multiline #room", ("INVALID_REFTAG", "a_b")),
        ("BATCH + draft/multiline #room", ("INVALID_REFTAG", "*")),
        (f"BATCH +{'x' * 65} draft/multiline #room", ("INVALID_REFTAG", "x" * 65)),
        ("BATCH 1 draft/multiline #room", ("INVALID_REFTAG", "1")),
        ("BATCH :", ("INVALID_REFTAG", "*")),
        ("BATCH +1 netsplit a b", ("UNKNOWN_TYPE", "1", "netsplit")),
        ("BATCH +1", ("UNKNOWN_TYPE", "1", "*")),
        ("BATCH +1 draft/multiline", ("MULTILINE_INVALID",)),
    ],
)
def test_an_invalid_opening_is_refused(alice: Actor, line: str, code: tuple[str, ...]) -> None:
    assert _failure(alice.says(line)) == code


@pytest.mark.parametrize("caps", ["message-tags", "batch message-tags", "draft/multiline"])
def test_multiline_needs_all_its_capabilities(stage: Stage, alice: Actor, caps: str) -> None:
    actor = stage.actor("carol", "#room", caps=caps)
    outcomes = _run(actor, *batch_lines(_PARTS, "#room"))
    assert _failure(outcomes[0]) == ("UNKNOWN_TYPE", "1", "draft/multiline")
    assert not any(outcome.replies or outcome.events for outcome in outcomes[1:])


def test_the_batch_tag_is_ignored_without_the_capability(stage: Stage, alice: Actor, bob: Actor) -> None:
    assert len(bob.says("@batch=1 PRIVMSG #room :x").events) == 1
    assert stage.stranger().says("@batch=1 PRIVMSG #room :x").codes == ["451"]


def test_an_idle_batch_times_out(stage: Stage, alice: Actor) -> None:
    for last in ("@batch=1 PRIVMSG #room x", "BATCH -1"):
        _last(alice, "BATCH +1 draft/multiline #room", "@batch=1 PRIVMSG #room x")
        stage.services.time += MAX_SILENCE_S
        assert not alice.says("@batch=1 PRIVMSG #room x").replies
        stage.services.time += MAX_SILENCE_S + 1
        assert _failure(alice.says(last)) == ("TIMEOUT", "1")
    assert _last(alice, *batch_lines(_PARTS, "#room")).events


@pytest.mark.parametrize("last", ["@batch=1 PRIVMSG #room x", "BATCH -1"])
def test_an_evicted_batch_reports_a_timeout(stage: Stage, alice: Actor, last: str) -> None:
    _last(alice, "BATCH +1 draft/multiline #room", "@batch=1 PRIVMSG #room x")
    assert alice.ctx.composition is not None
    stage.registry.compositions.end(alice.ctx.composition)
    assert _failure(alice.says(last)) == ("TIMEOUT", "1")


def test_an_empty_batch_is_replaced_by_another(alice: Actor) -> None:
    assert _last(alice, "BATCH +0 draft/multiline #room", *batch_lines(_PARTS, "#room")).events


def test_an_unreadable_line_drops_the_batch(alice: Actor) -> None:
    _last(alice, "BATCH +1 draft/multiline #room", "@batch=1 PRIVMSG #room x")
    for expected in (["*", "BATCH"], ["*"]):
        with pytest.raises(UnicodeDecodeError) as raised:
            read_command(b"@batch=1 PRIVMSG #room :\xff")
        assert [answer[1] for answer in refuse_line(alice.ctx, raised.value).replies] == expected
    assert alice.says("BATCH -1").replies == []
    with pytest.raises(ProtocolError) as too_long:
        read_command(b"x" * 600)
    assert [answer[0] for answer in refuse_line(alice.ctx, too_long.value).replies] == ["417"]


def test_a_batch_is_subject_to_the_rules_of_one_message(stage: Stage, alice: Actor, bob: Actor) -> None:
    alice.says("MODE #room +mW 5")
    bob.says(f"CAP REQ :{CAPS}")
    assert _last(bob, *batch_lines(_PARTS, "#room")).codes == ["404"]
    assert _last(bob, *batch_lines(_PARTS, "#room", command="NOTICE")).codes == []
    alice.says("MODE #room -m")
    assert len(_last(bob, *batch_lines(_PARTS, "#room")).events) == 1
    assert _last(bob, *batch_lines(_PARTS, "#room")).codes == ["404"], "a slow room counts a batch as one message"
    stage.services.is_log_writable = False
    refused = _last(alice, *batch_lines(_PARTS, "#room")).replies
    assert [answer[:2] for answer in refused] == [("400", "PRIVMSG")]


def test_the_opening_lines_label_is_the_batchs(stage: Stage, alice: Actor) -> None:
    first, *lines = batch_lines(_PARTS, "#room")
    label = Label(alice.client.id, "L")
    before = len(stage.stream.appended)
    for line in (f"@label=L {first}", *lines[:-1]):
        alice.says(line)
        assert alice.ctx.response.label is None
    alice.says(f"@label=M {lines[-1]}")
    assert stage.stream.labels[before:] == [label]
    assert alice.ctx.response.label == label
    alice.says(f"@label=L {first}")
    assert _failure(alice.says("@batch=1 PRIVMSG #other x"))
    assert alice.ctx.response.label == label


def test_an_open_batch_ends_with_its_visit(stage: Stage, alice: Actor, bob: Actor) -> None:
    _last(alice, "BATCH +1 draft/multiline #room", "@batch=1 PRIVMSG #room x")
    assert stage.registry.compositions.used_bytes > 0
    alice.ctx.close()
    bob.ctx.close()
    assert stage.registry.compositions.used_bytes == 0
