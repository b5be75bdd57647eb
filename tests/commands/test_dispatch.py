"""From a line to its outcome: preconditions, errors that become replies, and what every command pays for."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest

from chatcore.commands import costs
from chatcore.commands.context import Context
from chatcore.commands.dispatch import dispatch, read_command, refuse_line, rerun
from chatcore.commands.response import Response
from chatcore.commands.table import COMMANDS, Command
from chatcore.errors import AccountsUnavailable, CommandError, Leave, LineTooLong, ProtocolError
from chatcore.protocol.framing import OVERLONG
from chatcore.protocol.message import Message
from chatcore.state.events import Event
from chatcore.state.facts import Fact, Said
from chatcore.state.stream import Label
from tests.support.rerun import Rerun
from tests.support.stage import Stage, reply


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("tea", "421 tea :Unknown command"),
        ("JOIN #room", "451 :You have not chosen a username yet"),
        ("USER a b c", "461 USER :Not enough parameters: USER <user> 0 * <realname>"),
    ],
)
def test_an_unmet_precondition_is_the_answer(line: str, answer: str) -> None:
    outcome = Stage().stranger().says(line)
    assert outcome.replies == [reply(answer.replace("421 tea", "421 TEA"))]
    assert outcome.events == ()


def test_nothing_answers_a_notice() -> None:
    assert Stage().actor("alice").says("NOTICE nobody :hello").replies == []


@pytest.mark.parametrize(
    ("line", "error"), [(OVERLONG, LineTooLong), (b"x" * 511, LineTooLong), (b":only-a-source", ProtocolError)]
)
def test_a_malformed_line_gets_the_numeric_of_its_defect(line: bytes | None, error: type[ProtocolError]) -> None:
    with pytest.raises(error) as raised:
        read_command(line)
    response = refuse_line(Stage().actor("alice").ctx, raised.value)
    numeric = "417" if error is LineTooLong else "421"
    assert [answer[0] for answer in response.replies] == [numeric]


def test_invalid_utf8_is_replaced_in_part_and_refused_in_messages() -> None:
    assert read_command(b"PART #room :\xff")[0].params[1] == "\ufffd"
    with pytest.raises(UnicodeDecodeError) as raised:
        read_command(b"PRIVMSG #room :\xff")
    assert refuse_line(Stage().actor("alice").ctx, raised.value).replies[0][2] == "INVALID_UTF8"


@pytest.mark.parametrize("caps", ["", "batch labeled-response"])
def test_labels_need_the_capability(caps: str) -> None:
    stage = Stage()
    alice = stage.actor("alice", caps=caps)
    alice.says("@label=L JOIN #room")
    assert stage.stream.labels[-1] == (Label(alice.client.id, "L") if caps else None)
    alice.says(f"@label={'L' * 64} PART #room")
    assert (stage.stream.labels[-1] is not None) is bool(caps)
    alice.says(f"@label={'é' * 33} JOIN #room")
    assert stage.stream.labels[-1] is None, "> The value MUST NOT exceed 64 bytes."


def _planted(monkeypatch: pytest.MonkeyPatch, handler: object) -> Context:
    monkeypatch.setitem(COMMANDS, "TIME", Command(handler, cost=lambda ctx, message: 2.5))  # type: ignore[arg-type]
    return Stage().actor("alice").ctx


def test_an_error_becomes_a_reply_or_ends_the_visit(monkeypatch: pytest.MonkeyPatch) -> None:
    def lose_the_accounts(ctx: Context, message: Message) -> None:
        raise AccountsUnavailable("locked")

    def leave(ctx: Context, message: Message) -> None:
        ctx.reply("381", "before")
        raise Leave("enough")

    response = dispatch(_planted(monkeypatch, lose_the_accounts), *read_command(b"TIME"))
    assert [answer[:2] for answer in response.replies] == [("400", "TIME")]
    response = dispatch(_planted(monkeypatch, leave), *read_command(b"TIME"))
    assert (response.replies, response.end_reason) == ([("381", "before")], "enough")


def test_long_answers_and_many_messages_are_charged_after_the_handler(monkeypatch: pytest.MonkeyPatch) -> None:
    def answer_at_length(ctx: Context, message: Message) -> None:
        for _ in range(costs.ANSWER_LINES_PER_TOKEN * 3 + 1):
            ctx.reply("372", "x")

    def say_much(ctx: Context, message: Message) -> None:
        ctx.publish(*[Said(1, "#room", "PRIVMSG", "x")] * 5)

    def say_little(ctx: Context, message: Message) -> None:
        ctx.publish(*[Said(1, "#room", "PRIVMSG", "x")] * 3)

    for handler, tokens in ((answer_at_length, 2.5 + 3), (say_much, 4), (say_little, 2.5)):
        assert dispatch(_planted(monkeypatch, handler), *read_command(b"TIME")).tokens == tokens


def test_a_command_replies_before_it_publishes_and_publishes_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def publish(ctx: Context, message: Message) -> None:
        ctx.publish(Said(1, "#room", "PRIVMSG", "x"))

    ctx = _planted(monkeypatch, publish)
    dispatch(ctx, *read_command(b"TIME"))
    with pytest.raises(RuntimeError):
        ctx.publish()
    with pytest.raises(RuntimeError):
        ctx.reply("391", "too late")


@pytest.mark.parametrize(
    "question",
    ["TOPIC #room", "MODE #room", "MODE #room b", "MODE #room +b", "MODE #room -bb+e", "MODE alice", "INVITE"],
)
def test_questions_are_answered_while_the_log_cannot_be_written(question: str) -> None:
    stage = Stage()
    alice = stage.actor("alice", "#room")
    stage.services.is_log_writable = False
    outcome = alice.says(question)
    assert outcome.replies != []
    assert "400" not in outcome.codes


@pytest.mark.parametrize(
    "change",
    ["TOPIC #room :", "MODE #room +b x", "MODE #room bm", "MODE #room +z", "MODE alice +i", "INVITE bob #room"],
)
def test_changes_are_refused_while_the_log_cannot_be_written(change: str) -> None:
    stage = Stage()
    alice = stage.actor("alice", "#room")
    stage.services.is_log_writable = False
    assert alice.says(change).codes == ["400"]


def _facts_without_a_log() -> set[str]:
    """Return the facts that random commands publish while the log cannot be written. TAGMSG is never logged."""
    rerun = Rerun(3)
    published: list[Event] = []
    for _ in range(1200):
        rerun.step()
        rerun.step()
        published += rerun.step(is_log_writable=False)
    facts = [event for event in published if isinstance(event, get_args(Fact))]
    return {type(event).__name__ for event in facts if getattr(event, "command", "") != "TAGMSG"}


def test_no_command_publishes_facts_while_the_log_cannot_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _facts_without_a_log() == set()
    monkeypatch.setitem(COMMANDS, "SETNAME", replace(COMMANDS["SETNAME"], is_logged=False))
    assert _facts_without_a_log() == {"RealnameChanged"}, "a command wrongly marked as not logged is found"


def test_a_substitute_for_the_handler_is_called_after_all_checks() -> None:
    alice, asked = Stage().actor("alice"), list[str]()

    def run(ctx: Context, message: Message, row: Command) -> None:
        asked.append(f"{message.command} for {ctx.response.tokens}")
        raise CommandError("400", message.command, "Not now")

    for line in (b"KICK #room", b"NONSENSE"):
        dispatch(alice.ctx, *read_command(line), run)
    assert asked == []
    response = dispatch(alice.ctx, *read_command(b"KICK #room bob,carol"), run)
    assert (asked, response.tokens) == (["KICK for 1"], 1)
    assert response.replies == [("400", "KICK", "Not now")]


def test_a_rerun_command_is_neither_checked_nor_charged_again() -> None:
    stage = Stage()
    alice = stage.actor("alice", "#room", "#other")
    stage.services.is_log_writable = False
    response = Response(Label(alice.client.id, "L"))
    response.tokens = 1
    rerun(alice.ctx, read_command(b"PRIVMSG #room,#other,nobody :tea")[0], response)
    assert [reply[0] for reply in response.replies] == ["401"]
    assert (response.tokens, response.published, response.end_reason) == (1, 2, None)
    assert stage.stream.labels[-1] == response.label
    rerun(alice.ctx, read_command(b"NOTICE nobody :tea")[0], response := Response())
    assert response.replies == []
