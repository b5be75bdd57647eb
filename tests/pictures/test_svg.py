"""A terminal's cells as a picture."""

from __future__ import annotations

from xml.etree import ElementTree

from pictures.svg import DARK, LIGHT, Cell, Look, drawn

_SVG = "{http://www.w3.org/2000/svg}"
_PLAIN = Look()


def _elements(*texts: str, look: Look = _PLAIN) -> list[ElementTree.Element]:
    width = max(map(len, texts))
    rows = [[Cell(character.strip("_"), look) for character in text.ljust(width)] for text in texts]
    root = ElementTree.fromstring(drawn(rows, DARK, "a & b"))
    assert root.findtext(f"{_SVG}title") == "a & b"
    return [element for element in root if element.tag != f"{_SVG}title"][1:]


def test_text_is_placed_by_columns() -> None:
    first, second = _elements("a <b>", "   c")
    assert (first.text, first.get("x"), first.get("textLength")) == ("a <b>", "12", "42")
    assert (second.text, second.get("fill")) == ("   c", DARK.text)
    assert float(second.get("y", "")) - float(first.get("y", "")) == 18


def test_a_wide_character_takes_two_columns() -> None:
    texts = _elements("a蛋_é b")
    assert [(text.text, text.get("x"), text.get("textLength")) for text in texts] == [
        ("a", "12", "8.4"),
        ("蛋", "20.4", "16.8"),
        ("é", "37.2", "8.4"),
        (" b", "45.6", "16.8"),
    ]


def test_blocks_are_drawn_without_gaps() -> None:
    blocks = _elements("██▀▄ ")
    assert [(block.get("x"), block.get("y"), block.get("width"), block.get("height")) for block in blocks] == [
        ("12", "12", "16.8", "18"),
        ("28.8", "12", "8.4", "9"),
        ("37.2", "21", "8.4", "9"),
    ]


def test_looks_set_colours_and_styles() -> None:
    ground, text = _elements("x", look=Look("#112233", "#445566", True, True, True))
    assert (ground.get("fill"), text.get("fill")) == ("#445566", "#112233")
    assert (text.get("font-weight"), text.get("font-style")) == ("bold", "italic")
    assert text.get("text-decoration") == "underline"
    ground, text = _elements("x", look=Look(is_reversed=True))
    assert (ground.get("fill"), text.get("fill")) == (DARK.text, DARK.ground)


def test_blanks_alone_are_not_drawn() -> None:
    assert _elements("   ") == []


def test_the_picture_has_a_ground() -> None:
    root = ElementTree.fromstring(drawn([[Cell("x")]], LIGHT, ""))
    assert root[1].get("fill") == LIGHT.ground
