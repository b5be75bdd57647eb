"""Mode strings: https://modern.ircdocs.horse/#mode-message, types A to D."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcore.protocol import modes, numerics
from chatcore.protocol.modes import (
    CHANMODES,
    CHANNEL_MODES,
    PREFIX_TOKEN,
    USER_MODES,
    Kind,
    Listing,
    Mode,
    ModeChange,
    UnknownMode,
    UserMode,
    format_modes,
    letters_of,
    parse_modes,
    prefixes,
    split_modes,
)
from tests.protocol.importers import names_taken_from
from tests.support.generated import PROPERTY, WORD

_ALWAYS = letters_of(Kind.MEMBERSHIP) + letters_of(Kind.LIST) + letters_of(Kind.KEY)
_WITH_PARAM = st.builds(ModeChange, st.booleans(), st.sampled_from(_ALWAYS), WORD) | st.builds(
    ModeChange, st.just(True), st.just("l"), WORD
)
_WITHOUT_PARAM = st.builds(ModeChange, st.booleans(), st.sampled_from(letters_of(Kind.FLAG)), st.none()) | st.just(
    ModeChange(False, "l")
)


@PROPERTY
@given(st.lists(_WITH_PARAM | _WITHOUT_PARAM, max_size=12))
def test_formatted_changes_parse_to_themselves(changes: list[ModeChange]) -> None:
    modes, *params = format_modes(changes)
    assert parse_modes(modes, params) == changes


@PROPERTY
@given(st.text(st.sampled_from("+-bklimntovxyz"), max_size=20), st.lists(WORD, max_size=6))
def test_each_letter_is_at_most_one_change_and_each_parameter_is_used_once(modes: str, params: list[str]) -> None:
    """The rule: "arguments will be sequentially obtained from `<mode arguments>`"."""
    changes = parse_modes(modes, params)
    assert len(changes) <= sum(letter not in "+-" for letter in modes)
    used = [change.param for change in changes if isinstance(change, ModeChange) and change.param is not None]
    given_ = [param for param in used if param != "*" or "*" in params]
    assert given_ == params[: len(given_)]


@pytest.mark.parametrize(
    ("modes", "params", "changes"),
    [
        (
            "+ov-t",
            ["ann", "bob"],
            [ModeChange(True, "o", "ann"), ModeChange(True, "v", "bob"), ModeChange(False, "t")],
        ),
        ("nt", [], [ModeChange(True, "n"), ModeChange(True, "t")]),
        ("+-+-i", [], [ModeChange(False, "i")]),
        ("+", [], []),
        ("", ["unused"], []),
        ("+mb", ["*@127.0.0.1"], [ModeChange(True, "m"), ModeChange(True, "b", "*@127.0.0.1")]),
        (
            "-bl+i",
            ["*@192.168.0.1"],
            [ModeChange(False, "b", "*@192.168.0.1"), ModeChange(False, "l"), ModeChange(True, "i")],
        ),
    ],
)
def test_parsing(modes: str, params: list[str], changes: list[ModeChange]) -> None:
    assert parse_modes(modes, params) == changes


@pytest.mark.parametrize("modes", ["b", "+b", "-b"])
def test_list_mode_without_parameter_is_a_query(modes: str) -> None:
    """The rule: "a type A mode … without an argument, the contents of the list MUST be sent to the user"."""
    assert parse_modes(modes, []) == [ModeChange(modes != "-b", "b", None)]


@pytest.mark.parametrize("modes", ["+k", "+l", "+o", "-o", "+v", "-v"])
def test_change_without_its_parameter_is_left_out(modes: str) -> None:
    """The rule: "… does not have a parameter when being set, the server MUST ignore that mode"."""
    assert parse_modes(modes + "+n", []) == [ModeChange(True, "n")]


def test_limit_has_a_parameter_only_when_set() -> None:
    """The rule: "MUST have a parameter when being set, and MUST NOT have a parameter when being unset"."""
    assert parse_modes("-l+l", ["5"]) == [ModeChange(False, "l"), ModeChange(True, "l", "5")]


def test_key_is_removed_with_or_without_a_parameter() -> None:
    """The rule: "MUST always have a parameter". It may be missing when the key is removed."""
    assert parse_modes("-k", ["secret"]) == [ModeChange(False, "k", "secret")]
    assert parse_modes("-k", []) == [ModeChange(False, "k", "*")]


def test_unknown_letters_are_reported_and_take_no_parameter() -> None:
    assert parse_modes("+xoß", ["ann"]) == [UnknownMode("x"), ModeChange(True, "o", "ann"), UnknownMode("ß")]


def test_signs_are_written_only_where_they_change() -> None:
    changes = [
        ModeChange(True, "o", "ann"),
        ModeChange(True, "t"),
        ModeChange(False, "k", "*"),
        ModeChange(False, "i"),
    ]
    assert format_modes(changes) == ("+ot-ki", "ann", "*")


@PROPERTY
@given(st.lists(_WITH_PARAM | _WITHOUT_PARAM, max_size=12), st.integers(0, 60))
def test_changes_are_split_into_groups_that_fit(changes: list[ModeChange], max_bytes: int) -> None:
    groups = split_modes(changes, max_bytes)
    assert [change for group in groups for change in group] == changes
    assert all(groups)
    for group in groups:
        assert len(group) == 1 or len(" ".join(format_modes(group)).encode()) <= max_bytes
    assert split_modes(changes, 10_000) == ([changes] if changes else [])


def test_no_change_is_an_empty_mode_string() -> None:
    assert format_modes([]) == ("",)


@pytest.mark.parametrize(("letters", "shown"), [("", ""), ("v", "+"), ("vo", "@+"), ({"o"}, "@"), ("x", "")])
def test_prefixes_are_highest_first(letters: str, shown: str) -> None:
    """The rule: "prefixes in this parameter are in descending order". So are a member's."""
    assert prefixes(letters) == shown


def test_advertised_tokens_name_every_letter_once() -> None:
    """The rule: "MUST NOT list modes in this parameter that are also advertised in … PREFIX"."""
    types = CHANMODES.split(",")
    letters, shown = PREFIX_TOKEN.removeprefix("(").split(")")
    every = "".join(types) + letters
    assert len(types) == 4
    assert len(set(every)) == len(every)
    assert prefixes(letters) == shown


def test_modes_are_parsed_by_their_advertised_types() -> None:
    for letters, adding, removing in zip(CHANMODES.split(","), (1, 1, 1, 0), (1, 1, 0, 0), strict=True):
        for letter in letters:
            assert parse_modes("+" + letter, ["p"]) == [ModeChange(True, letter, "p" if adding else None)]
            assert parse_modes("-" + letter, ["p"]) == [ModeChange(False, letter, "p" if removing else None)]


def _rows() -> dict[str, Mode | UserMode]:
    """Return all rows by the names that the program has for them."""
    return {name: value for name, value in vars(modes).items() if isinstance(value, Mode | UserMode)}


def _faults(mode: Mode) -> list[str]:
    """Return what a row lacks or has in excess for its kind."""
    held = {"prefix": bool(mode.prefix), "listing": mode.listing is not None}
    wanted = {"prefix": mode.kind is Kind.MEMBERSHIP, "listing": mode.kind is Kind.LIST}
    faults = [part for part in wanted if held[part] != wanted[part]]
    return faults + ["default"] * (mode.is_default and mode.kind is not Kind.FLAG)


def test_every_row_is_in_its_table_under_its_letter() -> None:
    tables: list[tuple[str, Mode | UserMode]] = [*CHANNEL_MODES.items(), *USER_MODES.items()]
    assert [mode for _, mode in tables] == list(_rows().values())
    assert all(letter == mode.letter and len(letter) == 1 and letter.isalpha() for letter, mode in tables)
    assert all(mode.help for _, mode in tables)


def test_every_row_has_what_its_kind_needs() -> None:
    assert {letter: faults for letter, mode in CHANNEL_MODES.items() if (faults := _faults(mode))} == {}
    numerics_of_lists = [number for mode in CHANNEL_MODES.values() if mode.listing for number in mode.listing[:2]]
    assert len(set(numerics_of_lists)) == len(numerics_of_lists)
    known = {value for name, value in vars(numerics).items() if name.startswith("RPL_")}
    assert set(numerics_of_lists) <= known


@pytest.mark.parametrize(
    ("planted", "faults"),
    [
        (Mode("a", Kind.MEMBERSHIP, "admin"), ["prefix"]),
        (Mode("q", Kind.LIST, "quiet"), ["listing"]),
        (Mode("c", Kind.FLAG, "no colours", prefix="%", listing=Listing("367", "368", "x")), ["prefix", "listing"]),
        (Mode("j", Kind.LIMIT, "joins", is_default=True), ["default"]),
    ],
)
def test_an_incomplete_row_is_found(planted: Mode, faults: list[str]) -> None:
    assert _faults(planted) == faults


_EFFECTIVE_WITHOUT_A_MENTION = {"VOICE": "whoever has any membership mode may speak"}


def _without_effect() -> set[str]:
    """Return the letters of modes that nothing in the program checks."""
    used = names_taken_from(modes.__name__) | _EFFECTIVE_WITHOUT_A_MENTION.keys()
    return {mode.letter for name, mode in _rows().items() if name not in used}


def test_every_mode_has_an_effect() -> None:
    assert _without_effect() == set()


def test_a_mode_without_effect_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(modes, "COLOURLESS", Mode("c", Kind.FLAG, "no colours"), raising=False)
    monkeypatch.setattr(modes, "DEAF", UserMode("d", "hears nothing of channels"), raising=False)
    assert _without_effect() == {"c", "d"}
