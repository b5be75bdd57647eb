"""SEARCH: what is requested of the archive, how its answer is used, and which searches are refused."""

from __future__ import annotations

import pytest

from chatcore.config import Limits
from chatcore.errors import ArchiveUnavailable, NothingToFind
from chatcore.protocol.capabilities import MESSAGE_TAGS, SERVER_TIME
from chatcore.protocol.multiline import BREAK, MAX_LINES
from chatcore.server.outgoing.lines import Line
from chatcore.state.history import Conversation, Recorded, SearchQuery
from chatcore.state.history_identity import account_identity, visit_identity
from chatcore.state.requests import SearchRequested
from tests.support.stage import Actor, Stage
from tests.support.stage_services import StageArchive

_CAP = "soju.im/search"
_AT, _MS = "2026-01-02T03:04:05.678Z", 1767323045678


def _line(number: int, text: str = "tea", tags: str = "") -> Recorded:
    return Recorded(number << 16, number, number, "bob!b@host", None, tags, f"PRIVMSG #tea :{text}")


@pytest.fixture
def archive() -> StageArchive:
    return StageArchive()


@pytest.fixture
def stage(archive: StageArchive) -> Stage:
    stage = Stage(history=200)
    stage.services.archive = archive
    return stage


@pytest.fixture
def alice(stage: Stage) -> Actor:
    return stage.actor("alice", "#Tea", caps=_CAP)


@pytest.mark.parametrize(
    ("attributes", "query"),
    [
        ("text=tea", SearchQuery("tea", 100)),
        (r"text=tea\scake\:\\", SearchQuery("tea cake;\\", 100)),
        (":text=tea cake;in=#TEA", SearchQuery("tea cake", 100, room="#tea")),
        ("in=#elsewhere;text=tea  cake", SearchQuery("tea cake", 100, room="#elsewhere")),
        ("from=BOB;limit=7", SearchQuery("", 7, author="bob")),
        ("limit=5000", SearchQuery("", 200)),
        (f"after={_AT}", SearchQuery("", 100, after_ms=_MS)),
        (f"before={_AT};text=;in=", SearchQuery("", 100, before_ms=_MS)),
        ("before=2026-01-02", SearchQuery("", 100, before_ms=1767312000000)),
        ("text=one;text=two;;", SearchQuery("two", 100)),
    ],
)
def test_attributes_become_a_query_to_the_archive(
    alice: Actor, archive: StageArchive, attributes: str, query: SearchQuery
) -> None:
    archive.found = (_line(1), _line(2))
    outcome = alice.says(f"SEARCH {attributes}")
    assert (outcome.replies, outcome.events) == ([], (SearchRequested(alice.client.id, archive.found),))
    ((seeker, asked),) = archive.asked
    assert asked == query
    assert (seeker.identity, [*seeker.rooms]) == (visit_identity(alice.client.visit), ["#tea"])


def test_a_conversation_is_with_a_client_an_account_or_a_past_partner(
    stage: Stage, alice: Actor, archive: StageArchive
) -> None:
    bob = stage.actor("bob")
    stage.services.keys.accounts["dora"] = "secret"
    archive.partners = [Conversation("visit 77", "Gone", 1, 1), Conversation("visit 78", "bob", 1, 1)]
    for nick, identity in (
        ("BOB", visit_identity(bob.client.visit)),
        ("dora", account_identity("id-of-dora")),
        ("gone", "visit 77"),
    ):
        alice.says(f"SEARCH in={nick};text=tea")
        assert archive.asked.pop()[1] == SearchQuery("tea", 100, partner=identity)


def test_a_conversation_with_an_unknown_nick_finds_nothing(alice: Actor, archive: StageArchive) -> None:
    """Without a partner the archive would search everywhere."""
    archive.found = (_line(1),)
    assert alice.says("SEARCH in=nobody").events == (SearchRequested(alice.client.id, ()),)
    assert archive.asked == []


def test_unreadable_accounts_fail_the_search(stage: Stage, alice: Actor) -> None:
    stage.services.keys.is_unavailable = True
    outcome = alice.says("SEARCH in=dora")
    assert (outcome.codes, outcome.events) == (["400"], ())


@pytest.mark.parametrize(
    ("attributes", "named"),
    [
        ("limit=0", "limit"),
        ("limit=many", "limit"),
        ("limit=-5", "limit"),
        (f"limit={'9' * 12}", "limit"),
        ("after=yesterday", "after"),
        ("before=5", "before"),
        ("text=x;regex=.*", "regex"),
        ("tea cake", "tea cake"),
    ],
)
def test_an_invalid_attribute_is_named(alice: Actor, archive: StageArchive, attributes: str, named: str) -> None:
    outcome = alice.says(f"SEARCH {attributes}")
    assert (outcome.events, archive.asked) == ((), [])
    (failure,) = outcome.replies
    assert failure[:4] == ("FAIL", "SEARCH", "INVALID_PARAMS", named)


def test_a_search_needs_an_attribute(alice: Actor) -> None:
    assert alice.says("SEARCH").codes == ["461"]


def test_search_needs_the_capability(stage: Stage, archive: StageArchive) -> None:
    """> The soju.im/search capability MUST be negotiated."""
    bob = stage.actor("bob")
    ((*failure, words),) = bob.says("SEARCH text=tea").replies
    assert failure == ["FAIL", "SEARCH", "NEED_CAPABILITY"]
    assert words.endswith("capability soju.im/search first")
    assert archive.asked == []
    bob.says("CAP REQ soju.im/search")
    assert bob.says("SEARCH text=tea").codes == []


def test_an_archive_failure_is_reported(alice: Actor, archive: StageArchive) -> None:
    """> If the search cannot be run due to an internal error, the INTERNAL_ERROR error code SHOULD be returned."""
    archive.refusal = ArchiveUnavailable("That took too long")
    outcome = alice.says("SEARCH text=tea")
    assert outcome.replies == [("FAIL", "SEARCH", "INTERNAL_ERROR", "That took too long")]
    assert outcome.events == ()


def test_a_text_without_words_is_invalid(alice: Actor, archive: StageArchive) -> None:
    """> If the selectors were invalid, the INVALID_PARAMS error code SHOULD be returned."""
    archive.refusal = NothingToFind("No word in that")
    outcome = alice.says("SEARCH text=?!")
    assert outcome.replies == [("FAIL", "SEARCH", "INVALID_PARAMS", "text", "No word in that")]


def test_a_tracker_without_history_says_so() -> None:
    outcome = Stage().actor("alice", caps=_CAP).says("SEARCH text=tea")
    ((*failure, words),) = outcome.replies
    assert failure == ["FAIL", "SEARCH", "INTERNAL_ERROR"]
    assert "keeps no history" in words


@pytest.mark.parametrize(("attributes", "kept"), [("text=tea", slice(5, 9)), (f"text=tea;after={_AT}", slice(0, 4))])
def test_results_are_cut_to_fit_the_outbox(attributes: str, kept: slice) -> None:
    """The results nearest to the start of the search are kept: the newest, or the oldest after a time."""
    stage = Stage(limits=Limits(max_sendq_bytes=10_000))
    archive = stage.services.archive = StageArchive()
    alice = stage.actor("alice", caps=_CAP)
    archive.found = tuple(_line(number, "é" * 250, f"+x={'y' * 500}") for number in range(9))
    (found,) = alice.says(f"SEARCH {attributes}").events
    assert found == SearchRequested(alice.client.id, archive.found[kept])


def test_each_line_of_a_message_counts_with_its_prefix() -> None:
    most = 100_000
    stage = Stage(limits=Limits(max_sendq_bytes=2 * most))
    archive = stage.services.archive = StageArchive()
    alice = stage.actor("alice", caps=_CAP)
    archive.found = tuple(_line(number, BREAK.join("x" * MAX_LINES), f"+x={'y' * 190}") for number in range(50))
    (event,) = alice.says("SEARCH text=tea").events
    assert isinstance(event, SearchRequested)
    sent = sum(len(Line.recorded(found, "").encoded(SERVER_TIME | MESSAGE_TAGS)) for found in event.found)
    assert most / 3 < sent < most


def test_an_oversized_line_is_returned_alone() -> None:
    stage = Stage(limits=Limits(max_sendq_bytes=9_000))
    archive = stage.services.archive = StageArchive()
    alice = stage.actor("alice", caps=_CAP)
    archive.found = (_line(1), _line(2, tags=f"+x={'y' * 5000}"))
    (found,) = alice.says("SEARCH text=tea").events
    assert found == SearchRequested(alice.client.id, archive.found[1:])
